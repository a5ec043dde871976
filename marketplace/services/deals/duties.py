"""The guided check of duties of a deal, kept with the version of the list it was answered by."""

import json
from functools import cache
from pathlib import Path

from sqlalchemy.orm import Session

from marketplace.domain import duties
from marketplace.domain.errors import InvalidForm
from marketplace.models import DutyCheck, Match
from marketplace.services import audit
from marketplace.services.deals.sides import acting, today

FILE = Path(__file__).resolve().parents[2] / "vocabularies" / "transfer_duties.json"


@cache
def versions() -> tuple[duties.Checklist, ...]:
    return duties.read(json.loads(FILE.read_text(encoding="utf-8")))


def current(now) -> duties.Checklist:
    """The list that holds today, by the province's clock."""
    return duties.of_day(versions(), today(now))


def answer(
    session: Session, match: Match, answers: dict[str, str], *, actor, now, side="", channel=""
) -> DutyCheck:
    """Keep the answers; an earlier check stays beside it. Raises InvalidForm with one entry for
    each open question."""
    side = acting(session, "deal.check_duty", match, actor=actor, side=side, channel=channel)
    checklist = current(now)
    wrong = checklist.gaps(answers)
    if wrong:
        raise InvalidForm(wrong)
    row = DutyCheck(
        deal_id=match.deal.id, list_version=checklist.version, answers=checklist.kept(answers),
        side=side, answered_by_id=actor.id, answered_at=now,
    )  # fmt: skip
    match.deal.checks.append(row)
    match.deal.moved_at = now
    audit.record(
        session, "deal.check_duty", match, actor=actor, now=now, list_version=checklist.version
    )
    return row


def last(match: Match) -> DutyCheck | None:
    return match.deal.checks[-1] if match.deal is not None and match.deal.checks else None


def said(row: DutyCheck) -> tuple[duties.Checklist, tuple[duties.Finding, ...]]:
    """The list it was answered by, and what it amounted to by that list."""
    checklist = next(each for each in versions() if each.version == row.list_version)
    return checklist, checklist.found(row.answers)
