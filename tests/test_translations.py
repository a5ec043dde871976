"""The English catalogue: complete, true to its placeholders, free of Vietnamese, and in use."""

import io
import re
import string
from functools import cache
from html.parser import HTMLParser

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

from marketplace.config import ROOT
from marketplace.domain.fields import fields
from marketplace.domain.vocabulary import KINDS
from marketplace.models import utcnow

CATALOGUE = ROOT / "marketplace/translations/en/LC_MESSAGES/messages.po"
VIETNAMESE = re.compile(
    "[ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]", re.IGNORECASE
)
# What stays Vietnamese in English: people, places and firms of the examples, and words of files.
NAMES = (
    "Hưng Yên", "Hồng Nam", "Lê Minh Tuấn", "Nguyễn Thị Hoa", "Nhãn Link", "NĐ-CP", "Nễ Châu",
    "Nội Linh", "Phù Sa", "Phạm Thị Lan", "Phố Hiến", "Phố Nối", "Trần Văn Mười", "Tân Hưng",
    "VÍ DỤ:", "Tiếng Việt",
)  # fmt: skip
# `%(name)s`, `{name}`, `{}`; `%%` is a plain sign in texts that are formatted.
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w*\}")


def _ignored(folder: str) -> bool:
    """Babel's own filter passes over folders that start with _ too: our macros."""
    return not folder.rpartition("/")[2].startswith(".")


@cache
def extracted() -> dict:
    """(context, msgid) -> (file, line) of every text in the tree as it is now."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = Catalog()
    for folder in ("marketplace", "templates"):
        for path, line, message, _comments, context in extract_from_dir(
            ROOT / folder,
            [(pattern.removeprefix(folder + "/"), how) for pattern, how in methods
             if pattern.startswith(folder)],
            {pattern.removeprefix(folder + "/"): each for pattern, each in options.items()},
            DEFAULT_KEYWORDS,
            directory_filter=_ignored,
        ):  # fmt: skip
            found.add(message, locations=[(f"{folder}/{path}", line)], context=context)
    return {(m.context, m.id): m.locations[0] for m in found if m.id}


@cache
def catalogue() -> dict:
    with CATALOGUE.open("rb") as file:
        return {(m.context, m.id): m for m in read_po(file, locale="en") if m.id}


def texts(value) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def pairs():
    """(Vietnamese, English), each plural form on its own."""
    for (_context, source), message in catalogue().items():
        originals = texts(source)
        for n, english in enumerate(texts(message.string)):
            yield originals[min(n, len(originals) - 1)], english


def test_the_extraction_sees_pages_macros_mails_and_code():
    places = [path for path, _line in extracted().values()]
    for part in (
        "templates/_macros/",
        "templates/mail/",
        "marketplace/domain/",
        "marketplace/web/",
    ):
        assert any(path.startswith(part) for path in places), part


def test_every_text_has_an_english_one():
    lacking = [
        f"{path}:{line} {key[1]}"
        for key, (path, line) in extracted().items()
        if key not in catalogue()
        or catalogue()[key].fuzzy
        or not all(texts(catalogue()[key].string))
    ]
    assert not lacking, "run `make translations`, then translate:\n" + "\n".join(lacking)


def test_the_catalogue_holds_nothing_the_site_no_longer_says():
    obsolete = sorted(source for _context, source in catalogue().keys() - extracted().keys())
    assert not obsolete, "run `make translations`"


def test_placeholders_agree():
    wrong = [
        (vietnamese, english)
        for vietnamese, english in pairs()
        if set(PLACEHOLDER.findall(vietnamese)) != set(PLACEHOLDER.findall(english))
    ]
    assert not wrong


def test_texts_with_placeholders_can_be_formatted():
    class Anything(dict):
        def __missing__(self, _name):
            return "x"

    for both in pairs():
        for text in both:
            if "%(" in text:
                assert "%(" not in text % Anything()


def test_percent_signs_in_templates_are_doubled():
    """Templates format every text, even one without values; a lone % would break the page."""
    for (_context, source), (path, line) in extracted().items():
        if path.startswith("templates/"):
            message = catalogue().get((_context, source))
            for text in (*texts(source), *texts(message.string if message else "")):
                bare = re.sub(r"%\(\w+\)[a-z]|%%", "", text)
                assert "%" not in bare, f"{path}:{line} {text}"


def test_no_vietnamese_is_left_in_english():
    left = []
    for _vietnamese, english in pairs():
        rest = english
        for name in NAMES:
            rest = rest.replace(name, "")
        if VIETNAMESE.search(rest):
            left.append(english)
    assert not left


def test_english_begins_and_ends_as_the_vietnamese_does():
    """A label stays a label and a sentence a sentence; spaces and line breaks at the ends count."""
    ends = ".:;?!"
    for vietnamese, english in pairs():
        assert english.strip() == english or vietnamese.strip() != vietnamese, english
        if len(vietnamese.split()) > 3 and vietnamese[-1] in ":?":
            assert english[-1] in ends, (vietnamese, english)


def test_the_catalogue_compiles():
    with CATALOGUE.open("rb") as file:
        source = read_po(file, locale="en")
    faults = [(message.id, [str(fault) for fault in errors]) for message, errors in source.check()]
    assert not faults
    compiled = io.BytesIO()
    write_mo(compiled, source)
    compiled.seek(0)
    assert len(read_mo(compiled)) == len(source)


def test_kinds_have_a_plural_of_their_own_in_english():
    for _prefix, one, many in KINDS.values():
        assert catalogue()["many", many].string != catalogue()[None, one].string


class Words(HTMLParser):
    """The words of a page, and the texts that are read out (labels, placeholders, alternatives),
    outside every element marked as Vietnamese; not its title, which cannot be marked in parts."""

    VOID = frozenset(["br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"])
    SPOKEN = ("aria-label", "placeholder", "alt", "title")

    def __init__(self):
        super().__init__()
        self.open, self.words = [], []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        foreign = attrs.get("lang") == "vi" or tag in ("script", "style", "title")
        if not (foreign or self.foreign()):
            self.words += [attrs[name] for name in self.SPOKEN if attrs.get(name)]
        if tag not in self.VOID:
            self.open.append((tag, foreign))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if data.strip() and not self.foreign():
            self.words.append(data.strip())

    def foreign(self) -> bool:
        return any(foreign for _tag, foreign in self.open)


def vietnamese_words(page: str) -> list[str]:
    parser = Words()
    parser.feed(page)
    left = []
    for words in parser.words:
        rest = words
        for name in NAMES:
            rest = rest.replace(name, "")
        if VIETNAMESE.search(rest):
            left.append(words)
    return left


@pytest.fixture
def english(tmp_path, monkeypatch, app):
    """The application reads its catalogue compiled from the source as it is now."""
    folder = tmp_path / "translations/en/LC_MESSAGES"
    folder.mkdir(parents=True)
    with CATALOGUE.open("rb") as source, (folder / "messages.mo").open("wb") as target:
        write_mo(target, read_po(source, locale="en"))
    app.extensions["babel"].translation_directories[:] = [str(tmp_path / "translations")]
    return app


def test_the_checker_finds_vietnamese_and_passes_over_what_is_marked():
    page = '<p>Sàn</p><p lang="vi">Sấy</p><input placeholder="Gõ"><p>Plain<br>words</p><p>Hưng Yên'
    assert vietnamese_words(page) == ["Sàn", "Gõ"]


PAGES = "/ /find /about /help /privacy /accessibility /data /sign-in /sign-up /track /listings/new"


@pytest.mark.parametrize("path", [*PAGES.split(), "/no-such-page"])
def test_pages_for_guests_are_english_throughout(english, client, path):
    page = client.get("/en" + path, follow_redirects=True)
    assert page.status_code in (200, 404)
    assert 'lang="en"' in page.text
    assert vietnamese_words(page.text) == []


@pytest.fixture
def vietnamese(make):
    """A published need written in Vietnamese, and an offer matched with it."""
    owner = make.user(name="Owner")
    need = make.listing("need", owner=owner, values={"title_en": "", "summary_en": ""})
    offer = make.listing(
        "offer", owner=make.user(name="Maker"), values={"title_en": "Dryer", "summary_en": ""}
    )
    explanation = {
        "passages": [{"a": {"text": "Lò than hao nhiều quả"}, "b": {"text": "Sấy bơm nhiệt"}}]
    }
    match = make.match(
        need, offer, state="proposed_to_first", asked_at=utcnow(), known_to_first=True,
        explanation=explanation,
    )  # fmt: skip
    return owner, need, offer, match


def test_what_people_wrote_in_vietnamese_says_so_on_english_pages(
    english, vietnamese, make, client, sign_in
):
    owner, need, offer, match = vietnamese
    pages = [
        (client, ["/", "/find", f"/listings/{need.ref}", f"/listings/{offer.ref}"]),
        (sign_in(owner), ["/me", "/me/listings", "/me/matches", f"/matches/{match.key}"]),
        (
            sign_in(make.user(role="curator", name="Curator")),
            ["/desk", "/desk/matches?queue=asked", f"/desk/matches/{match.key}"],
        ),
    ]
    paths = []
    for reader, wanted in pages:
        for path in wanted:
            page = reader.get("/en" + path)
            assert page.status_code == 200, path
            assert vietnamese_words(page.text) == [], path
            paths.append(path)
    assert len(paths) == 11


@pytest.mark.parametrize("kind", KINDS)
def test_forms_of_every_kind_are_english_throughout(english, make, sign_in, kind):
    page = sign_in(make.user(role="curator", name="Curator")).get(
        f"/en/listings/new/{kind}?step=all"
    )
    assert page.status_code == 200
    assert fields(kind)[0].name in page.text
    assert vietnamese_words(page.text) == []


def test_english_letters_only_is_not_a_vacuous_check():
    """The pattern knows every Vietnamese letter that is not a plain one."""
    assert not VIETNAMESE.search(string.printable)
    assert all(VIETNAMESE.search(letter) for letter in "ĐỤởỹễ")


@pytest.mark.parametrize("kind", KINDS)
def test_fields_of_a_kind_have_english_labels_of_their_own(kind):
    """The importer finds columns by their English labels too."""
    labels = [catalogue()[None, f.label].string for f in fields(kind)]
    assert len(set(labels)) == len(labels)
