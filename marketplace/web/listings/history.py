"""A listing's history in words, as far as the reader may know it."""

from flask_babel import gettext as _

from marketplace.domain.fields import fields
from marketplace.models import User, db
from marketplace.services.listings import events, review


def lines(listing, actor) -> list[dict]:
    """The history as the timeline draws it; names of people only for the desk."""
    names = {}
    found = []
    for event in events.history(db.session, listing, actor):
        if event.actor_id not in names:
            names[event.actor_id] = people(event, listing, actor)
        private = event.step in events.DESK_WORDS and not actor.is_curator
        found.append(
            {
                "event": event,
                "words": _(events.title(event.step)),
                "who": names[event.actor_id],
                "note": "" if private else event.note,
                "reasons": [] if private else reasons(listing, event),
            }
        )
    return found


def people(event, listing, actor) -> str:
    if event.actor_id is None:
        return _("Hệ thống") if event.step in ("expire", "archive", "remind") else ""
    if actor.is_curator:
        user = db.session.get(User, event.actor_id)
        return user.name
    if event.actor_id == actor.id:
        return _("Bạn")
    return _("Chủ hồ sơ") if event.actor_id == listing.owner_user_id else _("Cán bộ sàn")


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
