"""Whatever a visitor types, there is an answer, and soon."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from search import Document, Index, Query, highlight
from search.engines import available

ENGINES = available()


@pytest.fixture(scope="module", params=ENGINES.values(), ids=ENGINES)
def engine(request):
    return request.param


# All of Unicode: control characters, lone surrogates, private use, everything unassigned.
CHARACTERS = st.characters(codec=None, exclude_categories=())
OPERATORS = st.sampled_from([*"\"'-+*?~^:()[]{}<>|&!/.,;_ \t\n\0\\“", "máy", "sấy", "AND"])
TYPED = st.one_of(
    st.text(CHARACTERS, max_size=300),
    st.lists(OPERATORS, max_size=80).map("".join),
    st.lists(st.one_of(OPERATORS, st.text(CHARACTERS, max_size=8)), max_size=60).map(" ".join),
)
# Of this thread's own computing: a busy machine that runs something else meanwhile is no fault.
SECONDS = 1.0


@pytest.fixture(scope="module")
def index(tmp_path_factory, engine):
    index = Index(tmp_path_factory.mktemp("index"), engine)
    index.rebuild(
        [
            Document(f"l{n}", "offer", "public", f"Máy sấy số {n}", "Sấy nhãn 500 kg/mẻ IP65 " * 20)
            for n in range(200)
        ],
        position=0,
    )
    return index


@settings(max_examples=750, deadline=None)
@given(TYPED)
@example("a" * 100_000)
@example("ế " * 100_000)
@example('"' * 100_000)
@example('-"máy ' * 20_000)
@example("\u0301" * 100_000)
@example("ﷺ" * 10_000)
@example(" ".join(f"máy{n}" for n in range(1_000)))
def test_any_text_is_answered_in_time(index, text):
    def asked():
        start = time.thread_time()
        results = index.search(Query(text, facets=("kind",)))
        assert results.total >= len(results.hits)
        assert results.corrected is None or isinstance(results.corrected, str)
        highlight("Máy sấy nhãn 500 kg/mẻ", text)
        return time.thread_time() - start

    # Asked once more before it counts as slow: the garbage of all tests before may fall due here.
    assert asked() < SECONDS or asked() < SECONDS


@settings(max_examples=150, deadline=None)
@given(texts=st.lists(st.text(CHARACTERS, max_size=200), min_size=2, max_size=6))
def test_any_text_can_be_indexed(tmp_path_factory, texts, engine):
    index = Index(tmp_path_factory.mktemp("any"), engine)
    documents = [
        Document(f"l{number}", "offer", "public", text, text[::-1], {"f": (text,)}, {"title": text})
        for number, text in enumerate(texts)
    ]
    index.rebuild(documents, position=0)
    assert index.search(Query("", facets=("f",), sort="title")).total == len(texts)
    found = index.search(Query("", filters={"f": frozenset({texts[0]})}))
    assert "l0" in {hit.key for hit in found.hits}
    highlight(texts[0], texts[1])
