"""The search index and the matcher of this process, opened late and shared by its threads.

The encoder takes seconds to load, so a site process starts without it and warms it up in the
background; until then semantic results are simply not there.
"""

import logging
import threading
import time
from pathlib import Path

from marketplace.services.completing import Completions
from marketplace.services.learning import Rankers
from marketplace.services.queries import QueryVectors
from matching.cache import EmbeddingCache
from search.engines import AUTO
from search.index import Index

log = logging.getLogger(__name__)

WORDS_ONLY = "hashing"  # no model at all: for tests, and for servers without memory for one
REFRESH = 1.0  # seconds between looks at what the worker wrote


class Engines:
    """`folder` holds everything derived from the database; deleting it loses nothing. `rankers`
    holds what was learned from verdicts (services/learning)."""

    def __init__(
        self,
        folder: Path,
        encoder: str | None,
        *,
        rankers: Path,
        loader=None,
        search_engine: str = AUTO,
    ):
        self.folder, self._encoder_name = folder, encoder
        self.rankers = Rankers(rankers)
        self.asked = QueryVectors()
        self.completions = Completions()
        self._loader = loader
        self._lock = threading.Lock()
        self._encoder = None
        self._matcher = None
        self._reader = None
        self._looked = float("-inf")
        folder.mkdir(parents=True, exist_ok=True)
        self.search = Index(folder / "search", setting=search_engine)

    @property
    def vectors_folder(self) -> Path:
        return self.folder / "vectors"

    def encoder(self):
        """The encoder, loaded on first use (seconds; about 400 MB with the bundled model)."""
        with self._lock:
            if self._encoder is None:
                if self._loader is not None:
                    self._encoder = self._loader()
                else:
                    from matching import encoders

                    self._encoder = (
                        encoders.HashingEncoder()
                        if self._encoder_name == WORDS_ONLY
                        else encoders.load(self._encoder_name)
                    )
            return self._encoder

    def cache(self) -> EmbeddingCache:
        return EmbeddingCache(self.folder / "embeddings.sqlite")

    def matcher(self):
        """The matcher of a process that writes vectors (the worker), loaded on first use."""
        encoder = self.encoder()
        with self._lock:
            if self._matcher is None:
                from matching.index import PassageIndex
                from matching.ranker import Matcher

                index = PassageIndex(encoder.name, encoder.dimensions)
                self._matcher = Matcher(encoder, index, self.cache())
            return self._matcher

    def ready_matcher(self):
        """The matcher of a process that reads: over the vectors the worker wrote last, looked at
        most once a second. None while the encoder is loading or nothing is written yet."""
        if self._encoder is None:
            return None
        now = time.monotonic()
        if now - self._looked >= REFRESH:
            self._looked = now
            self._refresh()
        return self._reader

    def _refresh(self) -> None:
        from matching.index import PassageIndex
        from matching.ranker import Matcher
        from matching.storage import IndexRefused

        generation = PassageIndex.current(self.vectors_folder)
        if generation is None or (self._reader and self._reader.index.generation == generation):
            return
        try:
            index = PassageIndex.load(self.vectors_folder, self._encoder.name)
        except IndexRefused as refusal:
            log.info("vectors: %s", refusal)
            return
        self._reader = Matcher(self._encoder, index, self.cache())

    def warm(self) -> None:
        """Load the encoder in the background; a failure is logged and search goes on without."""

        def load():
            try:
                self.encoder()
                self.ready_matcher()
            except Exception:
                log.exception("the encoder could not be loaded; semantic results are off")

        threading.Thread(target=load, name="encoder", daemon=True).start()


def init_app(app, settings, loader=None) -> None:
    app.extensions["engines"] = Engines(
        settings.instance / "index",
        settings.encoder,
        rankers=settings.rankers_folder,
        loader=loader,
        search_engine=settings.search_engine,
    )
