"""Who is acting: everything a rule may ask about a person, and nothing else."""

from dataclasses import dataclass

from marketplace.domain.vocabulary import STAFF_ROLES


@dataclass(frozen=True)
class Actor:
    """`organisations` and `admin_of` are ids of active memberships; `interests` are ids of
    organisations in which the person declared an interest (four-eyes rule). `link` is the
    (match id, listing id) of the answer link a client without an account came by."""

    id: int | None = None
    key: str = ""
    name: str = ""
    role: str = "guest"
    hats: frozenset[str] = frozenset()
    organisations: frozenset[int] = frozenset()
    admin_of: frozenset[int] = frozenset()
    interests: frozenset[int] = frozenset()
    verified: bool = False
    link: tuple[int, int] | None = None

    @property
    def signed_in(self) -> bool:
        return self.id is not None

    @property
    def is_staff(self) -> bool:
        return self.role in STAFF_ROLES

    @property
    def is_curator(self) -> bool:
        return self.role in ("curator", "lead")


GUEST = Actor()
# The worker acts by rule, not by will: it may index, match, remind and expire, never decide.
SYSTEM = Actor(role="system", name="system", verified=True)
