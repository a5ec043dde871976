"""What an engine has to offer: the seam at which another one fits in.

An engine knows one folder with one finished collection in it. Which folder is the current one,
how a new one takes its place and how often a reader looks for news is the business of
`search.index`, the same for every engine. Everything that reads from disk may raise
IndexUnavailable; everything that writes may raise Busy.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Protocol

from search.records import Document, Query, Results


class View(Protocol):
    """One state of the collection, unchanging while it is held, safe for many threads."""

    position: int
    size: int  # how many documents can be found

    def worn(self) -> str | None:
        """Why it should be built anew although all is well, or None."""

    def is_current(self) -> bool:
        """Whether nothing has been committed since this view was opened."""

    def search(self, query: Query) -> Results: ...

    def keys(self) -> Mapping[str, int]:
        """The version of every document that can be found, by key."""


class Engine(Protocol):
    name: str
    layout: int  # raise it when the files of an older release can no longer be read

    def build(
        self,
        folder: Path,
        documents: Iterable[Document],
        position: int,
        progress: Callable[[int], None] | None,
    ) -> None:
        """Write a whole collection into an empty folder."""

    def write(
        self, folder: Path, documents: Iterable[Document], deletes: Iterable[str], position: int
    ) -> None:
        """Add or replace documents and delete keys in one commit that also keeps `position`."""

    def view(self, folder: Path, previous: View | None) -> View:
        """The latest state; `previous` may lend what has not changed."""
