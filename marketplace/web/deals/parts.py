"""What the pages of a deal have in common: loading it, and the words its partial needs."""

from dataclasses import dataclass
from datetime import date

from flask import current_app, request, url_for

from marketplace.domain import cleaning
from marketplace.domain.deals import AGREEMENT_FORMS, DISPUTES, MILESTONES, PAUSES, VERIFIED_BY
from marketplace.domain.vocabulary import FAILURES
from marketplace.models import Match, db, utcnow
from marketplace.services import deals
from marketplace.services.matches import clients
from marketplace.web.access import current_actor, require


def asked(key: str, action: str) -> tuple[Match, object]:
    """(the match of a deal, the actor), if the actor may do `action`."""
    match = deals.of_match(db.session, key)
    return match, require(action, match)


@dataclass(frozen=True)
class Next:
    """What is best done next in a deal: its words, where it is done, and whether somebody waits
    for the reader to do it."""

    words: str
    address: str
    yours: bool


def next_step(here: deals.Standing) -> Next:
    key, code = here.match.key, here.next
    address = url_for("room.show", key=key)
    if code in ("confirm_agreement", "verify", "wait_confirmation"):
        address = url_for("deals.agreement", key=key)
    elif code == "follow_up":
        address = url_for("deals.follow_up", key=key, month=str(here.follow_up.month))
    elif code == "claim" and "claim_agreement" in here.may:
        address = url_for("deals.claim", key=key)
    elif code in ("confirm_milestone", "note_contact", "note_meeting"):
        address = url_for("deals.show", key=key, _anchor="moc")
    return Next(deals.NEXT[code], address, code in deals.YOURS)


def nexts(actor, matches) -> dict[int, Next]:
    """match.id -> what is best done next, of those that have a deal."""
    begun = (match for match in matches if match.deal is not None)
    return {match.id: next_step(deals.standing(db.session, actor, match)) for match in begun}


def side(match: Match, errors=None) -> dict:
    """What templates/deals/_side.html needs, on whatever page it stands."""
    here = deals.standing(db.session, current_actor(), match)
    checked = deals.duties.last(match)
    return {
        "match": match,
        "here": here,
        "next": next_step(here),
        "milestone_kinds": MILESTONES,
        "pauses": PAUSES,
        "disputes": DISPUTES,
        "forms": AGREEMENT_FORMS,
        "verified_by": VERIFIED_BY,
        "failures": FAILURES,
        "channels": clients.CHANNELS,
        "today": deals.sides.today(utcnow()),
        "follow_up_open": deals.follow_ups.open_now,
        "checked": checked,
        "duties_found": deals.duties.said(checked)[1] if checked is not None else (),
        "errors": errors or {},
        "typed": request.form,
    }


def for_client() -> dict[str, str]:
    """For whom a curator writes, and how it was told: arguments of the services."""
    return {"side": request.form.get("side", ""), "channel": request.form.get("channel", "")}


def day(text: str) -> date | None:
    """None for what is no date."""
    try:
        return cleaning.day(text)
    except ValueError:
        return None


def home() -> str:
    """The code of this exchange's province."""
    return current_app.config["SETTINGS"].province.code


def proofs_folder():
    return current_app.config["SETTINGS"].instance / deals.proofs.FOLDER
