"""The macros every page is made of: small pages rendered from them, looked at as a parser would."""

import re
from datetime import UTC, date, datetime
from types import SimpleNamespace

import html5lib
import pytest
from flask import Flask, render_template_string
from flask_babel import Babel
from jinja2 import StrictUndefined

from marketplace.config import ROOT
from marketplace.domain import workflow
from marketplace.domain.fields import BY_KIND
from marketplace.services import indexing
from marketplace.web import assets
from marketplace.web.assets import gather
from marketplace.web.presentation import day

TEMPLATES = ROOT / "templates"
HTML = "{http://www.w3.org/1999/xhtml}"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """A bare application: only what base.html and the macros ask for, and a page per menu item."""
    app = Flask(__name__, static_folder=None, template_folder=str(TEMPLATES))
    app.secret_key = "x"
    app.config["WTF_CSRF_ENABLED"] = False
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Babel(app, default_locale="vi")
    assets.init_app(app, tmp_path_factory.mktemp("assets"))
    names = [f"{name}_name" for name in ("exchange", "department", "centre")]
    names += ["hotline", "zalo", "email", "address"]
    app.jinja_env.globals.update(
        province=SimpleNamespace(**{name: f"<{name}>" for name in names}), get_locale=lambda: "vi"
    )
    app.jinja_env.globals["state_name"] = lambda machine, state: getattr(
        workflow, machine.upper()
    ).states[state]
    app.jinja_env.filters["day"] = day
    for endpoint in ("home.index", "find.search", "home.help"):
        app.add_url_rule(f"/{endpoint}", endpoint, lambda: "")
    return app


@pytest.fixture
def draw(pages):
    """draw(template, **values) -> the parsed fragment; a parse error fails the test."""

    def drawn(template, method="GET", path="/", **values):
        with pages.test_request_context(path, method=method):
            text = render_template_string(template, **values)
        parser = html5lib.HTMLParser(strict=False)
        whole = text.lstrip().startswith("<!doctype")
        tree = parser.parse(text) if whole else parser.parseFragment(text)
        wrong = [error for error in parser.errors if error[1] != "expected-doctype-but-got-chars"]
        assert wrong == []
        return tree

    return drawn


def all_(tree, tag, **attributes):
    return [
        node
        for node in tree.iter(HTML + tag)
        if all(node.get(name.replace("_", "-")) == value for name, value in attributes.items())
    ]


def one(tree, tag, **attributes):
    found = all_(tree, tag, **attributes)
    assert len(found) == 1, (tag, attributes, len(found))
    return found[0]


def words(node):
    return " ".join("".join(node.itertext()).split())


# ---- forms

FORMS = '{% from "_macros/forms.html" import MACRO %}'
NINE = [(n, f"tên {n}", f"lời {n}") for n in range(1, 10)]
EVERY_FIELD = {
    "text": "text('x', 'Nhãn', 'cũ', counter=9, **o)",
    "longtext": "longtext('x', 'Nhãn', 'cũ', counter=9, **o)",
    "choice": "choice('x', 'Nhãn', [('a', 'A'), ('b', 'B')], 'b', **o)",
    "radios": "radios('x', 'Nhãn', [('a', 'A'), ('b', 'B')], 'b', **o)",
    "checkboxes": "checkboxes('x', 'Nhãn', [('a', 'A'), ('b', 'B')], ['b'], **o)",
    "checkbox": "checkbox('x', 'Nhãn', true, **o)",
    "money": "money('x', 'Nhãn', '5 triệu', **o)",
    "date": "date('x', 'Nhãn', '2026-11-23', **o)",
    "place": "place('x', 'Nhãn', 'Phố Hiến', ['Phố Hiến', ('Tân Hưng', 'Hồng Nam')], **o)",
    "tags": "tags('x', 'Nhãn', ['a', 'b'], **o)",
    "lines": "lines('x', 'Nhãn', ['a', 'b'], **o)",
    "trl": "trl('x', 'Nhãn', nine, 7, **o)",
    "file": "file('x', 'Nhãn', limit='10 MB', **o)",
}


@pytest.mark.parametrize("macro", EVERY_FIELD)
def test_every_box_has_its_label_hint_and_fault_tied_to_it(draw, macro):
    o = {"hint": "Gợi ý", "error": ["Sai một", "Sai hai"], "required": True}
    tree = draw(FORMS.replace("MACRO", macro) + "{{ " + EVERY_FIELD[macro] + " }}", o=o, nine=NINE)
    ids = [node.get("id") for node in tree.iter() if node.get("id")]
    assert len(ids) == len(set(ids))
    boxes = [*all_(tree, "input"), *all_(tree, "textarea"), *all_(tree, "select")]
    labels = {node.get("for"): words(node) for node in all_(tree, "label")}
    assert boxes
    assert boxes[0].get("id") == "f-x"  # where the list of faults leads
    for box in boxes:
        assert labels[box.get("id")]
        assert box.get("aria-invalid") == "true" or macro == "checkboxes"
    described = [
        node.get("aria-describedby") for node in tree.iter() if node.get("aria-describedby")
    ]
    assert described
    by_id = {node.get("id"): words(node) for node in tree.iter() if node.get("id")}
    tied = " ".join(by_id[target] for target in described[0].split())
    assert "Gợi ý" in tied
    assert "Sai một" in tied
    assert "Sai hai" in tied
    assert "(bắt buộc)" in words(tree)


KEPT = {
    "text": ("input", "value", "cũ"),
    "money": ("input", "value", "5 triệu"),
    "date": ("input", "value", "2026-11-23"),
    "place": ("input", "value", "Phố Hiến"),
    "tags": ("input", "value", "a, b"),
}


@pytest.mark.parametrize("macro", KEPT)
def test_what_was_typed_is_still_there(draw, macro):
    tag, attribute, value = KEPT[macro]
    tree = draw(FORMS.replace("MACRO", macro) + "{{ " + EVERY_FIELD[macro] + " }}", o={})
    assert one(tree, tag).get(attribute) == value


def test_what_was_chosen_is_still_chosen(draw):
    for macro, chosen in (("radios", "b"), ("checkboxes", "b"), ("trl", "7"), ("checkbox", "1")):
        tree = draw(
            FORMS.replace("MACRO", macro) + "{{ " + EVERY_FIELD[macro] + " }}", o={}, nine=NINE
        )
        checked = [node.get("value") for node in all_(tree, "input") if "checked" in node.attrib]
        assert checked == [chosen], macro
    tree = draw(FORMS.replace("MACRO", "choice") + "{{ " + EVERY_FIELD["choice"] + " }}", o={})
    assert [n.get("value") for n in all_(tree, "option") if "selected" in n.attrib] == ["b"]


def test_long_text_keeps_its_first_empty_line(draw):
    tree = draw(FORMS.replace("MACRO", "longtext") + "{{ longtext('x', 'N', v) }}", v="\nhai\n")
    assert one(tree, "textarea").text == "\nhai\n"


def test_a_password_is_never_sent_back(draw):
    tree = draw(FORMS.replace("MACRO", "text") + "{{ text('x', 'N', 'bí mật', type='password') }}")
    assert one(tree, "input").get("value") == ""


def test_what_a_visitor_typed_is_never_markup(draw):
    evil = '"><script>alert(1)</script>'
    for macro, call in EVERY_FIELD.items():
        call = (
            call.replace("'cũ'", "evil")
            .replace("'5 triệu'", "evil")
            .replace("['a', 'b']", "[evil]")
        )
        tree = draw(
            FORMS.replace("MACRO", macro) + "{{ " + call + " }}",
            o={"error": evil},
            evil=evil,
            nine=NINE,
        )
        assert all_(tree, "script") == [], macro


# The link of a fault leads to the first box, so its group may not hide it.
@pytest.mark.parametrize(("chosen", "error", "open_ones"), [
    ("['401']", "''", [False, True]), ("[]", "''", [False, False]),
    ("[]", "'Hãy chọn'", [True, False]),
])  # fmt: skip
def test_choices_fold_by_group_and_open_where_something_is_chosen(draw, chosen, error, open_ones):
    groups = [("Kỹ thuật", [("201", "Điện")]), ("Nông nghiệp", [("401", "Trồng trọt")])]
    tree = draw(
        FORMS.replace("MACRO", "checkboxes")
        + f"{{{{ checkboxes('x', 'N', g, {chosen}, error={error}) }}}}",
        g=groups,
    )
    assert ["open" in node.attrib for node in all_(tree, "details")] == open_ones
    assert [node.get("id") for node in all_(tree, "input")] == ["f-x", "f-x-2"]


FAULTS = [
    {"title": ["Dài quá", "Trống"], "": "Chung"},
    [("title", ["Dài quá", "Trống"]), ("", "Chung")],
    SimpleNamespace(errors={"title": ["Dài quá", "Trống"], "": ["Chung"]}),
]


@pytest.mark.parametrize("errors", FAULTS, ids=["by name", "pairs", "form"])
def test_all_faults_are_listed_at_once_and_lead_to_their_fields(draw, errors):
    tree = draw(
        FORMS.replace("MACRO", "error_summary") + "{{ error_summary(errors) }}", errors=errors
    )
    assert [words(node) for node in all_(tree, "li")] == ["Dài quá", "Trống", "Chung"]
    assert [node.get("href") for node in all_(tree, "a")] == ["#f-title", "#f-title"]
    assert one(tree, "section").get("tabindex") == "-1"


def test_the_list_of_faults_names_the_fields_it_knows(draw):
    tree = draw(
        FORMS.replace("MACRO", "error_summary")
        + "{{ error_summary({'title': 'Dài quá', 'x': 'Trống'}, labels={'title': 'Tiêu đề'}) }}"
    )
    assert [words(node) for node in all_(tree, "li")] == ["Tiêu đề: Dài quá", "Trống"]


@pytest.mark.parametrize("errors", [{}, [], None, SimpleNamespace(errors={})])
def test_no_faults_no_list(draw, errors):
    tree = draw(
        FORMS.replace("MACRO", "error_summary") + "{{ error_summary(errors) }}", errors=errors
    )
    assert all_(tree, "section") == []


@pytest.mark.parametrize("kind", BY_KIND)
def test_every_field_of_a_listing_has_a_box_that_says_who_will_read_it(draw, kind):
    choices = [(str(n), f"Từ {n}") for n in range(12)]
    for f in BY_KIND[kind]:
        tree = draw(
            FORMS.replace("MACRO", "listing_field")
            + "{{ listing_field(f, v, '', c, ['Phố Hiến']) }}",
            f=f,
            v=[] if f.type in ("choices", "lines", "tags") else "",
            c=NINE if f.scheme == "trl" else choices,
        )
        assert [n for n in tree.iter() if n.get("name") == f.name], f.name
        assert f.label in words(tree), f.name
        if f.type != "boolean":
            seen = {"public": "Công khai", "registered": "Thành viên", "staff": "Chỉ cán bộ"}
            assert seen.get(f.level, "") in words(tree), f.name
        if f.hint:
            assert f.hint in words(tree), f.name


def test_what_cannot_be_undone_is_asked_first_and_works_without_script(draw):
    tree = draw(
        FORMS.replace("MACRO", "post_button")
        + "{{ post_button('/a/b', 'Xóa', confirm='Chắc chứ?', fields={'n': 1}) }}"
    )
    dialog = one(tree, "dialog")
    assert (
        one(tree, "a", role=None, data_opens=dialog.get("id")).get("href") == f"#{dialog.get('id')}"
    )
    assert one(dialog, "form").get("action") == "/a/b"
    assert one(dialog, "input", name="n").get("value") == "1"


# ---- lists, states, figures

LIST = (
    '{% from "_macros/lists.html" import card, cards, chips, empty, facet, filters, pagination %}'
)


def test_a_card_says_what_its_date_is(draw):
    when = datetime(2026, 10, 13, 3, tzinfo=UTC)
    tree = draw(LIST + "{{ card('Tên', '/x', updated=when) }}", when=when)
    assert words(one(tree, "div", **{"class": "listing-who"})) == "Đăng 13/10/2026"
    assert one(tree, "time").get("datetime") == "2026-10-13T03:00:00+00:00"
    tree = draw(LIST + "{{ card('Tên', '/x', updated='13/10/2026') }}")
    assert words(one(tree, "div", **{"class": "listing-who"})) == "Đăng 13/10/2026"


def test_a_card_shows_only_what_it_was_given(draw):
    tree = draw(LIST + "{% call cards() %}{{ card('Tên <b>', '/x') }}{% endcall %}")
    assert words(one(tree, "li")) == "Tên <b>"
    assert one(tree, "a").get("href") == "/x"


@pytest.mark.parametrize(
    ("page", "last", "shown"),
    [
        (1, 1, []),
        (1, 3, ["Trang 1", "Trang 2", "Trang 3", "Sau"]),
        (5, 9, ["Trước", "Trang 1", "…", "Trang 4", "Trang 5", "Trang 6", "…", "Trang 9", "Sau"]),
        (9, 9, ["Trước", "Trang 1", "…", "Trang 8", "Trang 9"]),
    ],
)
def test_the_pages_round_this_one_are_offered(draw, page, last, shown):
    tree = draw(LIST + "{{ pagination(p, n, url) }}", p=page, n=last, url=lambda n: f"?page={n}")
    assert [words(node) for node in all_(tree, "li")] == shown
    for link in all_(tree, "a"):
        assert re.fullmatch(r"\?page=\d+", link.get("href"))


def test_a_filter_says_how_many_and_opens_when_used(draw):
    options = [(n, f"Từ {n}", n) for n in range(10)]
    tree = draw(LIST + "{{ facet('Loại', 'kind', o, ['9'], short=8) }}", o=options)
    assert ["open" in node.attrib for node in all_(tree, "details")] == [True, True]
    assert [n.get("value") for n in all_(tree, "input") if "checked" in n.attrib] == ["9"]
    assert "Xem thêm 2" in words(tree)


def test_an_empty_list_says_what_to_do_next(draw):
    tree = draw(LIST + "{{ empty('Trống', 'Vì', [('Làm', '/a'), ('Không', '')]) }}")
    assert [(words(node), node.get("href")) for node in all_(tree, "a")] == [("Làm", "/a")]


def test_every_state_of_the_workflows_has_a_sign_of_its_own_tone(draw):
    tag = '{% from "_macros/states.html" import state_tag %}{{ state_tag(s, machine=w) }}'
    for machine in (workflow.LISTING, workflow.MATCH):
        for state, said in machine.states.items():
            tree = draw(tag, s=state, w=machine.name)
            assert words(tree) == said
            named = [value for node in tree.iter() for value in node.attrib.values()]
            drawn = {value.partition("#")[2] for value in named if "#" in value}
            assert drawn, state
            assert "circle" not in drawn, state  # the sign of a state nobody drew


def test_every_kind_has_a_sign_and_a_colour(draw):
    css = (gather.OWN / "css/20-base.css").read_text()
    for kind in indexing.kinds():
        tree = draw(
            '{% from "_macros/page.html" import kind_tag %}{{ kind_tag(k, "Loại") }}', k=kind
        )
        assert not [
            v for n in tree.iter() for v in n.attrib.values() if v.endswith("#file-earmark-text")
        ]
        assert f"[data-kind={kind}]" in css


def test_numbers_are_printed_beside_every_bar(draw):
    figures = '{% from "_macros/figures.html" import bars, funnel, heat %}'
    tree = draw(
        figures
        + "{{ bars(r, 'A') }}{{ funnel(r, 'B') }}{{ heat(['x'], [('y', [3]), ('z', [0])], 'C') }}"
        "{{ bars([], 'D') }}{{ bars([('không', 0)], 'E') }}",
        r=[("một", 40), ("hai", 10)],
    )
    assert [words(node) for node in all_(tree, "li")] == [
        "một 40",
        "hai 10",
        "một 40",
        "hai 10 25% của bước trước",
        "không 0",
    ]
    assert [node.get("class") for node in all_(tree, "td")] == [None, "heat-4", "heat-0"]


def test_a_step_by_step_form_says_where_one_is(draw):
    steps = [("a", "Một", "/a", "done"), ("b", "Hai", None, "current"), ("c", "Ba", "/c", "todo")]
    for current in ("b", ""):
        tree = draw(
            '{% from "_macros/states.html" import stepper %}{{ stepper(s, c) }}', s=steps, c=current
        )
        assert "Bước 2 trong 3: Hai" in words(tree)
    assert len(all_(tree, "li", aria_current="step")) == 2  # once for phones, once for wide screens


def test_a_comparison_names_whose_each_value_is(draw):
    tree = draw(
        '{% from "_macros/compare.html" import compare %}{{ compare(h, r) }}',
        h=[{"title": "Cần"}, {"title": "Chào", "kind": "offer", "kind_words": "Công nghệ"}],
        r=[("Giá", [0, None], "fail"), ("Nơi", ["A", "B"], "")],
    )
    cells = [words(node) for node in all_(tree, "div", role="cell")]
    assert cells == ["Cần: 0", "Công nghệ: –", "Cần: A", "Công nghệ: B"]
    assert "không đạt" in words(tree)


def test_history_and_promise_are_told_in_order(draw):
    items = [
        {"words": "Đã gửi", "when": "20/11"},
        {"words": "Đang xét", "current": True, "promised": "25/11"},
        {"words": "Đăng", "state": "ahead"},
    ]
    tree = draw('{% from "_macros/states.html" import timeline %}{{ timeline(i) }}', i=items)
    said = [words(node) for node in all_(tree, "li")]
    assert said == ["Đã gửi 20/11", "Đang xét hẹn trả lời trước 25/11", "Đăng"]


def test_tables_and_facts_leave_out_what_is_not_known(draw):
    tree = draw(
        '{% from "_macros/tables.html" import facts, table %}'
        "{{ facts([('A', 'a'), ('B', ''), ('C', 0), ('D', ['x', 'y'])]) }}"
        "{{ table(['T', 'S'], [['a', none]], numeric=[1]) }}"
    )
    assert [words(node) for node in all_(tree, "dt")] == ["A", "C", "D"]
    assert one(tree, "td").get("data-label") == "S"


# ---- the page

PAGE = """{% extends "base.html" %}{% block title %}T{% endblock %}
{% block content %}<h1>T</h1>{% endblock %}"""
ACTOR = SimpleNamespace(id=1, name="Ánh", role="curator", signed_in=True, is_staff=True)


def test_the_page_has_its_landmarks_and_ways_past_them(draw):
    tree = draw(PAGE)
    assert one(tree, "html").get("lang") == "vi"
    assert one(tree, "a", **{"class": "skip"}).get("href") == "#" + one(tree, "main").get("id")
    assert one(tree, "div", id="live").get("role") == "status"
    ids = [node.get("id") for node in tree.iter() if node.get("id")]
    assert len(ids) == len(set(ids))
    assert words(one(tree, "title")) == "T · <exchange_name>"


@pytest.mark.parametrize(
    ("errors", "title"),
    [
        ({}, "T · <exchange_name>"),
        ({"a": ["b"]}, "Lỗi: T · <exchange_name>"),
        (SimpleNamespace(errors={}), "T · <exchange_name>"),
        (SimpleNamespace(errors={"a": ["b"]}), "Lỗi: T · <exchange_name>"),
    ],
)
def test_the_title_begins_with_the_fault(draw, errors, title):
    assert words(one(draw(PAGE, errors=errors), "title")) == title


def test_the_menu_leaves_out_pages_that_are_not_there(draw):
    links = [words(node) for node in all_(one(draw(PAGE), "nav", id="menu"), "a")]
    assert links == ["Tìm", "Trợ giúp"]
    here = draw(PAGE, path="/home.help")
    assert words(one(here, "a", aria_current="page")) == "Trợ giúp"


def test_help_stands_in_the_same_place_on_every_page(draw):
    for actor in (None, ACTOR):
        foot = one(draw(PAGE, current_actor=actor), "footer")
        assert words(all_(foot, "h2")[0]).startswith("Cần giúp?")
        assert "<hotline>" in words(foot)


def test_the_menu_says_how_much_waits(draw, pages):
    pages.add_url_rule("/home.mine", "home.mine", lambda: "")
    tree = draw(PAGE, current_actor=ACTOR, waiting_count=3)
    assert "Việc của tôi 3 việc đang chờ" in words(one(tree, "nav", id="menu"))


def test_the_session_warning_is_only_for_who_is_signed_in(draw):
    assert all_(draw(PAGE, session_seconds=1800), "dialog", id="session") == []
    tree = draw(PAGE, session_seconds=1800, current_actor=ACTOR)
    assert one(tree, "body").get("data-session-seconds") == "1800"
    one(tree, "dialog", id="session")


def test_sample_pages_say_so(draw):
    assert "Dữ liệu mẫu" in words(draw(PAGE, sample_mode=True))
    assert "Dữ liệu mẫu" not in words(draw(PAGE, sample_mode=False))


@pytest.mark.parametrize("status", [403, 404, 413, 500, 503])
def test_an_error_says_what_happened_what_to_do_and_a_way_back(draw, status):
    for advice in ("Tải lại", ["Tải lại", "Gọi điện"]):
        tree = draw(
            "{% include 'errors/error.html' %}",
            status=status,
            title="Hỏng",
            message="Vì sao",
            advice=advice,
        )
        main = words(one(tree, "main"))
        assert all(part in main for part in ("Hỏng", "Vì sao", "Tải lại", "Về trang chủ"))


# ---- what holds for all templates

# The frame of a mail is opened by a mail program, which knows inline styles only.
SOURCES = sorted(set(TEMPLATES.rglob("*.html")) - {TEMPLATES / "mail/_frame.html"})


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(TEMPLATES).as_posix())
def test_a_template_keeps_the_policy(path):
    text = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.S)
    assert not re.search(r"\sstyle\s*=", text), "style attributes are refused by the policy"
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text), "inline handlers are refused"
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style\b", text), "inline code is refused"
    assert not re.search(r"\|\s*safe\b", text)
    assert not re.search(r"<(script|link|img|iframe)\b[^>]*\"(https?:)?//", text), "another host"
    assert not re.search(r"\bhx-", re.sub(r"data-hx-", "", text)), "write data-hx-..."


def test_every_class_a_page_uses_is_drawn(pages):
    folder, files, _ = pages.extensions["assets"]
    known = set(re.findall(r"\.(-?[A-Za-z_][\w-]*)", (folder / files["theme.css"]).read_text()))
    for path in SOURCES:
        for classes in re.findall(r'class="([^"{]*)"', path.read_text()):
            assert set(classes.split()) <= known, f"{path.name}: {set(classes.split()) - known}"


def test_every_icon_is_built_and_exists():
    named = {
        name for path in SOURCES for name in re.findall(r"\bicon\('([\w-]+)'", path.read_text())
    }
    assert len(named) > 30
    assert named <= set(gather.icon_names())


def test_icons_that_views_choose_are_listed():
    """A name a template never quotes must stand in static/icons.txt."""
    drawn = set(gather.icon_names())
    known = {name for name in gather._icons() if "-" in name}
    for path in (ROOT / "marketplace" / "web").rglob("*.py"):
        quoted = set(gather.QUOTED.findall(path.read_text())) & known
        assert quoted <= drawn, f"{path.name}: add to icons.txt: {sorted(quoted - drawn)}"


def test_the_script_evaluates_nothing_and_asks_no_other_host():
    script = (gather.OWN / "js/site.js").read_text()
    assert not re.search(
        r"\beval\(|new Function|innerHTML|insertAdjacentHTML|document\.write", script
    )
    assert not re.search(r"[\"'`](https?:)?//\w", script)


def test_a_date_may_come_as_a_date(draw):
    tree = draw(
        FORMS.replace("MACRO", "date") + "{{ date('x', 'N', d, min=d) }}", d=date(2026, 11, 3)
    )
    assert (one(tree, "input").get("value"), one(tree, "input").get("min")) == ("2026-11-03",) * 2


def ratio(first, second):
    """WCAG contrast of two #rrggbb colours (relative luminance of WCAG 2.2)."""

    def light(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(first), light(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


GROUNDS = ("paper", "surface", "sunken")
KIND_COLOURS = [f"kind-{kind}" for kind in indexing.kinds()]
PAIRS = [
    *(
        (word, ground, 4.5)
        for word in ("ink", "ink-2", "link", "bad", "brand-ink")
        for ground in GROUNDS
    ),
    *((kind, "surface", 4.5) for kind in KIND_COLOURS),
    *((tone, f"{tone}-soft", 4.5) for tone in ("good", "warn", "bad", "info")),
    *(("edge", ground, 3) for ground in GROUNDS),
    *(("focus", ground, 3) for ground in GROUNDS),
    ("on-amber", "amber", 4.5),
    ("brand-ink", "brand-soft", 4.5),
    ("amber-ink", "amber-soft", 4.5),
    ("on-deep", "brand-deep", 4.5),
    ("on-deep-2", "brand-deep", 4.5),
]


@pytest.mark.parametrize("night", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("first", "second", "least"), PAIRS)
def test_colours_stand_out_enough(night, first, second, least):
    colours = {}
    for name in ("10-tokens.css", "11-dark.css") if night else ("10-tokens.css",):
        css = (gather.OWN / "css" / name).read_text()
        colours |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", css))
    assert ratio(colours[first], colours[second]) >= least
