"""Finding organisations: by key, by tax code, by a name that sounds the same; and who belongs."""

import re

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from marketplace.domain.errors import NotFound
from marketplace.models import Listing, Membership, Organisation, User
from marketplace.services.visibility import audiences, once_public
from marketplace.services.vocabularies import fold

PAGE = 20
LISTINGS_PAGE = 12

# Words that say what form an organisation has, not which one it is; folded, with i for y.
_FORMS = re.compile(
    r"^truong\b|\b(cong ti|cti|tnhh|mtv|mot thanh vien|co phan|cp|tap doan|tong cong ti|dntn"
    r"|doanh nghiep tu nhan|doanh nghiep|hop tac xa|htx|ho kinh doanh|hkd|co so|chi nhanh"
    r"|trung tam|vien|dai hoc|dich vu|thuong mai|san xuat|va|cua|compani|limited|ltd"
    r"|joint stock|jsc)\b"
)
# Of the three-letter pieces of two names. The sample's 169 different organisations stay below
# 0.65; one name spelt in two ways is above 0.72.
ALIKE = 0.68


def by_key(session: Session, key: str) -> Organisation:
    """Raises NotFound."""
    organisation = session.scalar(select(Organisation).where(Organisation.key == key))
    if organisation is None:
        raise NotFound
    return organisation


def of_tax_code(session: Session, code: str) -> Organisation | None:
    return session.scalar(select(Organisation).where(Organisation.tax_code == code))


# --- Names that sound the same -----------------------------------------------------------------
def core(name: str) -> str:
    """What is left of a name without marks, legal form and punctuation; all of it when that is
    nothing."""
    bare = re.sub(r"[^\w\s]", " ", fold(name)).strip().replace("y", "i")  # Kỹ and Kĩ
    return " ".join(_FORMS.sub(" ", bare).split()) or " ".join(bare.split())


def _pieces(text: str) -> set[str]:
    padded = f"  {text} "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}


def likeness(one: str, other: str) -> float:
    """0 to 1: the Jaccard index of the three-letter pieces of two names' cores."""
    a, b = _pieces(core(one)), _pieces(core(other))
    return len(a & b) / len(a | b)


def similar(session: Session, name: str, limit: int = 5) -> list[Organisation]:
    """Organisations with this name or nearly, the most alike first."""
    rows = session.execute(select(Organisation.id, Organisation.name))
    scored = [(likeness(name, each), number) for number, each in rows]
    best = [number for score, number in sorted(scored, reverse=True) if score >= ALIKE][:limit]
    return [session.get(Organisation, number) for number in best]


# --- Lists -------------------------------------------------------------------------------------
def page_of_organisations(
    session: Session, *, words: str = "", page: int = 1
) -> tuple[list[Organisation], int]:
    """(organisations of the page, how many in all): verified first, then by name. `words` are
    looked for without marks in the name, and a whole tax code finds its organisation."""
    rows = session.execute(
        select(Organisation.id, Organisation.name, Organisation.tax_code, Organisation.verified_at)
    ).all()
    wanted = fold(words).split()
    code = re.sub(r"\W", "", words)
    found = [
        (row.verified_at is None, fold(row.name), row.id)
        for row in rows
        if all(word in fold(row.name) for word in wanted)
        # A personal number is nobody's to look up; only a body's own code is compared.
        or (len(code) in (10, 13) and re.sub(r"\W", "", row.tax_code or "") == code)
    ]
    chosen = [number for *_, number in sorted(found)[(page - 1) * PAGE : page * PAGE]]
    return [session.get(Organisation, number) for number in chosen], len(found)


def to_verify(session: Session, page: int = 1) -> tuple[list[Organisation], int]:
    """(organisations of the page, how many in all) not verified yet: those waiting longest first,
    samples last."""
    rows = select(Organisation).where(Organisation.verified_at.is_(None))
    total = session.scalar(select(func.count()).select_from(rows.subquery()))
    chosen = (
        rows.order_by(Organisation.is_sample, Organisation.created_at, Organisation.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return list(session.scalars(chosen)), total


def published_of(session: Session, organisation: Organisation) -> list[Listing]:
    """Listings whose public text stands in the indexes."""
    rows = select(Listing).where(Listing.organisation_id == organisation.id, once_public())
    return list(session.scalars(rows))


def listings_of(
    session: Session, actor, organisation: Organisation, page: int = 1
) -> tuple[list[Listing], int]:
    """(published listings of the page, how many in all) that the organisation's public page may
    name to this reader. Masked ones never: standing there would say whose they are."""
    rows = select(Listing).where(
        Listing.organisation_id == organisation.id,
        Listing.state == "published",
        Listing.visibility.in_(audiences(actor) - {"masked"}),
    )
    total = session.scalar(select(func.count()).select_from(rows.subquery()))
    chosen = (
        rows.order_by(Listing.published_at.desc(), Listing.id.desc())
        .limit(LISTINGS_PAGE)
        .offset((page - 1) * LISTINGS_PAGE)
    )
    return list(session.scalars(chosen)), total


# --- Who belongs -------------------------------------------------------------------------------
def membership_of(session: Session, organisation: Organisation, user_id: int) -> Membership | None:
    return session.scalar(
        select(Membership).where(
            Membership.organisation_id == organisation.id, Membership.user_id == user_id
        )
    )


def memberships(session: Session, organisation: Organisation, state: str) -> list[Membership]:
    """Those `active` or `asked`, administrators first, then by name."""
    return list(
        session.scalars(
            select(Membership)
            .join(User)
            .options(joinedload(Membership.user))
            .where(Membership.organisation_id == organisation.id, Membership.state == state)
            .order_by(Membership.role, User.name)
        )
    )


def mine(session: Session, actor) -> list[Membership]:
    """The actor's memberships, and requests that wait for an answer."""
    return list(
        session.scalars(
            select(Membership)
            .join(Organisation)
            .options(joinedload(Membership.organisation))
            .where(Membership.user_id == actor.id, Membership.state.in_(("active", "asked")))
            .order_by(Membership.state, Organisation.name)
        )
    )


def asked_of(session: Session, actor) -> list[Membership]:
    """Requests that wait for this administrator."""
    if not actor.admin_of:
        return []
    return list(session.scalars(_asked().where(Membership.organisation_id.in_(actor.admin_of))))


def without_admin(session: Session) -> list[Membership]:
    """Requests to join that only a curator can answer: nobody administers the organisation."""
    admin = Membership.__table__.alias()
    people = User.__table__.alias()
    has_admin = exists().where(
        and_(
            admin.c.organisation_id == Membership.organisation_id,
            admin.c.role == "admin",
            admin.c.state == "active",
            people.c.id == admin.c.user_id,
            people.c.disabled_at.is_(None),
        )
    )
    return list(session.scalars(_asked().where(~has_admin)))


def _asked() -> Select:
    return (
        select(Membership)
        .join(User)
        .options(joinedload(Membership.user), joinedload(Membership.organisation))
        .where(Membership.state == "asked", User.disabled_at.is_(None))
        .order_by(Membership.created_at)
    )


def admins(session: Session, organisation: Organisation) -> list[User]:
    """People who administer the organisation and can sign in."""
    return list(
        session.scalars(
            select(User)
            .join(Membership)
            .where(
                Membership.organisation_id == organisation.id,
                Membership.state == "active",
                Membership.role == "admin",
                User.disabled_at.is_(None),
            )
            .order_by(Membership.created_at, Membership.id)
        )
    )


def curators(session: Session) -> list[User]:
    """Who is asked when an organisation has no administrator."""
    return list(
        session.scalars(
            select(User).where(
                or_(User.role == "curator", User.role == "lead"), User.disabled_at.is_(None)
            )
        )
    )
