"""Writing: a draft begins with its first save and keeps everything that is typed into it."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy.orm import Session

from marketplace.domain.cleaning import clean, problems
from marketplace.domain.errors import N_, Invalid, WrongState
from marketplace.domain.fields import STAFF, completeness, field, fields
from marketplace.domain.vocabulary import KINDS, VISIBILITIES
from marketplace.domain.workflow import LISTING_EDITABLE
from marketplace.models import Listing, Organisation
from marketplace.services import outbox, vocabularies
from marketplace.services.disclosure import values_of
from marketplace.services.listings import numbers, versions
from marketplace.services.listings.events import remember

# Longer than any acceptable value of these types: not worth parsing, only worth keeping.
_SHORT = 500
_LONG_TYPES = {"text", "long", "lines", "tags", "choices", "url"}


def create(
    session: Session,
    kind: str,
    *,
    actor,
    now,
    organisation: Organisation | None = None,
    client_name: str = "",
    for_client: bool = False,
    origin: str = "local",
    is_sample: bool = False,
) -> Listing:
    """An empty draft of `kind`. With `for_client` it belongs to nobody's account: the actor only
    types it, and it waits for the client's own confirmation."""
    if kind not in KINDS:
        raise Invalid(N_("Không có loại hồ sơ này."))
    listing = Listing(
        ref=numbers.reference(session, kind, now),
        tracking_code=numbers.tracking_code(session),
        kind=kind,
        origin=origin,
        owner_user_id=None if for_client else actor.id,
        organisation_id=organisation.id if organisation is not None else None,
        entered_by_id=actor.id if for_client else None,
        client_name=client_name[:160] if for_client else "",
        is_sample=is_sample,
        created_at=now,
        changed_at=now,
    )
    session.add(listing)
    session.flush()
    versions.add(session, listing, actor=actor, now=now)
    remember(session, listing, "create", actor=actor, now=now)
    return listing


def save(
    session: Session,
    listing: Listing,
    raw: Mapping[str, str | list],
    *,
    actor,
    now,
    names: Collection[str] | None = None,
    staff: bool = False,
) -> dict[str, Invalid]:
    """Keep what was typed; returns what is wrong with it, by field name, all at once.

    Acceptable values go to their level. Others are kept as typed, for the owner alone, until they
    are mended. With `names` (the fields a form showed) a field that did not come back was emptied;
    without, only the fields in `raw` are looked at. Nothing but fields of the kind is ever
    written, and staff fields only with `staff` and by a curator (or by the system).
    """
    wanted = _wanted(listing, raw, names, staff and (actor.is_curator or actor.role == "system"))
    good, typed, faults = _cleaned(session, wanted, raw)
    owners = any(f.level != STAFF for f in wanted)
    if owners and not in_work(listing):
        raise WrongState
    if owners:
        version_id = versions.writable(session, listing, actor=actor, now=now).id
    else:
        version_id = versions.under_review(listing)
    for level, values in good.items():
        versions.put(session, version_id, level, values)
    if owners:
        versions.put(session, version_id, versions.TYPED, typed)
    session.flush()
    if listing.live_version_id is None:
        versions.copy_for_lists(session, listing, version_id)
    listing.changed_at = now
    remember(session, listing, "save", actor=actor, now=now, silent=True)
    return faults


def in_work(listing: Listing) -> bool:
    """Whether its text may be written: a draft, a returned one, or an open revision. What waits
    at the desk is not changed under the reader's eyes; what is live, only through a revision."""
    if listing.state == "published":
        return listing.revision in ("draft", "returned")
    return listing.state in LISTING_EDITABLE


def same(session: Session, listing: Listing, raw: Mapping, names: Collection[str]) -> bool:
    """Whether saving `raw` would change nothing: the second press of a button, a reloaded page."""
    wanted = _wanted(listing, raw, names, writes_staff=False)
    good, typed, _faults = _cleaned(session, wanted, raw)
    values, held = contents(session, listing)
    return all(
        value == values.get(name) for level in good.values() for name, value in level.items()
    ) and all(text == held.get(name) for name, text in typed.items())


def _wanted(listing, raw, names, writes_staff):
    shown = raw if names is None else names
    return [
        f for f in fields(listing.kind) if f.name in shown and (writes_staff or f.level != STAFF)
    ]


def _cleaned(session, wanted, raw):
    """(level -> name -> value or None, name -> what was typed or None, name -> Invalid)."""
    vocabulary = vocabularies.current(session)
    good, typed, faults = defaultdict(dict), {}, {}
    for f in wanted:
        text = raw.get(f.name)
        typed[f.name] = None
        try:
            good[f.level][f.name] = _value(f, text, vocabulary)
        except Invalid as error:
            faults[f.name] = error
            typed[f.name] = text
    return good, typed, faults


def _value(f, text, vocabulary):
    if f.type not in _LONG_TYPES and len(str(text or "")) > _SHORT:
        raise Invalid(N_("Dài quá, không thể là giá trị đúng."), f.name)
    return clean(f, text, vocabulary)


def contents(session: Session, listing: Listing, *, staff: bool = False) -> tuple[dict, dict]:
    """(values, typed) of the version in work, for those who may write it."""
    version_id = versions.under_review(listing)
    levels = versions.OWNER_LEVELS | ({STAFF} if staff else set())
    return (
        values_of(session, version_id, levels),
        values_of(session, version_id, {versions.TYPED}),
    )


def whats_wrong(session: Session, listing: Listing, *, now) -> dict[str, Invalid]:
    """Everything that keeps the listing from being submitted, in the order of the form."""
    values, typed = contents(session, listing)
    found = problems(fields(listing.kind), values, now.astimezone(numbers.LOCAL).date())
    vocabulary = vocabularies.current(session)
    for name, text in typed.items():
        f = field(listing.kind, name)
        try:
            _value(f, text, vocabulary)
        except Invalid as error:
            found[name] = error
    if listing.entered_by_id is not None and listing.owner_user_id is None:
        reachable = values.get("contact_phone") or values.get("contact_email")
        if not reachable:
            found.setdefault(
                "contact_phone", Invalid(N_("Cần điện thoại hoặc thư để chủ hồ sơ xác nhận."))
            )
    order = [f.name for f in fields(listing.kind) if f.level != STAFF]
    return {name: found[name] for name in order if name in found}


def told_at_once(
    session: Session, listing: Listing, *, now, names: Collection[str]
) -> dict[str, Invalid]:
    """What is wrong with those of the fields `names` that are filled in, so that a deadline long
    past is told beside its box and not three pages later. Gaps may wait until the end."""
    values, typed = contents(session, listing)
    wrong = whats_wrong(session, listing, now=now)
    filled = {name for name in names if values.get(name) not in (None, "", []) or name in typed}
    return {name: error for name, error in wrong.items() if name in filled}


def stamp(session: Session, listing: Listing, names: Collection[str]) -> str:
    """A short mark of what some fields hold now; a form carries it, so that a window opened
    earlier does not write over what another window saved since."""
    values, typed = contents(session, listing, staff=True)
    held = {name: [values.get(name), typed.get(name)] for name in names}
    text = json.dumps(held, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def percent(session: Session, listing: Listing) -> int:
    return completeness(listing.kind, contents(session, listing)[0])


def set_options(
    session: Session,
    listing: Listing,
    *,
    actor,
    now,
    visibility: str | None = None,
    open_for_eoi: bool | None = None,
    organisation_id: int | str | None = "",
    language: str | None = None,
) -> None:
    """What the owner decides about the listing as a whole. It takes effect at once, also on a
    published listing. An organisation must be one of the actor's own (or None for no one's)."""
    before = (
        listing.visibility,
        listing.open_for_eoi,
        listing.organisation_id,
        listing.language,
    )
    if visibility is not None:
        if visibility not in VISIBILITIES:
            raise Invalid(N_("Hãy chọn ai được tìm thấy hồ sơ này."), "visibility")
        listing.visibility = visibility
    if open_for_eoi is not None:
        listing.open_for_eoi = open_for_eoi
    if organisation_id != "":
        if organisation_id is not None and organisation_id not in actor.organisations:
            raise Invalid(N_("Bạn không thuộc đơn vị này."), "organisation")
        listing.organisation_id = organisation_id
    if language is not None:
        listing.language = language if language in ("vi", "en") else "vi"
    after = (listing.visibility, listing.open_for_eoi, listing.organisation_id, listing.language)
    if before == after:
        return
    listing.changed_at = now
    remember(session, listing, "options", actor=actor, now=now, silent=True)
    if listing.live_version_id is not None:
        outbox.changed(session, listing, now=now)


def prefilled(kind: str, user, organisation) -> dict:
    """What the exchange already knows, so that nobody is asked twice; shown, not yet saved."""
    known = {
        "contact_name": user.name,
        "contact_phone": user.phone,
        "contact_email": user.email,
        "place": organisation.place if organisation is not None else "",
    }
    return {name: value for name, value in known.items() if value and field(kind, name)}
