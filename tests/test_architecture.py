"""The layout of the house as tests: who may know whom, what stands only in one place, what the
documents must name. CONTRIBUTING.md says why."""

import ast
import re
import sys
from functools import cache
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from marketplace.config import ROOT

ROOMS = ("marketplace", "matching", "search")
STANDARD = set(sys.stdlib_module_names)


def python_files(*folders):
    return sorted(p for folder in folders for p in (ROOT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path):
    """Full names of the modules a file imports, and of what it takes from them."""
    found = set()
    package = path.relative_to(ROOT).with_suffix("").parts
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join((*package[: -node.level], *filter(None, [node.module])))
            found |= {base} | {f"{base}.{each.name}" for each in node.names}
    return found


def knows(path, *modules):
    return {
        name
        for name in imported(path)
        if any(name == module or name.startswith(module + ".") for module in modules)
    }


FLASK = ("flask", "flask_login", "flask_babel", "flask_wtf", "flask_limiter", "flask_migrate",
         "flask_sqlalchemy", "werkzeug", "jinja2")  # fmt: skip

# room -> what nobody in it may import
MAY_NOT_IMPORT = {
    "matching": ("marketplace", "search", "sqlalchemy", *FLASK),
    "search": ("marketplace", "matching", "sqlalchemy", *FLASK),
    "marketplace/domain": (
        "marketplace.models", "marketplace.services", "marketplace.web", "marketplace.cli",
        "matching", "search", "sqlalchemy", *FLASK,
    ),
    "marketplace/models": (
        "marketplace.services", "marketplace.web", "marketplace.cli", "matching", "search",
    ),
    "marketplace/services": ("marketplace.web", "marketplace.cli", *FLASK),
    "marketplace/web": ("marketplace.cli",),
}  # fmt: skip

# Who knows the two libraries: the doors to them, and what of them is let through.
DOORS = {
    "marketplace/services/discovery/accents.py": ("matching", "search.analysis"),
    "marketplace/services/discovery/finding.py": ("matching", "search"),
    "marketplace/services/discovery/glosses.py": ("matching.text", "search"),
    "marketplace/services/discovery/meaning.py": ("matching", "search"),
    "marketplace/services/discovery/pairing.py": ("matching",),
    "marketplace/services/discovery/ways_out.py": ("search",),
    "marketplace/services/indexing/listings.py": ("matching", "search"),
    "marketplace/services/indexing/sources.py": ("search",),
    "marketplace/services/completing.py": ("search",),
    "marketplace/services/queries.py": ("matching.passages",),
    "marketplace/services/synonyms.py": ("search",),
    "marketplace/services/engines.py": ("matching", "search"),
    "marketplace/services/suggestions.py": ("matching",),
    "marketplace/services/likeness.py": ("matching",),
    "marketplace/services/background.py": ("matching",),
    "marketplace/services/quality/landscape.py": ("matching",),
    "marketplace/services/learning/examples.py": ("matching.learning",),
    "marketplace/services/learning/lessons.py": ("matching.learning",),
    "marketplace/services/learning/rankers.py": ("matching.learning",),
    "marketplace/services/learning/waiting.py": ("matching.learning", "matching.thresholds"),
    "marketplace/services/matches/rounds.py": ("matching.assignment",),
    # The page of results and the export of it ask with the library's own words.
    "marketplace/web/find/asking.py": ("search.records",),
    "marketplace/web/find/page.py": ("search.highlight",),
    "marketplace/web/find/completing.py": ("search.completion",),
    "marketplace/services/exports/gathering.py": ("search.records",),
    "marketplace/services/saved_searches/watching.py": (
        "search.analysis",
        "search.percolation",
        "search.records",
    ),
    "marketplace/services/saved_searches/feeds.py": ("search.percolation", "search.records"),
}


@pytest.mark.parametrize("room", MAY_NOT_IMPORT)
def test_a_room_imports_only_what_it_may(room):
    for path in python_files(room):
        assert not knows(path, *MAY_NOT_IMPORT[room]), name_of(path)


def test_the_rules_need_nothing_but_the_language():
    for path in python_files("marketplace/domain"):
        outside = {name.split(".")[0] for name in imported(path)} - STANDARD - {"marketplace"}
        assert not outside, name_of(path)


def test_the_libraries_are_known_at_their_doors_only():
    for path in python_files("marketplace"):
        let_through = DOORS.get(name_of(path), ())
        known = knows(path, "matching", "search")
        assert known == knows(path, *let_through) if let_through else not known, name_of(path)
    assert [door for door in DOORS if not (ROOT / door).exists()] == []


def test_flask_is_known_to_pages_commands_and_the_wiring_only():
    for path in python_files("marketplace"):
        name = name_of(path)
        if not name.startswith(("marketplace/web/", "marketplace/cli/")) and name not in (
            "marketplace/__init__.py",
            "marketplace/models/base.py",
        ):
            assert not knows(path, *FLASK), name


def test_heavy_modules_are_imported_when_they_are_needed():
    """A site that starts, and a command that does not match, must not load torch: the bundled
    encoder's own module does, and is itself imported when an encoder is made."""
    heavy = {"torch", "sentence_transformers", "transformers", "sklearn", "matching.bundled"}
    for path in python_files(*ROOMS):
        if name_of(path) == "matching/bundled.py":
            continue
        for node in tree(path).body:
            names = {a.name for a in node.names} if isinstance(node, ast.Import) else set()
            names |= {node.module or ""} if isinstance(node, ast.ImportFrom) else set()
            assert not {name.split(".")[0] for name in names} & heavy, name_of(path)
            assert not names & heavy, name_of(path)


# --- One place each -------------------------------------------------------------------------------
def written(pattern, *folders):
    """Files in which the pattern stands in code, comments and docstrings aside."""
    found = set()
    for path in python_files(*folders):
        code = "\n".join(line.split("  # ")[0] for line in ast.unparse(_bare(path)).splitlines())
        if re.search(pattern, code):
            found.add(name_of(path))
    return found


@cache
def _bare(path):
    module = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(module):
        documented = isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        if documented and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return module


ONLY_IN = {
    r"\bcurrent_user\b": {"marketplace/web/access.py"},
    r"\b_?os\.environ\b": {"marketplace/cli/serve.py", "matching/bundled.py"},
    r"\bMarkup\(": {"marketplace/web/language.py"},
    r"\brender_template_string\b": set(),
    r"\b(pickle|shelve|marshal)\b": set(),
    r"(?<![\w.])(eval|exec)\(": set(),
    r"shell=True": set(),
    r"verify=False": set(),
    r"\bModel\.query\b|\.query\.filter": set(),
    r"\bdatetime\.utcnow\b|\bdatetime\.now\(\)": set(),
}


@pytest.mark.parametrize("pattern", ONLY_IN)
def test_what_belongs_in_one_place_stands_there_only(pattern):
    assert written(pattern, *ROOMS) <= ONLY_IN[pattern]


def test_services_never_commit_but_the_worker_does():
    worker = {"marketplace/services/background.py", "marketplace/services/sending.py"}
    assert written(r"\.commit\(", "marketplace/services") == worker


def test_no_query_is_glued_together_from_text():
    for path in python_files("marketplace"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "text":
                assert node.args, name_of(path)
                assert isinstance(node.args[0], ast.Constant), name_of(path)


def test_nothing_is_left_for_later():
    for path in python_files(*ROOMS, "tests", "benchmarks"):
        if path.name != "test_architecture.py":
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"\b(TODO|FIXME|XXX|HACK)\b", text), name_of(path)


# Data laid out as a table, the first migration, and tests that are one long list may be longer.
LONG = 350


def test_files_are_short_enough_to_be_read():
    long = {
        name_of(path): lines
        for path in python_files(*ROOMS)
        if (lines := path.read_text(encoding="utf-8").count("\n")) > LONG
        and "domain/fields/" not in name_of(path)
    }
    assert not long, f"past {LONG} lines, a file becomes a package: {long}"


# --- Templates ------------------------------------------------------------------------------------
TEMPLATES = sorted(p for p in (ROOT / "templates").rglob("*") if p.is_file())


MAIL_FRAME = "_frame.html"


def in_templates(pattern):
    found = []
    for path in TEMPLATES:
        if path.name == MAIL_FRAME:  # opened by a mail program, which knows inline styles only
            continue
        text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        found += [f"{name_of(path)}: {each.group(0)[:60]}" for each in re.finditer(pattern, text)]
    return found


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"\|\s*safe\b", "text goes out escaped"),
        (r"\{%-?\s*autoescape\s+false", "text goes out escaped"),
        (r"<[^>]*\sstyle\s*=", "the CSP refuses styles of an element"),
        (r"<style\b", "the CSP refuses styles in a page"),
        (r"<script(?![^>]*\bsrc=)[^>]*>", "the CSP refuses scripts in a page"),
        (r"<[^>{%]*\son[a-z]+\s*=", "the CSP refuses scripts of an element"),
        (r"javascript:", "the CSP refuses scripts in an address"),
        (r"(?:src|srcset|action)\s*=\s*[\"']https?://", "nothing is loaded from another host"),
        (r"<link[^>]*href\s*=\s*[\"']https?://", "nothing is loaded from another host"),
        (r"\bcurrent_user\b", "templates ask can(...)"),
    ],
)
def test_templates_hold_nothing_dangerous(pattern, why):
    assert not in_templates(pattern), why


def test_every_template_is_used():
    """A page nobody renders is a page nobody tests."""
    sources = [p.read_text(encoding="utf-8") for p in (*python_files("marketplace"), *TEMPLATES)]
    everything = "\n".join(sources)
    unused = []
    for path in TEMPLATES:
        name = path.relative_to(ROOT / "templates").as_posix()
        asked = path.stem if path.suffix == ".txt" else name
        if not re.search(rf"[\"'/]{re.escape(asked)}[\"']", everything):
            unused.append(name)
    assert not unused


# --- What the documents must name -----------------------------------------------------------------
def environment():
    """The name of every variable the settings read."""
    found = set()
    for name in ("marketplace/config.py", "marketplace/cli/serve.py"):
        for node in ast.walk(tree(ROOT / name)):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "get":
                owner = ast.unparse(node.func.value)
                if owner.endswith("environ") and isinstance(node.args[0], ast.Constant):
                    found.add(node.args[0].value)
    return found


def commands(app):
    """Our own commands, as they are typed; those of Flask and Flask-Migrate are theirs."""
    found = set()
    for name, command in app.cli.commands.items():
        module = getattr(getattr(command, "callback", None), "__module__", "") or ""
        inner = getattr(command, "commands", {})
        if inner:
            ours = {n for n, c in inner.items() if "marketplace" in c.callback.__module__}
            found |= {f"{name} {each}" for each in ours}
        elif "marketplace" in module or "marketplace" in getattr(
            getattr(command.callback, "__wrapped__", None), "__module__", ""
        ):
            found.add(name)
    return found


def readme():
    path = ROOT / "README.md"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def test_the_readme_names_every_setting():
    missing = sorted(name for name in environment() if not re.search(rf"\b{name}\b", readme()))
    assert environment() >= {"SECRET_KEY", "DATABASE_URL", "PORT"}
    assert not missing, f"README.md must name these settings: {', '.join(missing)}"


def test_the_readme_names_every_command(app):
    missing = sorted(
        name for name in commands(app) if not re.search(rf"`(flask )?{name}\b", readme())
    )
    assert commands(app) >= {"index", "worker", "serve"}
    assert not missing, f"README.md must name these commands: flask {', flask '.join(missing)}"


def test_every_package_we_import_is_one_we_ask_for():
    """Nothing runs here only because another package happened to bring it along."""
    aliases = {
        "flask_login": "flask-login", "flask_wtf": "flask-wtf", "flask_babel": "flask-babel",
        "flask_limiter": "flask-limiter", "flask_migrate": "flask-migrate", "PIL": "pillow",
        "flask_sqlalchemy": "flask-sqlalchemy", "argon2": "argon2-cffi", "whoosh": "whoosh",
        "fontTools": "fonttools", "sklearn": "scikit-learn", "babel": "babel",
        "sentence_transformers": "sentence-transformers", "yaml": "pyyaml",
    }  # fmt: skip
    # Parts of packages we do ask for, and of no use without them.
    with_others = {"werkzeug", "jinja2", "markupsafe", "click", "alembic", "itsdangerous",
                   "transformers", "tokenizers", "babel", "sqlalchemy", "numpy"}  # fmt: skip
    asked = (ROOT / "requirements.txt").read_text(encoding="utf-8").lower().replace("_", "-")
    missing = {}
    for path in python_files(*ROOMS):
        for name in {each.split(".")[0] for each in imported(path)}:
            if name in STANDARD or name in (*ROOMS, "") or name in with_others:
                continue
            if aliases.get(name, name.replace("_", "-")).lower() not in asked:
                missing[name] = name_of(path)
    assert not missing


# --- Names in templates ------------------------------------------------------------------------
JINJA = Environment()  # only to read templates, never to render them  # noqa: S701


@cache
def own_names(template):
    """What a template and those it extends import or set for themselves: names that hide, in
    every block, whatever the view gave under the same name."""
    root = JINJA.parse((ROOT / "templates" / template).read_text(encoding="utf-8"))
    names = set()
    for node in root.body:
        if isinstance(node, nodes.FromImport):
            names |= {each if isinstance(each, str) else each[1] for each in node.names}
        elif isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name):
            given = {each.name for each in node.node.find_all(nodes.Name)}
            if isinstance(node.node, nodes.Name):
                given.add(node.node.name)
            if node.target.name not in given:  # what builds upon the given value does not hide it
                names.add(node.target.name)
        elif isinstance(node, nodes.Extends):
            consts = (node.template, *node.find_all(nodes.Const))
            parents = {str(getattr(each, "value", "")) for each in consts}
            parents = {each for each in parents if each.endswith(".html")}
            names |= set().union(*(own_names(parent) for parent in parents))
    return names


def rendered():
    """(file, template, the names the view gives it) of every page that is rendered."""
    for path in python_files("marketplace/web"):
        for node in ast.walk(tree(path)):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Name) and called.id == "render_template" and node.args:
                given = {keyword.arg for keyword in node.keywords if keyword.arg}
                for template in ast.walk(node.args[0]):
                    if isinstance(template, ast.Constant) and str(template.value).endswith(".html"):
                        yield name_of(path), template.value, given


def test_no_template_hides_what_its_view_gives_it():
    pages = list(rendered())
    assert len(pages) > 50
    hidden = [(*page[:2], sorted(page[2] & own_names(page[1]))) for page in pages]
    assert [each for each in hidden if each[2]] == []
