"""The audit trail: every write leaves a row, in the same transaction."""

from sqlalchemy.orm import Session

from marketplace.models import Audit


def record(session: Session, action: str, subject=None, *, actor, now, **facts) -> Audit:
    """Add the row that says who did what. `facts` are short, public and free of members' text."""
    row = Audit(
        at=now,
        actor_id=actor.id,
        actor_role=actor.role,
        action=action,
        subject_type=type(subject).__name__.lower() if subject is not None else "",
        subject_id=_name_of(subject),
        facts=facts,
    )
    session.add(row)
    return row


def _name_of(subject) -> str:
    for attribute in ("ref", "key", "id"):
        if getattr(subject, attribute, None) is not None:
            return str(getattr(subject, attribute))
    return ""
