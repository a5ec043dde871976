"""The front door, and the signed-in home that says what waits for me."""

from flask import Blueprint, current_app, render_template
from sqlalchemy import select, text

from marketplace.models import Listing, db, utcnow
from marketplace.models.operations import Fact
from marketplace.services import (
    confidential,
    disclosure,
    figures,
    mentoring,
    support,
    waiting,
)
from marketplace.services.investing import board, deck
from marketplace.services.listings import review
from marketplace.services.visibility import visible_to
from marketplace.web.access import current_actor, current_user_row, permit
from marketplace.web.deals.parts import nexts
from marketplace.web.deeds import deed

bp = Blueprint("home", __name__)

LATEST = 6


@bp.get("/")
@permit("page.open")
def index():
    actor = current_actor()
    latest = db.session.scalars(
        visible_to(actor)
        .where(Listing.state == "published", Listing.kind.in_(("offer", "need")))
        .order_by(Listing.published_at.desc(), Listing.id.desc())
        .limit(LATEST)
    ).all()
    return render_template(
        "home/index.html",
        counts=figures.published_by_kind(db.session, actor),
        done=figures.exchange(db.session),
        latest=disclosure.cards(db.session, actor, latest),
    )


@bp.get("/me")
@permit("account.manage")
def mine():
    actor = current_actor()
    found = figures.waiting_for(db.session, actor)
    steps = nexts(actor, found["introduced"])
    found["introduced"].sort(key=lambda each: not (each.id in steps and steps[each.id].yours))
    return render_template(
        "home/mine.html",
        user=current_user_row(),
        waiting=found,
        nexts=steps,
        secrets=confidential.waiting_for(db.session, actor),
        services=support.waiting_for(db.session, actor),
        mentoring=mentoring.waiting_for(db.session, actor),
        invitations=board.invitations_to(db.session, actor),
        offers=deck.offered_to(db.session, actor),
        desk=figures.desk(db.session, actor, now=utcnow()) if actor.is_curator else None,
        staff=for_staff(actor),
        my_reviews=review.count(db.session, actor, whose="mine") if actor.is_curator else 0,
    )


def for_staff(actor) -> dict:
    """The parts of the home page of staff without a desk, by role; nothing for anybody else."""
    if actor.role == "leader":
        return {"sums": waiting.sums(db.session, actor)}
    if actor.role == "officer":
        needs = waiting.unmet_needs(db.session, actor)
        return {"unmet": disclosure.cards(db.session, actor, needs)}
    if actor.role == "auditor":
        return {"deeds": waiting.last_deeds(db.session), "deed": deed}
    if actor.role == "sysadmin":
        search = current_app.extensions["engines"].search
        position = None if search.needs_rebuild() else search.position
        return {"machine": waiting.machine(db.session, position, now=utcnow())}
    return {}


@bp.get("/about")
@permit("page.open")
def about():
    return render_template("home/about.html", done=figures.exchange(db.session))


@bp.get("/help")
@permit("page.open")
def help():
    return render_template("home/help.html")


@bp.get("/health")
@permit("page.open")
def health():
    """For monitoring: the database answers, and how long ago the worker did."""
    db.session.execute(text("select 1"))
    pulse = db.session.scalar(select(Fact).where(Fact.name == "worker"))
    age = int((utcnow() - pulse.at).total_seconds()) if pulse else None
    return {
        "database": "ok",
        "worker_seconds": age,
        "sample": current_app.config["SETTINGS"].sample,
    }
