"""Which engine keeps a collection: Whoosh while it is small, tantivy when it has grown.

Whoosh is plain Python and runs everywhere; past some thousand documents its index takes minutes to
build and much memory to read. Tantivy needs a compiled package for the machine it runs on.
"""

import logging
from functools import cache

from search.engine import Engine
from search.whoosh_engine import WhooshEngine

log = logging.getLogger(__name__)

AUTO, WHOOSH, TANTIVY = "auto", "whoosh", "tantivy"
SETTINGS = (AUTO, WHOOSH, TANTIVY)

# A collection that grows past the first is built anew with tantivy, one that shrinks below the
# second with Whoosh; between them whatever keeps it goes on, so that nothing swings to and fro.
TOO_MANY = 5_000
FEW_AGAIN = 3_500


@cache
def available() -> dict[str, Engine]:
    """Every engine this machine can run, by name."""
    engines: dict[str, Engine] = {WHOOSH: WhooshEngine()}
    try:
        from search.tantivy_engine import TantivyEngine
    except ImportError as error:
        log.warning("search: tantivy cannot be used here, Whoosh keeps everything: %s", error)
    else:
        engines[TANTIVY] = TantivyEngine()
    return engines


def choose(setting: str, size: int, current: str | None = None) -> Engine:
    """The engine for so many documents, now kept by `current` if by any. What cannot run here is
    Whoosh instead. Raises ValueError for a setting that is none."""
    if setting not in SETTINGS:
        raise ValueError(f"unknown search engine {setting!r}, expected one of {SETTINGS}")
    name = setting
    if setting == AUTO:
        most = FEW_AGAIN if current == TANTIVY else TOO_MANY
        name = TANTIVY if size > most else WHOOSH
    return available().get(name) or available()[WHOOSH]
