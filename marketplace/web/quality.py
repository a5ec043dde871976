"""How good the suggestions are: for the head of the desk, and two pages for everybody that say
what the machine does. Leaders read the figures; the records behind them are the lead's."""

import csv
import io

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask_babel import format_decimal
from flask_babel import gettext as _

from marketplace.domain.errors import N_, NotFound
from marketplace.domain.permissions import allowed
from marketplace.domain.vocabulary import PAIR_TYPES
from marketplace.domain.workflow import MATCH
from marketplace.models import db, utcnow
from marketplace.services import model_card, orders
from marketplace.services.exports.formats import DELIMITER, safe
from marketplace.services.learning import versions
from marketplace.services.listings.numbers import LOCAL
from marketplace.services.quality import coverage, landscape, measures, pace, verdicts
from marketplace.services.visibility import listing_rows
from marketplace.web import charts, terrain
from marketplace.web.access import current_actor, permit
from marketplace.web.presentation import day, kind_name

bp = Blueprint("quality", __name__)


@bp.context_processor
def words():
    """How these pages write numbers."""
    return {
        "percent": charts.percent,
        "interval": charts.interval,
        "decimal": lambda value: "–" if value is None else _number(value),
        "days_of": lambda value: "–" if value is None else format_decimal(value, "0.#"),
        "ranker_words": _ranker,
        "step_title": lambda step: _(MATCH.steps[step].done),
        "set_name": lambda name: _(SETS[name]) if name in SETS else _sample_set(name),
    }


# Sets of benchmarks.matching -> what they are, for who does not know them.
SETS = {
    "xquad_vi": N_("Câu hỏi tiếng Việt, đoạn văn tiếng Việt (XQuAD)"),
    "xquad_en2vi": N_("Câu hỏi tiếng Anh, đoạn văn tiếng Việt (XQuAD)"),
    "xquad_vi2en": N_("Câu hỏi tiếng Việt, đoạn văn tiếng Anh (XQuAD)"),
    "ntrex_vi2en": N_("Câu tiếng Việt và bản dịch tiếng Anh (NTREX)"),
    "sbir_need_offer": N_("Đề bài của cơ quan và dự án được chọn, văn bản dài tiếng Anh (SBIR)"),
}


def _sample_set(name: str) -> str:
    """`sample:need-offer`: a pair type of the labelled sample; any other name as it is."""
    pair = name.removeprefix("sample:")
    if pair not in PAIR_TYPES:
        return name
    return _("Cặp mẫu: %(pair)s", pair=_(PAIR_TYPES[pair][2]))


PAGE = 25
_STEPS = ", ".join(step for step in MATCH.steps if step not in pace.LEFT_OUT)
_LISTS = ", ".join(coverage.LISTS)
_KINDS = ", ".join((*coverage.ASKING, *coverage.ANSWERING))


@bp.get("/desk/quality")
@permit("quality.read")
def index():
    judged = verdicts.judged(db.session)
    weeks = dict(list(verdicts.by_week(judged).items())[-verdicts.WEEKS :])
    bins = verdicts.calibration(judged)
    opens = allowed("quality.records", current_actor())
    return render_template(
        "quality/index.html",
        opens=opens,
        precision=verdicts.precision(judged),
        judged=len(judged),
        first=verdicts.FIRST,
        weeks=charts.trend(weeks, _verdicts_url(opens, "week")),
        by_pair=verdicts.by(judged, lambda each: each.pair_type),
        by_version=verdicts.by(judged, lambda each: each.version),
        declared=verdicts.DECLARED,
        rankers=[each for each in versions(db.session) if each.activated_at],
        bins=charts.reliability(bins, _verdicts_url(opens, "bin", first=None)),
        error=measures.calibration_error(bins),
        asking=coverage.asking(db.session),
        answering=coverage.answering(db.session),
        steps=pace.medians(pace.taken(db.session)),
        land=_land() if opens else None,
    )


def _verdicts_url(opens: bool, name: str, **more):
    """The address of the verdicts behind a point of a figure; none for who may not read them."""
    kept = {"first": "1"} | more
    return lambda value: url_for(".verdict_list", **{name: value}, **kept) if opens else ""


def _land():
    """The map with what is missing for each group, for who reads all records."""
    actor = current_actor()
    found = landscape.read(db.session, _folder(), actor)
    if found is None:
        return None
    best = landscape.closest_matches(
        db.session, [need for cluster in found.clusters for need in cluster.needs]
    )
    return {
        "clusters": [
            (cluster, terrain.missing([best.get(need.id) for need in cluster.needs], actor))
            for cluster in found.clusters
        ],
        "drafted": orders.drafted(
            db.session, [need for cluster in found.clusters for need in cluster.needs]
        ),
        "figure": terrain.drawn(found),
        "made_at": found.made_at,
    }


def _folder():
    return current_app.extensions["engines"].folder


@bp.get("/desk/quality/verdicts")
@permit("quality.records")
def verdict_list():
    """The judged suggestions behind a figure, the latest first."""
    wanted = {
        name: request.args[name] for name in verdicts.NARROWED if request.args.get(name, "") != ""
    }
    rows = verdicts.narrowed(verdicts.judged(db.session), wanted)
    page, pages = _page(len(rows))
    shown = rows[(page - 1) * PAGE : page * PAGE]
    pairs = verdicts.pairs(db.session, [each.match_id for each in shown])
    return render_template(
        "quality/verdicts.html",
        rows=[(each, pairs[each.match_id]) for each in shown],
        total=len(rows),
        share=measures.share(each.relevant for each in rows),
        wanted=wanted,
        narrowed=_narrowed_words(wanted),
        page=page,
        pages=pages,
    )


def _narrowed_words(wanted) -> list[str]:
    """What the list is narrowed by, for its heading."""
    words = {
        "week": lambda v: _("tuần từ %(day)s", day=_day(v)),
        "pair": lambda v: _(PAIR_TYPES[v][2]) if v in PAIR_TYPES else v,
        "model": lambda v: _("bản máy %(name)s", name=v),
        "ranker": _ranker,
        "bin": lambda v: _("máy nói %(range)s", range=charts.range_of(v)),
        "right": lambda v: _("phù hợp") if v == "1" else _("không phù hợp"),
        "first": lambda v: (
            _("trong %(n)s gợi ý đầu", n=verdicts.FIRST)
            if v == "1"
            else _("sau %(n)s gợi ý đầu", n=verdicts.FIRST)
        ),
    }
    return [words[name](value) for name, value in wanted.items()]


def _ranker(name: str) -> str:
    """What ordered a suggestion above the encoder, in words."""
    if name in ("", verdicts.DECLARED):
        return _("trọng số khai báo")
    pair, _space, number = name.rpartition(" ")
    words = _(PAIR_TYPES[pair][2]) if pair in PAIR_TYPES else pair
    return _("học từ đánh giá, %(pair)s, bản %(number)s", pair=words, number=number)


def _day(value: str) -> str:
    try:
        return day(value)
    except ValueError:
        return value


def _page(total: int) -> tuple[int, int]:
    pages = max(1, -(-total // PAGE))
    return min(pages, max(1, request.args.get("page", 1, type=int) or 1)), pages


@bp.get(f"/desk/quality/steps/<any({_STEPS}):step>")
@permit("quality.records")
def step_list(step):
    """The pairs that took a step, the slowest first."""
    rows = [each for each in pace.taken(db.session) if each.step == step]
    page, pages = _page(len(rows))
    shown = rows[(page - 1) * PAGE : page * PAGE]
    pairs = verdicts.pairs(db.session, [each.match_id for each in shown])
    return render_template(
        "quality/steps.html",
        step=MATCH.steps[step],
        rows=[(each, pairs[each.match_id]) for each in shown],
        total=len(rows),
        median=measures.median([each.days for each in rows]),
        page=page,
        pages=pages,
    )


@bp.get(f"/desk/quality/<any({_LISTS}):name>/<any({_KINDS}):kind>")
@permit("quality.records")
def listing_list(name, kind):
    """Published listings that have, or have not, a good suggestion."""
    kinds, served = coverage.LISTS[name]
    if kind not in kinds:
        raise NotFound
    rows = coverage.listings(db.session, name, kind, listing_rows(current_actor()))
    page, pages = _page(len(rows))
    return render_template(
        "quality/listings.html",
        rows=rows[(page - 1) * PAGE : page * PAGE],
        total=len(rows),
        name=name,
        kind=kind,
        asks=kinds is coverage.ASKING,
        served=served,
        page=page,
        pages=pages,
    )


@bp.get("/desk/quality/figures.csv")
@permit("quality.read")
def export():
    """Every figure of the page in one table: what, of what, value, interval, how many."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=DELIMITER, lineterminator="\r\n")
    writer.writerow(
        [_("Số liệu"), _("Của"), _("Giá trị"), _("Từ"), _("Đến"), _("Dựa trên bao nhiêu")]
    )
    for row in _table():
        writer.writerow([safe(each) if isinstance(each, str) else each for each in row])
    local = utcnow().astimezone(LOCAL)
    name = f"{current_app.config['SETTINGS'].province.slug}-quality-{local:%Y%m%d}.csv"
    return Response(
        out.getvalue().encode("utf-8-sig"),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _table():
    judged = verdicts.judged(db.session)
    precision = _("Tỷ lệ phù hợp trong %(n)s gợi ý đầu", n=verdicts.FIRST)
    groups = [(_("Tất cả"), verdicts.precision(judged))]
    groups += [
        (_("tuần từ %(day)s", day=day(week)), s) for week, s in verdicts.by_week(judged).items()
    ]
    groups += [
        (_(PAIR_TYPES[pair][2]), s)
        for pair, s in verdicts.by(judged, lambda each: each.pair_type).items()
    ]
    groups += [
        (f"{model} · {_ranker(ranker)}", s)
        for (model, ranker), s in verdicts.by(judged, lambda each: each.version).items()
    ]
    for words, share in groups:
        yield _share(precision, words, share)
    for each in verdicts.calibration(judged):
        yield _share(_("Giữ lại khi máy nói"), charts.range_of(each.number), each.found)
    for kind, share in coverage.asking(db.session).items():
        yield _share(_("Có ít nhất một gợi ý phù hợp"), kind_name(kind, many=True), share)
    for kind, each in coverage.answering(db.session).items():
        words = kind_name(kind, many=True)
        yield _share(_("Từng được gợi ý"), words, each.shown)
        yield [_("Hệ số Gini của số lần được gợi ý"), words, _number(each.gini), "", "",
               each.shown.n]  # fmt: skip
        yield [_("Phần của một phần mười được gợi ý nhiều nhất"), words, _number(each.top_tenth),
               "", "", each.shown.n]  # fmt: skip
    for step, (days, count) in pace.medians(pace.taken(db.session)).items():
        yield [_("Số ngày ở giữa, tới bước"), _(MATCH.steps[step].done), _number(days), "", "",
               count]  # fmt: skip


def _share(what, words, share):
    return [what, words, _number(share.value), _number(share.low), _number(share.high), share.n]


def _number(value) -> str:
    return "" if value is None else format_decimal(value, "0.###")


# --- For everybody -----------------------------------------------------------------------------
@bp.get("/ai")
@permit("page.open")
def notice():
    return render_template("quality/notice.html")


@bp.get("/ai/model")
@permit("page.open")
def card():
    return render_template("quality/card.html", card=model_card.read())
