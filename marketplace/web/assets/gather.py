"""Gather, cut, hash and compress everything a page loads, once, at set-up."""

import gzip
import hashlib
import json
import os
import re
import tempfile
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import brotli

from . import fonts, stylesheet

OWN = Path(__file__).parents[2] / "static"
TEMPLATES = Path(__file__).parents[3] / "templates"
MANIFEST = "manifest.json"
COMPRESSED = {".css", ".js", ".svg", ".txt"}  # woff2 and png are compressed already
QUOTED = re.compile(r"['\"]([a-z0-9-]+)['\"]")
HASHED = re.compile(r"\.[0-9a-f]{12}\.\w+(\.gz|\.br)?$")
SYMBOL = re.compile(
    r'<symbol\b[^>]*?viewBox="([^"]+)"[^>]*?\bid="([^"]+)"[^>]*>(.*?)</symbol>', re.DOTALL
)


def build(target):
    """Fill the folder `target`; return the manifest, {"files": {name: hashed name}, ...}.

    Nothing is done when the folder already holds what the present sources give. Files of the
    build before stay, so that a page already sent still finds its stylesheet. The manifest is put
    in place last and at once: a reader sees the old build or the new one, never half of one.
    """
    target = Path(target)
    fingerprint = _fingerprint(_sources())
    old = read_manifest(target)
    if old and old["fingerprint"] == fingerprint and _complete(target, old):
        return old
    target.mkdir(parents=True, exist_ok=True)
    made = _make(fingerprint)
    for name, content in made.contents.items():
        _write(target / name, content)
    manifest = {
        "fingerprint": fingerprint,
        "files": dict(sorted(made.hashed.items())),
        "before": sorted(old["files"].values()) if old else [],
    }
    _write(target / MANIFEST, json.dumps(manifest, indent=1).encode())
    _prune(target, manifest)
    return manifest


def read_manifest(folder):
    """The manifest of a built folder, or None when there is none that can be read."""
    try:
        manifest = json.loads((Path(folder) / MANIFEST).read_text())
        return manifest if {"fingerprint", "files", "before"} <= manifest.keys() else None
    except (FileNotFoundError, ValueError, AttributeError):
        return None


def icons(whole):
    """Name to (view box, shape) of every symbol in Bootstrap's sprite."""
    return {name: (box, shape) for box, name, shape in SYMBOL.findall(whole)}


def icon_names():
    """The icons the site draws: the words of `static/icons.txt` (`#` starts a remark), which views
    choose from tables, and whatever a template quotes that is the name of an icon."""
    lines = (OWN / "icons.txt").read_text().splitlines()
    listed = {name for line in lines for name in line.partition("#")[0].split()}
    pages = (path.read_text() for path in TEMPLATES.rglob("*.html"))
    quoted = {name for page in pages for name in QUOTED.findall(page)}
    return sorted(listed | (quoted & _icons().keys()))


@lru_cache(maxsize=1)
def _icons():
    whole = files("flask_bootstrap") / "static" / "bootstrap5" / "icons" / "bootstrap-icons.svg"
    return icons(whole.read_text())


def sprite(drawn, wanted):
    """One SVG that holds the `wanted` symbols. Raises KeyError for a name that does not exist."""
    symbols = (
        f'<symbol id="{name}" viewBox="{drawn[name][0]}">{drawn[name][1]}</symbol>'
        for name in wanted
    )
    notice = "<!-- Bootstrap Icons, MIT License, Copyright The Bootstrap Authors -->"
    return f'<svg xmlns="http://www.w3.org/2000/svg">{notice}{"".join(symbols)}</svg>'


def _sources():
    """Every input by name; the order of the css files is the order of the cascade."""
    bootstrap = files("flask_bootstrap") / "static" / "bootstrap5"
    htmx = files("js_lib_htmx") / "static" / "htmx"
    found = {
        "bootstrap.css": (bootstrap / "css" / "bootstrap.min.css").read_bytes(),
        "htmx.js": (htmx / "htmx.min.js").read_bytes(),
        "icons.svg": sprite(_icons(), icon_names()).encode(),
        "font-licence.txt": fonts.licence(),
    }
    for weight, ttf in fonts.sources().items():
        found[f"font/{weight}"] = ttf
    for path in sorted([*OWN.glob("css/*.css"), *OWN.glob("js/*.js"), *OWN.glob("img/*.*")]):
        found[path.relative_to(OWN).as_posix()] = path.read_bytes()
    return found


class _Made:
    """Files in memory: plain name to hashed name, and hashed name to content."""

    def __init__(self):
        self.hashed, self.contents = {}, {}

    def add(self, name, content):
        stem, dot, ending = name.rpartition(".")
        hashed = self.hashed[name] = f"{stem}.{_hash(content)}{dot}{ending}"
        self.contents[hashed] = content
        if dot + ending in COMPRESSED:
            self.contents[hashed + ".gz"] = gzip.compress(content, 9, mtime=0)
            self.contents[hashed + ".br"] = brotli.compress(content, quality=11)
        return hashed


@lru_cache(maxsize=1)  # one process may fill several folders: each test has its own
def _make(fingerprint):
    sources = _sources()
    made = _Made()
    made.add("htmx.js", sources["htmx.js"])
    made.add("font-licence.txt", sources["font-licence.txt"])
    made.add("icons.svg", sources["icons.svg"])
    for name, content in sources.items():
        room, _, rest = name.partition("/")
        if room == "font":
            made.add(f"be-vietnam-pro-{rest}.woff2", fonts.woff2(content))
        elif room in {"js", "img"}:
            made.add(rest, content)
    sheet = stylesheet.compose(
        sources["bootstrap.css"].decode(),
        "\n".join(sources[name].decode() for name in sources if name.startswith("css/")),
        names=made.hashed,
        name_for=lambda content: made.add(f"drawn-{_hash(content)}.svg", content),
    )
    made.add("theme.css", sheet.encode())
    return made


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
        plain = path.name.removesuffix(".gz").removesuffix(".br")
        if HASHED.search(path.name) and plain not in kept:
            path.unlink(missing_ok=True)
