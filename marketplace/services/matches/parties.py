"""Who answers for a side of a match, and how they are written to: people with accounts, or a client
for whom staff typed the listing and who holds an answer link instead."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.fields import CONTACT
from marketplace.models import Listing, Match, MatchEvent, Membership, User
from marketplace.services import audit, links, mails
from marketplace.services.disclosure import values_of

PURPOSE = "answer_match"
READ_DAYS = 60  # how long a client's link shows the other side's contact

# What people with accounts are told -> what a client is told, with a link of their own.
CLIENT_LETTERS = {
    "match_proposed": "match_client_proposed",
    "match_reminder": "match_client_reminder",
    "match_introduced": "match_client_introduced",
    "match_closed": "match_client_closed",
}


@dataclass(frozen=True)
class Reach:
    """Who can be asked about a listing. `people` have accounts; without any, `client` says whether
    the centre looks after it, and `address` where the client gets mail ("" for nowhere)."""

    people: tuple[User, ...]
    client: bool = False
    address: str = ""

    @property
    def nobody(self) -> bool:
        return not (self.people or self.client)

    @property
    def masked(self) -> str:
        """The address as it may be shown to whoever knows it anyway: h…@htx.example."""
        name, _at, host = self.address.partition("@")
        return f"{name[:1]}…@{host}" if host else ""


def reach(session: Session, listing: Listing) -> Reach:
    people = tuple(answerable(session, listing))
    if people or not listing.for_client:
        return Reach(people)
    version = listing.live_version_id or listing.working_version_id
    address = values_of(session, version, {CONTACT}).get("contact_email") or ""
    return Reach((), client=True, address=address)


def answerable(session: Session, listing: Listing) -> list[User]:
    """The people who can answer for a listing: its owner, and the members of its organisation."""
    found = {}
    if listing.owner_user is not None and listing.owner_user.disabled_at is None:
        found[listing.owner_user.id] = listing.owner_user
    if listing.organisation_id is not None:
        for user in session.scalars(
            select(User)
            .join(Membership, Membership.user_id == User.id)
            .where(
                Membership.organisation_id == listing.organisation_id,
                Membership.state == "active",
                User.disabled_at.is_(None),
            )
        ):
            found[user.id] = user
    return list(found.values())


def tell(
    session: Session, match: Match, listing: Listing, letter: str, *, actor, now, **facts
) -> bool:
    """Queue a letter to whoever answers for the listing; a client's carries a fresh link. False
    when there is nobody who gets mail."""
    there = reach(session, listing)
    for user in there.people:
        mails.send(
            session, letter, user, now=now, title=listing.title, path=f"/matches/{match.key}",
            **facts,
        )  # fmt: skip
    if there.address:
        token = link(session, match, listing, actor=actor, now=now, channel="mail")
        mails.send(
            session, CLIENT_LETTERS[letter], there.address, now=now, title=listing.title,
            path=f"/answer/{token}", **facts,
        )  # fmt: skip
    return bool(there.people or there.address)


def link(session: Session, match: Match, listing: Listing, *, actor, now, channel: str) -> str:
    """A fresh answer link for the listing's side; earlier ones stay good. `channel` says how it
    travels: mail or paper. Only its hash is kept, so a letter cannot be sent twice."""
    token = links.issue(session, PURPOSE, now=now, listing=listing, match=match, beside=True)
    session.add(
        MatchEvent(
            match=match, at=now, step="link", state=match.state, actor_id=actor.id,
            channel=channel, private=True,
        )
    )  # fmt: skip
    audit.record(session, "match.link", match, actor=actor, now=now, channel=channel)
    return token


def call_back(session: Session, match: Match, listing: Listing, *, now) -> None:
    """The side is asked anew: links of an earlier time open nothing any more."""
    links.end(session, PURPOSE, now=now, listing=listing, match=match)
