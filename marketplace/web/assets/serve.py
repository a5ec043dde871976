"""Serve the built folder, and give templates the address of a file by its plain name."""

import mimetypes
from pathlib import Path

from flask import (
    Blueprint,
    abort,
    current_app,
    make_response,
    redirect,
    request,
    send_from_directory,
    url_for,
)
from flask_babel import gettext

from .gather import build

PREFIX = "/assets/"
THEMES = ("auto", "light", "dark")
A_YEAR = 365 * 24 * 3600
ENCODINGS = {"br": ".br", "gzip": ".gz"}  # in the order we prefer them
mimetypes.add_type("font/woff2", ".woff2")
mimetypes.add_type("text/javascript", ".js")

bp = Blueprint("assets", __name__)


def init_app(app, folder):
    """Serve `folder`, filled by `build` (at once where set-up has done it). Templates get:

    `asset(name)`: the address of a file, the same in every language; KeyError for an unknown name;
    `theme()`: auto, light or dark, as this visitor chose;
    `page_url(endpoint, **values)`: like url_for, but "" for a page this installation does not have;
    `words | translated`: a msgid kept in a table, as plain text; `_()` would read its % signs as
    places to fill and its & as markup.
    """
    folder = Path(folder).absolute()
    manifest = build(folder)
    app.extensions["assets"] = (folder, manifest["files"], _served(manifest))
    app.jinja_env.globals.update(asset=asset, theme=theme, page_url=page_url)
    app.jinja_env.filters["translated"] = gettext
    app.register_blueprint(bp)


def asset(name):
    return PREFIX + current_app.extensions["assets"][1][name]


def theme():
    chosen = request.cookies.get(_cookie_name(), "auto") if request else "auto"
    return chosen if chosen in THEMES else "auto"


def page_url(endpoint, **values):
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else ""


@bp.get(PREFIX + "<name>")
def file(name):
    """A built file, in the smallest coding the browser takes. Names not built here are unknown."""
    folder, _, served = current_app.extensions["assets"]
    if name not in served:
        abort(404)
    coding = next(
        (c for c, end in ENCODINGS.items() if _takes(c) and (folder / (name + end)).exists()), ""
    )
    answer = send_from_directory(
        folder,
        name + ENCODINGS.get(coding, ""),
        mimetype=mimetypes.guess_type(name)[0],
        etag=f"{name}{coding}",
        max_age=A_YEAR,
    )
    answer.cache_control.public = True
    answer.cache_control.immutable = True
    answer.vary.add("Accept-Encoding")
    if coding:
        answer.content_encoding = coding
    return answer


@bp.post(PREFIX + "theme")
def choose_theme():
    """Keep the chosen theme for a year and return to the page it was chosen on."""
    chosen = request.form.get("theme")
    if chosen not in THEMES:
        abort(400)
    answer = make_response(redirect(_own_page(request.form.get("back", ""))))
    answer.set_cookie(
        _cookie_name(),
        chosen,
        max_age=A_YEAR,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return answer


file.action = "page.open"
choose_theme.action = "page.open"


def _served(manifest):
    return {*manifest["files"].values(), *manifest["before"]}


def _takes(coding):
    return request.accept_encodings.quality(coding) > 0


def _cookie_name():
    # The prefix makes a browser refuse the cookie from any other host; it demands TLS.
    return "__Host-theme" if request.is_secure else "theme"


def _own_page(address):
    """The address if it is a path on this site, else the start page."""
    plain = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if plain and address.isprintable() else "/"
