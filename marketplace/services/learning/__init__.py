"""Learning from verdicts: training, versions of rankers, and the way back.

    lesson = learning.prepare(session, folder, "need-offer")  # then lesson.learn() and adopt
    learning.rollback(session, folder, "need-offer", actor=..., now=...)
    learning.Rankers(folder).of(session)      # what is in use, for the matcher

`folder` holds the rankers' files; no web page writes there (files.py).
"""

from marketplace.services.learning.examples import gather
from marketplace.services.learning.files import FileRefused
from marketplace.services.learning.lessons import Overtaken, adopt, prepare
from marketplace.services.learning.rankers import (
    NoSuchWay,
    RankerRefused,
    Rankers,
    active,
    behind,
    rollback,
    versions,
)

__all__ = [
    "FileRefused",
    "NoSuchWay",
    "Overtaken",
    "RankerRefused",
    "Rankers",
    "active",
    "adopt",
    "behind",
    "gather",
    "prepare",
    "rollback",
    "versions",
]
