"""The desk's deals, by what they wait for, and what all of them amount to."""

from flask import render_template, request
from flask_babel import gettext as _

from marketplace.domain.deals import FEWEST_SUMMED
from marketplace.domain.errors import N_
from marketplace.models import db, utcnow
from marketplace.services import figures
from marketplace.services.deals import figures as outcomes
from marketplace.services.deals import queues
from marketplace.web.access import current_actor, permit
from marketplace.web.deals import bp
from marketplace.web.forms import page_number

PAGE = 25
# queue -> its name
NAMES = {
    "documents": N_("Giấy tờ chờ đối chiếu"),
    "unconfirmed": N_("Báo ký, chưa ai xác nhận"),
    "silent": N_("Im lặng từ 21 ngày"),
    "follow_ups": N_("Quá hạn hỏi kết quả"),
    "called": N_("Nhờ cán bộ vào xem"),
    "all": N_("Tất cả"),
}


@bp.get("/desk/deals")
@permit("desk.open")
def queue():
    actor, now, page = current_actor(), utcnow(), page_number()
    counts = queues.counts(db.session, actor=actor, now=now)
    name = request.args.get("queue", "")
    if name not in NAMES:
        name = next((each for each in NAMES if counts[each]), "all")
    return render_template(
        "deals/queue.html",
        rows=queues.queue(
            db.session, name, actor=actor, now=now, offset=(page - 1) * PAGE, limit=PAGE
        ),
        name=name,
        names={each: _(words) for each, words in NAMES.items()},
        counts=counts,
        page=page,
        pages=-(-counts[name] // PAGE),
    )


@bp.get("/desk/deals/figures")
@permit("deal.sums")
def sums():
    return render_template(
        "deals/figures.html",
        years=outcomes.by_year(db.session),
        done=figures.exchange(db.session),
        fewest=FEWEST_SUMMED,
    )
