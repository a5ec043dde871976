"""The built folder: what is in it, how it is served, and how it is made."""

import gzip
import json
import re
import unicodedata
from io import BytesIO

import brotli
import pytest
from flask import Flask, render_template_string
from fontTools.ttLib import TTFont

from marketplace.web import assets
from marketplace.web.assets import gather, stylesheet

VIETNAMESE = "aăâeêioôơuưy"
MARKS = "̣̀̉̃́"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("assets")
    assets.build(folder)
    return folder


@pytest.fixture(scope="module")
def manifest(folder):
    return gather.read_manifest(folder)


@pytest.fixture(scope="module")
def theme(folder, manifest):
    return (folder / manifest["files"]["theme.css"]).read_text()


@pytest.fixture(scope="module")
def site(folder):
    app = Flask(__name__, static_folder=None)
    assets.init_app(app, folder)
    app.add_url_rule("/", "home.index", lambda: render_template_string("{{ theme() }}"))
    return app


@pytest.fixture
def browser(site):
    return site.test_client()


# ---- building


def test_a_second_build_touches_nothing(folder, manifest):
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert assets.build(folder) == manifest
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_a_missing_file_is_made_again(tmp_path):
    first = assets.build(tmp_path)
    (tmp_path / first["files"]["site.js"]).unlink()
    assert assets.build(tmp_path)["files"] == first["files"]
    assert (tmp_path / first["files"]["site.js"]).is_file()


@pytest.mark.parametrize("damage", ["", "{", "[]", "{}"])
def test_a_damaged_manifest_leads_to_a_new_build(tmp_path, damage):
    first = assets.build(tmp_path)
    (tmp_path / gather.MANIFEST).write_text(damage)
    assert assets.build(tmp_path)["files"] == first["files"]


def test_the_build_before_stays_and_the_one_before_that_goes(tmp_path):
    manifest = assets.build(tmp_path)
    (tmp_path / "old.0123456789ab.css").write_text("")
    (tmp_path / "older.0123456789ab.css.br").write_text("")
    kept = manifest | {"fingerprint": "another", "files": {"old.css": "old.0123456789ab.css"}}
    (tmp_path / gather.MANIFEST).write_text(json.dumps(kept))
    assert assets.build(tmp_path)["before"] == ["old.0123456789ab.css"]
    assert (tmp_path / "old.0123456789ab.css").exists()
    assert not (tmp_path / "older.0123456789ab.css.br").exists()


def test_names_carry_the_hash_of_the_content(folder, manifest):
    for hashed in manifest["files"].values():
        assert gather._hash((folder / hashed).read_bytes()) in hashed


def test_compressed_copies_hold_the_same_bytes(folder, manifest):
    for hashed in manifest["files"].values():
        plain = (folder / hashed).read_bytes()
        if hashed.endswith((".css", ".js", ".svg")):
            assert gzip.decompress((folder / f"{hashed}.gz").read_bytes()) == plain
            assert brotli.decompress((folder / f"{hashed}.br").read_bytes()) == plain


def test_everything_a_first_visit_loads_leaves_room_for_the_page(folder, manifest):
    total = 0
    for name, hashed in manifest["files"].items():
        if not name.startswith(("drawn-", "font-licence")):
            best = folder / f"{hashed}.br"
            total += (best if best.exists() else folder / hashed).stat().st_size
    assert total < 120 * 1024


@pytest.mark.parametrize("weight", [400, 600, 700])
def test_the_typeface_keeps_every_vietnamese_letter(folder, manifest, weight):
    path = folder / manifest["files"][f"be-vietnam-pro-{weight}.woff2"]
    letters = TTFont(BytesIO(path.read_bytes())).getBestCmap()
    syllables = {unicodedata.normalize("NFC", v + m) for v in VIETNAMESE for m in MARKS}
    wanted = {*"".join(syllables | {s.upper() for s in syllables}), *"đĐ₫–—“”…×≥≤0123456789"}
    assert all(len(one) == 1 for one in syllables)
    assert {letter for letter in wanted if ord(letter) not in letters} == set()
    assert path.stat().st_size < 40 * 1024


def test_an_icon_that_does_not_exist_stops_the_build():
    drawing = (
        '<svg><symbol class="bi" viewBox="0 0 16 16" id="search"><path d="M0 0"/></symbol></svg>'
    )
    assert '<symbol id="search" viewBox="0 0 16 16"><path d="M0 0"/>' in gather.sprite(
        gather.icons(drawing), ["search"]
    )
    with pytest.raises(KeyError):
        gather.sprite(gather.icons(drawing), ["no-such-icon"])


# ---- the stylesheet


def test_the_policy_finds_nothing_to_refuse(theme):
    assert "data:" not in theme
    assert "@import" not in theme
    assert not re.search(r"url\(\"?(https?:)?//", theme)


def test_the_notices_of_what_we_ship_stay(folder, manifest, theme):
    assert "Copyright" in theme[-400:]
    assert "MIT" in (folder / manifest["files"]["icons.svg"]).read_text()[:200]
    assert "Open Font License" in (folder / manifest["files"]["font-licence.txt"]).read_text()


def test_every_file_the_stylesheet_names_is_there(folder, theme):
    named = re.findall(r'url\("([^"]+)"\)', theme)
    assert len(named) > 10
    assert [name for name in named if not (folder / name).is_file()] == []


def test_components_that_need_bootstraps_script_are_gone(theme):
    assert ".btn{" in theme
    assert ".col-md-6{" in theme
    for name in ("modal-dialog", "dropdown-menu", "carousel-item", "tooltip-inner", "offcanvas"):
        assert f".{name}" not in theme


def test_following_the_system_gives_exactly_the_dark_colours(theme):
    chosen = re.findall(r"@media screen\{\[data-bs-theme=dark\]\{([^}]*)\}\}", theme)
    system = re.findall(
        r"@media screen and \(prefers-color-scheme:dark\)\{\[data-bs-theme=auto\]\{([^}]*)\}\}",
        theme,
    )
    assert len(chosen) >= 2  # Bootstrap's and ours
    assert chosen == system


def test_what_is_set_for_light_is_set_for_dark():
    css = {path.stem: path.read_text() for path in (gather.OWN / "css").glob("1*.css")}
    light, dark = (
        set(re.findall(r"^ *(--[\w-]+):|; (--[\w-]+):", css[name], re.M))
        for name in ("10-tokens", "11-dark")
    )
    same_by_night = re.compile(r"--(round|gap|tap|bs-(font|body-(font|line)|border-radius|focus))")
    light, dark = ({a or b for a, b in names} for names in (light, dark))
    assert {name for name in light - dark if not same_by_night.match(name)} == set()


RULES = [
    ("a{b:c}", "a{b:c}"),
    ("a , b > c{ d : e ; }", "a,b > c{d : e}"),
    ("/* x } */a{b:c}", "a{b:c}"),
    ('a{content:"}{;"}', 'a{content:"}{;"}'),
    ("@media print{a{b:c}d{e:f}}", "@media print{a{b:c}d{e:f}}"),
    ("@keyframes k{0%{a:b}100%{a:c}}", "@keyframes k{0%{a:b}100%{a:c}}"),
    ('@charset "UTF-8";a{b:c}', '@charset "UTF-8";a{b:c}'),
    ("@media x{@supports (y){a{b:c}}}", "@media x{@supports (y){a{b:c}}}"),
]


@pytest.mark.parametrize(("css", "same"), RULES)
def test_a_stylesheet_is_read_and_written_back(css, same):
    assert "".join(map(str, stylesheet.parse(css))) == same


def test_a_torn_stylesheet_is_refused():
    with pytest.raises(ValueError, match="middle of a rule"):
        stylesheet.parse("a{b:c}d")


def test_only_the_selectors_of_dropped_components_go():
    rules = stylesheet.parse(".modal-body,.btn{a:b}.modal{c:d}@media x{.toast{e:f}}.modality{g:h}")
    assert "".join(map(str, stylesheet.without_dropped(rules))) == ".btn{a:b}.modality{g:h}"


def test_selectors_are_parted_at_their_own_commas():
    assert stylesheet.selectors("a,b:is(c,d),e:not(f)") == ["a", "b:is(c,d)", "e:not(f)"]


def test_a_picture_in_the_sheet_becomes_a_file():
    kept = []
    css = "a{background:url(\"data:image/svg+xml,%3csvg fill='%23fff'/%3e\")}"
    out = stylesheet.pictures_apart(css, lambda content: kept.append(content) or "p.svg")
    assert (out, kept) == ('a{background:url("p.svg")}', [b"<svg fill='#fff'/>"])


def test_a_file_that_was_not_built_stops_the_build():
    with pytest.raises(KeyError):
        stylesheet.files_named('a{b:url("file:nowhere.svg")}', {})


# ---- serving


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("br, gzip", "br"), ("gzip", "gzip"), ("", None), ("br;q=0, gzip", "gzip"), ("*", "br")],
)
def test_a_browser_gets_the_smallest_coding_it_takes(browser, manifest, accepted, coding):
    answer = browser.get(
        f"/assets/{manifest['files']['theme.css']}", headers={"Accept-Encoding": accepted}
    )
    assert answer.status_code == 200
    assert answer.content_encoding == coding
    assert answer.mimetype == "text/css"
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_a_file_is_kept_for_good(browser, manifest):
    answer = browser.get(f"/assets/{manifest['files']['be-vietnam-pro-400.woff2']}")
    assert answer.mimetype == "font/woff2"
    assert answer.content_encoding is None
    assert answer.cache_control.immutable
    assert answer.cache_control.max_age == 365 * 24 * 3600


def test_a_kept_file_is_not_sent_twice(browser, manifest):
    address = f"/assets/{manifest['files']['site.js']}"
    first = browser.get(address, headers={"Accept-Encoding": "br"})
    again = browser.get(
        address, headers={"Accept-Encoding": "br", "If-None-Match": first.headers["ETag"]}
    )
    other = browser.get(
        address, headers={"Accept-Encoding": "gzip", "If-None-Match": first.headers["ETag"]}
    )
    assert (again.status_code, other.status_code) == (304, 200)


@pytest.mark.parametrize(
    "name", ["manifest.json", "theme.css", "../build.py", "%2e%2e/build.py", "site.js.br"]
)
def test_only_what_was_built_is_served(browser, name):
    assert browser.get(f"/assets/{name}").status_code == 404


def test_a_page_already_open_still_finds_its_files(tmp_path):
    manifest = assets.build(tmp_path)
    old = {"fingerprint": "old", "files": {"x.css": "x.0123456789ab.css"}, "before": []}
    (tmp_path / "x.0123456789ab.css").write_text("a{b:c}")
    (tmp_path / gather.MANIFEST).write_text(json.dumps(old))
    app = Flask(__name__, static_folder=None)
    assets.init_app(app, tmp_path)
    assert app.test_client().get("/assets/x.0123456789ab.css").status_code == 200
    assert app.extensions["assets"][1] == manifest["files"]


def test_an_address_has_no_language(site, manifest):
    with site.test_request_context("/", environ_overrides={"SCRIPT_NAME": "/en"}):
        assert site.jinja_env.globals["asset"]("site.js") == (
            "/assets/" + manifest["files"]["site.js"]
        )


def test_a_page_that_is_not_there_has_no_address(site):
    with site.test_request_context("/"):
        page_url = site.jinja_env.globals["page_url"]
        assert (page_url("home.index"), page_url("no.such")) == ("/", "")


def test_every_route_says_what_it_asks(site):
    rules = [rule for rule in site.url_map.iter_rules() if rule.endpoint.startswith("assets.")]
    assert len(rules) == 2
    assert {site.view_functions[rule.endpoint].action for rule in rules} == {"page.open"}


# ---- the theme


def test_the_chosen_theme_is_kept(browser):
    assert browser.get("/").text == "auto"
    answer = browser.post("/assets/theme", data={"theme": "dark", "back": "/find?q=a"})
    assert (answer.status_code, answer.location) == (302, "/find?q=a")
    assert browser.get("/").text == "dark"


def test_the_cookie_cannot_be_read_by_script_nor_sent_from_elsewhere(browser):
    plain = browser.post("/assets/theme", data={"theme": "light"}).headers["Set-Cookie"]
    safe = browser.post(
        "/assets/theme", data={"theme": "light"}, base_url="https://localhost"
    ).headers["Set-Cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert safe.startswith("__Host-theme=light;")
    assert "Secure" in safe
    assert "Domain" not in safe


def test_a_theme_nobody_drew_is_refused(browser):
    assert browser.post("/assets/theme", data={"theme": "pink"}).status_code == 400
    browser.set_cookie("theme", '"><script>')
    assert browser.get("/").text == "auto"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://x.example", "//x.example", "/\\x.example", "javascript:x", "", "/a\r\nb: c"],
)
def test_the_way_back_stays_on_this_site(browser, elsewhere):
    answer = browser.post("/assets/theme", data={"theme": "dark", "back": elsewhere})
    assert answer.location == "/"
