"""Gather, cut, hash and compress everything a page loads, once, at set-up."""

import gzip
import hashlib
import json
import os
import re
import tempfile
from importlib.resources import files
from pathlib import Path

import brotli

from . import fonts, stylesheet

OWN = Path(__file__).parents[2] / "static"
MANIFEST = "manifest.json"
COMPRESSED = {".css", ".js", ".svg", ".txt"}  # woff2 and png are compressed already
HASHED = re.compile(r"\.[0-9a-f]{12}\.\w+(\.gz|\.br)?$")
SYMBOL = re.compile(r'<symbol\b[^>]*?viewBox="([^"]+)"[^>]*?\bid="([^"]+)"[^>]*>(.*?)</symbol>', re.S)


def build(target):
    """Fill the folder `target`; return the manifest, {"files": {name: hashed name}, ...}.

    Nothing is done when the folder already holds what the present sources give. Files of the
    build before stay, so that a page already sent still finds its stylesheet. The manifest is put
    in place last and at once: a reader sees the old build or the new one, never half of one.
    """
    target = Path(target)
    sources = _sources()
    fingerprint = _fingerprint(sources)
    old = read_manifest(target)
    if old and old["fingerprint"] == fingerprint and _complete(target, old):
        return old
    target.mkdir(parents=True, exist_ok=True)
    names = _Names(target)
    for name, content in _made_from(sources):
        names.add(name, content)
    names.add(
        "theme.css",
        stylesheet.compose(
            sources["bootstrap.css"].decode(),
            "\n".join(sources[name].decode() for name in sources if name.startswith("css/")),
            names=names.hashed,
            name_for=lambda content: names.add(f"drawn-{_hash(content)}.svg", content),
        ).encode(),
    )
    manifest = {
        "fingerprint": fingerprint,
        "files": dict(sorted(names.hashed.items())),
        "before": sorted(old["files"].values()) if old else [],
    }
    _write(target / MANIFEST, json.dumps(manifest, indent=1).encode())
    _prune(target, manifest)
    return manifest


def read_manifest(folder):
    """The manifest of a built folder, or None when there is none that can be read."""
    try:
        return json.loads((Path(folder) / MANIFEST).read_text())
    except (FileNotFoundError, ValueError):
        return None


def icon_names():
    """The icons the site draws: the words of `static/icons.txt` (`#` starts a remark)."""
    lines = (OWN / "icons.txt").read_text().splitlines()
    return [name for line in lines for name in line.partition("#")[0].split()]


def sprite(all_icons, wanted):
    """One SVG that holds the `wanted` symbols. Raises KeyError for a name that does not exist."""
    drawn = {name: (box, shape) for box, name, shape in SYMBOL.findall(all_icons)}
    symbols = (
        f'<symbol id="{name}" viewBox="{drawn[name][0]}">{drawn[name][1]}</symbol>'
        for name in sorted(set(wanted))
    )
    return '<svg xmlns="http://www.w3.org/2000/svg">' + "".join(symbols) + "</svg>"


def _sources():
    """Every input by name; the order of the css files is the order of the cascade."""
    bootstrap = files("flask_bootstrap") / "static" / "bootstrap5"
    htmx = files("js_lib_htmx") / "static" / "htmx"
    found = {
        "bootstrap.css": (bootstrap / "css" / "bootstrap.min.css").read_bytes(),
        "bootstrap-icons.svg": (bootstrap / "icons" / "bootstrap-icons.svg").read_bytes(),
        "htmx.js": (htmx / "htmx.min.js").read_bytes(),
        "icons.txt": (OWN / "icons.txt").read_bytes(),
        "font-licence.txt": fonts.licence(),
    }
    for weight, ttf in fonts.sources().items():
        found[f"font/{weight}"] = ttf
    for path in sorted([*OWN.glob("css/*.css"), *OWN.glob("js/*.js"), *OWN.glob("img/*.*")]):
        found[path.relative_to(OWN).as_posix()] = path.read_bytes()
    return found


def _made_from(sources):
    """Name and content of each served file but the stylesheet, which needs to know the others."""
    yield "htmx.js", sources["htmx.js"]
    yield "font-licence.txt", sources["font-licence.txt"]
    yield "icons.svg", sprite(sources["bootstrap-icons.svg"].decode(), icon_names()).encode()
    for name, content in sources.items():
        room, _, rest = name.partition("/")
        if room == "font":
            yield f"be-vietnam-pro-{rest}.woff2", fonts.woff2(content)
        elif room in {"js", "img"}:
            yield rest, content


class _Names:
    """The files put into the folder so far: plain name to hashed name."""

    def __init__(self, folder):
        self.folder = folder
        self.hashed = {}

    def add(self, name, content):
        stem, dot, ending = name.rpartition(".")
        hashed = f"{stem}.{_hash(content)}{dot}{ending}"
        path = self.folder / hashed
        _write(path, content)
        if path.suffix in COMPRESSED:
            _write(path.with_name(hashed + ".gz"), gzip.compress(content, 9, mtime=0))
            _write(path.with_name(hashed + ".br"), brotli.compress(content, quality=11))
        self.hashed[name] = hashed
        return hashed


def _hash(content):
    return hashlib.sha256(content).hexdigest()[:12]


def _fingerprint(sources):
    """Changes with any input, and with the code that turns inputs into files."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    for name, content in sources.items():
        digest.update(f"{name}:{len(content)}:".encode())
        digest.update(content)
    return digest.hexdigest()


def _complete(folder, manifest):
    return all((folder / hashed).is_file() for hashed in manifest["files"].values())


def _write(path, content):
    """Whole or not at all: another process may be building or reading the same folder."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
        part.write(content)
    os.chmod(part.name, 0o644)
    os.replace(part.name, path)


def _prune(folder, manifest):
    """Remove what neither this build nor the one before names."""
    kept = {*manifest["files"].values(), *manifest["before"]}
    for path in folder.iterdir():
        if HASHED.search(path.name) and path.name.removesuffix(".gz").removesuffix(".br") not in kept:
            path.unlink(missing_ok=True)
