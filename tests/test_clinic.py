"""The idea clinic as a founder, a coach and a mentor go through it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from conftest import browser_of, token_of
from sqlalchemy import func, select, text

from marketplace.domain.clinic import (
    MOST_READERS,
    PROFILE,
    STEPS,
)
from marketplace.domain.errors import Conflict, Invalid, WrongState
from marketplace.models import (
    Audit,
    Base,
    Change,
    ClinicVersion,
    Listing,
    Mail,
    Match,
    Notice,
)
from marketplace.services import clinic, suggestions
from marketplace.services.accounts import actor_of
from marketplace.services.clinic import fitting
from matching.explain import runs_of

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)  # a Monday morning
SECRET = "bẹ chuối cán nóng qzxaaaaa"


@pytest.fixture
def founder(make):
    return make.user(name="Phạm Vy")


@pytest.fixture
def coach(make):
    return make.user(role="curator", name="Cô Thảo")


@pytest.fixture
def idea(session, founder):
    """One with a secret in two of its steps."""
    who = {"actor": actor_of(founder), "now": NOW}
    row = clinic.start(session, "Túi đi chợ", **who)
    clinic.write(session, row, "problem", f"Túi bay ra mương {SECRET}", ["0"], **who)
    clinic.write(session, row, "novelty", f"Mới ở chỗ {SECRET}", [], **who)
    session.commit()
    return row


def ask(session, idea, step="problem", now=NOW):
    clinic.ask(session, idea, step, actor=actor_of(idea.founder), now=now)
    session.commit()


@pytest.fixture
def desk(app, session, coach):
    """The coach's browser, its second factor shown."""
    token = token_of(coach)
    session.commit()
    return browser_of(app, token)


def said_to(session, user):
    return [row.letter for row in session.scalars(select(Notice).where(Notice.user_id == user.id))]


def everything(session):
    """Every cell of every table, as it lies in the database, and opened."""
    rows = [row for table in Base.metadata.sorted_tables for row in session.execute(table.select())]
    return " ".join(map(str, rows))


# --- Asking and advising --------------------------------------------------------------------------
def test_the_next_step_is_named_and_what_wants_more_comes_first(session, idea, coach):
    assert clinic.next_step(idea) == "people"
    ask(session, idea)
    assert clinic.next_step(idea) == "people"  # nobody has to wait for advice
    who = {"actor": actor_of(coach), "now": NOW}
    clinic.take(session, idea, **who)
    clinic.advise(session, idea, {"problem": ("more", "Thêm số")}, **who)
    assert clinic.next_step(idea) == "problem"
    mine = {"actor": actor_of(idea.founder), "now": NOW}
    for step in STEPS:
        clinic.write(session, idea, step, f"Viết {step}", [], **mine)
    assert clinic.next_step(idea) == PROFILE
    clinic.close(session, idea, **mine)
    assert clinic.next_step(idea) == ""


def test_what_is_written_anew_after_advice_waits_to_be_asked_for_anew(session, idea, coach):
    ask(session, idea)
    clinic.advise(session, idea, {"problem": ("good", "")}, actor=actor_of(coach), now=NOW)
    row = clinic.written(idea)["problem"]
    mine = {"actor": actor_of(idea.founder), "now": NOW}
    clinic.write(session, idea, "problem", row.text, ["1"], **mine)
    assert row.state == "good"  # only a tick changed
    clinic.write(session, idea, "problem", "khác", [], **mine)
    assert row.state == "writing"


def test_the_desk_has_three_working_days_and_is_reminded_once(session, idea, coach, make):
    lead = make.user(role="lead")
    friday = datetime(2026, 11, 27, 2, tzinfo=UTC)
    ask(session, idea, now=friday)
    assert idea.due_at == datetime(2026, 12, 2, 10, tzinfo=UTC)  # Wednesday, five in the afternoon
    assert said_to(session, lead) == ["clinic_asked"]
    assert clinic.remind_due(session, now=idea.due_at - timedelta(seconds=1)) == 0
    assert clinic.remind_due(session, now=idea.due_at) == 1
    assert clinic.remind_due(session, now=idea.due_at + timedelta(days=9)) == 0
    assert said_to(session, lead) == ["clinic_asked", "clinic_late"]


def test_the_queue_is_by_who_waits_longest(session, idea, founder, coach):
    other = clinic.start(session, "Khác", actor=actor_of(founder), now=NOW)
    mine = {"actor": actor_of(founder), "now": NOW}
    clinic.write(session, other, "team", "Hai người", [], **mine)
    ask(session, idea, now=NOW + timedelta(hours=2))
    ask(session, other, "team", now=NOW + timedelta(hours=1))
    assert clinic.queue(session, actor=actor_of(coach)) == [other, idea]
    clinic.take_back(session, other, "team", **mine)
    assert clinic.queue(session, actor=actor_of(coach)) == [idea]
    assert other.due_at is None


def test_who_takes_it_is_told_to_the_founder_and_counted(session, idea, coach):
    ask(session, idea)
    clinic.take(session, idea, actor=actor_of(coach), now=NOW)
    assert "clinic_taken" in said_to(session, idea.founder)
    assert clinic.workload(session, now=NOW) == [(coach, 1, 0)]
    assert clinic.workload(session, now=idea.due_at) == [(coach, 1, 1)]


def test_advice_reaches_the_founder_and_the_idea_waits_for_what_is_left(session, idea, coach):
    ask(session, idea, now=NOW)
    ask(session, idea, "novelty", now=NOW + timedelta(days=1))
    clinic.advise(session, idea, {"problem": ("good", "")}, actor=actor_of(coach), now=NOW)
    assert idea.asked_at == NOW + timedelta(days=1)
    clinic.advise(session, idea, {"novelty": ("more", "Tra")}, actor=actor_of(coach), now=NOW)
    assert (idea.asked_at, idea.due_at) == (None, None)
    assert said_to(session, idea.founder).count("clinic_advised") == 2


@pytest.mark.parametrize(
    ("form", "where"),
    [
        ({}, "f-verdict-problem"), ({"verdict-problem": "fine"}, "f-verdict-problem"),
        ({"advice-problem": "Thêm"}, "f-verdict-problem"),
        ({"verdict-problem": "more"}, "f-advice-problem"),
        ({"verdict-problem": "good", "advice-problem": "x" * 2001}, "f-advice-problem"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_advice_is_said_and_what_was_typed_kept(
    session, idea, coach, desk, form, where
):
    ask(session, idea)
    clinic.take(session, idea, actor=actor_of(coach), now=NOW)
    session.commit()
    key = idea.key
    answer = desk.post(f"/clinic/read/{key}/advise", data=form)
    assert answer.status_code == 422
    assert f'href="#{where}"' in answer.text
    assert form.get("advice-problem", "") in answer.text


def test_advice_on_a_text_that_changed_meanwhile_is_not_sent(session, idea, coach, desk):
    ask(session, idea)
    clinic.take(session, idea, actor=actor_of(coach), now=NOW)
    session.commit()
    key, lock = idea.key, idea.lock
    form = {"verdict-problem": "good", "advice-problem": "lời chưa gửi", "lock": lock - 1}
    answer = desk.post(f"/clinic/read/{key}/advise", data=form)
    assert answer.status_code == 409
    assert "lời chưa gửi" in answer.text
    assert clinic.by_key(session, key).asked_at is not None


# --- Who reads ------------------------------------------------------------------------------------
def test_a_mentor_is_let_in_by_their_listing_and_told_nothing_of_the_idea(session, idea, make):
    mentor = make.user()
    listing = make.listing("mentor", owner=mentor, visibility="public")
    clinic.let_in(session, idea, listing, actor=actor_of(idea.founder), now=NOW)
    session.commit()
    assert said_to(session, mentor) == ["clinic_let_in"]
    told = session.scalar(select(Notice).where(Notice.user_id == mentor.id))
    assert idea.number in told.subject
    for words in ("Túi", "qzxaaaaa"):
        assert words not in told.subject + told.body


@pytest.mark.parametrize(
    "over",
    [{"state": "draft"}, {"visibility": "masked"}, {"kind": "expert"}, {"own": True}],
    ids=str,
)
def test_only_a_mentor_who_can_be_known_is_let_in(session, idea, make, over):
    owner = idea.founder if over.get("own") else make.user()
    listing = make.listing(
        over.get("kind", "mentor"), owner=owner, state=over.get("state", "published"),
        visibility=over.get("visibility", "public"),
    )  # fmt: skip
    with pytest.raises(Invalid):
        clinic.let_in(session, idea, listing, actor=actor_of(idea.founder), now=NOW)


def test_so_many_are_let_in_and_nobody_twice(session, idea, make):
    mine = {"actor": actor_of(idea.founder), "now": NOW}
    listings = [
        make.listing("mentor", owner=make.user(), visibility="public")
        for _n in range(MOST_READERS + 1)
    ]
    for listing in listings[:-1]:
        clinic.let_in(session, idea, listing, **mine)
    with pytest.raises(Invalid):
        clinic.let_in(session, idea, listings[0], **mine)
    with pytest.raises(Conflict):
        clinic.let_in(session, idea, listings[-1], **mine)
    clinic.shut_out(session, idea, idea.readers[0].user.key, **mine)
    clinic.let_in(session, idea, listings[-1], **mine)
    assert len(idea.reader_ids) == MOST_READERS


def test_the_founder_sees_who_read_it_and_when(session, idea, coach, sign_in):
    clinic.opened(session, idea, actor=actor_of(coach), now=NOW)
    session.commit()
    page = sign_in(idea.founder).get(f"/clinic/ideas/{idea.key}").text
    assert re.search(r"09:00 23/11/2026<br><span class=\"muted\">Cô Thảo", page)


# --- Nothing leaves -------------------------------------------------------------------------------
def test_no_word_of_it_lies_open_in_the_database_or_the_log(session, idea, coach, caplog):
    ask(session, idea)
    clinic.take(session, idea, actor=actor_of(coach), now=NOW)
    clinic.advise(
        session, idea, {"problem": ("more", "thêm qzxbbbbb")}, actor=actor_of(coach), now=NOW
    )
    session.commit()
    raw = ""
    for table in Base.metadata.sorted_tables:
        raw += str(session.execute(text(f'select * from "{table.name}"')).all())  # noqa: S608
    for word in ("qzxaaaaa", "qzxbbbbb", "Túi đi chợ"):
        assert word not in raw
        assert word not in caplog.text
    for row in (*session.scalars(select(Audit)), *session.scalars(select(Mail))):
        assert "qzx" not in str(vars(row))
    assert session.scalar(select(func.count(Change.id))) == 0


def test_a_withdrawn_idea_leaves_receipts_and_no_word(session, idea, coach, client):
    ask(session, idea)
    clinic.opened(session, idea, actor=actor_of(coach), now=NOW)
    kept = clinic.versions(session, idea)
    numbers, texts = [row.receipt_number for row in kept], [row.text for row in kept]
    clinic.withdraw(session, idea, actor=actor_of(idea.founder), now=NOW)
    session.commit()
    session.expire_all()
    whole = everything(session)
    assert "qzxaaaaa" not in whole
    assert "Túi đi chợ" not in whole
    for each in texts:
        assert each.split("\n")[1].removeprefix("Mã ngẫu nhiên: ") not in whole
    assert session.scalars(select(ClinicVersion.receipt_number)).all() == sorted(numbers)
    assert len(clinic.views(session, idea)) == 1  # who read it stays known
    assert clinic.chain.broken(session) is None
    answer = client.post(f"/clinic/receipt/{numbers[0]}", data={"text": texts[0]})
    assert "Khớp" in answer.text
    with pytest.raises(WrongState):
        clinic.withdraw(session, idea, actor=actor_of(idea.founder), now=NOW)


@pytest.fixture
def matcher(app, session, make):
    """The matcher a page asks, over one offer; with a cache nobody may use."""
    make.listing("offer", owner=make.user(), visibility="public", title_vi="Túi bẹ chuối",
                 summary_vi="Túi bay ra mương, bẹ chuối cán nóng")  # fmt: skip
    engines = app.extensions["engines"]
    writer = engines.matcher()
    suggestions.index(session, writer, list(session.scalars(select(Listing))), "33")
    writer.index.save(engines.vectors_folder)
    engines._looked = float("-inf")
    reader = engines.ready_matcher()
    reader.cache = ForbiddenCache()
    return reader


class ForbiddenCache:
    """Whoever encodes through it keeps what was encoded."""

    def encode(self, *arguments):
        raise AssertionError("a private text went into the cache of vectors")


def test_what_fits_is_found_in_the_request_and_leaves_no_trace(app, session, idea, matcher):
    files = sorted(app.extensions["engines"].folder.rglob("*"))
    size, standings, before = len(matcher.index), dict(matcher._standings), everything(session)
    found = clinic.fits(session, app.extensions["engines"], actor_of(idea.founder), idea)
    assert [fit.view.values["title_vi"] for fit in found["offer"]] == ["Túi bẹ chuối"]
    assert found["offer"][0].passage
    assert found["mentor"] == []
    assert (len(matcher.index), matcher._standings) == (size, standings)
    assert everything(session) == before
    assert sorted(app.extensions["engines"].folder.rglob("*")) == files
    assert session.scalar(select(func.count(Match.id))) == 0
    assert runs_of.cache_info().currsize == 0  # nor do words stay in the memory of the process
    with pytest.raises(AssertionError, match="cache of vectors"):
        matcher.match(fitting._record(idea), "idea-mentor")  # the cache would have been asked


def test_an_idea_without_a_word_fits_nothing(app, session, founder, matcher):
    empty = clinic.start(session, "Trống", actor=actor_of(founder), now=NOW)
    found = clinic.fits(session, app.extensions["engines"], actor_of(founder), empty)
    assert set(map(len, found.values())) == {0}


def test_without_an_encoder_the_page_says_so(session, idea, sign_in):
    page = sign_in(idea.founder).get(f"/clinic/ideas/{idea.key}")
    assert "Gợi ý đang được chuẩn bị" in page.text
