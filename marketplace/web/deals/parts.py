"""What the pages of a deal have in common: loading it, and the words its partial needs."""

from datetime import date

from flask import current_app, request

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


def nexts(actor, matches) -> dict[int, tuple[str, bool]]:
    """match.id -> (words of what is best done next, whether the other side waits for the actor to
    do it), of those that have a deal."""
    found = deals.next_of(db.session, actor, matches)
    return {key: (deals.NEXT[code], code in deals.YOURS) for key, code in found.items()}


def side(match: Match, errors=None) -> dict:
    """What templates/deals/_side.html needs, on whatever page it stands."""
    here = deals.standing(db.session, current_actor(), match)
    checked = deals.duties.last(match)
    return {
        "match": match,
        "here": here,
        "next_words": deals.NEXT[here.next],
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
