"""Mentoring: asking, where it stands, a mentor's times and hours, and the desk's side."""

from flask import Blueprint

from marketplace.models import Listing, db
from marketplace.services import mentoring

bp = Blueprint("mentoring", __name__)


@bp.app_template_global()
def mentoring_of(listing: Listing) -> mentoring.reading.Rating:
    """What everybody may know of a mentor's meetings, for the page of the listing."""
    return mentoring.rating_of(db.session, listing)


from marketplace.web.mentoring import asking, desk, hours, own, times  # noqa: E402, F401
