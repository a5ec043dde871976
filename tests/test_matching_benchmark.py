import json

import pytest

from benchmarks import matching as benchmark
from benchmarks import sample_pairs
from matching.cache import EmbeddingCache
from matching.encoders import HashingEncoder

TOPICS = ["máy sấy nhãn bơm nhiệt", "nước thải làng nghề", "giống lúa chịu mặn", "đúc đồng mẫu sáp"]
RANKERS = ["bm25", "lsa", "encoder", "rrf", "ours"]
MEASURES = ["ndcg10", "recall10", "mrr10"]


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "sets" / "tiny"
    place.mkdir(parents=True)
    lines = {
        "queries.jsonl": [{"id": f"q{n}", "text": text} for n, text in enumerate(TOPICS)],
        "corpus.jsonl": [
            {"id": f"d{n}", "title": text, "text": f"{text} cho hợp tác xã, bản mô tả số {n}."}
            for n, text in enumerate(TOPICS)
        ],
    }
    for name, rows in lines.items():
        text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        (place / name).write_text(text, encoding="utf-8")
    judged = "".join(f"q{n}\td{n}\t1\n" for n in range(len(TOPICS)))
    (place / "qrels.tsv").write_text("query_id\tcorpus_id\tscore\n" + judged)
    return tmp_path


@pytest.fixture
def quick(monkeypatch, folder):
    """The benchmark without a model and without the sample listings."""
    monkeypatch.setattr(benchmark.encoders, "load", lambda *_, **__: HashingEncoder())
    monkeypatch.setattr(benchmark, "has_pairs", lambda: False)
    return ["--cache", str(folder / "cache.sqlite")]


def test_every_ranker_is_measured_on_every_set(quick, folder, capsys):
    report = folder / "rows.json"
    asked = ["--eval", str(folder / "sets"), "--json", str(report), "--limit", "3", *quick]
    assert benchmark.main(asked) == 0
    rows = json.loads(report.read_text(encoding="utf-8"))
    assert [(row["set"], row["ranker"], row["n"]) for row in rows] == [
        ("tiny", ranker, 3) for ranker in RANKERS
    ]
    for row in rows:
        for name in MEASURES:
            assert 0 <= row[f"{name}_low"] <= row[name] <= row[f"{name}_high"] <= 1
    by_ranker = {row["ranker"]: row["ndcg10"] for row in rows}
    assert by_ranker["ours"] == by_ranker["bm25"] == 1
    assert "tiny" in capsys.readouterr().out


def test_a_folder_without_sets_is_a_clear_error(quick, tmp_path, capsys):
    assert benchmark.main(["--eval", str(tmp_path / "nothing"), *quick]) == 2
    assert "--eval" in capsys.readouterr().err


def test_thresholds_without_pairs_is_a_clear_error(quick, capsys):
    assert benchmark.main(["--thresholds", *quick]) == 2
    assert "sample pairs" in capsys.readouterr().err


@pytest.mark.skipif(not sample_pairs.has_pairs(), reason="no labelled sample pairs")
def test_judged_sample_pairs_become_one_set_a_pair_type(tmp_path):
    bench = sample_pairs.SampleBench(HashingEncoder(), EmbeddingCache(tmp_path / "e.sqlite"))
    assert {each.grade for each in bench.pairs} == {0, 1, 2}
    assert all(each.a in bench.records and each.b in bench.records for each in bench.pairs)
    rows = bench.rows(limit=3)
    assert {row["set"] for row in rows} == {f"sample:{name}" for name in bench.pair_types()}
    assert {row["ranker"] for row in rows} == set(RANKERS)
