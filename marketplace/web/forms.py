"""From requests to values, and from refusals to words beside the fields."""

from urllib.parse import urlsplit

from flask import request

from marketplace.domain.errors import Conflict, DomainError, InvalidForm
from marketplace.web.errors import words


def typed(*lists: str) -> dict:
    """What was typed: one text per name, and a list for each of the names in `lists`."""
    values = request.form.to_dict()
    for of_the_shell in ("csrf_token", "writer"):
        values.pop(of_the_shell, None)
    return values | {name: request.form.getlist(name) for name in lists}


def messages(error: DomainError) -> dict[str, list[str]]:
    """field name -> what is wrong, in the visitor's language, for `error_summary` and fields; what
    is about no field stands under ""."""
    if isinstance(error, InvalidForm):
        return {name: [words(each)] for name, each in error.errors.items()}
    return {getattr(error, "field", "") or "": [words(error)]}


def demand_fresh(row, message: str = "") -> None:
    """Nobody answers a record that has changed since the page was opened: its form says in `lock`
    which version it showed. Raises Conflict, with words of one's own if given."""
    if request.form.get("lock", type=int) not in (None, row.lock):
        raise Conflict(message) if message else Conflict


def next_page(otherwise: str) -> str:
    """Where to go after signing in: only ever a path of this site."""
    target = request.values.get("next") or ""
    try:
        parts = urlsplit(target)
    except ValueError:  # such as //[
        return otherwise
    inside = (
        target.startswith("/")
        and not target.startswith(("//", "/\\"))
        and not parts.scheme
        and not parts.netloc
        and "\\" not in target
        and all(ord(c) > 31 for c in target)
    )
    return target if inside else otherwise


def page_number() -> int:
    """The page of a list that the address asks for: 1 for what is no page."""
    return min(max(request.args.get("page", 1, type=int) or 1, 1), 10_000)
