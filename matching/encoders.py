"""Texts to vectors. Every encoder keeps one contract, and one test holds them all to it:

`name`           identity of the model, part of every stored vector: same name, same vectors
`dimensions`     d
`encode_query`   texts -> float32 (n, d), rows of length 1, for what is asked
`encode_document` likewise, for what answers

torch and sentence-transformers are imported when an encoder is made, not when this module is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from zlib import crc32

import numpy as np

from matching.text import bigrams, clean, fold, syllables

# What a model expects in front of its texts, for models that do not carry their prompts with
# them. First row whose word is in the model's name wins. Sources: the models' own cards.
KNOWN_PROMPTS = (
    (
        "e5-large-instruct",
        {
            "query": "Instruct: Given a technology need, retrieve offers that answer it\nQuery: ",
            "document": "",
        },
    ),
    ("e5", {"query": "query: ", "document": "passage: "}),
)


class Encoder(Protocol):
    name: str
    dimensions: int

    def encode_query(self, texts: Sequence[str]) -> np.ndarray: ...

    def encode_document(self, texts: Sequence[str]) -> np.ndarray: ...


def load(name: str | None = None, *, threads: int = 1) -> TransformerEncoder:
    """The bundled multilingual E5-small (None), or any sentence-transformers model or folder.

    A name that is not a folder is looked for by sentence-transformers itself, in its cache and on
    its hub; OSError when it is nowhere.
    """
    return TransformerEncoder(name, threads=threads)


class TransformerEncoder:
    """A `SentenceTransformer` (kept as `.model`) behind the contract above."""

    def __init__(self, name: str | None = None, *, threads: int = 1):
        import torch

        torch.set_num_threads(threads)
        if name is None:
            from matching import bundled

            self.model = bundled.sentence_transformer(threads)
            self.name = bundled.name()
        else:
            from sentence_transformers import SentenceTransformer

            prompts = next((known for word, known in KNOWN_PROMPTS if word in name.lower()), {})
            self.model = SentenceTransformer(name, device="cpu")
            if not any(self.model.prompts.values()):
                self.model.prompts.update(prompts)
            self.name = identity(name)
        self.dimensions = self.model.get_embedding_dimension()

    def encode_query(self, texts: Sequence[str]) -> np.ndarray:
        return self._encode(self.model.encode_query, texts)

    def encode_document(self, texts: Sequence[str]) -> np.ndarray:
        return self._encode(self.model.encode_document, texts)

    def _encode(self, encode, texts) -> np.ndarray:
        if isinstance(texts, str):
            raise TypeError("texts is a list of texts, not one text")
        if not len(texts):
            return np.empty((0, self.dimensions), dtype=np.float32)
        rows = encode(
            [clean(text) for text in texts], normalize_embeddings=True, show_progress_bar=False
        )
        return np.ascontiguousarray(rows, dtype=np.float32)


def identity(name: str) -> str:
    """A hub name as it is; a folder by its last part and a fingerprint of its files.

    Two fine-tuned models may share a folder name over time; their vectors must never mix. Start
    and end of each file are read (not the whole of a 2 GB model): retrained weights differ there.
    """
    folder = Path(name)
    if not folder.is_dir():
        return name
    digest = hashlib.sha256()
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        size = path.stat().st_size
        digest.update(f"{path.relative_to(folder).as_posix()}:{size}:".encode())
        with path.open("rb") as file:
            digest.update(file.read(65536))
            file.seek(max(0, size - 65536))
            digest.update(file.read())
    return f"{folder.resolve().name}@{digest.hexdigest()[:16]}"


class HashingEncoder:
    """Folded syllables and bigrams hashed into a signed vector: deterministic, numpy only.

    For tests, and for a site that must keep running where torch cannot be loaded (degraded mode:
    it sees shared words, not meaning, and nothing across languages). Feature hashing with a sign
    keeps the inner product unbiased (Weinberger et al., ICML 2009).
    """

    def __init__(self, dimensions: int = 256):
        self.dimensions = dimensions
        self.name = f"hashing-{dimensions}-1"

    def encode_query(self, texts: Sequence[str]) -> np.ndarray:
        return self.encode_document(texts)

    def encode_document(self, texts: Sequence[str]) -> np.ndarray:
        if isinstance(texts, str):
            raise TypeError("texts is a list of texts, not one text")
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            words = syllables(fold(clean(text)))
            # A text without a word still needs a direction: rows are promised to have length 1.
            for feature in [*words, *bigrams(words)] or [""]:
                code = crc32(feature.encode())
                row[code % self.dimensions] += 1 if code & 0x80000000 else -1
            length = np.linalg.norm(row)
            if length == 0:  # signs cancelled out
                row[0] = length = 1
            row /= length
        return rows
