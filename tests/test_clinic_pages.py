"""From the clinic to a draft profile, the founder's pages, the guide and the sample."""

import re
import tomllib
from datetime import UTC, datetime

import pytest
from conftest import PROVINCE
from sqlalchemy import func, select

from marketplace.domain.clinic import (
    IDEAS_PER_MEMBER,
    PROFILE,
    PUBLIC_FIELDS,
    STEPS,
    shares,
)
from marketplace.domain.errors import Conflict, WrongState
from marketplace.domain.fields import field
from marketplace.models import Listing, utcnow
from marketplace.services import clinic, sample_clinic
from marketplace.services.accounts import actor_of
from marketplace.services.clinic import guide
from marketplace.services.disclosure import values_of

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)  # a Monday morning
SECRET = "bẹ chuối cán nóng qzxaaaaa"


@pytest.fixture
def founder(make):
    return make.user(name="Phạm Vy")


@pytest.fixture
def idea(session, founder):
    """One with a secret in two of its steps."""
    who = {"actor": actor_of(founder), "now": NOW}
    row = clinic.start(session, "Túi đi chợ", **who)
    clinic.write(session, row, "problem", f"Túi bay ra mương {SECRET}", ["0"], **who)
    clinic.write(session, row, "novelty", f"Mới ở chỗ {SECRET}", [], **who)
    session.commit()
    return row


# --- To a profile ---------------------------------------------------------------------------------
def test_a_draft_is_made_of_what_the_founder_chose(session, idea, sign_in):
    mine = {"actor": actor_of(idea.founder), "now": NOW}
    clinic.write(session, idea, "test", "Thử ở hai sạp", [], **mine)
    clinic.write(session, idea, "team", "Hai người", [], **mine)
    clinic.write(session, idea, "help", "Cần máy cán", [], **mine)
    chosen = {"problem": "public", "novelty": "kept", "test": "kept", "team": "public",
              "help": "public"}  # fmt: skip
    listing, faults = clinic.profile(
        session, idea, "Túi bẹ chuối", chosen, stage="idea", help_wanted=["mentor"], **mine
    )
    session.commit()
    assert faults == {}
    public = values_of(session, listing.working_version_id, {"public"})
    secret = values_of(session, listing.working_version_id, {"confidential"})
    assert public["problem"].startswith("Túi bay")
    assert public["team_need"] == "Hai người\n\nCần máy cán"
    assert (public["idea_stage"], public["help_wanted"]) == ("idea", ["mentor"])
    assert secret == {
        "novelty": f"Mới ở chỗ {SECRET}", "secret": "Phép thử đầu tiên:\nThử ở hai sạp",
    }  # fmt: skip
    assert (listing.state, listing.kind, idea.state) == ("draft", "idea", "profiled")
    with pytest.raises(WrongState):
        clinic.profile(session, idea, "Nữa", chosen, **mine)


def test_what_is_new_is_never_offered_to_everybody():
    for step in STEPS:
        assert ("public" in shares(step)) == (step in PUBLIC_FIELDS)
    assert "novelty" not in PUBLIC_FIELDS
    assert shares("solution")[0] == "kept"
    for name in PUBLIC_FIELDS.values():
        assert field("idea", name).level == "public"
    for name in ("novelty", "secret"):
        assert field("idea", name).level == "confidential"


@pytest.mark.parametrize(
    ("form", "where"),
    [
        ({"title": "", "share-problem": "public", "share-novelty": "kept"}, "title"),
        ({"title": "Túi", "share-problem": "public"}, "share-novelty"),
        ({"title": "Túi", "share-problem": "public", "share-novelty": "public"}, "share-novelty"),
    ],
)
def test_a_profile_asks_of_each_step_what_becomes_of_it(session, idea, sign_in, form, where):
    key, founder = idea.key, idea.founder
    answer = sign_in(founder).post(f"/clinic/ideas/{key}/profile", data=form)
    assert answer.status_code == 422
    assert f'href="#f-{where}"' in answer.text
    session.rollback()
    assert session.scalar(select(func.count(Listing.id))) == 0


# --- The pages ------------------------------------------------------------------------------------
def test_a_founder_goes_from_a_name_to_a_stamp_to_a_question(session, founder, sign_in, client):
    browser = sign_in(founder)
    assert browser.post("/clinic", data={"title": "Tú"}).status_code == 422
    first = browser.post("/clinic", data={"title": "Túi đi chợ"}).location
    typed = {"text": "Túi bay", "checks": ["0", "2"], "go": "ask"}
    answer = browser.post(first, data=typed, follow_redirects=True)
    assert "giấy số 1" in answer.text
    assert "Thôi, chưa cần góp ý" in answer.text
    key = first.split("/")[3]
    stamped = browser.get(f"/clinic/ideas/{key}/versions/1.txt")
    assert stamped.headers["Cache-Control"] == "no-store"
    assert "attachment" in stamped.headers["Content-Disposition"]
    assert "Khớp" in client.post("/clinic/receipt/1", data={"text": stamped.text}).text
    assert browser.get(f"/clinic/ideas/{key}/versions/2.txt").status_code == 404
    assert browser.get(f"/clinic/ideas/{key}/versions/x.txt").status_code == 404


def test_a_window_opened_earlier_writes_over_nothing_and_loses_nothing(session, idea, sign_in):
    browser, key, old = sign_in(idea.founder), idea.key, idea.lock
    where = f"/clinic/ideas/{key}/steps/problem"
    assert browser.post(where, data={"text": "của tôi", "lock": old}).status_code == 302
    answer = browser.post(where, data={"text": "cửa sổ cũ", "lock": old})
    assert answer.status_code == 409
    assert "cửa sổ cũ" in answer.text
    session.rollback()
    assert clinic.texts(clinic.by_key(session, key))["problem"] == "của tôi"


@pytest.mark.parametrize(
    ("act", "form"),
    [("rename", {"title": "x"}), ("let_in", {"mentor": "T0"}), ("withdraw", {})],
)
def test_what_is_wrong_stands_beside_its_field(session, idea, sign_in, act, form):
    answer = sign_in(idea.founder).post(f"/clinic/ideas/{idea.key}/{act}", data=form)
    assert answer.status_code == 422
    assert "field-bad" in answer.text or "fault" in answer.text


def test_a_text_too_long_is_kept_and_refused(session, idea, sign_in):
    answer = sign_in(idea.founder).post(
        f"/clinic/ideas/{idea.key}/steps/team", data={"text": "dài " * 1100}
    )
    assert answer.status_code == 422
    assert "dài dài" in answer.text


def test_ideas_are_so_many_and_no_more(session, founder):
    mine = {"actor": actor_of(founder), "now": NOW}
    for number in range(IDEAS_PER_MEMBER):
        last = clinic.start(session, f"Ý tưởng {number}", **mine)
    with pytest.raises(Conflict):
        clinic.start(session, "Một nữa", **mine)
    clinic.close(session, last, **mine)
    clinic.start(session, "Một nữa", **mine)


# --- The guide and the sample ---------------------------------------------------------------------
def test_the_guide_says_every_word_of_every_step_in_both_languages():
    found = guide.of(PROVINCE.folder)
    for step in (*STEPS, PROFILE):
        assert found.said(step, "en") != found.said(step, "vi")
        assert found.said(step, "fr") == found.said(step, "vi")
        assert len(found.said(step, "vi")["checks"]) >= 2


@pytest.mark.parametrize("lost", ["step", "word", "check"])
def test_a_guide_that_lacks_something_is_refused(tmp_path, lost):
    source = (PROVINCE.folder / guide.FILE).read_text("utf-8")
    assert tomllib.loads(source)
    broken = {
        "step": source.replace("[team.en]", "[tean.en]"),
        "word": source.replace("weak = ", "week = ", 1),
        "check": re.sub(r'checks = \["It says who[^\n]*', 'checks = ["One"]', source),
    }[lost]
    assert broken != source
    (tmp_path / guide.FILE).write_text(broken, "utf-8")
    with pytest.raises(ValueError, match=r"clinic\.toml"):
        guide.of(tmp_path)


def test_the_sample_tells_of_two_ideas_once(session, make):
    people = {
        email: make.user(email=email, role=role)
        for email, role in (
            (sample_clinic._FOUNDER, "member"), (sample_clinic._MENTOR, "member"),
            (sample_clinic._COACH, "curator"),
        )
    }  # fmt: skip
    make.listing("mentor", owner=people[sample_clinic._MENTOR], visibility="public")
    assert sample_clinic.play(session, now=utcnow()) == 2
    assert sample_clinic.play(session, now=utcnow()) == 0
    session.commit()
    ideas = clinic.of_founder(session, actor_of(people[sample_clinic._FOUNDER]))
    assert sorted(row.state for row in ideas) == ["open", "profiled"]
    assert all(row.is_sample for row in ideas)
    assert clinic.chain.broken(session) is None
    (waiting,) = [row for row in ideas if row.state == "open"]
    assert waiting.asked_at is not None
    assert len(clinic.views(session, waiting)) == 2
