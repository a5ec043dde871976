"""Mails: what is said to whom, queued in the transaction of the fact it tells.

The words are templates/mail/<name>.txt: a first line "Subject: ...", an empty line, the body.
Rendering them is the site's business and comes in through `use`.
"""

from collections.abc import Callable

from sqlalchemy.orm import Session

from marketplace.models import Mail, User
from marketplace.services import outbox

_render: Callable[..., str] | None = None
_base_url = ""


def use(render: Callable[..., str], base_url: str) -> None:
    """Called once by the wiring: `render(name, language, facts) -> text`."""
    global _render, _base_url
    _render, _base_url = render, base_url


def link(path: str, language: str = "vi") -> str:
    """A full address for a path of the site, in the reader's language."""
    return f"{_base_url}{'/en' if language == 'en' else ''}{path}"


def send(
    session: Session, name: str, to: User | str, *, now, language="", unsubscribe="", **facts
) -> Mail:
    """Queue the mail `name` to a user or an address. `facts` fill the template; they must hold
    nothing confidential, for mail travels in the open. `unsubscribe` is the path of a page that
    ends mails like it."""
    address = to if isinstance(to, str) else to.email
    language = language or (to.language if isinstance(to, User) else "vi")
    if isinstance(to, User):
        facts.setdefault("name", to.name)
    text = _render(name, language, {"link": lambda path: link(path, language)} | facts)
    head, _, body = text.partition("\n\n")
    subject = " ".join(head.removeprefix("Subject:").split())
    return outbox.mail(
        session,
        address,
        subject,
        body.strip() + "\n",
        now=now,
        language=language,
        unsubscribe=link(unsubscribe, language) if unsubscribe else "",
    )
