"""The people of the generated tests: one for each way of standing to a record.

`actors(...)` gives them without a database; world.py gives the same people accounts. A new role
or a new tie belongs here, and every generated test then asks about it.
"""

from dataclasses import dataclass

from marketplace.domain.actor import GUEST, SYSTEM, Actor

# What ties a person to a listing, its organisation or the listing it is matched with.
TIES = ("owner", "member", "admin", "other", "interest", "typed", "registered", "link",
        "half way", "granted")  # fmt: skip
HALF_WAY = "somebody half-way in"


@dataclass(frozen=True)
class Part:
    """One person: a role, and what ties them to the record the test is about."""

    name: str
    role: str = "member"
    tie: str = ""
    verified: bool = True


CAST = (
    Part("guest", role="guest"),
    Part("unverified member", verified=False),
    Part("member"),
    Part("owner", tie="owner"),
    Part("organisation member", tie="member"),
    Part("unverified organisation member", tie="member", verified=False),
    Part("organisation admin", tie="admin"),
    Part("owner of the other listing", tie="other"),
    # Asked to read what is secret in the listing, and was allowed to.
    Part("granted reader", tie="granted"),
    Part("curator", role="curator"),
    Part("curator with an interest", role="curator", tie="interest"),
    Part("curator who typed it", role="curator", tie="typed"),
    Part("curator who registered the organisation", role="curator", tie="registered"),
    Part("curator of the organisation", role="curator", tie="member"),
    Part("lead", role="lead"),
    Part("lead with an interest", role="lead", tie="interest"),
    Part("officer", role="officer"),
    Part("leader", role="leader"),
    Part("auditor", role="auditor"),
    Part("sysadmin", role="sysadmin"),
    Part("client with an answer link", role="guest", tie="link"),
    # Has given a curator's password and owes the second factor: until then nobody.
    Part(HALF_WAY, role="guest", tie="half way"),
    Part("worker", role="system"),
)
BY_NAME = {part.name: part for part in CAST}

# Ids of the records the people without a database are tied to.
OURS, THEIRS, OTHER_OWNER = 10, 20, 99
# The match, and the listing of OURS in it, for which the client's link was issued.
LINK = (30, 40)


def ids() -> dict[str, int]:
    """The user id of each person without a database."""
    return {part.name: number for number, part in enumerate(CAST, start=1)}


def actors() -> dict[str, Actor]:
    """name -> Actor, tied to organisation OURS; `other` is the owner of a listing of THEIRS."""
    return {
        part.name: _actor(part, number) for part, number in zip(CAST, ids().values(), strict=True)
    }


def _actor(part: Part, number: int) -> Actor:
    if part.tie == "link":
        return Actor(link=LINK)
    if part.role == "guest":
        return GUEST
    if part.role == "system":
        return SYSTEM
    return Actor(
        id=OTHER_OWNER if part.tie == "other" else number,
        key=f"key{number}",
        name=part.name,
        role=part.role,
        organisations=frozenset(
            {OURS} if part.tie in ("member", "admin") else {THEIRS} if part.tie == "other" else ()
        ),
        admin_of=frozenset({OURS} if part.tie == "admin" else ()),
        interests=frozenset({OURS} if part.tie == "interest" else ()),
        verified=part.verified,
    )
