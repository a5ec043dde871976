"""A mentor's hours of a year, the certificate of them, and the public page that says whether a
certificate holds."""

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.domain.errors import NotFound
from marketplace.models import db, utcnow
from marketplace.services.listings.numbers import LOCAL
from marketplace.services.mentoring import certificates, figures, paper, reading
from marketplace.web.access import commit, current_actor, permit
from marketplace.web.attachments import saved
from marketplace.web.mentoring import bp
from marketplace.web.security import limiter

FIRST_YEAR = 2020


def asked_year() -> int:
    """The year of the address or the form; this one where none is sensible."""
    this = utcnow().astimezone(LOCAL).year
    return min(max(request.values.get("year", this, type=int) or this, FIRST_YEAR), this)


@bp.get("/me/mentoring/hours")
@permit("account.manage")
def hours():
    actor, year = current_actor(), asked_year()
    this = utcnow().astimezone(LOCAL).year
    held = figures.held_by(db.session, actor.id, *figures.period(year))
    return render_template(
        "mentoring/hours.html",
        year=year,
        years=range(this, this - 3, -1),
        held=held,
        minutes=sum(each.minutes_held for each in held),
        listings=reading.listings_of(db.session, actor),
        ratings=[
            (each, reading.rating_of(db.session, each))
            for each in reading.listings_of(db.session, actor)
        ],
        certificates=[
            (row, certificates.holds(db.session, row))
            for row in certificates.of_user(db.session, actor)
        ],
    )


@bp.post("/me/mentoring/hours")
@permit("account.manage")
def certify():
    row = certificates.make(db.session, asked_year(), actor=current_actor(), now=utcnow())
    commit()
    flash(_("Đã cấp giấy số %(number)s. Tên bạn hiện ở trang tra cứu.", number=row.number), "good")
    return redirect(url_for(".hours", year=row.year))


@bp.get("/me/mentoring/certificates/<certificate>.pdf")
@permit("account.manage")
def sheet(certificate):
    row = certificates.by_key(db.session, certificate)
    if row.user_id != current_actor().id:
        raise NotFound
    settings = current_app.config["SETTINGS"]
    issuer = paper.Issuer(
        exchange=settings.province.exchange_name,
        centre=settings.province.centre_name,
        place=settings.province.short,
        address=settings.base_url + url_for(".verify", certificate=row.key),
    )
    sent: Response = saved(paper.pdf(row, issuer), "application/pdf", f"{row.number}.pdf")
    return sent


@bp.get("/certificates/mentoring/<certificate>")
@permit("page.open")
@limiter.limit("60/minute")
def verify(certificate):
    row = certificates.by_key(db.session, certificate)
    return render_template(
        "mentoring/verify.html",
        row=row,
        holds=certificates.holds(db.session, row),
        hours=paper.hours(row.minutes),
    )
