"""How a person wants to be told, and the links that end mails of a kind with one press."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.errors import N_, Invalid, InvalidForm
from marketplace.domain.notices import CHOICES, TOPICS
from marketplace.models import Notice, User
from marketplace.services import audit, signing
from marketplace.services.notices.keeping import due_of

PURPOSE = "notices.stop"
HOURS = range(24)


def save_choices(session: Session, user: User, raw: dict, *, actor, now) -> None:
    """`raw`: topic -> choice, quiet_from and quiet_to -> hour. Raises InvalidForm."""
    errors, settings = {}, {}
    for topic in TOPICS:
        chosen = raw.get(topic, "")
        if chosen in CHOICES:
            settings[topic] = chosen
        else:
            errors[topic] = Invalid(N_("Hãy chọn một cách báo tin."), topic)
    hours = [raw.get(name, "") for name in ("quiet_from", "quiet_to")]
    if all(hour.isdecimal() and int(hour) in HOURS for hour in hours):
        settings["quiet"] = [int(hour) for hour in hours]
    else:
        errors["quiet_from"] = Invalid(N_("Hãy chọn giờ từ 0 đến 23."), "quiet_from")
    if errors:
        raise InvalidForm(errors)
    _keep(session, user, settings, actor=actor, now=now)


def mute(session: Session, user: User, topic: str, *, actor, now, channel: str) -> None:
    """No more mails about the topic; what waits for a digest stays on the site only."""
    _keep(session, user, (user.notice_settings or {}) | {topic: "site"}, actor=actor, now=now,
          channel=channel)  # fmt: skip


def _keep(session, user, settings, *, actor, now, **facts):
    before = user.notice_settings or {}
    user.notice_settings = settings
    for row in session.scalars(
        select(Notice).where(
            Notice.user_id == user.id, Notice.due_at.is_not(None), Notice.told_at.is_(None)
        )
    ):
        row.due_at = due_of(settings, row.letter, now)
    changed = sorted(name for name in settings if settings[name] != before.get(name))
    audit.record(
        session, "account.choose_notices", user, actor=actor, now=now, changed=changed, **facts
    )


def stop_path(user: User, topic: str) -> str:
    return f"/stop-letters/{signing.sign(PURPOSE, user.key, topic)}"


def to_stop(session: Session, token: str) -> tuple[User, str]:
    """Whose mails, and about what, the link ends. Raises BadLink."""
    key, topic = signing.read(PURPOSE, token)
    user = session.scalar(select(User).where(User.key == key))
    if user is None or topic not in TOPICS:
        raise signing.BadLink
    return user, topic
