"""The investor's board and one card of it. Read by the investor's people alone."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.domain.errors import DomainError
from marketplace.domain.investing import (
    FEWEST_CARDS,
    FEWEST_INVESTORS,
    PASS_REASONS,
    STAGES,
)
from marketplace.domain.permissions import allowed
from marketplace.models import db, utcnow
from marketplace.services import disclosure, listings
from marketplace.services.investing import board, cards, deck, investors, together
from marketplace.services.listings.numbers import LOCAL
from marketplace.web.access import commit, current_actor, permit, require
from marketplace.web.forms import messages, typed
from marketplace.web.investing import bp


@bp.get("/me/investing")
@permit("investing.open")
def index():
    """A phone shows one stage, a wide screen every stage beside the others."""
    actor, stage = current_actor(), request.args.get("stage", "")
    stage = stage if stage in STAGES else ""
    mine = investors.of_actor(db.session, actor)
    rows = board.of_actor(db.session, actor, stage)
    columns = {each: [] for each in STAGES if not stage or each == stage}
    for row in rows:
        columns[row.stage].append(row)
    proposed = board.proposed(db.session, actor, mine)
    return render_template(
        "investing/board.html",
        investors=mine,
        stage=stage,
        stages=STAGES,
        fewest=FEWEST_CARDS,
        fewest_investors=FEWEST_INVESTORS,
        counts=board.counts(db.session, actor),
        columns=columns,
        today=utcnow().astimezone(LOCAL).date(),
        proposed=disclosure.cards(db.session, actor, proposed),
        invitations=board.invitations_to(db.session, actor),
        offers=deck.offered_to(db.session, actor),
    )


@bp.post("/listings/<ref>/follow")
@permit("listing.follow", subject=True)
def follow(ref):
    listing = listings.by_ref(db.session, ref)
    actor = require("listing.follow", listing)
    mine = investors.of_actor(db.session, actor)
    chosen = next((row for row in mine if row.ref == request.form.get("investor")), None)
    if not mine:
        flash(_("Hãy đăng hồ sơ nhà đầu tư trước: bảng theo dõi là của nhà đầu tư đó."), "info")
        return redirect(url_for(".index"))
    card = cards.follow(db.session, listing, chosen or mine[0], actor=actor, now=utcnow())
    commit()
    flash(_("Đã thêm vào bảng theo dõi. Chỉ người của bạn thấy."), "good")
    return redirect(url_for(".show", key=card.key))


@bp.get("/me/investing/<key>")
@permit("card.view", subject=True)
def show(key):
    card = board.by_key(db.session, key)
    return page(card, require("card.view", card))


def page(card, actor, errors=None, status=200, act=""):
    sees = allowed("listing.view", actor, card.listing)
    return render_template(
        "investing/card.html",
        card=card,
        view=disclosure.view(db.session, actor, card.listing) if sees else None,
        stages=STAGES,
        reasons=PASS_REASONS,
        deal=cards.deal_of(db.session, card),
        together=[
            (row, together.sides(db.session, row, stages=True))
            for row in together.of_card(db.session, card)
        ],
        others=[
            (row.ref, together.name_of(row, known=False))
            for row in investors.others(db.session, actor, beside=card.listing)
        ],
        today=utcnow().astimezone(LOCAL).date(),
        values=request.form if act else {},
        act=act,
        errors=errors or {},
    ), status


@bp.post("/me/investing/<key>/<any(move,plan,note,remove,invite):act>")
@permit("card.*", subject=True)
def advance(key, act):
    card = board.by_key(db.session, key)
    actor = require(f"card.{act}", card)
    try:
        _take(card, act, actor)
    except DomainError as error:
        db.session.rollback()
        card = board.by_key(db.session, key)
        return page(card, actor, messages(error), error.status, act)
    commit()
    if act == "remove":
        flash(_("Đã xóa thẻ cùng mọi ghi chú."), "good")
        return redirect(url_for(".index"))
    said = _("Đã hỏi ý bên khởi nghiệp. Họ đồng ý thì nhà đầu tư kia mới được mời.")
    flash(said if act == "invite" else _("Đã lưu."), "good")
    return redirect(url_for(".show", key=key))


def _take(card, act, actor):
    values, who = typed(), {"actor": actor, "now": utcnow()}
    if act == "move":
        cards.move(
            db.session, card, values.get("stage", ""), reason=values.get("reason", ""),
            until=values.get("until", ""), **who,
        )  # fmt: skip
    elif act == "plan":
        cards.plan(db.session, card, values.get("next_step", ""), values.get("next_on", ""), **who)
    elif act == "note":
        cards.note(db.session, card, values.get("text", ""), **who)
    elif act == "remove":
        cards.remove(db.session, card, **who)
    else:
        to = investors.reachable(db.session, actor, values.get("to", ""), beside=card.listing)
        together.invite(db.session, card, to, **who)
