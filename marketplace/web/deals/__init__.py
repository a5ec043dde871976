"""The deal's side of a connection: what happened, what was signed, what came of it."""

from flask import Blueprint

bp = Blueprint("deals", __name__)

from marketplace.web.deals import agreements, desk, effects, show  # noqa: E402, F401
