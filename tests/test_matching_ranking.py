"""Words, meaning, and how the two become one order."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.bm25 import LexicalScores
from matching.evaluation import (
    interval,
    measure,
    ndcg,
    read_set,
    read_sets,
    recall,
    reciprocal_rank,
)
from matching.fusion import fuse, language_bias, standardise
from matching.fusion import reciprocal_rank as rrf
from matching.lexical import LexicalIndex
from matching.terms import LANGUAGES

TEXTS = [
    "Máy sấy nhãn bơm nhiệt 500 kg mỗi mẻ cho hợp tác xã",
    "Mây tre đan xuất khẩu của làng nghề",
    "Wastewater treatment with a membrane bioreactor, VietGAP 2024",
    "Xử lý nước thải làng nghề bằng bãi lọc trồng cây, VietGAP 2024",
]


@pytest.fixture
def lexical():
    index = LexicalIndex()
    for slot, text in enumerate(TEXTS):
        index.add(slot, text)
    return index


def test_words_are_found_with_and_without_accents_and_accents_prefer(lexical):
    assert np.argmax(lexical.score("máy sấy nhãn").scores) == 0
    assert np.argmax(lexical.score("may say nhan cho hop tac xa").scores) == 0
    accented = lexical.score("mây tre của làng").scores
    assert np.argmax(accented) == 1
    assert accented[1] > 0


def test_between_languages_only_names_and_numbers_count(lexical):
    found = lexical.score("xử lý nước thải theo VietGAP 2024 to the a")
    assert found.languages.tolist() == [LANGUAGES.index(x) for x in ("vi", "vi", "en", "vi")]
    assert found.same_language.tolist() == [True, True, False, True]
    across = lexical.score("VietGAP 2024 của hợp tác xã với the bioreactor")
    assert across.scores[2] > 0
    function_words = lexical.score("của hợp tác xã with a the")
    assert function_words.scores[2] == 0
    assert lexical.score("của hợp tác xã with a the", plain=True).scores[2] > 0


def test_coverage_is_all_for_a_text_that_says_the_same_and_nothing_for_a_stranger(lexical):
    found = lexical.score(TEXTS[0])
    assert found.coverage[0] == pytest.approx(1, abs=0.35)
    assert found.coverage.argmax() == 0
    assert lexical.score("zzz yyy").coverage.max() == 0


@pytest.mark.parametrize("settled", [True, False])
@pytest.mark.parametrize("plain", [True, False])
def test_a_few_slots_score_as_they_do_among_all(monkeypatch, settled, plain):
    index = LexicalIndex()
    for slot in range(120):
        index.add(slot, f"{TEXTS[slot % len(TEXTS)]} {slot % 7} {TEXTS[slot * 5 % 3]}")
        if settled and slot in (50, 110):
            index.settle()
    index.remove(3, f"{TEXTS[3]} 3 {TEXTS[0]}")
    slots = np.array([110, 3, 4, 119, 0, 57, 21])
    monkeypatch.setattr("matching.lexical.LOOKED_UP", 1.0)
    for text in [*TEXTS, "may say nhan", "VietGAP 2024 of the bioreactor 5", "zzz", ""]:
        wanted = index.score(text, plain=plain).at(slots)
        for kept in (False, True):
            found = index.score(text, plain=plain, among=slots, kept=kept)
            assert np.array_equal(found.scores, wanted.scores)
            assert np.array_equal(found.coverage, wanted.coverage)
            assert np.array_equal(found.languages, wanted.languages)
            assert np.array_equal(found.same_language, wanted.same_language)
            assert found.ideal == wanted.ideal
        assert index.knows(text) == bool(index.score(text, plain=True).scores.max() > 0)


def test_a_removed_text_is_not_counted_in_any_way(lexical):
    fresh = LexicalIndex()
    for slot, text in enumerate(TEXTS[1:], 1):
        fresh.add(slot, text)
    lexical.remove(0, TEXTS[0])
    query = "làng nghề nước thải máy"
    assert lexical.score(query).scores == pytest.approx(fresh.score(query).scores)
    lexical.freeze()
    assert lexical.score(query).scores == pytest.approx(fresh.score(query).scores)


@given(st.sampled_from(TEXTS), st.sampled_from(TEXTS))
def test_one_text_alone_scores_as_it_does_in_the_index(query, text):
    index = LexicalIndex()
    for slot, each in enumerate(TEXTS):
        index.add(slot, each)
    whole = index.score(query)
    share, language, same = index.share(query, text)
    slot = TEXTS.index(text)
    assert share == pytest.approx(whole.scores[slot] / whole.ideal)
    assert (language, same) == (whole.languages[slot], whole.same_language[slot])


def scores(words, coverage, languages=None, same=None):
    count = len(words)
    return LexicalScores(
        np.array(words, float),
        np.array(coverage, float),
        np.array(languages if languages is not None else [1] * count),
        np.array(same if same is not None else [True] * count),
    )


def order(fused):
    return np.argsort(-fused.scores, kind="stable").tolist()


def test_where_words_found_nothing_meaning_decides_alone():
    dense = np.array([0.80, 0.84, 0.82])
    assert order(fuse(dense, scores([0, 0, 0], [0, 0, 0]))) == [1, 2, 0]


def test_where_meaning_tells_nothing_apart_words_decide():
    assert order(fuse(np.full(3, 0.8), scores([1, 5, 3], [0.2, 0.9, 0.5]))) == [1, 2, 0]


def test_across_languages_words_count_by_what_they_cover():
    dense = np.array([0.86, 0.80, 0.81, 0.79])
    words = [0, 9, 0, 0]
    across = {"languages": [2] * 4, "same": [False] * 4}
    little = fuse(dense, scores(words, [0, 0.05, 0, 0], **across))
    much = fuse(dense, scores(words, [0, 0.95, 0, 0], **across))
    assert order(little)[0] == 0
    assert much.scores[1] - much.scores[0] > little.scores[1] - little.scores[0]


def test_the_right_answer_in_the_other_language_is_not_lost_behind_its_own_language():
    draw = np.random.default_rng(3)
    own, other = draw.normal(0.86, 0.005, 40), draw.normal(0.80, 0.005, 40)
    other[7] = 0.835  # far above its kind, below every text in the question's language
    dense = np.concatenate([own, other])
    languages = np.array([1] * 40 + [2] * 40)
    assert int(np.argmax(dense)) < 40
    silent = scores([0.0] * 80, [0] * 80, languages, languages == 1)
    assert int(np.argmax(dense - language_bias(dense, silent))) == 47
    fused = fuse(dense, silent)
    assert int(np.argmax(fused.scores)) == 47


def test_a_single_document_in_the_other_language_is_given_the_usual_bias():
    dense = np.array([0.85, 0.84, 0.83, 0.845, 0.84])
    languages = np.array([1, 1, 1, 1, 2])
    silent = scores([0.0] * 5, [0] * 5, languages, languages == 1)
    assert order(fuse(dense, silent))[0] == 0
    assert order(fuse(dense, silent, across=-0.02))[0] == 4


def test_a_stray_guess_of_a_language_changes_nothing_much():
    draw = np.random.default_rng(4)
    dense, words = draw.normal(0.8, 0.02, 200), draw.exponential(1, 200)
    coverage = words / words.max() / 5
    languages = np.full(200, 2)
    straight = fuse(dense, scores(words, coverage, languages, np.zeros(200, bool)))
    stray = np.zeros(200, bool)
    stray[5] = True
    assert order(fuse(dense, scores(words, coverage, languages, stray))) == order(straight)


def test_an_unaccented_question_leans_on_words():
    dense, lexical = np.array([0.9, 0.8, 0.8]), scores([0, 4, 1], [0, 0.6, 0.1])
    plain = replace(lexical, unaccented=True)
    assert order(fuse(dense, lexical))[0] == 0
    assert order(fuse(dense, plain))[0] == 1


@given(st.lists(st.tuples(st.floats(0.7, 0.9), st.floats(0, 20)), min_size=1, max_size=40))
def test_a_document_better_in_both_is_never_put_below(pairs):
    dense, words = (np.array(each) for each in zip(*pairs, strict=True))
    fused = fuse(dense, scores(words, words / 20)).scores
    for i in range(len(pairs)):
        for j in range(len(pairs)):
            if dense[i] >= dense[j] and words[i] >= words[j]:
                assert fused[i] >= fused[j] - 1e-6


def test_nothing_to_rank_gives_nothing():
    assert fuse(np.zeros(0), scores([], [])).scores.shape == (0,)
    assert standardise(np.full(3, 2.0), np.arange(3)).tolist() == [0, 0, 0]
    assert rrf(np.array([3, 1, 2]), np.array([3, 1, 2])).argmax() == 0


# Measures


def test_measures_on_a_ranking_worked_out_by_hand():
    grades = {"a": 2.0, "b": 1.0}
    best = 2 / 1 + 1 / np.log2(3)
    assert ndcg(["x", "a", "b"], grades) == pytest.approx((2 / np.log2(3) + 1 / 2) / best)
    assert ndcg(["a", "b"], grades) == 1
    assert ndcg(["x"] * 10 + ["a"], grades) == 0
    assert recall(["x", "b"], grades) == 0.5
    assert reciprocal_rank(["x", "b", "a"], grades) == 0.5
    assert reciprocal_rank([], grades) == 0


def test_the_interval_is_seeded_holds_the_mean_and_narrows_with_more_queries():
    few, many = [0, 1] * 10, [0, 1] * 1000
    assert interval(few) == interval(few)
    low, high = interval(few)
    assert low < 0.5 < high
    narrow_low, narrow_high = interval(many)
    assert narrow_high - narrow_low < high - low
    row = measure({"q": ["a"]}, {"q": {"a": 1.0}})
    assert (row["n"], row["ndcg10"], row["ndcg10_low"]) == (1, 1.0, 1.0)


QUERIES = """{"id": "q1", "text": "hỏi", "lang": "vi"}
{"id": "q2", "text": "không chấm", "lang": "vi"}
"""


def write_set(folder):
    folder.mkdir()
    (folder / "queries.jsonl").write_text(QUERIES, encoding="utf-8")
    document = '{"id": "d1", "title": "Tên", "text": "đáp", "lang": "vi"}'
    (folder / "corpus.jsonl").write_text(document, encoding="utf-8")
    (folder / "qrels.tsv").write_text("query_id\tcorpus_id\tscore\nq1\td1\t1\nq2\td1\t0\n")
    return folder


def test_sets_are_read_one_by_one_or_as_a_folder_of_them(tmp_path):
    write_set(tmp_path / "one")
    only = read_set(tmp_path / "one")
    assert only.queries == {"q1": "hỏi"}
    assert only.corpus == {"d1": "Tên\nđáp"}
    assert only.titles == {"d1": "Tên"}
    assert only.qrels == {"q1": {"d1": 1.0}}
    write_set(tmp_path / "two")
    assert [each.name for each in read_sets(tmp_path)] == ["one", "two"]
    assert [each.name for each in read_sets(tmp_path / "one")] == ["one"]


def test_a_folder_without_sets_and_a_broken_line_are_told(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_sets(tmp_path)
    folder = write_set(tmp_path / "one")
    (folder / "corpus.jsonl").write_text('{"id": "d1", "text": "x"}\n{broken\n')
    with pytest.raises(ValueError, match="line 2"):
        read_set(folder)
