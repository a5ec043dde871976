"""The deck of a startup: its owner's page with everybody who opened it, and offers to investors."""

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.domain.errors import DomainError, Invalid
from marketplace.domain.permissions import allowed
from marketplace.domain.workflow import ACCESS_DAYS, DECK
from marketplace.models import db, utcnow
from marketplace.services import attachments, confidential, listings, organisations
from marketplace.services.investing import deck, investors, teaser, together
from marketplace.web.access import commit, permit, require
from marketplace.web.attachments import folder, scanner
from marketplace.web.errors import words
from marketplace.web.forms import messages, typed
from marketplace.web.investing import bp
from marketplace.web.investing.teaser import said


@bp.get("/listings/<ref>/deck")
@permit("listing.keep_deck", subject=True)
def keep(ref):
    listing = listings.by_ref(db.session, ref)
    return _page(listing, require("listing.keep_deck", listing))


def _page(listing, actor, errors=None, status=200):
    return render_template(
        "investing/deck.html",
        listing=listing,
        deck=attachments.deck_of(db.session, listing),
        openings=deck.openings(db.session, listing),
        requests=deck.requests(db.session, listing),
        offers=[
            (row, together.name_of(row.to, known=False)) for row in deck.offers(db.session, listing)
        ],
        others=[
            (row.ref, together.name_of(row, known=False))
            for row in investors.others(db.session, actor, beside=listing)
        ],
        days=ACCESS_DAYS,
        limit=current_app.config["SETTINGS"].upload_limit_mb,
        values=request.form,
        errors=errors or {},
    ), status


@bp.post("/listings/<ref>/deck")
@permit("listing.keep_deck", subject=True)
def put(ref):
    """Whether the listing takes a deck is asked before the long look at the file, and after."""
    require("listing.keep_deck", listings.by_ref(db.session, ref))
    db.session.rollback()
    upload = request.files.get("file")
    name, content = (upload.filename or "", upload.read()) if upload else ("", b"")
    try:
        file = deck.checked(name, content, scan=scanner())
        listing = listings.by_ref(db.session, ref)
        actor = require("listing.keep_deck", listing)
        before = deck.put(db.session, listing, file, folder=folder(), actor=actor, now=utcnow())
    except Invalid as error:
        db.session.rollback()
        listing = listings.by_ref(db.session, ref)
        actor = require("listing.keep_deck", listing)
        return _page(listing, actor, messages(error), error.status)
    commit()
    if before is not None:
        attachments.erase(before, folder())
    flash(_("Đã lưu hồ sơ gọi vốn. Chưa ai xem được cho tới khi bạn đồng ý."), "good")
    return redirect(url_for(".keep", ref=ref))


@bp.post("/listings/<ref>/deck/remove")
@permit("listing.keep_deck", subject=True)
def take_away(ref):
    listing = listings.by_ref(db.session, ref)
    actor = require("listing.keep_deck", listing)
    gone = deck.take_away(db.session, listing, actor=actor, now=utcnow())
    commit()
    if gone is not None:
        attachments.erase(gone, folder())
    flash(_("Đã gỡ hồ sơ gọi vốn. Không ai mở được nữa."), "good")
    return redirect(url_for(".keep", ref=ref))


@bp.post("/listings/<ref>/deck/offer")
@permit("listing.keep_deck", subject=True)
def offer(ref):
    listing = listings.by_ref(db.session, ref)
    actor, values = require("listing.keep_deck", listing), typed()
    to = investors.reachable(db.session, actor, values.get("to", ""), beside=listing)
    try:
        deck.offer(db.session, listing, to, values.get("days", ""), actor=actor, now=utcnow())
    except DomainError as error:
        db.session.rollback()
        listing = listings.by_ref(db.session, ref)
        beside = messages(error) if isinstance(error, Invalid) else {"to": [words(error)]}
        return _page(listing, actor, beside, error.status)
    commit()
    flash(_("Đã mời. Ai nhận xem sẽ ký cam kết giữ kín rồi mới mở được."), "good")
    return redirect(url_for(".keep", ref=ref))


# --- The offer, as both sides see it -------------------------------------------------------------
@bp.get("/deck-offers/<key>")
@permit("deck.view", subject=True)
def offered(key):
    row = deck.by_key(db.session, key)
    actor = require("deck.view", row)
    if not allowed("deck.take", actor, row):
        return redirect(url_for(".keep", ref=row.listing.ref))
    page = teaser.of_listing(db.session, actor, row.listing, only_public=True)
    return render_template(
        "investing/offer.html",
        row=row,
        page=page,
        said=said(page),
        request_of_mine=next(
            (
                each for each in confidential.standing_of(db.session, row.listing, actor)
                if each.attachment is not None and each.attachment.deck
            ),
            None,
        ),
    )  # fmt: skip


@bp.post("/deck-offers/<key>/<any(take,decline,withdraw):step>")
@permit("deck.*", subject=True)
def settle(key, step):
    row = deck.by_key(db.session, key)
    actor, province = require(f"deck.{step}", row), current_app.config["SETTINGS"].province
    if step == "take":
        made = deck.take(
            db.session, row, organisation=_house(row.to, actor),
            text=confidential.nda.latest(province.folder), province=province, actor=actor,
            now=utcnow(),
        )  # fmt: skip
        commit()
        flash(_("Còn một bước: đọc và ký cam kết giữ kín."), "good")
        return redirect(url_for("confidential.show", key=made.key))
    deck.move(db.session, row, step, actor=actor, now=utcnow())
    commit()
    flash(_(DECK.step(step).done) + ".", "good")
    if step == "withdraw":
        return redirect(url_for(".keep", ref=row.listing.ref))
    return redirect(url_for(".index"))


def _house(investor, actor):
    """The organisation that promises with the reader: the investor's own."""
    return next(
        (
            row.organisation for row in organisations.mine(db.session, actor)
            if row.state == "active" and row.organisation_id == investor.organisation_id
        ),
        None,
    )  # fmt: skip
