"""Generations of derived data in a folder: written whole, made current in one rename.

    folder/CURRENT              name of the generation readers open
    folder/generation-000007/   meta.json, records.jsonl, <name>.npy

A reader that has a generation open keeps it (the files stay until it closes them); a crash while
writing leaves the old one current. Nothing here is a pickle.
"""

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

CURRENT = "CURRENT"
PREFIX = "generation-"
KEPT = 2  # the current one and the one before, for readers about to open it


class IndexRefused(Exception):
    """The folder holds no usable index; rebuild it."""


def write(
    folder: Path, meta: Mapping, arrays: Mapping[str, np.ndarray], lines: Iterable[Mapping]
) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{PREFIX}{max([0, *map(_number, _generations(folder))]) + 1:06d}"
    place = folder / name
    place.mkdir()
    for each, array in arrays.items():
        with (place / f"{each}.npy").open("wb") as file:
            np.save(file, array, allow_pickle=False)
            _settle(file)
    with (place / "records.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        _settle(file)
    with (place / "meta.json").open("w", encoding="utf-8") as file:
        json.dump({**meta, "arrays": sorted(arrays)}, file, ensure_ascii=False)
        _settle(file)
    pointer = folder / f"{CURRENT}.new"
    with pointer.open("w", encoding="utf-8") as file:
        file.write(name)
        _settle(file)
    os.replace(pointer, folder / CURRENT)
    for old in sorted(_generations(folder), key=_number)[:-KEPT]:
        shutil.rmtree(folder / old, ignore_errors=True)
    return name


def read(folder: Path) -> tuple[dict, dict[str, np.ndarray], list[dict], str]:
    """Meta, arrays (memory-mapped), lines, name of the current generation; or IndexRefused."""
    name = current(folder)
    if name is None:
        raise IndexRefused(f"no index in {folder.name}")
    place = folder / name
    try:
        meta = json.loads((place / "meta.json").read_text(encoding="utf-8"))
        arrays = {
            each: np.load(place / f"{each}.npy", mmap_mode="r", allow_pickle=False)
            for each in meta["arrays"]
        }
        with (place / "records.jsonl").open(encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise IndexRefused(f"damaged: {error}") from error
    return meta, arrays, lines, name


def current(folder: Path) -> str | None:
    """Name of the current generation, None when there is none."""
    try:
        name = (folder / CURRENT).read_text(encoding="utf-8").strip()
    except OSError:
        return None
    # The pointer is a plain name: it never leads out of the folder.
    return name if name.startswith(PREFIX) and Path(name).name == name else None


def _generations(folder: Path) -> list[str]:
    return [
        each.name
        for each in folder.iterdir()
        if each.is_dir() and each.name.startswith(PREFIX) and each.name[len(PREFIX) :].isdigit()
    ]


def _number(name: str) -> int:
    return int(name[len(PREFIX) :])


def _settle(file) -> None:
    file.flush()
    os.fsync(file.fileno())
