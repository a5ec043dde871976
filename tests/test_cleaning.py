"""From what people type to what is kept: whatever comes in, a good value or a clear refusal."""

import json
import re
import unicodedata
from contextlib import suppress
from datetime import date
from functools import cache
from types import SimpleNamespace

import pytest
from conftest import PROVINCE
from factories import content
from hypothesis import example, given, settings
from hypothesis import strategies as st

from marketplace.domain.cleaning import (
    clean,
    day,
    email,
    money,
    one_line,
    paragraphs,
    phone,
    problems,
)
from marketplace.domain.errors import Invalid
from marketplace.domain.fields import Field, fields
from marketplace.domain.vocabulary import KINDS
from marketplace.services import vocabularies

anything = st.text(max_size=200)
# What breaks programs: marks without letters, directions, emoji, digits of other scripts.
hostile = st.text(
    st.sampled_from(
        "aĂâđếồ 0123456789.,-/+@:;|\n\r\t\v\x00\x1b\x85\u0301\u0323\u00a0\u200b\u200d\u202e\u2028"
        "\u2066\ufeff٣５²½tỷtriệuđồng\"'<>&=%${}\\👩🏽‍🌾🇻🇳"
    ),
    max_size=60,
)
typed = st.one_of(anything, hostile)


@cache
def vocabulary():
    files = [*vocabularies.SHARED.glob("*.csv"), *PROVINCE.folder.glob("p*.csv")]
    terms = [SimpleNamespace(**row) for path in files for row in vocabularies._read(path)]
    old = [
        SimpleNamespace(name=row["old_name"], district=row["old_district"], place=row["place"])
        for row in vocabularies._read(PROVINCE.folder / "old_places.csv")
    ]
    return vocabularies.Vocabulary(terms, old)


EVERY_FIELD = [f for kind in KINDS for f in fields(kind)]


def again(value):
    """A kept value as a form would show it, to be sent once more."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return value if isinstance(value, list) else str(value)


# --- Text ----------------------------------------------------------------------------------------
@given(typed)
@example("e\u200b\u0301")
@example("a\u202e\u0323")
def test_a_line_is_one_line_of_proper_text(text):
    line = one_line(text)
    assert line == one_line(line)
    assert line == " ".join(line.split())
    assert unicodedata.is_normalized("NFC", line)
    assert not [c for c in line if unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn")]
    assert not set(line) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


@given(typed)
@example("e\u200b\u0301")
def test_paragraphs_keep_their_lines_and_nothing_strange(text):
    kept = paragraphs(text)
    assert kept == paragraphs(kept)
    assert unicodedata.is_normalized("NFC", kept)
    assert "\r" not in kept
    assert "\n\n\n" not in kept
    assert kept == kept.strip()


def test_a_family_of_emoji_stays_a_family():
    assert one_line("👩‍👩‍👧 xin chào 🇻🇳") == "👩‍👩‍👧 xin chào 🇻🇳"


def test_letters_typed_apart_are_put_together():
    assert one_line(unicodedata.normalize("NFD", "Hưng Yên: sấy nhãn")) == "Hưng Yên: sấy nhãn"


# --- Money ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("280.000.000", 280_000_000),
        ("280,000,000", 280_000_000),
        ("280 000 000", 280_000_000),
        ("280 triệu", 280_000_000),
        ("280tr", 280_000_000),
        ("1,25 tỷ", 1_250_000_000),
        ("1.25 tỷ", 1_250_000_000),
        ("2 tỷ 500 triệu", 2_500_000_000),
        ("1.234,5 triệu", 1_234_500_000),
        ("1,234.5 triệu", 1_234_500_000),
        ("500 nghìn", 500_000),
        ("500k", 500_000),
        ("0", 0),
        ("15.000.000 đồng", 15_000_000),
        ("3 million", 3_000_000),
        ("5 trieu", 5_000_000),
        ("2 ty", 2_000_000_000),
        ("2 ty 500 trieu dong", 2_500_000_000),
        ("1,25 tỷ đồng", 1_250_000_000),
        ("5 triệu VND", 5_000_000),
        ("500.000 ₫", 500_000),
    ],
)
def test_money_is_read_as_people_write_it(text, amount):
    assert money(text) == amount


@pytest.mark.parametrize(
    "text",
    ["nhiều", "-5 triệu", "1,5", "1,5,5 tỷ", "1.2,5 tỷ", "12.34.567", "1..5 tỷ", "5 con bò",
     "khoảng 5 triệu", "3tr5", "2 tỷ 5", "đồng", "5 đồng đồng", "1e9", "=1+1", "0x10",
     "5 triệu USD", "9" * 61],
)  # fmt: skip
def test_money_that_could_mean_two_things_is_refused(text):
    with pytest.raises(ValueError, match=re.escape(text[:3])):
        money(text)


@given(st.integers(0, 10**15))
def test_every_amount_is_read_back_however_it_was_grouped(amount):
    for text in (str(amount), f"{amount:,}", f"{amount:,}".replace(",", "."), f"{amount} đồng"):
        assert money(text) == amount


@given(st.integers(0, 10**6), st.sampled_from([10**3, 10**5, 10**6, 10**7, 10**8, 10**9]))
def test_money_shown_in_a_form_is_read_back_from_it(number, size):
    from marketplace.web.listings.boxes import spelled

    assert money(spelled(number * size)) == number * size


@given(typed)
def test_no_text_breaks_the_reading_of_money(text):
    with suppress(ValueError):
        assert money(text) >= 0


# --- Dates, addresses, numbers -------------------------------------------------------------------
@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)))
def test_a_day_is_read_in_every_way_it_is_written(value):
    for form in ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d", "%Y-%m-%d 00:00:00"):
        assert day(value.strftime(form)) == value


@pytest.mark.parametrize("text", ["31/02/2027", "2027", "30/06/27", "06-2027", "mai", "1/13/2027"])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(ValueError, match=re.escape(text)):
        day(text)


@given(typed)
def test_no_text_breaks_the_reading_of_a_day(text):
    with suppress(ValueError):
        assert isinstance(day(text), date)


@pytest.mark.parametrize(
    ("text", "kept"),
    [("0912 345 678", "0912345678"), ("+84 912.345.678", "0912345678"),
     ("(0221) 3 862-999", "02213862999"), ("+1 415 555 0100", "+14155550100")],
)  # fmt: skip
def test_telephone_numbers_are_kept_as_digits(text, kept):
    assert phone(text) == kept
    assert phone(phone(text)) == kept


@pytest.mark.parametrize("text", ["123", "0112345678", "09123456789", "gọi tôi", "", "+84"])
def test_what_is_no_telephone_number_is_refused(text):
    with pytest.raises(Invalid):
        phone(text)


@pytest.mark.parametrize(
    "text", ["Hoa@HTX.vn", " hoa@htx.vn ", "hoa.nguyen+san@mail.hungyen.gov.vn"]
)
def test_addresses_are_kept_in_small_letters(text):
    assert email(text) == text.strip().lower()


@pytest.mark.parametrize(
    "text",
    ["hoa", "hoa@", "@htx.vn", "hoa@htx", "a b@c.vn", "hoa@htx.vn, b@c.vn", "<hoa@htx.vn>",
     "hoa@htx.vn\nBcc: all@x.vn", "hoa@htx..vn", "a" * 65 + "@b.vn", "a@" + "b" * 260 + ".vn"],
)  # fmt: skip
def test_what_is_no_address_or_more_than_one_is_refused(text):
    with pytest.raises(Invalid):
        email(text)


# --- Every field ---------------------------------------------------------------------------------
@settings(deadline=None, max_examples=150)
@given(st.sampled_from(EVERY_FIELD), st.one_of(typed, st.lists(typed, max_size=8)))
def test_whatever_is_typed_into_any_field_is_kept_properly_or_refused_with_words(f, raw):
    value, refusal = None, None
    try:
        value = clean(f, raw, vocabulary())
    except Invalid as error:
        refusal = error
    if refusal is not None:
        assert refusal.field == f.name
        assert refusal.message % refusal.values if refusal.values else refusal.message
        return
    assert json.loads(json.dumps(value)) == value
    if isinstance(value, str):
        assert value
        assert not f.limit or len(value) <= f.limit
    if isinstance(value, list):
        assert value
        assert not f.limit or len(value) <= f.limit
        assert len(set(value)) == len(value)
    if value is not None:
        assert clean(f, again(value), vocabulary()) == value


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_kept_is_accepted_again_by_the_same_form(kind):
    for name, value in content(kind).items():
        f = next(f for f in fields(kind) if f.name == name)
        assert clean(f, again(value), vocabulary()) == value, name


@pytest.mark.parametrize("empty", [None, "", "   ", "\n\t", [], ["", " "]])
def test_an_empty_answer_is_no_answer_and_no_mistake(empty):
    for f in EVERY_FIELD:
        assert clean(f, empty, vocabulary()) is None


def test_every_text_a_person_types_has_a_limit():
    unlimited = {f.name for f in EVERY_FIELD if f.type in ("text", "long", "url") and not f.limit}
    assert not unlimited


def test_numbers_stay_in_a_range_a_database_and_a_reader_can_hold():
    for f in EVERY_FIELD:
        if f.type in ("integer", "money", "percent"):
            with pytest.raises(Invalid):
                clean(f, "9" * 30, vocabulary())
            with pytest.raises(Invalid):
                clean(f, "-1", vocabulary())


def test_a_title_too_long_says_by_how_much():
    title = next(f for f in fields("need") if f.name == "title_vi")
    with pytest.raises(Invalid) as refusal:
        clean(title, "a" * 10_000, vocabulary())
    assert refusal.value.values == {"length": 10_000, "limit": 120, "extra": 9880}


def test_a_script_is_text_like_any_other():
    title = next(f for f in fields("need") if f.name == "title_vi")
    assert clean(title, "<script>alert(1)</script>", vocabulary()) == "<script>alert(1)</script>"


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "ftp://x.vn", "https://", "//x.vn", "x.vn", "https://x.vn/a b",
     'https://x.vn/"onclick="'],
)  # fmt: skip
def test_only_addresses_of_pages_are_links(address):
    f = Field("video", "url", "Video", limit=300)
    with pytest.raises(Invalid):
        clean(f, address, vocabulary())


def test_a_box_that_is_ticked_counts_after_the_hidden_no():
    f = Field("agreed", "boolean", "Đồng ý")
    assert clean(f, ["0", "1"], vocabulary()) is True
    assert clean(f, ["0"], vocabulary()) is False
    assert clean(f, "Có", vocabulary()) is True


# --- Across fields -------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
def test_a_full_content_has_no_problem_and_an_empty_one_names_every_gap_at_once(kind):
    full = content(kind) | {"founded": "2020-01-01"}
    assert problems(fields(kind), full, date(2026, 11, 23)) == {}
    gaps = problems(fields(kind), {}, date(2026, 11, 23))
    assert set(gaps) == {f.name for f in fields(kind) if f.required}


@pytest.mark.parametrize(
    ("low", "high"), [("budget_min", "budget_max"), ("price_min", "price_max"),
                      ("ticket_min", "ticket_max"), ("trl_from", "trl_to")],
)  # fmt: skip
def test_from_is_not_more_than_to(low, high):
    today = date(2026, 11, 23)
    assert high in problems((), {low: "9", high: "8"}, today)
    assert problems((), {low: "8", high: "9"}, today) == {}
    assert problems((), {low: "9"}, today) == {}
    # Numbers are compared as numbers: 10 is more than 9.
    assert problems((), {low: 9, high: 10}, today) == {}


def test_a_deadline_lies_ahead_and_a_founding_behind():
    today = date(2026, 11, 23)
    assert "deadline" in problems((), {"deadline": "2026-11-23"}, today)
    assert problems((), {"deadline": "2026-11-24"}, today) == {}
    assert "founded" in problems((), {"founded": "2026-11-24"}, today)
    assert problems((), {"founded": "2026-11-23"}, today) == {}
