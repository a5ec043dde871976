"""The sample data: a province's worth of people, organisations and listings, loaded once.

Everything goes through the same services as real data; only the dates are set back afterwards, so
that the exchange looks lived in.
"""

import json
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.actor import SYSTEM, Actor
from marketplace.domain.workflow import LISTING_LIFE_DAYS, LISTING_WAS_PUBLIC
from marketplace.models import Fact, Listing, Membership, Organisation, User
from marketplace.services import accounts, audit, listings, outbox

FOLDER = Path(__file__).resolve().parent.parent / "sample"
# The sample accounts share one password, shown on the sample accounts page.
PASSWORD = "nhan-long-pho-hien"  # noqa: S105 - exists in the sample mode only
_FACT = "sample"


def loaded(session: Session) -> bool:
    return session.get(Fact, _FACT) is not None


def load(session: Session, *, now, progress=lambda done: None) -> dict[str, int]:
    """Bring in the whole sample; returns counts by table. Does nothing the second time."""
    if loaded(session):
        return {}
    organisations = _organisations(session, now)
    people = _people(session, organisations, now)
    owners = {slug: person for person, owned in people for slug in owned}
    curator = next(person for person, _owned in people if person.role == "curator")
    slugs = {}
    for number, entry in enumerate(entries(), start=1):
        listing = _listing(session, entry, organisations, owners, curator, now)
        slugs[entry["slug"]] = listing.ref
        progress(number)
    session.merge(Fact(name=_FACT, value=str(len(slugs)), at=now))
    return {"organisations": len(organisations), "people": len(people), "listings": len(slugs)}


def entries() -> list[dict]:
    """The listings of the sample in a fixed order."""
    return [
        entry
        for path in sorted((FOLDER / "listings").glob("*.json"))
        for entry in json.loads(path.read_text(encoding="utf-8"))
    ]


def _organisations(session, now) -> dict[str, Organisation]:
    found = {}
    for path in sorted((FOLDER / "organisations").glob("*.json")):
        for entry in json.loads(path.read_text(encoding="utf-8")):
            organisation = Organisation(
                name=entry["name"],
                type=entry["type"],
                size=entry.get("size") or "",
                tax_code=entry.get("tax_code") or None,
                place=entry.get("place") or "",
                address=entry.get("address") or "",
                website=entry.get("website") or "",
                created_at=now - timedelta(days=400),
                verified_at=now - timedelta(days=300) if entry.get("tax_code") else None,
                is_sample=True,
            )
            session.add(organisation)
            found[entry["slug"]] = organisation
    session.flush()
    audit.record(session, "sample.organisations", actor=SYSTEM, now=now, count=len(found))
    return found


def _people(session, organisations, now) -> list[tuple[User, list[str]]]:
    secret = accounts.hash_password(PASSWORD)
    people = []
    for entry in json.loads((FOLDER / "accounts.json").read_text(encoding="utf-8")):
        user = User(
            email=entry["email"].lower(),
            name=entry["name"],
            password_hash=secret,
            role=entry["role"],
            hats=entry.get("hats") or [],
            created_at=now - timedelta(days=400),
            verified_at=now - timedelta(days=400),
            password_changed_at=now - timedelta(days=400),
            sample_about=entry.get("about") or "",
        )
        session.add(user)
        session.flush()
        organisation = organisations.get(entry.get("organisation") or "")
        if organisation is not None:
            session.add(
                Membership(
                    user_id=user.id,
                    organisation_id=organisation.id,
                    role=entry.get("organisation_role") or "member",
                    state="active",
                    created_at=user.created_at,
                )
            )
        people.append((user, entry.get("owns") or []))
    session.flush()
    audit.record(session, "sample.people", actor=SYSTEM, now=now, count=len(people))
    return people


def _listing(session, entry, organisations, owners, curator, now) -> Listing:
    owner = owners.get(entry["slug"])
    organisation = organisations.get(entry.get("organisation") or "")
    listing = listings.create(
        session,
        entry["kind"],
        actor=Actor(id=owner.id if owner else None, role="system", name="sample", verified=True),
        organisation=organisation,
        now=now,
        is_sample=True,
    )
    raw = {name: _typed(value) for name, value in entry["content"].items()}
    errors = listings.save(session, listing, raw, actor=SYSTEM, now=now, staff=True)
    if errors:
        raise ValueError(f"sample {entry['slug']}: {sorted(errors)}")
    listing.language = entry.get("language") or "vi"
    listing.visibility = entry.get("visibility") or "public"
    _place_in_time(session, listing, entry, curator, now)
    return listing


def _typed(value):
    """A value as a person would have typed it, for the one validator."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return value if isinstance(value, list) else str(value)


def _place_in_time(session, listing, entry, curator, now) -> None:
    """Put the listing in its state as if it had come there so many days ago."""
    state = entry.get("state") or "published"
    then = now - timedelta(days=entry.get("days_ago") or 1)
    listing.created_at = then - timedelta(days=3)
    if state == "draft":
        return
    listing.submitted_at = then - timedelta(days=2)
    if state in LISTING_WAS_PUBLIC:
        listing.published_at = then
        listing.valid_until = then + timedelta(days=LISTING_LIFE_DAYS)
        listing.live_version_id = listing.working_version_id
        listing.working_version_id = None
        listing.curator_id = curator.id
        state = "expired" if listing.valid_until < now else state
    if state == "in_review":
        listing.due_at = now + timedelta(days=2)
    listing.state = state
    listings.remember(session, listing, "sample", actor=SYSTEM, now=then)
    outbox.changed(session, listing, now=now)


def accounts_shown(session: Session) -> list[User]:
    """The sample accounts in the order of roles, for the page that lists them."""
    order = ("member", "curator", "lead", "officer", "leader", "auditor", "sysadmin")
    users = session.scalars(select(User).where(User.sample_about != "").order_by(User.id)).all()
    return sorted(users, key=lambda user: order.index(user.role))
