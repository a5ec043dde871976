"""Home-made factories: real rows with sensible values, any of which a test may say otherwise."""

from datetime import timedelta
from itertools import count

from marketplace.domain.actor import Actor
from marketplace.domain.fields import fields
from marketplace.domain.workflow import MATCH_RELEASED
from marketplace.models import (
    Audit,
    Change,
    Deal,
    Interest,
    Listing,
    ListingContent,
    ListingVersion,
    Match,
    Membership,
    Organisation,
    User,
    utcnow,
)

PASSWORD = "cong nghe hung yen 2026"
# argon2id of PASSWORD with the cheapest parameters: hashing must not slow a thousand tests.
PASSWORD_HASH = (
    "$argon2id$v=19$m=8,t=1,p=1$etqOwOv5fLx1bhV9vvKohA$9fTJS2q3m8yHlZzLLP4LLXziXFd72Q1Rq3kVsFD4Z3Y"
)
_numbers = count(1)

# A value every cleaner accepts, by field type.
_VALUES = {
    "long": "Nội dung thử nghiệm đủ dài để đọc.",
    "lines": ["Dòng một", "Dòng hai"],
    "tags": ["sấy", "nhãn"],
    "place": "11953",
    "integer": 3,
    "money": 300_000_000,
    "percent": 10,
    "date": "2027-06-30",
    "boolean": True,
    "email": "lienhe@san.example",
    "phone": "0912345678",
    "url": "https://san.example/video",
}
_BY_NAME = {"founded": "2019-05-02"}  # a day that must have come already
_CODES = {
    "sector": "211",
    "priority": "agriculture",
    "trl": "8",
    "transfer_object": "equipment",
    "ipr_status": "granted",
    "cooperation": "equipment_sale",
    "price_type": "indicative",
    "legal_status": "none",
    "solution_type": "equipment",
    "idea_stage": "prototype",
    "startup_stage": "revenue",
    "founder_group": "youth",
    "help_wanted": "mentor",
    "revenue_band": "under_1b",
    "round": "seed",
    "instrument": "equity",
    "lead": "both",
    "function": "market",
    "language": "vi",
    "mode": "online",
    "fee": "pro_bono",
    "expert_service": "consulting",
    "investor_type": "angel",
    "support_type": "lab",
    "recognition_level": "provincial",
    "province": "33",
}


def content(kind, **over):
    """A full, acceptable content of a kind: field name -> cleaned value."""
    values = {}
    for f in fields(kind):
        if f.name in _BY_NAME:
            values[f.name] = _BY_NAME[f.name]
        elif f.type == "choice":
            values[f.name] = _CODES[f.scheme]
        elif f.type == "choices":
            values[f.name] = [_CODES[f.scheme]]
        elif f.type == "text":
            values[f.name] = f"{f.name} thử"[: f.limit or 200]
        else:
            values[f.name] = _VALUES[f.type]
    return values | over


class Make:
    """make.user(role="curator"), make.listing("need", state="published", title_vi="...")."""

    def __init__(self, session):
        self.session = session

    def save(self, *rows):
        """Add and commit, with the audit row every write must have."""
        self.session.add_all(rows)
        self.session.add(Audit(at=utcnow(), actor_role="system", action="test.setup"))
        self.session.commit()
        return rows[0]

    def user(self, **over):
        number = next(_numbers)
        values = {
            "email": f"nguoi{number}@san.example",
            "name": f"Người Dùng {number}",
            "password_hash": PASSWORD_HASH,
            "created_at": utcnow(),
            "verified_at": utcnow(),
            "password_changed_at": utcnow() - timedelta(days=1),
        }
        return self.save(User(**(values | over)))

    def organisation(self, *members, **over):
        number = next(_numbers)
        values = {"name": f"Hợp tác xã {number}", "type": "cooperative", "created_at": utcnow()}
        organisation = self.save(Organisation(**(values | over)))
        for user in members:
            self.save(
                Membership(
                    user_id=user.id,
                    organisation_id=organisation.id,
                    role="admin",
                    state="active",
                    created_at=utcnow(),
                )
            )
        return organisation

    def interest(self, user, organisation):
        return self.save(
            Interest(user_id=user.id, organisation_id=organisation.id, declared_at=utcnow())
        )

    def listing(self, kind="offer", *, owner=None, organisation=None, values=None, **over):
        """A listing with one version; live when the state is one that was published.

        Keyword arguments that are field names go into the content, others are columns.
        """
        number, now = next(_numbers), utcnow()
        names = {f.name: f for f in fields(kind)}
        stated = {k: over.pop(k) for k in list(over) if k in names and k != "place"}
        values = content(kind, title_vi=f"Hồ sơ số {number}", **(values or {})) | stated
        state = over.get("state", "published")
        columns = {
            "ref": f"T{number:07d}",
            "tracking_code": f"K{number:07d}",
            "kind": kind,
            "state": state,
            "owner_user_id": owner.id if owner else None,
            "organisation_id": organisation.id if organisation else None,
            "title": values["title_vi"],
            "place": values.get("place", ""),
            "created_at": now,
            "changed_at": now,
            "published_at": now if state == "published" else None,
            "valid_until": now + timedelta(days=365) if state == "published" else None,
        }
        listing = Listing(**(columns | over))
        self.session.add(listing)
        self.session.flush()
        version = ListingVersion(listing_id=listing.id, number=1, created_at=now)
        by_level = {}
        for name, value in values.items():
            by_level.setdefault(names[name].level, {})[name] = value
        version.contents = [ListingContent(level=k, values=v) for k, v in by_level.items()]
        self.session.add(version)
        self.session.flush()
        listing.working_version_id = version.id
        if state in ("published", "on_hold", "flagged", "expired"):
            listing.live_version_id = version.id
            listing.working_version_id = None
        return self.save(listing, Change(listing_id=listing.id, at=now))

    def match(self, a, b, **over):
        values = {
            "pair_type": f"{a.kind}-{b.kind}",
            "a_id": a.id,
            "b_id": b.id,
            "score": 0.8,
            "level": "strong",
            "created_at": utcnow(),
            "changed_at": utcnow(),
        }
        match = Match(**(values | over))
        if match.state in MATCH_RELEASED:
            match.deal = Deal(opened_at=utcnow(), moved_at=utcnow())
        return self.save(match)


def actor(**over):
    """An actor without a database."""
    values = {"id": next(_numbers), "role": "member", "verified": True}
    return Actor(**(values | over))
