"""Why investors do not invest, in numbers: the one thing anybody outside an investor's own people
learns from their cards."""

from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.investing import FEWEST_CARDS, FEWEST_INVESTORS, PASS_REASONS
from marketplace.models import InvestorCard


def pass_reasons(session: Session) -> dict[str, int]:
    """reason -> how many cards, the most frequent first: only reasons given on FEWEST_CARDS cards
    by FEWEST_INVESTORS investors or more. There is no sum to tell the others from."""
    given = defaultdict(list)
    rows = session.execute(
        select(InvestorCard.reason, InvestorCard.investor_id).where(InvestorCard.stage == "passed")
    )
    for reason, investor_id in rows:
        given[reason].append(investor_id)
    counts = {
        reason: len(given[reason])
        for reason in PASS_REASONS
        if len(given[reason]) >= FEWEST_CARDS and len(set(given[reason])) >= FEWEST_INVESTORS
    }
    return dict(sorted(counts.items(), key=lambda each: -each[1]))
