"""`flask match all`: every asking record's best, in a run that may be stopped anywhere."""

import os
import signal
import subprocess
import sys

import pytest
from sqlalchemy import func, select

from marketplace.config import ROOT
from marketplace.models import Audit, Change, Fact, Listing, Match, utcnow
from marketplace.services import background
from marketplace.services.background import ROUND
from matching.index import PassageIndex
from matching.storage import only_writer

NEEDS = [f"Hợp tác xã cần máy sấy nhãn số {number}, giữ màu, ít tốn điện." for number in range(4)]
OFFERS = [f"Máy sấy nhãn bơm nhiệt kiểu {number}, giữ màu long nhãn." for number in range(3)]


class Killed(BaseException):
    """As a signal would end the process: nothing below catches it."""


def quietly(label):
    return lambda done, total: None


@pytest.fixture
def published(make):
    def listing(kind, text):
        words = {"title_vi": text, "summary_vi": text}
        return make.listing(kind, owner=make.user(), **words)

    return [listing("need", text) for text in NEEDS] + [listing("offer", text) for text in OFFERS]


@pytest.fixture
def engines(app):
    return app.extensions["engines"]


def suggested(session):
    """How often each listing was matched so far, as the audit log tells."""
    rows = session.execute(
        select(Audit.subject_id, func.count())
        .where(Audit.action == "match.suggest")
        .group_by(Audit.subject_id)
    ).all()
    return dict(rows)


def pairs(session):
    return {
        (row.pair_type, row.a_id, row.b_id, row.score) for row in session.scalars(select(Match))
    }


def test_every_need_gets_its_offers_and_nothing_is_left_to_follow(session, engines, published):
    assert background.match_everything(engines, "33", quietly) == len(published)
    assert {a for _, a, _, _ in pairs(session)} >= {each.id for each in published[: len(NEEDS)]}
    assert not background.unmatched(engines)


def stop_after(count, label):
    """A bar under which the run dies when `count` listings of this step are done."""

    def bar(name):
        def progress(done, total):
            if name == label and done == count:
                raise Killed

        return progress

    return bar


@pytest.mark.parametrize(
    ("label", "count"), [("encoding", 7), ("matching", 1), ("matching", 3), ("matching", 7)]
)
def test_a_stopped_run_goes_on_where_it_stopped(session, engines, published, label, count):
    with pytest.raises(Killed):
        background.match_everything(engines, "33", stop_after(count, label))
    session.rollback()
    done = suggested(session)
    assert len(done) == (count if label == "matching" else 0)
    assert background.unmatched(engines)
    left = len(published) - len(done)
    assert background.match_everything(engines, "33", quietly) == left
    assert set(suggested(session).values()) == {1}
    assert not background.unmatched(engines)


def test_a_killed_round_gives_what_an_unbroken_one_gives(session, engines, published):
    background.match_everything(engines, "33", quietly)
    unbroken = pairs(session)
    with pytest.raises(Killed):
        background.match_everything(engines, "33", stop_after(2, "matching"), everything=True)
    session.rollback()
    assert session.get(Fact, ROUND).value == "under way"
    # A plain `flask match` finishes it; asked for again, a new round begins.
    assert background.match_everything(engines, "33", quietly) == len(published) - 2
    assert pairs(session) == unbroken
    assert session.get(Fact, ROUND).value == "done"
    assert background.match_everything(engines, "33", quietly) == 0
    assert background.match_everything(engines, "33", quietly, everything=True) == len(published)


PROGRAM = """
import os, signal, sys
from wsgi import app
from marketplace.services import background

def bar(label):
    def progress(done, total):
        if label == "matching" and done == 3:
            os.kill(os.getpid(), signal.SIGKILL)
    return progress

with app.app_context():
    background.match_everything(app.extensions["engines"], "33", bar)
"""


def test_a_process_killed_without_warning_loses_one_listing_at_most(
    app, session, engines, published
):
    session.rollback()
    settings = app.config["SETTINGS"]
    environment = {
        "EXCHANGE_MODE": "sample",
        "INSTANCE_FOLDER": str(settings.instance),
        "DATABASE_URL": settings.database_url,
        "CONTENT_KEY": ",".join(settings.content_keys),
        "ENCODER": "hashing",
        "PATH": os.environ["PATH"],
    }
    program = [sys.executable, "-c", PROGRAM]
    killed = subprocess.run(program, cwd=ROOT, env=environment, check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert len(suggested(session)) == 3
    assert background.match_everything(engines, "33", quietly) == len(published) - 3
    assert set(suggested(session).values()) == {1}


def test_only_one_process_writes_vectors_and_the_worker_waits(app, session, engines, published):
    with only_writer(engines.vectors_folder) as alone:
        assert alone
        assert background.follow_matches(engines, "33") == 0
        with pytest.raises(background.Busy):
            background.match_everything(engines, "33", quietly)
        session.rollback()
        result = app.test_cli_runner().invoke(args=["match", "all"])
        assert result.exit_code == 1
        assert "another process" in result.output
    assert background.match_everything(engines, "33", quietly) == len(published)


def test_what_another_process_wrote_is_read_before_it_is_written_over(
    session, make, engines, published
):
    background.match_everything(engines, "33", quietly)
    elsewhere = PassageIndex.load(engines.vectors_folder)
    elsewhere.remove(published[0].ref)
    elsewhere.save(engines.vectors_folder)
    offer = session.get(Listing, published[-1].id)
    session.add(Change(listing_id=offer.id, at=utcnow()))
    make.save(offer)
    assert background.follow_matches(engines, "33") == 1
    known = PassageIndex.load(engines.vectors_folder)
    assert offer.ref in known
    assert published[0].ref not in known


def test_what_left_the_pages_leaves_the_index_in_a_bulk_run(session, make, engines, published):
    background.match_everything(engines, "33", quietly)
    offer = published[-1]
    offer = session.get(Listing, offer.id)
    offer.state = "on_hold"
    session.add(Change(listing_id=offer.id, at=utcnow()))
    make.save(offer)
    background.match_everything(engines, "33", quietly)
    assert offer.ref not in engines.matcher().index
    assert not background.unmatched(engines)
    session.expire_all()
    assert not session.scalars(
        select(Match).where(Match.b_id == offer.id, Match.current, Match.state == "suggested")
    ).all()


def test_the_command_matches_all_and_says_how_many(app, session, published):
    result = app.test_cli_runner().invoke(args=["match", "all"])
    assert result.exit_code == 0, result.output
    assert f"matched: {len(published)}" in result.output
    assert f"matching: {len(published)} of {len(published)}" in result.output
    again = app.test_cli_runner().invoke(args=["match"])
    assert again.output == ""
