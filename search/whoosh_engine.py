"""Whoosh as the keeper of the inverted index: fields, one writer, atomic commits.

The outbox position lives in a document of its own that every commit replaces, so documents and
position become visible together or not at all. That document has no record and is never found.
"""

import itertools
import os
from collections.abc import Callable, Iterable
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from whoosh import fields, index
from whoosh.codec.whoosh3 import W3Codec
from whoosh.filedb.filestore import FileStorage
from whoosh.index import LockError
from whoosh.reading import SegmentReader, TermNotFound
from whoosh.writing import MERGE_SMALL, NO_MERGE

from search import analysis
from search.errors import Busy, IndexUnavailable
from search.places import Places
from search.records import Document
from search.rows import Row
from search.whoosh_view import ACCENTED, BODY, RECORD, STATE, TITLE, Segment, WhooshView, reading

# One segment a batch while building: bounds memory, and merging would only cost time.
BUILD_BATCH = 2_500
# More than a batch needs (about 130 MB): past it Whoosh sorts on disk, at half the speed.
WRITER_MEMORY_MB = 512
# Postings are read whole, never skipped through, so long blocks cost less than short ones.
BLOCK = 1_024
# Keys of documents get another first letter than the key of the document with the position.
STATE_KEY = "state"


class WholeListCodec(W3Codec):
    """Whoosh's own codec without field lengths, which we keep elsewhere (`search.rows`).

    Whoosh would look them up on disk for every posting it writes: half the time of a build.
    """

    length_stats = False

    def __init__(self):
        super().__init__(blocklimit=BLOCK)


def schema() -> fields.Schema:
    texts = {name: Places() for name in (TITLE, BODY, *ACCENTED.values())}
    return fields.Schema(
        key=fields.ID(),
        **{RECORD: fields.STORED(), STATE: fields.STORED()},
        **texts,
    )


class WhooshEngine:
    """See `search.engine.Engine`."""

    name = "whoosh"
    layout = 1

    def build(
        self,
        folder: Path,
        documents: Iterable[Document],
        position: int,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        storage = FileStorage(os.fspath(folder)).create()
        whoosh = storage.create_index(schema())
        documents, done = iter(documents), 0
        while True:
            batch = list(itertools.islice(documents, BUILD_BATCH))
            with _writing(whoosh, merge=False) as writer:
                for document in batch:
                    _add(writer, document)
                    done += 1
                    if progress:
                        progress(done)
                if len(batch) < BUILD_BATCH:
                    _add_state(writer, position)
            if len(batch) < BUILD_BATCH:
                return

    def write(
        self, folder: Path, documents: Iterable[Document], deletes: Iterable[str], position: int
    ) -> None:
        with _writing(_open(folder)) as writer:
            deletes = set(deletes)
            replaced = {d.key: d for d in documents if d.key not in deletes}
            _delete(writer, [_key(key) for key in (*deletes, *replaced)] + [STATE_KEY])
            for document in replaced.values():
                _add(writer, document)
            _add_state(writer, position)

    def view(self, folder: Path, previous: WhooshView | None = None) -> WhooshView:
        whoosh = _open(folder)
        known = previous.segments if isinstance(previous, WhooshView) else {}
        with reading():
            reader = whoosh.reader()
            committed = reader.generation()
            segments = [_segment(leaf, known) for leaf, _ in reader.leaf_readers()]

        def is_current():
            with reading():
                return whoosh.latest_generation() == committed

        return WhooshView(segments, is_current)


def _open(folder):
    if not folder.is_dir():
        raise IndexUnavailable(f"there is no index in {folder}")
    with reading():
        return index.open_dir(os.fspath(folder))


@contextmanager
def _writing(whoosh, *, merge=True):
    """A writer that commits at the end, or leaves everything as it was."""
    try:
        with reading():
            writer = whoosh.writer(limitmb=WRITER_MEMORY_MB, codec=WholeListCodec())
    except IndexUnavailable as error:
        if isinstance(error.__cause__, LockError):
            raise Busy("another process is writing to this index") from error
        raise
    try:
        yield writer
        _commit(writer, merge)
    except BaseException:
        # Cancelling may stumble over the same fault; the lock must go in any case.
        with suppress(Exception):
            writer.cancel()
        with suppress(Exception):
            writer.writelock.release()
        raise


def _without_hollow_segments(writer, segments):
    """Whoosh's merge policy, and any segment with more dead documents than living is rewritten.

    Whoosh alone never looks at large segments again, so what is replaced there would stay.
    """
    hollow = [s for s in segments if 2 * s.deleted_count() > s.doc_count_all()]
    for segment in hollow:
        reader = SegmentReader(writer.storage, writer.schema, segment)
        writer.add_reader(reader)
        reader.close()
    return MERGE_SMALL(writer, [segment for segment in segments if segment not in hollow])


def _commit(writer, merge):
    try:
        writer.commit(mergetype=_without_hollow_segments if merge else NO_MERGE)
    except FileNotFoundError as error:
        raise IndexUnavailable("the index was removed while it was written") from error
    except OSError:
        raise  # a full disk is not a damaged index
    except Exception as error:
        raise IndexUnavailable(f"the index cannot be written: {error!r}") from error


def _add(writer, document: Document):
    title = analysis.syllables(document.title)
    body = analysis.syllables(document.body)
    writer.add_document(
        key=_key(document.key),
        **{
            TITLE: [analysis.folded(syllable) for syllable in title],
            BODY: [analysis.folded(syllable) for syllable in body],
            ACCENTED[TITLE]: _only_accented(title),
            ACCENTED[BODY]: _only_accented(body),
            RECORD: Row.of(document, len(title), len(body)).stored(),
        },
    )


def _add_state(writer, position):
    writer.add_document(key=STATE_KEY, **{STATE: position})


def _delete(writer, keys):
    numbers = set()
    encoded = [key.encode() for key in keys]  # a key that cannot be one is not a damaged index
    with reading():
        reader = writer.reader()
        for key in encoded:
            with suppress(TermNotFound):
                numbers.update(reader.postings("key", key).all_ids())
    for number in numbers:
        writer.delete_document(number)


def _key(key):
    return f"k{key}"


def _only_accented(syllables):
    """The accented tokens in their places; plain ones say nothing the folded field does not."""
    return ["" if syllable.isascii() else syllable for syllable in syllables]


def _segment(reader, known):
    """What is already known of a segment, with the deletions of today; else what it holds."""
    segment = known.get(reader.segment().segment_id())
    return replace(segment, reader=reader) if segment else Segment.read(reader)
