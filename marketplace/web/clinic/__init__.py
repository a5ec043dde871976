"""The idea clinic: the founder's pages, who reads and advises, and the public stamps."""

from flask import Blueprint, current_app

from marketplace.services.clinic import guide
from marketplace.web.language import language

bp = Blueprint("clinic", __name__)


def guided() -> guide.Guide:
    """What this exchange's province asks at each step."""
    return guide.of(current_app.config["SETTINGS"].province.folder)


def said(step: str) -> dict:
    return guided().said(step, language())


from marketplace.web.clinic import coach, own, stamps, steps  # noqa: E402, F401
