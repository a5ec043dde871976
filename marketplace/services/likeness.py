"""What a listing is like: those that say the same already, and what its text suggests about it.

Only public text is compared and read, of drafts too: what an owner keeps confidential decides
nothing here, so nothing here can tell of it. What is compared is thrown away after.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from marketplace.domain.errors import N_, Invalid
from marketplace.domain.fields import PUBLIC, fields
from marketplace.domain.fields import field as field_of
from marketplace.models import Distinction, Listing, ListingContent
from marketplace.services import audit, disclosure, indexing, vocabularies
from marketplace.services.listings import versions
from marketplace.services.visibility import audiences, owned_by, visible_to
from matching import classification, duplicates
from matching.classification import Concepts, Guess
from matching.duplicates import PASSAGES, Alike
from matching.index import text_of
from matching.records import Record

# Listings in no index (drafts, those at the desk) that one is compared with, word by word.
UNINDEXED = 300
# Likely listings whose keywords a text may share.
CARRIERS = 30

# Field -> the scheme it is chosen from; what a text can suggest.
SUGGESTED = {"sectors": "sector", "technology_keywords": "", "trl": "trl"}


# --- The same already ---------------------------------------------------------------------------
@dataclass(frozen=True)
class Double:
    """A listing that looks like the same; `said` by whom that it is not ("owner", "desk")."""

    view: disclosure.View
    alike: Alike
    parts: tuple[str, ...]  # labels (msgids) of the fields that are alike
    said: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Doubles:
    """`open` ones ask for attention; `settled` were told apart. `ready` is False while the engine
    is loading: then only what waits at the desk was compared."""

    open: list[Double] = field(default_factory=list)
    settled: list[Double] = field(default_factory=list)
    ready: bool = True


def doubles(session: Session, engines, actor, listing: Listing, *, desk: bool = False) -> Doubles:
    """Listings of the same kind that say what this one says, among those `actor` may see: for its
    owner what they could find or wrote themselves, for the desk all, those still waiting too."""
    record = _record(session, listing)
    found = {} if not text_of(record).strip() else _unindexed(session, actor, listing, record, desk)
    matcher = engines.ready_matcher()
    if matcher is not None and record.parts:
        vectors = matcher.encode_unkept(record, PASSAGES)
        groups = None if desk else frozenset(indexing.AUDIENCES[e] for e in audiences(actor))
        for alike in duplicates.find(matcher, record, vectors, groups=groups):
            found[alike.key] = alike
    said = _said(session, listing)
    rows = session.scalars(
        visible_to(actor).where(Listing.ref.in_(found), Listing.id != listing.id)
    )
    doubled = [
        Double(
            view,
            found[view.ref],
            labels(listing.kind, found[view.ref].parts),
            said.get(view.listing.id, frozenset()),
        )
        for view in disclosure.cards(session, actor, rows.all())
    ]
    doubled.sort(key=lambda each: (-each.alike.copied, -each.alike.near, each.view.ref))
    side = "desk" if desk else "owner"
    return Doubles(
        [each for each in doubled if side not in each.said],
        [each for each in doubled if side in each.said],
        matcher is not None,
    )


def tell_apart(
    session: Session, listing: Listing, other: Listing, *, side: str, actor, now
) -> Distinction | None:
    """Remember that two listings are not the same; None when that side has said so before."""
    if other.id == listing.id or other.kind != listing.kind:
        raise Invalid(N_("Chỉ so được hai hồ sơ khác nhau, cùng loại."))
    low, high = sorted((listing.id, other.id))
    known = session.scalar(
        select(Distinction).where(
            Distinction.low_id == low, Distinction.high_id == high, Distinction.side == side
        )
    )
    if known is not None:
        return None
    row = Distinction(low_id=low, high_id=high, side=side, actor_id=actor.id, at=now)
    session.add(row)
    audit.record(
        session, "listing.tell_apart", listing, actor=actor, now=now, other=other.ref, side=side
    )
    return row


def labels(kind: str, parts: Iterable[str]) -> tuple[str, ...]:
    """Parts of a record as the labels of the fields they are made of; a part's first field."""
    names = {}
    for each in fields(kind, levels={PUBLIC}):
        if each.part:
            names.setdefault(each.part, each.label)
    return tuple(names[part] for part in parts if part in names)


def _record(session: Session, listing: Listing) -> Record:
    """The version in work as the matcher would see it: its public level alone."""
    values = disclosure.values_of(session, versions.under_review(listing), {PUBLIC})
    return indexing.record_of(listing, values)


def _unindexed(session, actor, listing, record, desk) -> dict[str, Alike]:
    """Those the index does not hold, by their words: what waits at the desk, or what the owner
    has not published (the same thing typed twice is the commonest double)."""
    mine = owned_by(actor) if actor.signed_in else Listing.id == -1
    whose = (
        Listing.state == "in_review"
        if desk
        else or_(mine, Listing.entered_by_id == actor.id)
        & Listing.state.in_(("draft", "returned", "client_validation", "in_review", "published"))
    )
    rows = session.scalars(
        visible_to(actor)
        .where(Listing.kind == listing.kind, Listing.id != listing.id, whose)
        .order_by(Listing.changed_at.desc())
        .limit(UNINDEXED)
    )
    rows = {versions.under_review(other): other for other in rows.all()}
    texts = session.execute(
        select(ListingContent.version_id, ListingContent.values).where(
            ListingContent.version_id.in_(rows), ListingContent.level == PUBLIC
        )
    )
    compared = (
        duplicates.compare(record, indexing.record_of(rows[version_id], values))
        for version_id, values in texts
    )
    return {alike.key: alike for alike in compared if alike.verdict}


def _said(session: Session, listing: Listing) -> dict[int, frozenset[str]]:
    """Other listing's id -> the sides that told it apart from this one."""
    rows = session.scalars(
        select(Distinction).where(
            or_(Distinction.low_id == listing.id, Distinction.high_id == listing.id)
        )
    )
    found: dict[int, frozenset[str]] = {}
    for row in rows:
        other = row.high_id if row.low_id == listing.id else row.low_id
        found[other] = found.get(other, frozenset()) | {row.side}
    return found


# --- What the text suggests ---------------------------------------------------------------------
@dataclass(frozen=True)
class Hints:
    """field name -> suggestions, surest first, without what is chosen already. `ready` is False
    while the engine is loading."""

    guesses: dict[str, list[Guess]] = field(default_factory=dict)
    ready: bool = True


def suggested_fields(kind: str, names: Iterable[str]) -> tuple[str, ...]:
    """Which of these fields of a kind a text can suggest values for."""
    return tuple(name for name in names if name in SUGGESTED and field_of(kind, name))


def hints(session: Session, engines, actor, listing: Listing, names: Iterable[str]) -> Hints:
    """Suggestions for some fields of a listing in work, from the public text typed so far."""
    matcher = engines.ready_matcher()
    if matcher is None:
        return Hints(ready=False)
    values = disclosure.values_of(session, versions.under_review(listing), {PUBLIC})
    record = indexing.record_of(listing, values)
    if not text_of(record).strip():
        return Hints()
    reader = _Reader(session, matcher, actor, listing, record, values)
    found = {name: getattr(reader, name)() for name in suggested_fields(listing.kind, names)}
    return Hints({name: guesses for name, guesses in found.items() if guesses})


class _Reader:
    """One text, read for each field: the methods bear the names of the fields."""

    def __init__(self, session, matcher, actor, listing, record, values):
        self.session, self.matcher, self.actor = session, matcher, actor
        self.record, self.values = record, values
        self.but = {listing.ref}
        self.groups = frozenset(indexing.AUDIENCES[each] for each in audiences(actor))
        self.vectors = matcher.encode_unkept(record, PASSAGES)

    def sectors(self) -> list[Guess]:
        terms = vocabularies.current(self.session).terms("sector")
        words = {
            code: "\n".join(filter(None, (term.vi, term.en, term.note_vi, term.note_en)))
            for code, term in terms.items()
            if term.parent in terms
        }
        found = classification.subjects(
            self.matcher,
            Concepts.of(self.matcher, words),
            self.vectors,
            groups=self.groups,
            but=self.but,
        )
        has = self.values.get("sectors") or ()
        return [each for each in found if each.value not in has][: self._room("sectors", has)]

    def trl(self) -> list[Guess]:
        near = classification.neighbours(
            self.matcher,
            self.vectors,
            fact="trl",
            reach=classification.READINESS_REACH,
            groups=self.groups,
            but=self.but,
        )
        found = classification.readiness(text_of(self.record), near)
        return [each for each in found if each.value != str(self.values.get("trl") or "")]

    def technology_keywords(self) -> list[Guess]:
        near = self.matcher.index.nearest(self.vectors, groups=self.groups, limit=CARRIERS)
        rows = self.session.scalars(
            visible_to(self.actor).where(
                Listing.ref.in_({each.key for each in near} - self.but),
                Listing.state == "published",
            )
        )
        carried = {
            word
            for view in disclosure.cards(self.session, self.actor, rows.all())
            for word in view.values.get("technology_keywords") or ()
        }
        has = self.values.get("technology_keywords") or ()
        room = self._room("technology_keywords", has)
        return classification.keywords(self.matcher, self.record, carried, but=has, limit=room)

    def _room(self, name, has) -> int:
        """How many more the field takes."""
        return max(0, field_of(self.record.kind, name).limit - len(has))
