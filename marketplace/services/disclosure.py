"""The one door to a listing's text: it reads only the rows whose level the reader may see, and
writes down each time somebody reads by a grant."""

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain import disclosure
from marketplace.domain.errors import N_, NotAllowed
from marketplace.domain.fields import PUBLIC
from marketplace.domain.workflow import MATCH_RELEASED
from marketplace.models import (
    AccessRequest,
    AccessView,
    Listing,
    ListingContent,
    Match,
    Organisation,
)
from marketplace.services import audit


@dataclass(frozen=True)
class View:
    """What one reader sees of one listing. `values` holds only fields the reader may see."""

    listing: Listing
    values: dict = field(repr=False)
    levels: frozenset[str]
    organisation: Organisation | None

    @property
    def ref(self) -> str:
        return self.listing.ref

    @property
    def kind(self) -> str:
        return self.listing.kind

    def title(self, locale: str = "vi") -> str:
        return (locale == "en" and self.values.get("title_en")) or self.values.get("title_vi", "")

    def summary(self, locale: str = "vi") -> str:
        key = "summary_en" if locale == "en" and self.values.get("summary_en") else "summary_vi"
        return self.values.get(key, "")

    def tongue(self, locale: str = "vi", name: str = "title") -> str:
        """The language its title (or `summary`) is in, as a reader of `locale` gets it."""
        english = locale == "en" and self.values.get(f"{name}_en")
        return "en" if english else self.listing.language


def introduced(session: Session, actor, listing: Listing) -> bool:
    """Whether the actor is the other party of a match of this listing with contacts released."""
    if actor.link is not None:
        match_id, mine = actor.link
        match = session.get(Match, match_id)
        return match.state in MATCH_RELEASED and {match.a_id, match.b_id} == {mine, listing.id}
    if not actor.signed_in:
        return False
    theirs = (Listing.owner_user_id == actor.id) | (
        Listing.organisation_id.in_(actor.organisations or {-1})
    )
    for mine, other in ((Match.a_id, Match.b_id), (Match.b_id, Match.a_id)):
        found = session.scalar(
            select(Match.id)
            .join(Listing, Listing.id == mine)
            .where(other == listing.id, Match.state.in_(MATCH_RELEASED), theirs)
            .limit(1)
        )
        if found:
            return True
    return False


def view(session: Session, actor, listing: Listing, *, working: bool = False) -> View:
    """The listing as `actor` may see it: the live version, or the working one for its owner and
    the curators. Whether the actor may see the listing at all is asked before (listing.view)."""
    known = introduced(session, actor, listing)
    levels = disclosure.levels(actor, listing, introduced=known)
    version_id = listing.live_version_id
    if working or version_id is None:
        version_id = listing.working_version_id or listing.live_version_id
    return View(
        listing=listing,
        values=values_of(session, version_id, levels),
        levels=levels,
        organisation=listing.organisation
        if disclosure.shows_owner(actor, listing, introduced=known)
        else None,
    )


def opened(session: Session, actor, grant: AccessRequest, *, now) -> View:
    """The live version as the reader of a grant for a listing's fields may see it: with what is
    confidential, and in the log. Raises NotAllowed when the grant does not hold now."""
    if grant.attachment_id is not None:
        raise NotAllowed
    note_reading(session, actor, grant, now=now)
    listing = grant.listing
    known = introduced(session, actor, listing)
    levels = disclosure.levels(actor, listing, introduced=known, granted=True)
    return View(
        listing=listing,
        values=values_of(session, listing.live_version_id, levels),
        levels=levels,
        organisation=listing.organisation
        if disclosure.shows_owner(actor, listing, introduced=known)
        else None,
    )


def note_reading(session: Session, actor, grant: AccessRequest, *, now) -> AccessView:
    """Write that the actor now reads what the grant opens. Raises NotAllowed when it does not."""
    if not disclosure.live(actor, grant, now):
        raise NotAllowed(N_("Quyền xem này không còn hiệu lực."))
    row = AccessView(request=grant, actor_id=actor.id, at=now, what=grant.what)
    session.add(row)
    audit.record(session, "access.open", grant, actor=actor, now=now)
    return row


def values_of(session: Session, version_id: int | None, levels) -> dict:
    """The merged values of some levels of a version; other levels are not even read."""
    if version_id is None:
        return {}
    rows = session.scalars(
        select(ListingContent.values).where(
            ListingContent.version_id == version_id, ListingContent.level.in_(levels)
        )
    )
    return {name: value for values in rows for name, value in values.items()}


def cards(session: Session, actor, listings) -> list[View]:
    """Views for a list: public text only, whoever reads, in two queries."""
    listings = list(listings)
    versions = {
        listing.live_version_id or listing.working_version_id: listing for listing in listings
    }
    texts = dict(
        session.execute(
            select(ListingContent.version_id, ListingContent.values).where(
                ListingContent.version_id.in_(versions), ListingContent.level == PUBLIC
            )
        ).all()
    )
    return [
        View(
            listing=listing,
            values=texts.get(listing.live_version_id or listing.working_version_id, {}),
            levels=disclosure.PUBLIC_ONLY,
            organisation=listing.organisation if disclosure.shows_owner(actor, listing) else None,
        )
        for listing in listings
    ]
