"""What is kept secret in a listing, opened for one reader: asking, answering, signing, opening."""

from flask import Blueprint

bp = Blueprint("confidential", __name__)

from marketplace.web.confidential import asking, opening, promises, requests  # noqa: E402, F401
