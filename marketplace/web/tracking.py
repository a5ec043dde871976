"""Following a listing by its code, without an account: where it stands, since when, who has it and
by when they promised. Never what it says, nor why it was returned."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.domain.permissions import allowed
from marketplace.models import db, utcnow
from marketplace.services import disclosure, limits, listings
from marketplace.services.listings import events
from marketplace.web.access import commit, current_actor, permit
from marketplace.web.listings.history import reasons
from marketplace.web.listings.mine import who_has_it
from marketplace.web.security import limiter

bp = Blueprint("tracking", __name__)

# What may come after a state, for the dashed line of the timeline.
AHEAD = {
    "draft": ("in_review", "published"),
    "client_validation": ("published",),
    "in_review": ("published",),
    "returned": ("in_review", "published"),
    "flagged": ("published",),
}


@bp.get("/track")
@permit("page.open")
def show():
    if request.args.get("code"):
        return redirect(url_for(".code", code=request.args["code"][:40]))
    return render_template("tracking/show.html", typed="", unknown=False)


@bp.post("/track")
@permit("page.open")
def look():
    """The form. Wrong codes are counted by address, over restarts: nobody tries them all."""
    typed, now = request.form.get("code", "")[:60], utcnow()
    limits.check(db.session, "track.address", request.remote_addr or "", now=now)
    listing = listings.by_tracking_code(db.session, typed)
    if listing is None:
        limits.note(db.session, "track.address", request.remote_addr or "", now=now)
        commit()
        return render_template("tracking/show.html", typed=typed, unknown=True), 404
    return redirect(url_for(".code", code=listing.tracking_code))


@bp.get("/track/<code>")
@permit("page.open")
@limiter.limit("30/5minutes")
def code(code):
    listing = listings.by_tracking_code(db.session, code[:40])
    if listing is None:
        return render_template("tracking/show.html", typed=code[:40], unknown=True), 404
    actor = current_actor()
    insider = allowed("listing.history", actor, listing)
    view = None
    if allowed("listing.view", actor, listing):
        view = disclosure.cards(db.session, actor, [listing])[0]
    return render_template(
        "tracking/listing.html",
        listing=listing,
        view=view,
        insider=insider,
        who_has_it=who_has_it(listing) if insider else public_holder(listing),
        lines=lines(listing, actor, insider),
        ahead=AHEAD.get(listing.state, ()),
    )


def public_holder(listing) -> str:
    """Whose move it is, without a name."""
    if listing.state in ("in_review", "flagged") or listing.revision == "in_review":
        return _("Cán bộ sàn")
    if listing.state in ("draft", "returned", "client_validation"):
        return _("Chủ hồ sơ")
    return ""


def lines(listing, actor, insider) -> list[dict]:
    found = []
    for event in events.history(db.session, listing, actor):
        if event.step not in events.PUBLIC_STEPS:
            continue
        found.append(
            {
                "at": event.at,
                "words": _(events.title(event.step)),
                # Reasons are for the signed-in owner alone.
                "reasons": reasons(listing, event)
                if insider and event.step in ("return", "reject", "return_revision")
                else [],
            }
        )
    return found
