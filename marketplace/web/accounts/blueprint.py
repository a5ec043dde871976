"""The blueprint apart, so that the modules with its views can import it."""

from flask import Blueprint

bp = Blueprint("accounts", __name__)
