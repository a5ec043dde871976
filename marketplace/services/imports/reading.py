"""One's own imports, and what is expected in a cell."""

from difflib import get_close_matches

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.errors import N_, NotFound
from marketplace.domain.fields import Field
from marketplace.models import Import
from marketplace.services.imports import template
from marketplace.services.vocabularies import fold

LIST_SHOWN = 12  # a longer list of words is in the template


def by_key(session: Session, key: str, actor) -> Import:
    """An import is its importer's alone: raises NotFound for everybody else."""
    row = session.scalar(select(Import).where(Import.key == key, Import.actor_id == actor.id))
    if row is None:
        raise NotFound
    return row


def of_actor(session: Session, actor, limit: int = 20) -> list[Import]:
    """The latest first."""
    return list(
        session.scalars(
            select(Import)
            .where(Import.actor_id == actor.id)
            .order_by(Import.id.desc())
            .limit(limit)
        )
    )


def expected(f: Field, vocabulary, *, say, locale: str = "vi") -> str:
    """How a cell of this column is to be written, with the words of a short list."""
    words = template.terms(f, vocabulary, locale)
    if words and len(words) <= LIST_SHOWN:
        return "; ".join(words)
    how = f"{say(template.HOW[f.type])}{template.limit(f, say)}"
    shown = say(f.example)
    return how if not shown or shown in how else f"{how}. {say(N_('Ví dụ:'))} {shown}"


def nearest(f: Field, typed: str, vocabulary, locale: str = "vi") -> str:
    """The word of the list that somebody may have meant, or ""."""
    words = {fold(word): word for word in template.terms(f, vocabulary, locale)}
    last = typed.replace("|", ";").split(";")[-1]
    for text in (typed, last):
        close = get_close_matches(fold(text), words, n=1, cutoff=0.6)
        if close:
            return words[close[0]]
    return ""
