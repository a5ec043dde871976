"""What a mentor said of conflicts of interest, against who asks: for the desk, which alone reads
that field. Names are compared without case and marks; whether it is a conflict people decide."""

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from marketplace.domain.fields import STAFF
from marketplace.models import Listing, Mentorship
from marketplace.services.disclosure import values_of
from marketplace.services.vocabularies import fold


@dataclass(frozen=True)
class Conflict:
    """`said` is the mentor's own text, `names` those of the asker's side that stand in it."""

    said: str = field(repr=False)
    names: tuple[str, ...]


def of(session: Session, row: Mentorship, mentor: Listing) -> Conflict:
    said = values_of(session, mentor.live_version_id, {STAFF}).get("conflicts") or ""
    ours = {each.organisation.name for each in row.asker.memberships if each.state == "active"}
    if row.listing is not None and row.listing.organisation is not None:
        ours.add(row.listing.organisation.name)
    there = fold(said)
    return Conflict(said, tuple(sorted(name for name in ours if fold(name) in there)))
