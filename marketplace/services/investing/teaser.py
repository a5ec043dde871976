"""The one page about a startup: which of its fields, chosen by its owner, and the centre's word."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from marketplace.domain import cleaning
from marketplace.domain.errors import N_, Invalid
from marketplace.domain.fields import PUBLIC, REGISTERED, field, fields
from marketplace.domain.investing import EVIDENCE, TEASER_FIELDS, TEASER_NOTE_LONGEST
from marketplace.models import Listing, Teaser
from marketplace.services import audit, disclosure
from marketplace.services.disclosure import View

LEVELS = frozenset({PUBLIC, REGISTERED})
_HEAD = frozenset({"title_vi", "title_en", "summary_vi", "summary_en"})


@dataclass(frozen=True)
class Page:
    """`view` holds no value of a level a teaser never shows, nor one its reader may not see; `note`
    is "" for whom it is not for."""

    view: View
    names: tuple[str, ...]
    evidence: tuple[str, ...]
    note: str = ""
    note_at: datetime | None = None


def choosable(kind: str) -> tuple:
    """The fields an owner may put on the page, in the order of the form."""
    return tuple(f for f in fields(kind, levels=LEVELS) if f.name not in _HEAD)


def of_listing(session: Session, actor, listing: Listing, *, only_public: bool = False) -> Page:
    """The page as the actor may read it; `only_public` for who was invited to look and nothing
    more. Whether they may read it at all is asked before."""
    if only_public:
        view = disclosure.cards(session, actor, [listing])[0]
    else:
        view = disclosure.view(session, actor, listing)
    levels = view.levels & LEVELS
    row = session.get(Teaser, listing.id)
    chosen = row.fields if row is not None and row.fields is not None else None
    if chosen is None:
        chosen = (*EVIDENCE, *TEASER_FIELDS[listing.kind])
    known = {
        name: f for name in chosen
        if (f := field(listing.kind, name)) is not None and f.level in levels
        and view.values.get(name) not in (None, "", [])
    }  # fmt: skip
    values = {name: view.values[name] for name in known}
    values |= {name: value for name, value in view.values.items() if name in _HEAD}
    members = REGISTERED in levels
    return Page(
        view=View(listing, values, levels, view.organisation),
        names=tuple(name for name in known if name not in EVIDENCE),
        evidence=tuple(name for name in EVIDENCE if name in known),
        note=row.note if row is not None and members else "",
        note_at=row.note_at if row is not None and members else None,
    )


def chosen(session: Session, listing: Listing) -> list[str]:
    """What the owner chose, or what is shown as long as nobody has."""
    row = session.get(Teaser, listing.id)
    if row is not None and row.fields is not None:
        return row.fields
    return [*EVIDENCE, *TEASER_FIELDS[listing.kind]]


def choose(session: Session, listing: Listing, names: list[str], *, actor, now) -> None:
    """Unknown names, and those of levels a teaser never shows, are left out."""
    row = _row(session, listing)
    row.fields = [f.name for f in choosable(listing.kind) if f.name in set(names)]
    audit.record(session, "listing.choose_teaser", listing, actor=actor, now=now)


def note(session: Session, listing: Listing, text: str, *, actor, now) -> None:
    """The centre's word to members; nothing takes it away. Raises Invalid (field `note`)."""
    text = cleaning.paragraphs(text)
    if len(text) > TEASER_NOTE_LONGEST:
        raise Invalid(N_("Tối đa %(limit)s ký tự."), "note", limit=TEASER_NOTE_LONGEST)
    row = _row(session, listing)
    row.note, row.note_by_id, row.note_at = text, actor.id, now if text else None
    audit.record(session, "listing.note_teaser", listing, actor=actor, now=now)


def _row(session, listing):
    row = session.get(Teaser, listing.id)
    if row is None:
        row = Teaser(listing_id=listing.id, note="")
        session.add(row)
    return row
