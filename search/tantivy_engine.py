"""Tantivy as the keeper of the inverted index, for collections too large for Whoosh.

One index holds the documents of all audiences, in fields of their own for each, so that documents
and outbox position are one commit. The position lives in a document of its own that every commit
replaces; it also says up to where the file with the words (`search.word_file`) is written.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import contextmanager, suppress
from pathlib import Path

import tantivy

from search import tantivy_texts
from search.errors import Busy, IndexUnavailable
from search.records import Document
from search.rows import Row
from search.sort_keys import sort_keys
from search.tantivy_files import Meta, Verified, commit
from search.tantivy_queries import (
    AT,
    AUDIENCE,
    BODY_LENGTH,
    FACETS,
    GAP,
    KEY,
    POSITION,
    TITLE_LENGTH,
    WORDS_END,
    WORDS_SUM,
    facet_path,
    facet_value,
    register,
    schema,
    sort_field,
    text_field,
    title_field,
)
from search.tantivy_view import State, TantivyView, reading
from search.word_file import WordFile, WordWriter, record

# Tantivy writes a segment whenever its memory is full; few large ones answer faster.
BUILD_MEMORY = 500_000_000
UPDATE_MEMORY = 15_000_000  # the least tantivy accepts
# One thread beside the one that analyses: segments, and so answers, are then always the same.
THREADS = 1
# Keys of documents get another first letter than the key of the document with the position.
STATE_KEY = "state"
LOOKS = 5  # at a commit that is overtaken by the next while we look


class TantivyEngine:
    """See `search.engine.Engine`."""

    name = "tantivy"
    layout = 2

    def __init__(self):
        self._verified = Verified()

    def build(
        self,
        folder: Path,
        documents: Iterable[Document],
        position: int,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        index = tantivy.Index(schema(), path=os.fspath(folder))
        _ready(index)
        with _writing(index, BUILD_MEMORY) as writer, _words(folder) as words:
            for done, document in enumerate(documents, start=1):
                _add(writer, words, document)
                if progress:
                    progress(done)
            _commit(writer, words, position)

    def write(
        self, folder: Path, documents: Iterable[Document], deletes: Iterable[str], position: int
    ) -> None:
        index = _open(folder)
        with _writing(index, UPDATE_MEMORY) as writer:
            try:
                self._verified.check(folder, Meta.read(folder).names)
            except FileNotFoundError as error:
                raise IndexUnavailable(f"the index is damaged: {error}") from error
            deletes = set(deletes)
            replaced = {d.key: d for d in documents if d.key not in deletes}
            for key in (*deletes, *replaced):
                key.encode()
            with reading():
                # What a killed writer left may have the very name of a file this commit will write.
                writer.garbage_collect_files()
                index.reload()
                state = State.read(index.searcher())
            with _words(folder, state) as words:
                for key in (*deletes, *replaced):
                    writer.delete_documents_by_term(KEY, _key(key))
                for document in replaced.values():
                    _add(writer, words, document)
                writer.delete_documents_by_term(KEY, STATE_KEY)
                _commit(writer, words, position)

    def view(self, folder: Path, previous: TantivyView | None = None) -> TantivyView:
        if not isinstance(previous, TantivyView) or previous.folder != folder:
            previous = None
        for _ in range(LOOKS):
            seen = commit(folder)
            with suppress(FileNotFoundError):
                view = self._view(folder, seen, previous)
                if commit(folder) == seen:
                    return view
        raise IndexUnavailable(f"{folder.name} cannot be read: a file is missing")

    def _view(self, folder, seen, previous):
        meta = Meta.read(folder)
        self._verified.check(folder, meta.names)
        with reading():
            index = previous.index if previous else _open(folder)
            index.reload()
            searcher = index.searcher()
            state = State.read(searcher)
        words = WordFile(
            folder, state.words_end, state.words_sum, previous.words if previous else None
        )
        return TantivyView(
            folder, index, searcher, meta, state, words, lambda: commit(folder) == seen
        )


def _open(folder):
    if not folder.is_dir():
        raise IndexUnavailable(f"there is no index in {folder}")
    with reading():
        index = tantivy.Index.open(os.fspath(folder))
        _ready(index)
        return index


def _ready(index):
    register(index)
    index.config_reader(reload_policy="manual")


@contextmanager
def _writing(index, memory):
    """A writer; what it was told is kept only by `_commit`, and its lock goes in any case."""
    try:
        with reading():
            writer = index.writer(memory, THREADS)
    except IndexUnavailable as error:
        if "LockBusy" in str(error.__cause__):
            raise Busy("another process is writing to this index") from error
        raise
    try:
        yield writer
    except BaseException:
        with suppress(BaseException):  # the first fault is the one to tell
            writer.rollback()
        raise
    finally:
        with suppress(BaseException):
            writer.wait_merging_threads()


@contextmanager
def _words(folder, state=None):
    try:
        words = (
            WordWriter(folder, state.words_end, state.words_sum) if state else WordWriter(folder)
        )
    except FileNotFoundError as error:
        raise IndexUnavailable("the words are gone") from error
    try:
        yield words
    finally:
        words.close()


def _commit(writer, words, position):
    words.onto_disk()  # before the commit that refers to it
    writer.add_document(
        tantivy.Document(
            **{
                KEY: STATE_KEY,
                POSITION: position,
                WORDS_END: words.end,
                WORDS_SUM: words.checksum,
            }
        )
    )
    try:
        writer.commit()
    except Exception as error:
        raise IndexUnavailable(f"the index cannot be written: {error!r}") from error


def _add(writer, words, document: Document):
    title, body = tantivy_texts.of(document.title), tantivy_texts.of(document.body)
    row = Row.of(document, title.length, body.length)
    values = {
        KEY: _key(row.key),
        AUDIENCE: row.audience,
        text_field(row.audience): f"{title.shown}{GAP}{body.shown}",
        title_field(row.audience): title.shown,
        FACETS: {
            facet_path(name): [facet_value(value) for value in values]
            for name, values in row.facets.items()
            if values
        },
        AT: words.add(record(row.key, row.version, title.codes, body.codes)),
        TITLE_LENGTH: row.title_length,
        BODY_LENGTH: row.body_length,
    }
    values.update((sort_field(name), key) for name, key in sort_keys(row).items())
    writer.add_document(tantivy.Document(**values))


def _key(key):
    return f"k{key}"
