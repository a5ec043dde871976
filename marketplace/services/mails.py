"""Mails: what is said to whom, queued in the transaction of the fact it tells.

The words are templates/mail/<name>.txt: a first line "Subject: ...", an empty line, the body.
Rendering them is the site's business and comes in through `use`.
"""

from collections.abc import Callable

from sqlalchemy.orm import Session

from marketplace.domain.notices import LETTERS
from marketplace.models import Mail, User
from marketplace.services import notices, outbox

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
    session: Session,
    name: str,
    to: User | str,
    *,
    now,
    language="",
    unsubscribe="",
    after=None,
    **facts,
) -> Mail | None:
    """Tell a user or an address by the letter `name`. A user finds it in the inbox of the site,
    and gets the mail at once, in a digest or not at all, as chosen (services/notices): None where
    no mail is queued now. `facts` fill the template; they must hold nothing confidential, for mail
    travels in the open. `unsubscribe` is the path of a page that ends mails like it; before `after`
    it does not leave. KeyError for a letter that domain/notices.LETTERS does not know.
    """
    topic = LETTERS[name].topic
    address, user = (to, None) if isinstance(to, str) else (to.email, to)
    language = language or (user.language if user else "vi")
    if user:
        facts.setdefault("name", user.name)
    subject, body = _written(name, language, facts)
    if user:
        sending = notices.keep(
            session, user, name, subject=subject, body=body, path=facts.get("path", ""), now=now
        )
        if not sending.by_itself:
            return None
        after = after or sending.after
        if topic:
            unsubscribe = notices.stop_path(user, topic)
            body += _render("_foot", language, {"link": _linker(language), "stop": unsubscribe})
    return outbox.mail(
        session,
        address,
        subject,
        body.rstrip() + "\n",
        now=now,
        after=after,
        language=language,
        unsubscribe=link(unsubscribe, language) if unsubscribe else "",
    )


def _written(name, language, facts) -> tuple[str, str]:
    """(subject on one line, body) of a letter."""
    text = _render(name, language, {"link": _linker(language)} | facts)
    head, _, body = text.partition("\n\n")
    return " ".join(head.removeprefix("Subject:").split()), body.strip() + "\n"


def _linker(language):
    return lambda path: link(path, language)
