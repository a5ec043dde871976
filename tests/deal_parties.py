"""The people of the deal tests: two parties, a stranger, and curators with and without a stake."""

from dataclasses import dataclass
from datetime import date

from marketplace.domain.actor import GUEST
from marketplace.models import utcnow
from marketplace.services.accounts import actor_of
from marketplace.services.attachments import Checked
from marketplace.services.deals import agreements

HOME, AWAY = "33", "01"
KNOWN = {HOME, AWAY}
VALUE = 7_319_000_123


@dataclass
class Cast:
    match: object
    users: dict
    listings: tuple

    def actor(self, name):
        return GUEST if name == "guest" else actor_of(self.users[name])


def cast_of(make, state="introduced", *, client=""):
    """A need (a) and an offer (b). `client`: the side ("a" or "b") that has no account."""
    users = {
        name: make.user(name=name, role=role)
        for name, role in {
            "party a": "member", "party b": "member", "member": "member", "curator": "curator",
            "second curator": "curator", "typist": "curator", "lead": "lead", "leader": "leader",
            "auditor": "auditor", "sysadmin": "sysadmin", "interested": "curator",
        }.items()
    }  # fmt: skip
    firms = {
        side: make.organisation(*([] if side == client else [users[f"party {side}"]]))
        for side in ("a", "b")
    }
    make.interest(users["interested"], firms["a"])
    sides = [
        make.listing(
            kind, organisation=firms[side], entered_by_id=users["typist"].id, client_name="Ba Na"
        )
        if side == client
        else make.listing(kind, owner=users[f"party {side}"], organisation=firms[side])
        for side, kind in (("a", "need"), ("b", "offer"))
    ]
    match = make.match(
        *sides, state=state, known_to_first=True, known_to_second=True, introduced_at=utcnow(),
        curator_id=users["curator"].id,
    )  # fmt: skip
    return Cast(match, users, tuple(sides))


def terms(**over):
    values = {
        "form": "licence", "signed_on": date(2026, 3, 2), "value": VALUE,
        "provinces": (HOME, HOME), "number": "12/HD", "note": "thanh toan hai dot",
    }  # fmt: skip
    return agreements.Terms(**(values | over))


def claim(session, cast, who="party a", **over):
    options = {key: over.pop(key) for key in ("side", "channel") if key in over}
    return agreements.claim(
        session, cast.match, terms(**over), home=HOME, known=KNOWN, actor=cast.actor(who),
        now=utcnow(), **options,
    )  # fmt: skip


PDF = Checked("hop-dong.pdf", "application/pdf", b"%PDF-1.4 hop dong")
