"""The sample data: a province's worth of people, organisations and listings, loaded once.

Everything goes through the same services as real data; only the dates are set back afterwards, so
that the exchange looks lived in.
"""

import csv
import itertools
import json
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.actor import SYSTEM, Actor
from marketplace.domain.workflow import LISTING_LIFE_DAYS, LISTING_WAS_PUBLIC
from marketplace.models import Fact, Listing, Match, Membership, Organisation, User
from marketplace.services import accounts, audit, listings, matches, outbox

FOLDER = Path(__file__).resolve().parent.parent / "sample"
# All sample people share one password, shown on the sample accounts page: whoever the matcher's
# best suggestion leads to can be played to the end of the story.
PASSWORD = "nhan-long-pho-hien"  # noqa: S105 - exists in the sample mode only
_FACT, _PLAYED = "sample", "sample story"
REPRESENTATIVE = "representative"  # a sample listing's contact; listed nowhere, found by mail


def loaded(session: Session) -> bool:
    return session.get(Fact, _FACT) is not None


def load(session: Session, *, now, most=0, progress=lambda done: None) -> dict[str, int]:
    """Bring in the sample, or about `most` listings of it; returns counts by table. Does nothing
    the second time."""
    if loaded(session):
        return {}
    organisations = _organisations(session, now)
    secret = accounts.hash_password(PASSWORD)
    people = _people(session, organisations, secret, now)
    owners = {slug: person for person, owned in people for slug in owned}
    curator = next(person for person, _owned in people if person.role == "curator")
    slugs = {}
    for number, entry in enumerate(entries(most), start=1):
        listing = _listing(session, entry, organisations, owners, curator, secret, now)
        slugs[entry["slug"]] = listing.ref
        progress(number)
    session.merge(Fact(name=_FACT, value=str(len(slugs)), at=now))
    return {"organisations": len(organisations), "people": len(people), "listings": len(slugs)}


def entries(most: int = 0) -> list[dict]:
    """The listings of the sample in a fixed order; about `most` of them, of every kind."""
    found = [
        entry
        for path in sorted((FOLDER / "listings").glob("*.json"))
        for entry in json.loads(path.read_text(encoding="utf-8"))
    ]
    return found[:: max(1, len(found) // most)] if most else found


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


def _people(session, organisations, secret, now) -> list[tuple[User, list[str]]]:
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
            consent_version=accounts.CONSENT_VERSION,
            consented_at=now - timedelta(days=400),
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


def _listing(session, entry, organisations, owners, curator, secret, now) -> Listing:
    organisation = organisations.get(entry.get("organisation") or "")
    owner = owners.get(entry["slug"]) or _representative(session, entry, organisation, secret, now)
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


def _representative(session, entry, organisation, secret, now) -> User | None:
    """Somebody who can answer for the listing: the contact it names, with an account."""
    email = (entry["content"].get("contact_email") or "").lower()
    name = entry["content"].get("contact_name") or ""
    if not email or not name:
        return None
    user = accounts.by_email(session, email)
    if user is None:
        user = User(
            email=email,
            name=name,
            password_hash=secret,
            hats=[],
            created_at=now - timedelta(days=400),
            verified_at=now - timedelta(days=400),
            password_changed_at=now - timedelta(days=400),
            consent_version=accounts.CONSENT_VERSION,
            consented_at=now - timedelta(days=400),
            sample_about=REPRESENTATIVE,
        )
        session.add(user)
        session.flush()
        audit.record(session, "sample.representative", user, actor=SYSTEM, now=now)
    if organisation is not None and not _belongs(session, user, organisation):
        session.add(
            Membership(
                user_id=user.id,
                organisation_id=organisation.id,
                role="admin",
                state="active",
                created_at=now - timedelta(days=400),
            )
        )
        session.flush()
    return user


def _belongs(session, user, organisation) -> bool:
    return bool(
        session.scalar(
            select(Membership.id).where(
                Membership.user_id == user.id, Membership.organisation_id == organisation.id
            )
        )
    )


def _typed(value):
    """A value as a person would have typed it, for the one validator."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return value if isinstance(value, list) else str(value)


def _place_in_time(session, listing, entry, curator, now) -> None:
    """Put the listing in its state as if it had come there so many days ago."""
    state = entry.get("state") or "published"
    days = entry.get("days_ago") or 1
    # What waits for the desk came in lately, or the two days promised would be long over.
    then = now + timedelta(days=days % 2) if state == "in_review" else now - timedelta(days=days)
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
    listings.remember(session, listing, "sample", actor=SYSTEM, now=min(then, now))
    outbox.changed(session, listing, now=now)


# How far the first right pairs of the sample have come: (steps taken, by whom, how many pairs).
# Actor: c a curator, 1 the side asked first, 2 the side asked second.
_STORY = (
    ("c.keep c.propose_first 1.accept_first c.propose_second 2.accept_second c.introduce"
     " 1.report_contact", 4),
    ("c.keep c.propose_first 1.accept_first c.propose_second 2.accept_second c.introduce", 5),
    ("c.keep c.propose_first 1.accept_first c.propose_second 2.accept_second", 2),
    ("c.keep c.propose_first 1.accept_first c.propose_second", 3),
    ("c.keep c.propose_first 1.accept_first", 3),
    ("c.keep c.propose_first", 4),
    ("c.keep", 3),
    ("c.later", 3),
)  # fmt: skip


def play(session: Session, *, now) -> int:
    """After matching: bring some rightly suggested pairs to every stage, by the same steps people
    take, so that the desk and the home page show a living exchange. Once; returns pairs moved."""
    if session.get(Fact, _PLAYED) is not None:
        return 0
    curators = session.scalars(select(User).where(User.role == "curator").order_by(User.id)).all()
    waiting = iter(_right_pairs(session))
    moved = 0
    for steps, count in _STORY:
        for match in itertools.islice(waiting, count):
            people = {
                "c": curators[moved % len(curators)],
                "1": matches.answerable(session, match.first)[0],
                "2": matches.answerable(session, match.second)[0],
            }
            for number, step in enumerate(steps.split()):
                who, name = step.split(".")
                then = now - timedelta(days=6, hours=moved) + timedelta(hours=9 * number)
                actor = accounts.actor_of(people[who])
                matches.advance(session, match, name, actor=actor, now=min(then, now))
            moved += 1
    session.merge(Fact(name=_PLAYED, value=str(moved), at=now))
    return moved


def _right_pairs(session) -> list[Match]:
    """Suggestions a person judged right (marketplace/sample/pairs), with people on both sides, each
    listing once: co-operatives are not introduced to six firms at a time."""
    refs = _refs(session)
    found, used = [], set()
    for path in sorted((FOLDER / "pairs").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                pair = (refs.get(row["a"]), refs.get(row["b"]))
                if row["grade"] != "2" or None in pair or used & set(pair):
                    continue
                match = session.scalar(
                    select(Match).where(
                        Match.pair_type == row["pair_type"],
                        Match.a_id == pair[0],
                        Match.b_id == pair[1],
                        Match.state == "suggested",
                        Match.level != "weak",
                        Match.current,
                    )
                )
                if match is not None and all(
                    matches.answerable(session, each) for each in (match.a, match.b)
                ):
                    used |= set(pair)
                    found.append(match)
    # One pair of each file in turn, so that every field of work is seen at every stage.
    return [m for m in found if m.a_id % 2] + [m for m in found if not m.a_id % 2]


def _refs(session) -> dict[str, int]:
    """Sample slug -> id of the published listing of that title."""
    ids = dict(
        session.execute(
            select(Listing.title, Listing.id).where(Listing.is_sample, Listing.state == "published")
        ).all()
    )
    return {
        entry["slug"]: ids[entry["content"]["title_vi"]]
        for entry in entries()
        if entry["content"]["title_vi"] in ids
    }


def grades(session: Session) -> dict[tuple[str, int, int], int]:
    """(pair type, asking listing, answering listing) -> how right a person judged the pair: 2, 1
    partly, 0 a near miss. Pairs nobody judged are not in it."""
    refs, found = _refs(session), {}
    for path in sorted((FOLDER / "pairs").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["a"] in refs and row["b"] in refs:
                    place = (row["pair_type"], refs[row["a"]], refs[row["b"]])
                    found[place] = int(row["grade"])
    return found


def accounts_shown(session: Session) -> list[User]:
    """The sample accounts in the order of roles, for the page that lists them."""
    order = ("member", "curator", "lead", "officer", "leader", "auditor", "sysadmin")
    users = session.scalars(
        select(User).where(User.sample_about.not_in(("", REPRESENTATIVE))).order_by(User.id)
    ).all()
    return sorted(users, key=lambda user: order.index(user.role))
