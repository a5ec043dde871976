"""Two languages by address: /... is Vietnamese, /en/... is English.

The prefix is moved into SCRIPT_NAME, so every url_for stays in the visitor's language by itself.
"""

from flask import g, has_request_context, request
from flask_babel import Babel, format_datetime, get_locale
from markupsafe import Markup

LANGUAGES = ("vi", "en")
PREFIX = "/en"

babel = Babel()


class LanguagePrefix:
    """WSGI middleware: strips /en and remembers it."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        path = environ.get("PATH_INFO", "")
        if path == PREFIX or path.startswith(PREFIX + "/"):
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + PREFIX
            environ["PATH_INFO"] = path[len(PREFIX) :] or "/"
            environ["exchange.language"] = "en"
        return self.app(environ, start_response)


def choose() -> str:
    if "forced_language" in g:
        return g.forced_language
    return request.environ.get("exchange.language", "vi") if has_request_context() else "vi"


def language() -> str:
    """The visitor's language code, vi or en."""
    return str(get_locale() or "vi")[:2]


def said_in(text, tongue: str):
    """`text` marked as being in `tongue`, where the page around it is in another language: screen
    readers change voice (WCAG 3.1.2)."""
    if not text or tongue == language():
        return text
    return Markup('<span lang="{}">{}</span>').format(tongue, text)


def titled(view):
    """A listing's title for the visitor, marked when it is in the other language."""
    return said_in(view.title(language()), view.tongue(language()))


def summed_up(view, length: int = 0):
    """A listing's summary for the visitor, marked alike; cut at a word when `length` is given."""
    text = view.summary(language())
    if length and len(text) > length:
        text = text[:length].rsplit(" ", 1)[0] + "…"
    return said_in(text, view.tongue(language(), "summary"))


def other_language_url() -> str:
    """This page in the other language."""
    path = request.full_path.rstrip("?") if request.query_string else request.path
    return path if request.script_root.endswith(PREFIX) else PREFIX + path


def official_date(moment) -> str:
    """`ngày 23 tháng 11 năm 2026`, as official papers write it; English: 23 November 2026."""
    form = "'ngày' dd 'tháng' MM 'năm' yyyy" if language() == "vi" else "d MMMM yyyy"
    return format_datetime(moment, form)


def init_app(app) -> None:
    app.config.setdefault("BABEL_DEFAULT_LOCALE", "vi")
    app.config.setdefault("BABEL_DEFAULT_TIMEZONE", "Asia/Ho_Chi_Minh")
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = f"{app.root_path}/translations"
    babel.init_app(app, locale_selector=choose)
    app.wsgi_app = LanguagePrefix(app.wsgi_app)
    app.jinja_env.globals.update(
        other_language_url=other_language_url, get_locale=get_locale, language=language
    )
    app.jinja_env.filters.update(
        official_date=official_date, said_in=said_in, titled=titled, summed_up=summed_up
    )
