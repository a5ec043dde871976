"""Why investors pass, for the lead: counts and nothing else."""

from flask import render_template

from marketplace.domain.investing import FEWEST_CARDS, FEWEST_INVESTORS, PASS_REASONS
from marketplace.models import db
from marketplace.services.investing import figures
from marketplace.web.access import permit
from marketplace.web.investing import bp


@bp.get("/desk/investing")
@permit("investing.figures")
def sums():
    return render_template(
        "investing/figures.html",
        rows=[
            (PASS_REASONS[reason], count)
            for reason, count in figures.pass_reasons(db.session).items()
        ],
        fewest=FEWEST_CARDS,
        investors=FEWEST_INVESTORS,
    )
