"""Who speaks for which side of a deal, and how a side is told."""

from sqlalchemy.orm import Session

from marketplace.domain.errors import N_, Invalid, NotAllowed
from marketplace.domain.permissions import allowed, owner
from marketplace.models import Listing, Match
from marketplace.services import mails
from marketplace.services.listings.numbers import LOCAL
from marketplace.services.matches import clients, parties

NOTE_LIMIT = 2000


def side_of(actor, match: Match) -> str:
    """ "a" or "b", or "" for who belongs to neither side, or to both."""
    mine = [side for side in ("a", "b") if owner(actor, getattr(match, side))]
    return mine[0] if len(mine) == 1 else ""


def client_sides(session: Session, match: Match) -> list[str]:
    """The sides that have no account: the centre writes down what they tell."""
    return [side for side in ("a", "b") if parties.reach(session, getattr(match, side)).client]


def acting(session: Session, rule: str, match: Match, *, actor, side="", channel="") -> str:
    """The side the actor speaks for by the rule: their own; for a curator the client's that was
    named, who told it by `channel` (clients.CHANNELS). Raises NotAllowed, or Invalid (field `side`
    or `channel`)."""
    demand(rule, actor, match)
    mine = side_of(actor, match)
    if mine:
        return mine
    theirs = client_sides(session, match)
    if not theirs:
        raise NotAllowed
    if not side and len(theirs) == 1:
        side = theirs[0]
    if side not in theirs:
        raise Invalid(N_("Hãy chọn ghi giúp bên nào."), "side")
    if channel not in clients.CHANNELS:
        raise Invalid(N_("Hãy chọn cách bên đó báo cho bạn."), "channel")
    return side


def demand(rule: str, actor, match: Match) -> None:
    """Raises NotAllowed. The pages ask too; no way around a rule leads through here."""
    if not allowed(rule, actor, match):
        raise NotAllowed


def listing_of(match: Match, side: str) -> Listing:
    return getattr(match, side)


def tell(session: Session, match: Match, side: str, letter: str, *, now, path="", **facts) -> bool:
    """Queue a letter to the people of a side. For a side without account the curator of the match
    gets `deal_client`: to call or to visit. False when nobody is told."""
    listing = getattr(match, side)
    there = parties.reach(session, listing)
    path = path or f"/deals/{match.key}"
    for user in there.people:
        mails.send(session, letter, user, now=now, title=listing.title, path=path, **facts)
    if there.people:
        return True
    curator = match.curator
    if curator is None or curator.disabled_at is not None:
        return False
    mails.send(session, "deal_client", curator, now=now, title=listing.title, path=path)
    return True


def today(now):
    """The province's date of an instant."""
    return now.astimezone(LOCAL).date()
