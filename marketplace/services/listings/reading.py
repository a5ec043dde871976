"""Finding listings by what people hold: a reference, a tracking code, an account."""

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from marketplace.domain.errors import NotFound
from marketplace.models import Listing, ListingContent, ListingVersion
from marketplace.services.disclosure import values_of
from marketplace.services.listings.numbers import tidy_code
from marketplace.services.visibility import owned_by


def by_ref(session: Session, ref: str) -> Listing:
    """Raises NotFound. Whether the reader may see it is asked after."""
    listing = session.scalar(select(Listing).where(Listing.ref == ref))
    if listing is None:
        raise NotFound
    return listing


def by_tracking_code(session: Session, text: str) -> Listing | None:
    code = tidy_code(text)
    return session.scalar(select(Listing).where(Listing.tracking_code == code)) if code else None


def of_actor(session: Session, actor) -> list[Listing]:
    """The actor's own listings and those of their organisations, the latest change first; for
    staff also what they typed for clients without an account."""
    mine = owned_by(actor)
    if actor.is_curator:
        mine = or_(mine, and_(Listing.entered_by_id == actor.id, Listing.owner_user_id.is_(None)))
    return list(session.scalars(select(Listing).where(mine).order_by(Listing.changed_at.desc())))


def version_before(session: Session, listing: Listing) -> ListingVersion | None:
    """What the version under review is compared with: the live one, or the one returned."""
    if listing.live_version_id is not None:
        if listing.working_version_id is None:
            return None
        return session.get(ListingVersion, listing.live_version_id)
    working = session.get(ListingVersion, listing.working_version_id)
    return session.scalar(
        select(ListingVersion)
        .where(ListingVersion.listing_id == listing.id, ListingVersion.number < working.number)
        .order_by(ListingVersion.number.desc())
        .limit(1)
    )


def changes(session: Session, listing: Listing, levels) -> list[tuple[str, object, object]]:
    """(field name, before, after) of what differs from the version before, within `levels`."""
    before = version_before(session, listing)
    if before is None:
        return []
    old = values_of(session, before.id, levels)
    new = values_of(session, listing.working_version_id, levels)
    return [
        (name, old.get(name), new.get(name))
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    ]


def levels_filled(session: Session, version_id: int) -> frozenset[str]:
    """Which levels hold anything, to say that a confidential part exists without reading it."""
    rows = session.execute(
        select(ListingContent.level, ListingContent.values).where(
            ListingContent.version_id == version_id
        )
    )
    return frozenset(level for level, values in rows if values)
