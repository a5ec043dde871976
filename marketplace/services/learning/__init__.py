"""Learning from verdicts: training, versions of rankers, and the way back.

    learning.train(session, folder, "need-offer", actor=..., now=...)
    learning.rollback(session, folder, "need-offer", actor=..., now=...)
    learning.Rankers(folder).of(session)      # what is in use, for the matcher

`folder` holds the rankers' files; no web page writes there (files.py).
"""

from marketplace.services.learning.examples import gather
from marketplace.services.learning.rankers import (
    NoSuchWay,
    Rankers,
    active,
    behind,
    rollback,
    train,
    versions,
)

__all__ = ["NoSuchWay", "Rankers", "active", "behind", "gather", "rollback", "train", "versions"]
