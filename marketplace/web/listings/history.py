"""A listing's history in words, as far as the reader may know it."""

from flask_babel import gettext as _

from marketplace.domain.fields import fields
from marketplace.models import User, db
from marketplace.services.listings import events, review


def lines(listing, actor) -> list[dict]:
    """The history as the timeline draws it; names of people only for the desk."""
    found = []
    for event in events.history(db.session, listing, actor):
        private = event.step in events.DESK_WORDS and not actor.is_curator
        found.append(
            {
                "event": event,
                "words": _(events.title(event.step)),
                "who": people(event, actor),
                "note": "" if private else event.note,
                "reasons": [] if private else reasons(listing, event),
            }
        )
    return found


def people(event, actor) -> str:
    """Who did it: by name for the desk, by part for the owner; who reported stays at the desk."""
    if event.actor_id is None:
        return _("Hệ thống") if event.step in ("expire", "archive", "remind") else ""
    user = db.session.get(User, event.actor_id)
    if actor.is_curator:
        return user.name
    if event.step == "flag":
        return _("Một thành viên")
    if event.actor_id == actor.id:
        return _("Bạn")
    return _("Chủ hồ sơ") if user.role == "member" else _("Cán bộ sàn")


def reasons(listing, event) -> list[tuple[str, str, str]]:
    """(field's name, canned words, note) of each reason of a line."""
    labels = {f.name: _(f.label) for f in fields(listing.kind)}
    return [
        (
            labels.get(each["field"], ""),
            _(review.words_of(each)) if review.words_of(each) else "",
            each.get("note", ""),
        )
        for each in event.reasons
    ]
