"""Vectors kept by (model, kind, text): what was encoded once is never encoded again.

A plain SQLite file of derived data: delete it and nothing is lost but time. Two processes (site
and worker) may use one file: writes are short, and the first one to store a text wins.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

KINDS = ("document", "query")
SCHEMA = """CREATE TABLE IF NOT EXISTS embedding (
    model TEXT NOT NULL, kind TEXT NOT NULL, sha256 BLOB NOT NULL, vector BLOB NOT NULL,
    PRIMARY KEY (model, kind, sha256)) WITHOUT ROWID"""
CHUNK = 400  # texts per lookup; SQLite allows 999 variables at the least
BATCH = 16  # texts encoded between two commits: a stopped run loses at most these


class EmbeddingCache:
    """Opens a connection per call, so one object serves any number of threads."""

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._connect()) as db, db:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute(SCHEMA)

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=30)
        # Derived data: losing the last second in a power cut costs an encoding, not a record.
        db.execute("PRAGMA synchronous=NORMAL")
        return db

    def encode(
        self,
        encoder,
        texts: Sequence[str],
        kind: str = "document",
        progress: Callable[[int, int], None] | None = None,
    ) -> np.ndarray:
        """float32 (len(texts), encoder.dimensions), unit rows; encodes only what is missing.

        `kind` is "document" or "query" (ValueError otherwise); `progress(done, missing)` is called
        after each batch that had to be encoded.
        """
        if kind not in KINDS:
            raise ValueError(f"kind must be one of {KINDS}, not {kind!r}")
        digests = [hashlib.sha256(text.encode("utf-8", "replace")).digest() for text in texts]
        with closing(self._connect()) as db:
            known = self._read(db, encoder, kind, set(digests))
            missing = {
                digest: text
                for digest, text in zip(digests, texts, strict=True)
                if digest not in known
            }
            known |= self._fill(db, encoder, kind, missing, progress)
        rows = np.empty((len(digests), encoder.dimensions), dtype=np.float32)
        for row, digest in enumerate(digests):
            rows[row] = known[digest]
        return rows

    def _read(self, db, encoder, kind, digests) -> dict[bytes, np.ndarray]:
        wanted, found = list(digests), {}
        for start in range(0, len(wanted), CHUNK):
            some = wanted[start : start + CHUNK]
            marks = ",".join("?" * len(some))
            query = (
                "SELECT sha256, vector FROM embedding"  # noqa: S608 only marks are put in
                f" WHERE model = ? AND kind = ? AND sha256 IN ({marks})"
            )
            for digest, blob in db.execute(query, (encoder.name, kind, *some)):
                vector = np.frombuffer(blob, dtype="<f4")
                if vector.size == encoder.dimensions:
                    found[digest] = vector
        return found

    def _fill(self, db, encoder, kind, missing, progress) -> dict[bytes, np.ndarray]:
        encode = encoder.encode_query if kind == "query" else encoder.encode_document
        # Similar lengths together: the threads of one batch finish at about the same time.
        items = sorted(missing.items(), key=lambda item: len(item[1]))
        filled = {}
        for start in range(0, len(items), BATCH):
            some = items[start : start + BATCH]
            vectors = encode([text for _, text in some]).astype("<f4")
            made = {digest: row for (digest, _), row in zip(some, vectors, strict=True)}
            with db:
                db.executemany(
                    "INSERT OR REPLACE INTO embedding VALUES (?, ?, ?, ?)",
                    [(encoder.name, kind, digest, row.tobytes()) for digest, row in made.items()],
                )
            filled |= made
            if progress:
                progress(len(filled), len(items))
        return filled

    def __len__(self) -> int:
        with closing(self._connect()) as db:
            return db.execute("SELECT count(*) FROM embedding").fetchone()[0]

    def forget(self, model: str) -> int:
        """Drop every vector of a model no longer used; how many there were."""
        with closing(self._connect()) as db, db:
            return db.execute("DELETE FROM embedding WHERE model = ?", (model,)).rowcount
