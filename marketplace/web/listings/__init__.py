"""Listings: typing one, following one's own, reading one. One module a group of pages."""

from flask import Blueprint

bp = Blueprint("listings", __name__)

from marketplace.web.listings import assisted, check, forms, mine, rescue, show  # noqa: E402, F401
