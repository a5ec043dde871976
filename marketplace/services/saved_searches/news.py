"""What saved searches found, as their owner may know it now, whatever they found when it came."""

from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from marketplace.models import Listing, SavedSearch, SavedSearchHit
from marketplace.services import disclosure
from marketplace.services.visibility import audiences, owned_by, visible_to

SHOWN = 3  # titles beside each search on the page of all


@dataclass(frozen=True)
class News:
    """How many new listings, and the latest of them."""

    count: int = 0
    latest: tuple[disclosure.View, ...] = ()


def tellable(actor) -> Select:
    """Select the listings the actor may be told of: published, found by whoever searches as they
    do, and not their own."""
    # Not "not owned_by": of a listing without owner or organisation that would be neither.
    own = select(Listing.id).where(owned_by(actor))
    return visible_to(actor).where(
        Listing.state == "published",
        Listing.visibility.in_(audiences(actor)),
        Listing.id.not_in(own),
    )


def since_last_look(session: Session, actor, rows: list[SavedSearch]) -> dict[str, News]:
    """The news of each search, by its key."""
    found = session.execute(
        tellable(actor)
        .join(SavedSearchHit, SavedSearchHit.listing_id == Listing.id)
        .join(SavedSearch, SavedSearch.id == SavedSearchHit.search_id)
        .where(
            SavedSearch.id.in_([row.id for row in rows]),
            SavedSearchHit.found_at > SavedSearch.looked_at,
        )
        .order_by(SavedSearchHit.found_at.desc(), Listing.id.desc())
        .with_only_columns(SavedSearch.key, Listing.id)
    ).all()
    ids: dict[str, list[int]] = {}
    for key, listing_id in found:
        ids.setdefault(key, []).append(listing_id)
    wanted = {listing_id for each in ids.values() for listing_id in each[:SHOWN]}
    listings = session.scalars(select(Listing).where(Listing.id.in_(wanted))).all()
    views = {view.listing.id: view for view in disclosure.cards(session, actor, listings)}
    return {
        key: News(len(each), tuple(views[listing_id] for listing_id in each[:SHOWN]))
        for key, each in ids.items()
    }
