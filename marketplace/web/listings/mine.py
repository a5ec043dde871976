"""One's own listings: where each stands, who has it, what comes next."""

from math import ceil

from flask import render_template, request, url_for
from flask_babel import gettext as _

from marketplace.domain import machine, workflow
from marketplace.domain.permissions import allowed
from marketplace.models import db, utcnow
from marketplace.services import disclosure, listings
from marketplace.web.access import current_actor, permit
from marketplace.web.listings import bp

# Moves that have a page of their own, that other people make, or that need more than a button.
NOT_BUTTONS = frozenset({"submit", "submit_revision", "flag", "hand_over", "correct", "confirm"})
DESK_STEPS = frozenset(
    {"publish", "return", "reject", "clear", "take_down", "archive", "approve_revision",
     "return_revision"}
)  # fmt: skip
FIRST, PAGE = 10, 30  # listings of each group on the first page; on a page of one group
GROUPS = ("waiting", "desk", "live", "over")


@bp.get("/me/listings")
@permit("account.manage")
def mine():
    """All groups, the first of each; or one group, page by page."""
    actor = current_actor()
    found = listings.of_actor(db.session, actor)
    grouped = {name: [each for each in found if group_of(each) == name] for name in GROUPS}
    chosen = request.args.get("group", "")
    page, pages = 1, 1
    if chosen in GROUPS:
        pages = max(1, ceil(len(grouped[chosen]) / PAGE))
        page = min(max(request.args.get("page", 1, type=int), 1), pages)
        shown = {chosen: grouped[chosen][(page - 1) * PAGE : page * PAGE]}
    else:
        chosen = ""
        shown = {name: rows[:FIRST] for name, rows in grouped.items()}
    return render_template(
        "listings/mine.html",
        groups={name: rows_of(actor, rows) for name, rows in shown.items()},
        counts={name: len(rows) for name, rows in grouped.items()},
        total=len(found),
        titles=titles(),
        chosen=chosen,
        page=page,
        pages=pages,
        page_address=lambda number: url_for(".mine", group=chosen, page=number),
    )


def rows_of(actor, rows) -> list[dict]:
    return [
        {"view": view, "next": next_step(view.listing), "who": who_has_it(view.listing)}
        for view in disclosure.cards(db.session, actor, rows)
    ]


def titles() -> dict[str, str]:
    return {
        "waiting": _("Chờ bạn làm tiếp"),
        "desk": _("Đang ở chỗ khác"),
        "live": _("Đang đăng"),
        "over": _("Không còn đăng"),
    }


def group_of(listing) -> str:
    if listing.state in ("draft", "returned") or listing.revision in ("draft", "returned"):
        return "waiting"
    if listing.state in ("in_review", "flagged", "client_validation"):
        return "desk"
    if listing.state in ("published", "on_hold"):
        return "live"
    return "over"


def who_has_it(listing) -> str:
    """Whose move it is, in words."""
    if listing.state in ("in_review", "flagged") or listing.revision == "in_review":
        return _("Cán bộ sàn")
    if listing.state == "client_validation":
        return listing.client_name or _("Chủ hồ sơ")
    if group_of(listing) == "waiting":
        return _("Bạn")
    return ""


def next_step(listing) -> dict:
    """What the owner does next: words, address, and by when."""
    edit = url_for("listings.check", ref=listing.ref)
    show = url_for("listings.show", ref=listing.ref)
    if "returned" in (listing.state, listing.revision):
        return {"words": _("Xem lý do và sửa"), "url": edit}
    if listing.state == "draft":
        return {"words": _("Viết tiếp"), "url": edit}
    if listing.revision == "draft":
        return {"words": _("Viết tiếp bản sửa"), "url": edit}
    if listing.state == "in_review" or listing.revision == "in_review":
        return {
            "words": _("Xem giấy hẹn"),
            "url": url_for("listings.receipt", ref=listing.ref),
        }
    if listing.state == "client_validation":
        return {
            "words": _("Xem liên kết xác nhận"),
            "url": url_for("listings.hand_over_page", ref=listing.ref),
        }
    if listings.renewable(listing, utcnow()):
        return {"words": _("Gia hạn"), "url": show}
    return {"words": _("Xem"), "url": show}


def buttons(actor, listing) -> list[machine.Step]:
    """The moves the actor can make with one button now."""
    steps = [*workflow.LISTING.open(listing.state)]
    if listing.state == "published":
        steps += workflow.REVISION.open(listing.revision)
    return [
        step
        for step in steps
        if step.name not in NOT_BUTTONS | DESK_STEPS
        and allowed(f"listing.{step.name}", actor, listing)
        and (step.name != "renew" or listings.renewable(listing, utcnow()))
    ]
