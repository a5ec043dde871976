"""Searches people keep: the list of one's own, the end of their mails, and feeds.

What is saved comes in the address, read as the search page reads it (`find.asked`)."""

import re

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.domain.errors import InvalidForm
from marketplace.domain.saved_searches import FREQUENCIES, LONGEST_NAME, MOST
from marketplace.models import db, utcnow
from marketplace.services import indexing, mails, saved_searches
from marketplace.services.accounts import actor_of
from marketplace.web import find
from marketplace.web.access import commit, current_actor, current_user_row, permit, require
from marketplace.web.forms import messages, typed
from marketplace.web.language import language
from marketplace.web.presentation import ProvinceWords
from marketplace.web.security import csrf, limiter

bp = Blueprint("saved", __name__)

# What XML 1.0 has no way to say; a query in an address may hold it.
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def parts(query) -> dict:
    """A query as the parts of an address."""
    chosen = {name: sorted(values) for name, values in sorted(query.filters.items())}
    return {"q": query.text, **chosen} if query.text else chosen


def name_of(query) -> str:
    """The search in words: what was typed, then the filters."""
    words = [query.text] if query.text else []
    for facet in indexing.FACETS:
        words += [find.words_of(facet, each) for each in sorted(query.filters.get(facet, ()))]
    name = " · ".join(words) or _("Mọi tin mới")
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1].rstrip() + "…"


def frequencies() -> list[tuple[str, str]]:
    return [(value, _(words)) for value, words in FREQUENCIES.items()]


# --- One's own -----------------------------------------------------------------------------------
@bp.get("/me/searches")
@permit("search.save")
def mine():
    return _mine({}, {})


def _mine(errors, values, of="", status=200):
    """The page of all; what was typed for the one with key `of` and its faults are kept."""
    actor = current_actor()
    rows = saved_searches.of_user(db.session, actor.id)
    return render_template(
        "saved/mine.html",
        searches=[
            (row, name_of(saved_searches.query_of(row)), saved_searches.feed_path(row))
            for row in rows
        ],
        news=saved_searches.since_last_look(db.session, actor, rows),
        frequencies=frequencies(),
        most=MOST,
        errors=errors,
        values=values,
        of=of,
        full_address=lambda path: mails.link(path, language()),
    ), status


@bp.get("/me/searches/new")
@permit("search.save")
def new():
    query = find.asked()
    return _new(query, {"name": name_of(query), "frequency": next(iter(FREQUENCIES))}, {})


def _new(query, values, errors, status=200):
    return render_template(
        "saved/new.html",
        query=query,
        says=name_of(query),
        action=url_for(".save", **parts(query)),
        back=url_for("find.search", **parts(query)),
        frequencies=frequencies(),
        values=values,
        errors=errors,
    ), status


@bp.post("/me/searches")
@permit("search.save")
def save():
    query, values = find.asked(), typed()
    actor, user = current_actor(), current_user_row()
    if saved_searches.same(db.session, user.id, query.text, query.filters) is not None:
        flash(_("Bạn đã lưu tìm kiếm này rồi."), "info")
        return redirect(url_for(".mine"))
    try:
        saved_searches.save(
            db.session,
            user,
            query.text,
            query.filters,
            name=values.get("name", ""),
            frequency=values.get("frequency", ""),
            after=_seen_until(),
            actor=actor,
            now=utcnow(),
        )
    except InvalidForm as error:
        db.session.rollback()
        return _new(query, values, messages(error), error.status)
    commit()
    flash(_("Đã lưu tìm kiếm. Tin mới đúng với tìm kiếm này sẽ được báo cho bạn."), "good")
    return redirect(url_for(".mine"))


def _seen_until() -> int:
    """The last change the results this person looked at had followed."""
    search = current_app.extensions["engines"].search
    if search.needs_rebuild():
        return indexing.last_change(db.session)
    return search.position


@bp.post("/me/searches/<key>/change")
@permit("search.keep", subject=True)
def change(key):
    row = saved_searches.by_key(db.session, key)
    actor, values = require("search.keep", row), typed()
    try:
        saved_searches.change(
            db.session,
            row,
            name=values.get("name", ""),
            frequency=values.get("frequency", ""),
            actor=actor,
            now=utcnow(),
        )
    except InvalidForm as error:
        db.session.rollback()
        return _mine(messages(error), values, key, error.status)
    commit()
    flash(_("Đã lưu thay đổi."), "good")
    return redirect(url_for(".mine"))


@bp.post("/me/searches/<key>/run")
@permit("search.keep", subject=True)
def run(key):
    """Show what there is now; from here on only later listings are news."""
    row = saved_searches.by_key(db.session, key)
    actor = require("search.keep", row)
    saved_searches.look(db.session, row, actor=actor, now=utcnow())
    target = url_for("find.search", sort="newest", **parts(saved_searches.query_of(row)))
    commit()
    return redirect(target, 303)


@bp.post("/me/searches/<key>/stop")
@permit("search.keep", subject=True)
def stop(key):
    row = saved_searches.by_key(db.session, key)
    actor = require("search.keep", row)
    saved_searches.stop(db.session, [row], actor=actor, now=utcnow())
    commit()
    flash(_("Không gửi thư về tìm kiếm này nữa."), "good")
    return redirect(url_for(".mine"))


@bp.post("/me/searches/<key>/delete")
@permit("search.keep", subject=True)
def delete(key):
    row = saved_searches.by_key(db.session, key)
    actor = require("search.keep", row)
    saved_searches.delete(db.session, row, actor=actor, now=utcnow())
    commit()
    flash(_("Đã xóa tìm kiếm."), "good")
    return redirect(url_for(".mine"))


@bp.post("/me/searches/<key>/new-feed")
@permit("search.keep", subject=True)
def new_feed(key):
    row = saved_searches.by_key(db.session, key)
    actor = require("search.keep", row)
    saved_searches.new_feed(db.session, row, actor=actor, now=utcnow())
    commit()
    flash(_("Nguồn tin có địa chỉ mới. Địa chỉ cũ không dùng được nữa."), "good")
    return redirect(url_for(".mine"))


# --- The end of mails, without signing in --------------------------------------------------------
@bp.get("/stop/<token>")
@permit("page.open")
@limiter.limit("30/minute")
def stop_page(token):
    """One button: programs that open every link of a mail press none."""
    _user, rows, everything = saved_searches.to_stop(db.session, token)
    return _stop_page(token, rows, everything)


def _stop_page(token, rows, everything, done=False):
    return render_template(
        "saved/stop.html",
        token=token,
        names=[row.name for row in rows],
        everything=everything,
        done=done or all(row.frequency == "site" for row in rows),
    )


@bp.post("/stop/<token>")
@permit("page.open")
@csrf.exempt  # mail programs press it for their reader (RFC 8058); the token is the right
@limiter.limit("30/minute")
def stop_by_link(token):
    user, rows, everything = saved_searches.to_stop(db.session, token)
    saved_searches.stop(db.session, rows, actor=actor_of(user), now=utcnow(), channel="link")
    commit()
    return _stop_page(token, rows, everything, done=True)


# --- Feeds ---------------------------------------------------------------------------------------
@bp.get("/find/feed.atom")
@permit("page.open")
@limiter.limit("30/minute")
def public_feed():
    """The newest listings of any search, as a guest finds them."""
    query = find.asked()
    address = url_for(".public_feed", **parts(query))
    name = "find/" + address.partition("?")[2]  # the same search is the same feed
    return _feed(query, name_of(query), name, address)


@bp.get("/feed/<token>.atom")
@permit("page.open")
@limiter.limit("30/minute")
def private_feed(token):
    row = saved_searches.of_feed(db.session, token)
    address = url_for(".private_feed", token=token)
    return _feed(saved_searches.query_of(row), row.name, f"search/{row.key}", address)


def _feed(query, title, name, address):
    """An Atom feed (RFC 4287). Its ids are names (RFC 4151), not addresses: those may change."""
    province = current_app.config["SETTINGS"].province
    entries = saved_searches.entries(db.session, current_app.extensions["engines"], query)
    updated = max((each.updated for each in entries), default=saved_searches.EMPTY)
    text = render_template(
        "saved/feed.xml",
        title=title,
        name=name,
        authority=f"{province.host},2026",
        address=_full(address),
        alternate=_full(url_for("find.search", **parts(query))),
        exchange=ProvinceWords(province).exchange_name,
        entries=entries,
        updated=updated,
        full_address=lambda ref: mails.link(f"/listings/{ref}", language()),
    )
    response = current_app.response_class(
        NOT_XML.sub("", text), content_type="application/atom+xml; charset=utf-8"
    )
    response.last_modified = updated
    response.add_etag()
    return response.make_conditional(request)


def _full(address: str) -> str:
    return mails.link(address.removeprefix("/en"), language())
