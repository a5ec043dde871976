"""What would match if a listing gave way in one thing: for its owner, and on the desk."""

from flask import Blueprint, current_app, render_template
from flask_babel import gettext as _

from marketplace.domain.errors import NotFound
from marketplace.domain.vocabulary import PAIR_TYPES
from marketplace.models import db
from marketplace.services import discovery, listings
from marketplace.web import wording
from marketplace.web.access import current_actor, permit, require
from marketplace.web.presentation import label, money

bp = Blueprint("chances", __name__)

ASKING = frozenset(a for a, _b, _words in PAIR_TYPES.values())


@bp.get("/listings/<ref>/what-if")
@permit("listing.history", subject=True)
def show(ref):
    listing = listings.by_ref(db.session, ref)
    require("listing.history", listing)
    if listing.kind not in ASKING or listing.state != "published":
        raise NotFound
    return render_template(
        "listings/what_if.html",
        listing=listing,
        chances=of_listing(listing),
        ready=ready(),
        least=discovery.ANONYMOUS,
    )


def of_listing(listing) -> list[dict]:
    """In words, for the current actor; see services.discovery.chances."""
    province = current_app.config["SETTINGS"].province.code
    engines = current_app.extensions["engines"]
    found = discovery.chances(db.session, engines, current_actor(), listing, province)
    return in_words(found)


def ready() -> bool:
    """Whether meaning can be compared in this process by now."""
    return current_app.extensions["engines"].ready_matcher() is not None


STEPS = 3  # of one rule: the nearest are what somebody may think about


def in_words(found) -> list[dict]:
    """What would match if (services.discovery.Chance), in words: pair type, rule, and for each
    step what it takes, how many pairs that brings and how many strong ones."""
    sentences, rows = _giving_way(), []
    for chance in found:
        known = sentences.get((chance.constraint, chance.up))
        if known is None:
            continue
        exact, vague, reads = known
        steps = [
            (
                vague if needed is None else exact % {"needed": reads(needed), "now": reads(now)},
                good,
                strong,
            )
            for (needed, good, strong), now in ((step, chance.now) for step in chance.steps)
        ][:STEPS]
        why = wording.failed(chance.constraint)
        rows.append(
            {"pair_type": chance.pair_type, "why": why, "steps": steps, "near": chance.near}
        )
    return rows


def _one_of(scheme):
    return lambda code: label(scheme, code)


def _level_of_readiness(level):
    return _("TRL %(level)s", level=level)


def _giving_way():
    """(rule, direction) -> (when the figure may be told, when not, how its value reads)."""
    return {
        ("readiness", False): (
            _("Nếu nhận công nghệ từ %(needed)s (nay từ %(now)s)"),
            _("Nếu nhận mức sẵn sàng thấp hơn"),
            _level_of_readiness,
        ),
        ("budget", True): (
            _("Nếu ngân sách lên ít nhất %(needed)s (nay %(now)s)"),
            _("Nếu ngân sách cao hơn"),
            money,
        ),
        ("ticket", True): (
            _("Nếu cần ít nhất %(needed)s (nay %(now)s)"),
            _("Nếu cần khoản vốn lớn hơn"),
            money,
        ),
        ("ticket", False): (
            _("Nếu cần nhiều nhất %(needed)s (nay %(now)s)"),
            _("Nếu cần khoản vốn nhỏ hơn"),
            money,
        ),
        ("investor_readiness", True): (
            _("Khi đạt %(needed)s (nay %(now)s)"),
            _("Khi mức sẵn sàng cao hơn"),
            _level_of_readiness,
        ),
        ("investor_readiness", False): (
            _("Nếu là việc còn ở %(needed)s (nay %(now)s)"),
            _("Nếu là việc còn sớm hơn"),
            _level_of_readiness,
        ),
        ("stage", None): (
            _("Khi ở giai đoạn “%(needed)s” (nay “%(now)s”)"),
            _("Khi ở giai đoạn khác"),
            _one_of("startup_stage"),
        ),
        ("geography", None): (
            _("Nếu làm tại %(needed)s"),
            _("Nếu làm tại địa bàn khác"),
            _one_of("province"),
        ),
        ("capacity", True): (_("Khi bên kia có chỗ trống"), _("Khi bên kia có chỗ trống"), str),
    }
