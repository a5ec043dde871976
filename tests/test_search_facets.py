"""Filters, counts, orders and audiences, against the plainest program that can say the same."""

import tempfile
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search import Document, Index, Query
from search.analysis import folded, syllables
from search.collation import order
from search.engines import available

ENGINES = available()


@pytest.fixture(scope="module", params=ENGINES.values(), ids=ENGINES)
def engine(request):
    return request.param


WORDS = ["máy", "sấy", "nhãn", "mây", "lúa", "may"]
VALUES = {"place": ["hy", "tb", "hn"], "sectors": ["s1", "s2"], "readiness": ["trl5"]}
FACETS = ("kind", "place", "sectors", "readiness", "unknown")

text = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
facets = st.fixed_dictionaries(
    {name: st.lists(st.sampled_from(v), max_size=3).map(tuple) for name, v in VALUES.items()}
)
sort = st.fixed_dictionaries(
    {},
    optional={
        "published": st.sampled_from(["2026-01-01", "2026-02-01", "2026-03-01"]),
        "deadline": st.integers(0, 3),
    },
)


@st.composite
def collections(draw):
    count = draw(st.integers(0, 10))
    return [
        Document(
            key=f"k{number}",
            kind=draw(st.sampled_from(["offer", "need"])),
            audience=draw(st.sampled_from(["public", "registered"])),
            title=draw(text),
            body=draw(text),
            facets=draw(facets),
            sort=draw(sort),
            version=number,
        )
        for number in range(count)
    ]


chosen = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.frozensets(st.sampled_from(["offer", "need"])),
        **{name: st.frozensets(st.sampled_from(values)) for name, values in VALUES.items()},
    },
)
queries = st.builds(
    Query,
    text=st.lists(st.sampled_from([*WORDS, "khac"]), max_size=3).map(" ".join),
    filters=chosen,
    audiences=st.sampled_from(
        [frozenset({"public"}), frozenset({"public", "registered"}), frozenset()]
    ),
    sort=st.sampled_from(["relevance", "newest", "deadline", "title"]),
    limit=st.just(100),
    facets=st.just(FACETS),
)


def values_of(document, facet):
    return {document.kind} if facet == "kind" else set(document.facets.get(facet, ()))


def tokens(text, *, as_typed):
    """All spellings a text answers to: as typed, a word without marks stands for any marks."""
    accented = syllables(text)
    return {folded(each) for each in accented} | (set(accented) if as_typed else set())


def text_matches(documents, query):
    visible = [d for d in documents if d.audience in query.audiences]
    # Two spellings of a word are two words asked for, as they are to the index.
    typed = list(dict.fromkeys(syllables(query.text)))
    partly = []
    for as_typed in (True, False):
        wanted = typed if as_typed else [folded(each) for each in typed]
        texts = {d.key: tokens(f"{d.title} {d.body}", as_typed=as_typed) for d in visible}
        has = {key: sum(word in known for word in wanted) for key, known in texts.items()}
        everything = [d for d in visible if has[d.key] == len(wanted)]
        if everything:
            return everything
        partly.append([d for d in visible if has[d.key] >= len(wanted) // 2 + 1])
    return partly[0] or partly[1]


def passes(document, filters, ignoring=None):
    return all(
        values_of(document, name) & wanted
        for name, wanted in filters.items()
        if wanted and name != ignoring
    )


def by_sort(documents, name):
    sort_values = {
        "newest": lambda d: d.sort.get("published"),
        "deadline": lambda d: d.sort.get("deadline"),
        "title": lambda d: order(d.title),
    }[name]
    by_key = sorted(documents, key=lambda d: d.key)
    have = [d for d in by_key if sort_values(d) is not None]
    have.sort(key=sort_values, reverse=name == "newest")
    return [d.key for d in [*have, *(d for d in by_key if sort_values(d) is None)]]


@pytest.fixture(scope="module")
def indexed(engine):
    def build(documents):
        index = Index(tempfile.mkdtemp(dir=folder.name), engine)
        index.rebuild(documents, position=0)
        return index

    with tempfile.TemporaryDirectory() as name:
        folder = type("Folder", (), {"name": name})
        yield build


@settings(max_examples=60, deadline=None)
@given(collections(), st.lists(queries, min_size=1, max_size=8))
def test_totals_counts_and_orders_are_exact(indexed, documents, asked):
    index = indexed(documents)
    for query in asked:
        matching = text_matches(documents, query)
        kept = [d for d in matching if passes(d, query.filters)]
        results = index.search(query)
        assert results.total == len(kept)
        assert {hit.key for hit in results.hits} == {d.key for d in kept}
        for name in FACETS:
            beside = [d for d in matching if passes(d, query.filters, ignoring=name)]
            assert results.facets[name] == Counter(v for d in beside for v in values_of(d, name))
        if query.sort != "relevance":
            assert [hit.key for hit in results.hits] == by_sort(kept, query.sort)
        else:
            scores = [hit.score for hit in results.hits]
            assert scores == sorted(scores, reverse=True)


@settings(max_examples=40, deadline=None)
@given(collections(), st.lists(queries, min_size=1, max_size=8))
def test_what_a_reader_may_not_see_changes_nothing_they_do_see(indexed, documents, asked):
    """Hits, totals, counts, order, even scores and suggestions: as if it did not exist."""
    whole = indexed(documents)
    public = indexed([d for d in documents if d.audience == "public"])
    for query in asked:
        if query.audiences == frozenset({"public"}):
            assert whole.search(query) == public.search(query)


def test_a_hidden_word_is_never_suggested(tmp_path, engine):
    index = Index(tmp_path, engine)
    index.rebuild(
        [
            Document("open", "offer", "public", "Máy sấy", ""),
            Document("closed", "offer", "registered", "Máy plasma", ""),
        ],
        position=0,
    )
    everybody = frozenset({"public", "registered"})
    assert index.search(Query("máy plasmaa")).corrected is None
    assert index.search(Query("máy plasmaa", audiences=everybody)).corrected == "máy plasma"
    assert index.search(Query("plasma")).total == 0


def test_the_newest_or_most_urgent_come_first_and_the_undated_last(tmp_path, engine):
    index = Index(tmp_path, engine)
    days = {"old": "2025-12-31", "new": "2026-06-01", "undated": None, "unset": ""}
    index.rebuild(
        [
            Document(key, "idea", "public", "Máy", "", sort={"published": day, "deadline": day})
            for key, day in days.items()
        ],
        position=0,
    )
    for sort, keys in (("newest", ["new", "old"]), ("deadline", ["old", "new"])):
        hits = index.search(Query("máy", sort=sort)).hits
        assert [hit.key for hit in hits] == [*keys, "undated", "unset"]


@pytest.mark.parametrize("wrong", [{"sort": "price"}, {"offset": -1}, {"limit": -1}])
def test_a_callers_mistake_is_told(wrong):
    with pytest.raises(ValueError, match=r"sort|negative"):
        Query(**wrong)


@pytest.mark.parametrize("wrong", [{"key": ""}, {"key": "\ud800"}, {"audience": "all"}])
def test_a_document_that_could_leak_or_get_lost_is_refused(wrong):
    with pytest.raises(ValueError, match=r"key|audience|surrogates"):
        Document(**{"key": "a", "kind": "b", "audience": "public", "title": "", "body": ""} | wrong)
