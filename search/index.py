"""The index of a collection: which folder is current, who may write, when a reader looks again.

    folder/CURRENT              the name of the generation that answers
    folder/index-<generation>/  one finished collection, with a manifest of what made it;
                                marked DAMAGED by the first reader who finds it so
    folder/REBUILDING           locked while a rebuild is under way

Everything in the folder is derived: delete it and nothing is lost but the time of a rebuild.
"""

import itertools
import json
import logging
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from whoosh.util.filelock import FileLock

from search import engines
from search.analysis import ANALYZER_VERSION
from search.engine import Engine, View
from search.errors import Busy, IndexUnavailable
from search.records import Document, Query, Results

log = logging.getLogger(__name__)

CURRENT = "CURRENT"
MANIFEST = "manifest.json"
DAMAGED = "DAMAGED"
PREFIX = "index-"
REBUILDING = "REBUILDING"

# Long enough for every reader to have moved on, which takes it a second.
KEEP_OLD_SECONDS = 30


class Index:
    """One searchable collection in one folder.

    Any number of processes and threads may search; one at a time may write. Changes are seen by
    other processes within `refresh_seconds`, by this object at once. A reader that has answered
    once goes on answering from what it has if the folder is emptied, damaged or being rebuilt.

    `setting` (of `engines.SETTINGS`) says which engine builds it; whatever engine built what is
    there, it answers. With an `engine` given, that one and no other does both.
    """

    def __init__(
        self,
        folder: str | os.PathLike,
        engine: Engine | None = None,
        refresh_seconds: float = 0.5,
        setting: str = engines.AUTO,
    ):
        engines.choose(setting, 0)  # raises ValueError at once, not in the worker at night
        self.folder = Path(folder)
        self.refresh_seconds = refresh_seconds
        self._setting = setting
        self._given = engine
        self._lock = threading.Lock()
        self._view: View | None = None
        self._generation: str | None = None
        self._looked = float("-inf")

    # -- reading

    def search(self, query: Query) -> Results:
        """The answer. Raises IndexUnavailable when there is nothing readable to search."""
        try:
            return self._latest().search(query)
        except IndexUnavailable:
            # A file may have gone under this view: a fresh one gets one chance.
            self._forget()
        view = self._latest()
        try:
            return view.search(query)
        except IndexUnavailable:
            log.exception("search: %s is damaged", self._generation)
            self._tell_it_is_damaged()
            raise

    def keys(self) -> Mapping[str, int]:
        """The version of every document in the index, by key, whoever may see it."""
        return self._latest(now=True).keys()

    @property
    def position(self) -> int:
        """How far in the outbox this index is. Raises IndexUnavailable without an index."""
        return self._latest(now=True, or_older=False).position

    def needs_rebuild(self) -> str | None:
        """Why a rebuild is due, or None when all is well.

        Missing, made by older rules, damaged: then nothing else helps. Too large or too small for
        the engine that keeps it, or worn: then it goes on answering meanwhile.
        """
        try:
            view = self._latest(now=True, or_older=False)
        except IndexUnavailable as error:
            return str(error)
        current = self.engine.name
        better = self._choose(view.size, current).name
        if better != current:
            return f"{view.size} documents are better kept by {better} than by {current}"
        return view.worn()

    @property
    def engine(self) -> Engine:
        """The engine that answers. Raises IndexUnavailable without an index."""
        return self._engine_of(self._current_folder())

    # -- writing

    def update(self, documents: Iterable[Document], deletes: Iterable[str], position: int) -> None:
        """Add or replace documents and remove keys, in one commit that also keeps `position`.

        A key in both is removed. Batch what there is: a commit costs the same for one document
        as for hundreds. Raises Busy while another process writes, IndexUnavailable when there
        is no readable index; after either nothing has changed and nothing is half done.
        """
        folder = self._current_folder()
        self._engine_of(folder).write(folder, documents, deletes, position)
        self._looked = float("-inf")
        self._remove_old_generations()

    def rebuild(
        self,
        documents: Iterable[Document],
        position: int,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        """Build everything anew beside what answers now, then switch to it.

        `position` is where the outbox stood before the first document was read: changes made
        meanwhile are then applied again, never lost. `progress` is called with the number of
        documents done so far. Raises Busy while another process rebuilds. If anything fails, or
        the process dies, the old index goes on answering.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._only_rebuilder():
            self._remove_old_generations()
            current = self._current_name()
            for abandoned in self._generations():
                if current is None or abandoned.name > current:
                    shutil.rmtree(abandoned, ignore_errors=True)
            building = self.folder / self._next_name(current)
            building.mkdir()
            try:
                engine, documents = self._engine_for(documents)
                engine.build(building, documents, position, progress)
                _describe(building, engine)
                _onto_disk(building)
                self._switch(building.name)
            except BaseException:
                shutil.rmtree(building, ignore_errors=True)
                raise
            self._looked = float("-inf")

    # -- generations

    def _latest(self, *, now=False, or_older=True) -> View:
        """The view to answer from, no older than `refresh_seconds`, or as of `now`.

        Visitors are better served from an older state than not at all; whoever writes is not
        (`or_older`), for the position of that state is gone with it.
        """
        view = self._view
        if not self._lock.acquire(blocking=now or view is None):
            return view  # another thread is opening the new one; do not queue behind it
        try:
            if now or time.monotonic() - self._looked >= self.refresh_seconds:
                self._looked = time.monotonic()
                self._refresh()
        except IndexUnavailable as error:
            if self._view is None or not or_older:
                raise
            log.warning("search: answering from an older state of the index: %s", error)
        finally:
            self._lock.release()
        if self._view is None:
            raise IndexUnavailable(f"there is no index in {self.folder}")
        return self._view

    def _refresh(self):
        folder = self._current_folder()
        if self._view and folder.name == self._generation and self._view.is_current():
            return
        previous = self._view if folder.name == self._generation else None
        self._view = self._engine_of(folder).view(folder, previous)
        self._generation = folder.name

    def _forget(self):
        with self._lock:
            self._view = self._generation = None
            self._looked = float("-inf")

    def _tell_it_is_damaged(self):
        """Leave a mark for whoever rebuilds, most likely another process."""
        if self._generation:
            with suppress(OSError):
                (self.folder / self._generation / DAMAGED).touch()

    def _current_name(self):
        try:
            name = (self.folder / CURRENT).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return None
        return name if name.startswith(PREFIX) and name.removeprefix(PREFIX).isdigit() else None

    def _current_folder(self):
        """The folder that answers, once its manifest says that this code can read it."""
        name = self._current_name()
        if name is None:
            raise IndexUnavailable(f"there is no index in {self.folder}")
        if (self.folder / name / DAMAGED).exists():
            raise IndexUnavailable(f"{name} is damaged")
        self._engine_of(self.folder / name)
        return self.folder / name

    def _engine_of(self, folder):
        """The engine that built what is in a folder. Raises IndexUnavailable if none of ours."""
        try:
            manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise IndexUnavailable(f"{folder.name} is damaged: {error}") from error
        for engine in [self._given] if self._given else engines.available().values():
            if manifest == _manifest(engine):
                return engine
        raise IndexUnavailable(f"{folder.name} was made by other rules: {manifest}")

    def _choose(self, size, current):
        return self._given or engines.choose(self._setting, size, current)

    def _engine_for(self, documents):
        """The engine for so many documents, and the same documents: a few thousand are counted
        before the first is written."""
        documents = iter(documents)
        counted = list(itertools.islice(documents, engines.TOO_MANY + 1))
        try:
            current = self.engine.name
        except IndexUnavailable:
            current = None
        engine = self._choose(len(counted), current)
        return engine, itertools.chain(_emptied(counted), documents)

    def _next_name(self, current):
        # By the clock, so that a name never comes back after the folder was emptied: a reader
        # tells generations apart by their names.
        number = time.time_ns() // 1_000_000
        if current:
            number = max(number, int(current.removeprefix(PREFIX)) + 1)
        return f"{PREFIX}{number:015d}"

    def _switch(self, name):
        fresh = self.folder / f"{CURRENT}.new"
        fresh.write_text(name, "utf-8")
        _sync(fresh)
        fresh.replace(self.folder / CURRENT)
        _sync(self.folder)

    def _generations(self):
        return sorted(path for path in self.folder.glob(f"{PREFIX}*") if path.is_dir())

    def _remove_old_generations(self):
        current = self._current_name()
        try:
            age = time.time() - (self.folder / CURRENT).stat().st_mtime
        except OSError:
            return
        if current and age > KEEP_OLD_SECONDS:
            for folder in self._generations():
                if folder.name < current:
                    shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def _only_rebuilder(self):
        lock = FileLock(os.fspath(self.folder / REBUILDING))
        if not lock.acquire():
            raise Busy("another process is rebuilding this index")
        try:
            yield
        finally:
            lock.release()


def _manifest(engine):
    return {"analyzer": ANALYZER_VERSION, "engine": engine.name, "layout": engine.layout}


def _describe(folder, engine):
    (folder / MANIFEST).write_text(json.dumps(_manifest(engine)), "utf-8")


def _emptied(documents):
    """Each of them, kept no longer than until the next is asked for."""
    documents.reverse()
    while documents:
        yield documents.pop()


def _onto_disk(folder):
    for path in folder.iterdir():
        if path.is_file():
            _sync(path)
    _sync(folder)


def _sync(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
