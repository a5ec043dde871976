"""(being written)"""

from flask import Blueprint

bp = Blueprint("sample", __name__)
