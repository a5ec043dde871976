"""The graded queries: well-formed, every listing in the sample, each variant what it claims."""

import json
import unicodedata
from collections import Counter

import pytest

from benchmarks.search_quality import SAMPLE, SOME, VARIANTS, read
from marketplace.domain.workflow import LISTING_LIFE_DAYS
from search.analysis import fold

NEEDS = read()
ENTRIES = [
    entry
    for path in sorted(SAMPLE.glob("*.json"))
    for entry in json.loads(path.read_text(encoding="utf-8"))
]
PUBLIC = {
    entry["slug"]
    for entry in ENTRIES
    if entry["state"] == "published"
    and entry["visibility"] in ("public", "masked")
    and entry["days_ago"] < LISTING_LIFE_DAYS
}


def test_there_are_enough_needs_and_each_is_there_once():
    assert len(NEEDS) >= 150
    assert max(Counter(need.typed["accented"] for need in NEEDS).values()) == 1
    assert max(Counter(need.key for need in NEEDS).values()) == 1


def test_every_judged_listing_is_one_a_visitor_can_find():
    assert {slug for need in NEEDS for slug in need.grades} <= PUBLIC


def test_every_need_has_an_answer():
    assert [need.key for need in NEEDS if not any(need.grades.values())] == []


def test_every_kind_of_listing_answers_some_need():
    kinds = {entry["slug"]: entry["kind"] for entry in ENTRIES}
    answered = {kinds[s] for need in NEEDS for s, grade in need.grades.items() if grade == 2}
    assert answered == set(kinds.values())


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_is_typed_in_one_agreed_way(variant):
    texts = [need.typed[variant] for need in NEEDS if need.typed.get(variant)]
    assert len(texts) == len(NEEDS) or (variant in SOME and len(texts) >= 25)
    assert texts == [unicodedata.normalize("NFC", " ".join(text.split())) for text in texts]


def test_plain_is_the_accented_query_without_its_marks():
    for need in NEEDS:
        assert need.typed["plain"].lower() == fold(need.typed["accented"])
        assert need.typed["plain"].isascii()


def test_a_typo_is_in_exactly_one_word():
    for need in NEEDS:
        right, wrong = need.typed["accented"].split(), need.typed["typo"].split()
        assert len(right) == len(wrong), need.key
        assert sum(a != b for a, b in zip(right, wrong, strict=True)) == 1, need.key
