"""Services of the centre: the catalogue, asking, one's own requests, and the desk's side."""

from flask import Blueprint, current_app

from marketplace.services.support import catalogue
from marketplace.web.language import language

bp = Blueprint("support", __name__)


def services() -> catalogue.Catalogue:
    """The catalogue of this exchange's province."""
    return catalogue.of(current_app.config["SETTINGS"].province.folder)


@bp.app_template_global()
def service_name(code: str) -> str:
    return services().name(code, language())


from marketplace.web.support import asking, desk, own, sums  # noqa: E402, F401
