"""Generations of derived data in a folder: written whole, made current in one rename.

    folder/CURRENT                            name of the generation readers open
    folder/generation-000007-3f09/meta.json
    folder/generation-000007-3f09/<layer>/    <name>.npy, and files that others write and map

A layer never changes once it is written. The next generation takes it over by hard links, so a
small change writes little however large the collection is, and every generation is whole. A reader
that has one open keeps it (the files stay until it closes them); a crash while writing leaves the
old one current. Nothing here is a pickle.
"""

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

CURRENT = "CURRENT"
PREFIX = "generation-"
KEPT = 2  # the current one and the one before, for readers about to open it


class IndexRefused(Exception):
    """The folder holds no usable index; rebuild it."""


@dataclass
class Layer:
    """Arrays by name, and files by name (given as what writes them to a path). `place` is where
    they lie; None while they are in memory only."""

    name: str
    arrays: dict[str, np.ndarray]
    files: Mapping[str, Callable[[Path], None]] = field(default_factory=dict)
    place: Path | None = None


def write(folder: Path, meta: Mapping, layers: Iterable[Layer]) -> str:
    """A new generation of these layers, made current; its name. A layer's arrays are mapped from
    disk from then on, and its `place` is in the new generation."""
    folder.mkdir(parents=True, exist_ok=True)
    # The number tells the order; the rest, that a folder emptied and filled again is another one.
    number = max([0, *map(_number, _generations(folder))]) + 1
    name = f"{PREFIX}{number:06d}-{secrets.token_hex(2)}"
    place = folder / name
    place.mkdir()
    layers = list(layers)
    for layer in layers:
        _put(layer, place / layer.name)
    contents = {layer.name: [*sorted(layer.arrays)] for layer in layers}
    with (place / "meta.json").open("w", encoding="utf-8") as file:
        json.dump({**meta, "layers": contents}, file, ensure_ascii=False)
        _settle(file)
    pointer = folder / f"{CURRENT}.new"
    with pointer.open("w", encoding="utf-8") as file:
        file.write(name)
        _settle(file)
    os.replace(pointer, folder / CURRENT)
    for layer in layers:
        layer.place = place / layer.name
        layer.arrays = {each: _mapped(layer.place, each) for each in layer.arrays}
    for old in sorted(_generations(folder), key=_number)[:-KEPT]:
        shutil.rmtree(folder / old, ignore_errors=True)
    return name


def read(folder: Path) -> tuple[dict, dict[str, Layer], str]:
    """Meta, layers by name with their arrays mapped, name of the current generation.

    IndexRefused where there is none, or where it is damaged.
    """
    name = current(folder)
    if name is None:
        raise IndexRefused(f"no index in {folder.name}")
    try:
        meta = json.loads((folder / name / "meta.json").read_text(encoding="utf-8"))
        layers = {}
        for each, arrays in meta["layers"].items():
            place = folder / name / each
            found = {array: _mapped(place, array) for array in arrays}
            layers[each] = Layer(each, found, place=place)
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexRefused(f"damaged: {error}") from error
    return meta, layers, name


def current(folder: Path) -> str | None:
    """Name of the current generation, None when there is none."""
    try:
        name = (folder / CURRENT).read_text(encoding="utf-8").strip()
    except OSError:
        return None
    # The pointer is a plain name: it never leads out of the folder.
    return name if name.startswith(PREFIX) and Path(name).name == name else None


def _put(layer: Layer, place: Path) -> None:
    place.mkdir()
    if layer.place is not None:
        try:
            for name in (*(f"{array}.npy" for array in layer.arrays), *layer.files):
                _take_over(layer.place / name, place / name)
            return
        except FileNotFoundError:  # the folder was emptied meanwhile: written anew from the map
            shutil.rmtree(place)
            place.mkdir()
    for name, array in layer.arrays.items():
        with (place / f"{name}.npy").open("wb") as file:
            np.save(file, array, allow_pickle=False)
            _settle(file)
    for name, write_to in layer.files.items():
        write_to(place / name)
        with (place / name).open("rb") as file:
            os.fsync(file.fileno())


def _take_over(old: Path, new: Path) -> None:
    try:
        os.link(old, new)
    except FileNotFoundError:
        raise
    except OSError:  # a file system without hard links
        shutil.copyfile(old, new)
        with new.open("rb") as file:
            os.fsync(file.fileno())


def _mapped(place: Path, name: str) -> np.ndarray:
    path = place / f"{name}.npy"
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    # A memmap remembers its file at every slice; a plain view of it does not.
    return array.view(np.ndarray)


@contextmanager
def only_writer(folder: Path) -> Iterator[bool]:
    """Whether nobody else holds this; if so it is ours meanwhile, and free again even if we are
    killed. Readers need not ask."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _generations(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir() if each.is_dir() and _number(each.name)]


def _number(name: str) -> int:
    """0 for what is no generation."""
    number = name.removeprefix(PREFIX).split("-")[0]
    return int(number) if name.startswith(PREFIX) and number.isdigit() else 0


def _settle(file) -> None:
    file.flush()
    os.fsync(file.fileno())
