"""Words of the account pages."""

import re

from flask_babel import gettext as _

from marketplace.domain.vocabulary import HATS

# The first that is found names the browser: Edge and Opera also call themselves Chrome, all but
# Firefox call themselves Safari.
_BROWSERS = (
    ("Zalo", "Zalo"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("coc_coc", "Cốc Cốc"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox|FxiOS", "Firefox"),
    ("Chrome|CriOS", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Macintosh|Mac OS", "macOS"),
    ("Linux|X11", "Linux"),
)


def device(agent: str) -> str:
    """A user agent as people call it, `Chrome, Android`; "" for one nobody would know."""
    return ", ".join(filter(None, (_first(_BROWSERS, agent), _first(_SYSTEMS, agent))))


def _first(names, agent):
    return next((name for pattern, name in names if re.search(pattern, agent)), "")


def hat_choices() -> list[tuple[str, str]]:
    return [(hat, _(words)) for hat, words in HATS.items()]
