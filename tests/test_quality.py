"""The quality page: what it counts, whom it shows it to, and that every figure opens."""

import csv
import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import true

from marketplace.models import Match, MatchEvent, RankerVersion, utcnow
from marketplace.services.quality import coverage, landscape, measures, pace, verdicts
from matching.cache import EmbeddingCache
from matching.encoders import HashingEncoder
from matching.index import PassageIndex
from matching.ranker import Matcher
from matching.records import Record

MODEL = "hashing-1"
NOW = utcnow().replace(microsecond=0)


# --- Arithmetic ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    # Wilson's interval as in Brown, Cai and DasGupta (2001) and common tables.
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), 
     (81, 263, 0.2553, 0.3662)],
)  # fmt: skip
def test_wilson(hits, n, low, high):
    share = measures.Share(hits, n)
    assert (share.low, share.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
    assert share.low <= share.value <= share.high


def test_nothing_known_is_anything_possible():
    share = measures.Share(0, 0)
    assert (share.value, share.percent, share.low, share.high) == (None, None, 0.0, 1.0)


def test_gini_and_the_top_tenth():
    assert measures.gini([3, 3, 3, 3]) == pytest.approx(0)
    assert measures.gini([0, 0, 0, 8]) == pytest.approx(0.75)
    assert measures.of_top_tenth([1] * 19 + [20]) == pytest.approx(21 / 39)
    assert measures.gini([0, 0]) is None
    assert measures.of_top_tenth([]) is None


def test_a_probability_that_keeps_its_word_has_no_error():
    true = [(0.25, True), (0.25, False), (0.25, False), (0.25, False)]
    assert measures.calibration_error(measures.reliability(true)) == pytest.approx(0)
    boasting = [(0.95, False), (0.95, False)]
    assert measures.calibration_error(measures.reliability(boasting)) == pytest.approx(0.95)
    assert measures.calibration_error([]) is None
    assert [each.number for each in measures.reliability([(1.0, True), (0.0, False)])] == [0, 9]


# --- Verdicts -----------------------------------------------------------------------------------
@pytest.fixture
def pairs(make, session):
    """pairs(need, (score, "step reason step"), ...): suggestions of one need with histories."""

    def made(*stories, need=None, **over):
        need = need or make.listing("need")
        rows = []
        for score, story, *when in stories:
            match = make.match(
                need, make.listing("offer"), score=score, model=MODEL,
                created_at=NOW - timedelta(days=60), **over,
            )  # fmt: skip
            at = when[0] if when else NOW - timedelta(days=1)
            for line in filter(None, story.split(",")):
                step, _space, reason = line.strip().partition(" ")
                session.add(
                    MatchEvent(match_id=match.id, at=at, step=step, state="kept", reason=reason)
                )
                at += timedelta(days=2)
            rows.append(match)
        make.save(rows[0])
        return rows

    return made


def test_precision_counts_what_says_something_among_the_first_five(session, pairs):
    pairs(
        (0.9, "keep"),
        (0.8, "dismiss wrong_problem"),
        (0.7, "dismiss duplicate"),  # says nothing
        (0.6, ""),  # nobody looked
        (0.5, "later, dismiss price"),
        (0.4, "keep"),  # the sixth
    )
    rows = verdicts.judged(session)
    assert len(rows) == 4
    assert verdicts.precision(rows) == measures.Share(1, 3)
    assert {(each.rank, each.relevant) for each in rows} == {
        (1, True), (2, False), (5, False), (6, True),
    }  # fmt: skip


def test_a_rank_is_that_of_the_time_of_the_verdict(session, pairs):
    """A listing that came later with a better score moves nothing out of the first five."""
    pairs((0.5, "keep"), place=3)
    rows = verdicts.judged(session)
    assert [each.rank for each in rows] == [3]
    pairs(*[(0.9 - at / 100, "") for at in range(6)], need=session.get(Match, rows[0].match_id).a)
    assert [each.rank for each in verdicts.judged(session)] == [3]


def test_a_pair_a_rule_forbids_is_said_no_probability_of(session, pairs):
    pairs((0.9, "keep"), (0.2, "dismiss price"))
    pairs((0.2, "keep"), features={"failed_hard": 1.0})
    rows = verdicts.judged(session)
    assert [each.found for each in verdicts.calibration(rows)] == [
        measures.Share(0, 1), measures.Share(1, 1),
    ]  # fmt: skip
    assert len(verdicts.narrowed(rows, {"bin": "2"})) == 1


def test_ranks_are_counted_for_each_asking_listing_and_pair_type(session, pairs, make):
    pairs(*[(0.9 - at / 10, "keep") for at in range(5)])
    (other,) = pairs((0.1, "keep"))
    expert = make.match(other.a, make.listing("expert"), score=0.05, model=MODEL)
    make.save(MatchEvent(match_id=expert.id, at=NOW, step="keep", state="kept"))
    assert verdicts.precision(verdicts.judged(session)) == measures.Share(7, 7)


def test_what_people_put_together_is_no_suggestion(session, make):
    match = make.match(make.listing("need"), make.listing("offer"), origin="eoi", model="")
    make.save(MatchEvent(match_id=match.id, at=NOW, step="express", state="first_accepted"))
    assert verdicts.judged(session) == []


def test_an_undone_verdict_is_none_and_a_later_step_keeps_the_week(session, pairs):
    then = NOW - timedelta(days=21)
    pairs((0.9, "keep, undo", then), (0.8, "keep, propose_first, accept_first", then))
    (row,) = verdicts.judged(session)
    assert row.at == then
    assert row.week.weekday() == 0
    assert 0 <= (then.date() - row.week).days <= 7


def test_weeks_without_verdicts_are_shown_empty(session, pairs):
    pairs((0.9, "keep", NOW - timedelta(days=21)), (0.8, "dismiss location", NOW))
    weeks = verdicts.by_week(verdicts.judged(session))
    assert [share.n for share in weeks.values()] == [1, 0, 0, 1]
    gaps = {(b - a).days for a, b in zip(weeks, list(weeks)[1:], strict=False)}
    assert gaps == {7}


def test_every_figure_and_its_list_count_the_same(session, pairs):
    pairs(*[(0.95 - at / 10, "keep" if at % 2 else "dismiss wrong_scale") for at in range(7)])
    rows = verdicts.judged(session)
    for value, share in verdicts.by(rows, lambda each: each.pair_type).items():
        assert len(verdicts.narrowed(rows, {"pair": value, "first": "1"})) == share.n
    for (model, ranker), share in verdicts.by(rows, lambda each: each.version).items():
        wanted = {"model": model, "ranker": ranker or verdicts.DECLARED, "first": "1"}
        assert len(verdicts.narrowed(rows, wanted)) == share.n
    for week, share in verdicts.by_week(rows).items():
        assert len(verdicts.narrowed(rows, {"week": week.isoformat(), "first": "1"})) == share.n
    for each in verdicts.calibration(rows):
        assert len(verdicts.narrowed(rows, {"bin": str(each.number)})) == each.found.n
    assert verdicts.narrowed(rows, {"week": "nonsense"}) == []


def test_a_learned_order_is_a_version_of_its_own(session, pairs):
    pairs((0.9, "keep"), (0.8, "dismiss wrong_scale"))
    pairs((0.7, "keep"), (0.6, "keep"), ranker="need-offer 2")
    found = verdicts.by(verdicts.judged(session), lambda each: each.version)
    assert found == {
        (MODEL, ""): measures.Share(1, 2),
        (MODEL, "need-offer 2"): measures.Share(2, 2),
    }


# --- Coverage and pace --------------------------------------------------------------------------
def test_coverage_counts_published_listings_with_a_good_suggestion(session, make, pairs):
    (match,) = pairs((0.9, ""))
    pairs((0.1, ""), level="weak")
    pairs((0.9, ""), current=False)
    make.listing("need", state="draft")
    assert coverage.asking(session)["need"] == measures.Share(1, 3)
    offers = coverage.answering(session)["offer"]
    assert offers.shown == measures.Share(2, 3)  # ever shown: the outdated one had its chance
    assert offers.top_tenth == pytest.approx(0.5)
    listed = coverage.listings(session, "covered", "need", true())
    assert [listing for listing, _times in listed] == [match.a]
    assert len(coverage.listings(session, "uncovered", "need", true())) == 2


def test_days_are_counted_from_the_step_before(session, pairs):
    then = NOW - timedelta(days=50)  # ten days after the suggestion
    pairs((0.9, "keep, propose_first", then), (0.8, "keep, undo", then - timedelta(days=4)))
    assert pace.medians(pace.taken(session)) == {"keep": (8.0, 2), "propose_first": (2.0, 1)}


# --- The map ------------------------------------------------------------------------------------
@pytest.fixture
def vectors(tmp_path, session):
    """vectors(listings): an index over them, as the worker leaves it."""

    def made(listings):
        encoder = HashingEncoder()
        index = PassageIndex(encoder.name, encoder.dimensions)
        with_cache = Matcher(encoder, index, EmbeddingCache(tmp_path / "cache.sqlite"))
        with_cache.add_all(
            [
                Record(each.ref, each.kind, {"title": each.title, "problem": each.title})
                for each in listings
            ]
        )  # fmt: skip
        index.save(tmp_path / "vectors")
        return tmp_path / "vectors"

    return made


@pytest.fixture
def land(make):
    unmet = [
        make.listing("need", title_vi=title, unmet_since=NOW - timedelta(days=3 - at))
        for at, title in enumerate(
            ("Máy sấy bơm nhiệt cho long nhãn", "Sấy long nhãn bằng bơm nhiệt", "Ấp trứng gà")
        )
    ]
    offers = ("Máy sấy bơm nhiệt", "Robot hàn khung xe kéo", "Bản đồ số di tích", "Vá lưới đánh cá",
              "Đo độ mặn cửa sông", "Hồ sơ bệnh án điện tử", "Phân loại trứng vịt")  # fmt: skip
    rest = [make.listing("offer", title_vi=title) for title in offers]
    return unmet, [*rest, make.listing("need")]


def test_the_map_is_made_once_for_each_state_of_the_index(session, make, land, vectors, tmp_path):
    unmet, rest = land
    where = vectors([*unmet, *rest])
    assert landscape.refresh(session, tmp_path, where, now=NOW)
    assert not landscape.refresh(session, tmp_path, where, now=NOW)
    unmet[2].unmet_since = None
    make.save(unmet[2])
    assert landscape.refresh(session, tmp_path, where, now=NOW)


def test_a_reader_sees_only_what_is_published_and_theirs_to_see(
    session, make, land, vectors, tmp_path
):
    unmet, rest = land
    landscape.refresh(session, tmp_path, vectors([*unmet, *rest]), now=NOW)
    from marketplace.services.accounts import actor_of

    lead = actor_of(make.user(role="lead"))
    whole = landscape.read(session, tmp_path, lead)
    assert {len(each.needs) for each in whole.clusters} == {1, 2}
    assert len(whole.places) == len(unmet) + len(rest)
    unmet[0].state = "withdrawn"
    make.save(unmet[0])
    less = landscape.read(session, tmp_path, lead)
    assert unmet[0] not in [each.listing for each in less.places]
    # The group lost a member: its name may be that member's words, and is not told.
    assert [each.terms for each in less.clusters if unmet[1] in each.needs] == [()]


def test_without_an_index_or_with_a_damaged_file_there_is_no_map(session, tmp_path, make):
    from marketplace.services.accounts import actor_of

    assert not landscape.refresh(session, tmp_path, tmp_path / "nothing", now=NOW)
    actor = actor_of(make.user(role="lead"))
    assert landscape.read(session, tmp_path, actor) is None
    (tmp_path / landscape.NAME).write_text('{"format": 1, "map": {}}', encoding="utf-8")
    assert landscape.read(session, tmp_path, actor) is None


# --- Pages --------------------------------------------------------------------------------------
@pytest.fixture
def lead(make, sign_in):
    return sign_in(make.user(role="lead", name="Trưởng nhóm"))


def test_every_link_of_the_page_opens_and_shows_as_many_as_it_said(lead, pairs, session):
    pairs(*[(0.95 - at / 10, "keep" if at % 2 else "dismiss wrong_scale") for at in range(7)])
    page = lead.get("/desk/quality").get_data(as_text=True)
    links = {
        each.replace("&amp;", "&") for each in re.findall(r'href="(/desk/quality/[^"]+)"', page)
    }
    assert len(links) > 15
    for link in links:
        assert lead.get(link).status_code == 200, link
    shown = lead.get("/desk/quality/verdicts?first=1").get_data(as_text=True)
    assert "5 gợi ý" in shown
    assert shown.count("/desk/matches/") == 5


def test_what_a_learned_version_gained_stands_beside_what_came_of_it(lead, make, pairs):
    held_out = {"ndcg_old": 0.91, "ndcg_new": 0.98, "gain_low": 0.019, "gain_high": 0.137}
    make.save(
        RankerVersion(
            pair_type="need-offer", number=2, state="active", encoder=MODEL, family="logistic",
            verdicts=616, last_verdict_at=NOW, report={"held_out": held_out}, sha256="0" * 64,
            created_at=NOW, activated_at=NOW,
        )
    )  # fmt: skip
    pairs((0.9, "keep"), ranker="need-offer 2")
    page = lead.get("/desk/quality").get_data(as_text=True)
    assert "0,91 → 0,98" in page
    assert "0,019 đến 0,137" in page
    assert page.count("bản 2") == 2
    assert "trọng số khai báo" not in page
    rows = lead.get("/desk/quality/figures.csv").data.decode("utf-8-sig")
    assert f"{MODEL} · học từ đánh giá, Nhu cầu – công nghệ, bản 2" in rows


def test_a_leader_reads_the_sums_and_no_record(make, sign_in, pairs):
    (match,) = pairs((0.9, "keep"))
    leader = sign_in(make.user(role="leader"))
    page = leader.get("/desk/quality")
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "/desk/quality/verdicts" not in text
    assert match.a.title not in text
    assert leader.get("/desk/quality/verdicts").status_code == 403
    assert leader.get("/desk/quality/covered/need").status_code == 403


def test_a_curator_does_not_watch_colleagues(make, sign_in):
    assert sign_in(make.user(role="curator")).get("/desk/quality").status_code == 403


def test_the_file_holds_the_figures_of_the_page(lead, pairs):
    pairs((0.9, "keep"), (0.8, "dismiss price"))
    answer = lead.get("/desk/quality/figures.csv")
    assert answer.mimetype == "text/csv"
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert rows[1][2] == "0,5"
    assert rows[1][5] == "2"
    assert {len(row) for row in rows} == {6}


def test_an_exchange_without_verdicts_says_so(lead):
    assert "Chưa có đánh giá nào" in lead.get("/desk/quality").get_data(as_text=True)


def test_everybody_may_read_what_the_machine_does(client):
    from marketplace.services import model_card

    assert client.get("/ai").status_code == 200
    card = client.get("/ai/model").get_data(as_text=True)
    assert model_card.read()["model"] in card
    for each in model_card.read()["sets"]:
        assert f"{each['ours']:.3f}".rstrip("0").replace(".", ",") in card
