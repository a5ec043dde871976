"""Sums of the services, for the lead and the leader."""

from datetime import datetime

from flask import render_template, request

from marketplace.domain.support import FEWEST_RATED
from marketplace.models import db, utcnow
from marketplace.services.listings.numbers import LOCAL
from marketplace.services.support import figures
from marketplace.web.access import permit
from marketplace.web.support import bp

FIRST_YEAR = 2020


@bp.get("/desk/services/figures")
@permit("service.figures")
def sums():
    """Of a year, or of a quarter of it."""
    this = utcnow().astimezone(LOCAL).year
    year = min(max(request.args.get("year", this, type=int), FIRST_YEAR), this)
    quarter = request.args.get("quarter", 0, type=int)
    quarter = quarter if quarter in range(1, 5) else 0
    start, end = _period(year, quarter)
    rows = figures.by_service(db.session, start, end)
    return render_template(
        "support/figures.html",
        year=year,
        quarter=quarter,
        years=range(this, max(FIRST_YEAR, this - 4) - 1, -1),
        rows=rows,
        steps=figures.by_step(db.session, start, end),
        rating=figures.rating(db.session, start, end),
        fewest=FEWEST_RATED,
    )


def _period(year: int, quarter: int) -> tuple[datetime, datetime]:
    """From the first moment of it to the first after it, where the centre is."""
    first, months = (3 * quarter - 2, 3) if quarter else (1, 12)
    after = first + months
    end = (year, after) if after <= 12 else (year + 1, 1)
    return datetime(year, first, 1, tzinfo=LOCAL), datetime(*end, 1, tzinfo=LOCAL)
