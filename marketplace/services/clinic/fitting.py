"""Who and what may fit an idea that nobody has published: mentors, technologies, organisations that
support. Compared in this request and forgotten: no vector, text or row of it is kept anywhere."""

from copy import copy
from dataclasses import dataclass, replace
from types import SimpleNamespace

from sqlalchemy.orm import Session

from marketplace.models import ClinicIdea, Listing
from marketplace.services import disclosure, indexing
from marketplace.services.clinic.reading import texts
from marketplace.services.discovery.meaning import found_by
from marketplace.services.visibility import visible_to

# What is looked for -> (as what the idea asks, pair type).
WANTED = {
    "mentor": ("idea", "idea-mentor"),
    "offer": ("need", "need-offer"),
    "support": ("idea", "idea-support"),
}
SHOWN = 3
WEAK_SHOWN = 2  # of the nearest, where nothing fits


@dataclass(frozen=True)
class Fit:
    """A listing the founder may open, how well it fits, and why: the words both use, and the
    listing's passage that is closest with the step of the idea it is close to."""

    view: disclosure.View
    level: str
    shared: tuple[str, ...]
    passage: str


class _Forgetful:
    """An encoder that remembers texts for as long as one request, and nowhere else."""

    def __init__(self, encoder):
        self._encoder, self._known = encoder, {}

    def __getattr__(self, name):
        return getattr(self._encoder, name)

    def encode_document(self, texts):
        key = tuple(texts)
        if key not in self._known:
            self._known[key] = self._encoder.encode_document(texts)
        return self._known[key]


def fits(session: Session, engines, actor, idea: ClinicIdea) -> dict[str, list[Fit]] | None:
    """kind -> the nearest listings, the best first; one of level "weak" is the nearest there is and
    no good match. None while the engine loads."""
    matcher = engines.ready_matcher()
    if matcher is None:
        return None
    matcher = copy(matcher)
    matcher.encoder, matcher.cache = _Forgetful(matcher.encoder), None
    matcher._standings, matcher._together = {}, {}
    matcher.rankers = engines.rankers.of(session)
    record = _record(idea)
    if record is None:
        return {kind: [] for kind in WANTED}
    try:
        return {
            kind: _best(session, matcher, actor, replace(record, kind=as_kind), pair_type, kind)
            for kind, (as_kind, pair_type) in WANTED.items()
        }
    finally:
        matcher.forget_texts()


def _record(idea):
    """The idea as the matcher sees a listing; None for one without words."""
    words = texts(idea)
    if not words:
        return None
    listing = SimpleNamespace(ref="", kind="idea", language="vi", visibility="")
    return indexing.record_of(
        listing,
        {
            "title_vi": idea.title,
            "problem": words.get("problem", ""),
            "beneficiaries": words.get("people", ""),
            "solution": "\n".join(filter(None, map(words.get, ("solution", "novelty", "test")))),
            "team_need": "\n".join(filter(None, map(words.get, ("team", "help")))),
        },
    )


def _best(session, matcher, actor, record, pair_type, kind) -> list[Fit]:
    others = set(
        session.scalars(
            visible_to(actor)
            .where(
                Listing.kind == kind,
                Listing.state == "published",
                Listing.owner_user_id.is_distinct_from(actor.id),
            )
            .with_only_columns(Listing.ref)
        )
    )
    near = matcher.match(
        record, pair_type, SHOWN, groups=found_by(actor), accept=others.__contains__
    )
    found = [each for each in near if each.level != "weak"] or near[:WEAK_SHOWN]
    views = indexing.views(session, actor, [each.b for each in found])
    return [
        Fit(
            views[each.b],
            each.level,
            each.shared_terms[:4],
            each.passages[0].b.text if each.passages else "",
        )
        for each in found
        if each.b in views
    ]
