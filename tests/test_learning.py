"""Rankers on the site: verdicts gathered, versions in use, the way back, and files nobody else
may write."""

import os
import sqlite3
from contextlib import closing
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from sqlalchemy import delete, select
from test_matching_learning import drawn

from marketplace.domain.actor import SYSTEM
from marketplace.models import Audit, Listing, Match, MatchEvent, RankerVersion, utcnow
from marketplace.services import background, indexing, learning, matches, suggestions
from marketplace.services.learning import files, rankers, waiting
from matching.constraints import RULES
from matching.learning import dataset, features, fitting, training
from matching.learning.ranker import LearnedRanker

COLUMNS = tuple(features.trends("need-offer"))
MODEL = "hashing-test"
NEEDS, JUDGED = 60, 54


@pytest.fixture
def folder(app):
    return app.config["SETTINGS"].rankers_folder


def known(**over):
    return dict.fromkeys(COLUMNS) | {"declared": 0.0, "failed_hard": 0.0} | over


@pytest.fixture
def world(session, make):
    """Needs and offers with verdicts of two curators who want what is near, and suggestions that
    wait, on which the declared weights say nothing of nearness."""
    draw = np.random.default_rng(0)
    curators = [make.user(role="curator"), make.user(role="curator")]
    needs = [_bare("need", number) for number in range(NEEDS)]
    offers = [_bare("offer", number) for number in range(8)]
    make.save(*needs, *offers)
    now, rows = utcnow() - timedelta(days=60), []
    for n, need in enumerate(needs):
        for o, offer in enumerate(offers):
            near, declared = float(draw.random()), float(draw.normal())
            at = now + timedelta(hours=n, minutes=o)
            match = Match(
                pair_type="need-offer", a_id=need.id, b_id=offer.id, created_at=at, changed_at=at,
                model=MODEL, place=o + 1, level="good", explanation={"shared_terms": ["x"]},
                score=round(1 / (1 + np.exp(-declared)), 4),
                features=known(declared=declared, evidence=declared, **{"rule.distance": near}),
            )  # fmt: skip
            if n < JUDGED:
                kept = draw.random() < 1 / (1 + np.exp(-8 * (near - 0.5)))
                step, reason = ("keep", "") if kept else ("dismiss", "location")
                match.state = "kept" if kept else "dismissed"
                match.events.append(
                    MatchEvent(
                        at=at + timedelta(days=1), step=step, state=match.state, reason=reason,
                        actor_id=curators[o % 2].id, private=True,
                    )
                )  # fmt: skip
            rows.append(match)
    make.save(*rows)
    return curators


def _bare(kind, number):
    """A listing nobody reads: what is learned stands in the match."""
    return Listing(
        ref=f"{kind}{number}", tracking_code=f"{kind}{number}", kind=kind, state="published",
        title=f"{kind} {number}", created_at=utcnow(), changed_at=utcnow(),
    )  # fmt: skip


def train(session, folder, without=(), **more):
    lesson = learning.prepare(session, folder, "need-offer", without=without)
    report, version = learning.adopt(
        session, folder, lesson, lesson.learn(**more), actor=SYSTEM, now=utcnow()
    )
    session.commit()
    return report, version


def rollback(session, folder, *number):
    learning.rollback(session, folder, "need-offer", *number, actor=SYSTEM, now=utcnow())
    session.commit()


def queue(session):
    """What a curator sees, in the order it is seen."""
    session.expire_all()
    return [(row.id, row.score, row.level, row.ranker) for row in matches.queue(session, limit=99)]


def states(session):
    return session.execute(select(Match.id, Match.state, Match.score, Match.ranker)).all()


# --- Gathering ------------------------------------------------------------------------------------
def test_verdicts_become_examples_with_what_was_known_then(session, world):
    found = learning.gather(session, "need-offer")
    assert len(found.examples) == JUDGED * 8
    first = found.examples[0]
    assert set(first.features) == set(COLUMNS)
    assert {each.judge for each in found.examples} == {user.key for user in world}
    assert {each.grade for each in found.examples} == {0, 1}
    assert found.encoder == MODEL


def test_what_says_nothing_is_no_example(session, make, world):
    session.execute(MatchEvent.__table__.update().values(reason="duplicate"))
    session.execute(MatchEvent.__table__.update().values(step="dismiss"))
    assert learning.gather(session, "need-offer").examples == []


def test_accounts_can_be_left_out(session, world):
    one, other = world
    found = learning.gather(session, "need-offer", {one.id})
    assert {each.judge for each in found.examples} == {other.key}


def test_places_are_counted_with_their_verdicts(session, world):
    shown = learning.gather(session, "need-offer").shown
    assert {place for place, _quarter in shown} == set(range(1, 9))
    # The last needs were suggested before the last verdict, and nobody looked.
    for place in range(1, 9):
        of_it = [counted for seat, counted in shown.items() if seat[0] == place]
        assert sum(judged for _, judged in of_it) == JUDGED
        assert JUDGED < sum(count for count, _ in of_it) <= NEEDS


def test_the_queue_over_all_listings_is_a_place_too(session, world):
    """What is due the same day is shown by score, whatever listing asks."""
    found = learning.gather(session, "need-offer").examples
    assert {each.quarter for each in found} == {0, 1, 2, 3}
    by_day = {}
    for each in found:
        day = by_day.setdefault((each.at - timedelta(days=1)).date(), {})
        day.setdefault(each.quarter, []).append(each.features["declared"])
    for quarters in by_day.values():
        order = [scores for _quarter, scores in sorted(quarters.items())]
        for earlier, later in pairwise(order):
            assert min(earlier) >= max(later) - 1e-2  # scores are kept with four digits


def test_suggestions_of_another_encoder_are_left_out(session, make, world):
    row = session.scalars(select(Match).order_by(Match.id.desc())).first()
    row.model = "another"
    make.save(row)
    assert learning.gather(session, "need-offer").examples == []


# --- In use, and back -----------------------------------------------------------------------------
def test_a_better_ranker_is_used_and_going_back_restores_the_order_exactly(session, world, folder):
    declared = _by_declared_weights(session, folder)
    before, decided = queue(session), _decided(session)
    report, version = train(session, folder)
    assert report.promoted, report.checks
    assert (version.number, version.state, version.follows) == (1, "active", 0)
    learned = queue(session)
    assert {row[3] for row in learned} == {"need-offer 1"}
    assert [row[0] for row in learned] != [row[0] for row in before]
    rollback(session, folder)
    assert queue(session) == before == declared
    assert _decided(session) == decided
    assert learning.active(session, "need-offer") is None


def _by_declared_weights(session, folder):
    """Bring the waiting suggestions to the scores their features give."""
    waiting.score(session, "need-offer", None)
    session.add(Audit(at=utcnow(), actor_role="system", action="test.setup"))
    session.commit()
    return queue(session)


def _decided(session):
    return [row for row in states(session) if row.state != "suggested"]


def test_what_people_decided_keeps_its_score_and_its_version(session, world, folder):
    before = _decided(session)
    train(session, folder)
    assert _decided(session) == before
    assert len(before) == JUDGED * 8


def test_a_suggestion_says_what_scored_it_and_keeps_its_reasons(session, world, folder):
    train(session, folder)
    row = session.scalar(select(Match).where(Match.state == "suggested").limit(1))
    assert row.ranker == row.explanation["ranker"] == "need-offer 1"
    assert row.explanation["score"] == row.score
    assert row.explanation["shared_terms"] == ["x"]
    assert row.lock == 1  # a curator's verdict at this moment is not refused


def test_one_may_go_back_by_number_and_forth_again(session, world, folder):
    train(session, folder)
    learned = queue(session)
    second = _another_version(session, folder)
    assert second.follows == 1
    rollback(session, folder)
    assert learning.active(session, "need-offer").number == 1
    assert queue(session) == learned
    rollback(session, folder, 0)
    assert learning.active(session, "need-offer") is None
    rollback(session, folder, 2)
    assert learning.active(session, "need-offer").number == 2
    with pytest.raises(learning.NoSuchWay, match="in use"):
        rollback(session, folder, 2)
    with pytest.raises(learning.NoSuchWay, match="no such"):
        rollback(session, folder, 9)


def _another_version(session, folder, number=2):
    """One more version put into use, as a later training would."""
    first = learning.active(session, "need-offer")
    content = files.read(folder, first.file_name, first.sha256)
    values = {
        name: getattr(first, name)
        for name in ("pair_type", "encoder", "family", "verdicts", "last_verdict_at", "report")
    }
    second = RankerVersion(
        **values, number=number, created_at=utcnow(), sha256=files.digest(content)
    )
    files.write(folder, second.file_name, content)
    session.add(second)
    rankers.use(session, folder, "need-offer", second, now=utcnow())
    session.add(Audit(at=utcnow(), actor_role="system", action="test.setup"))
    session.commit()
    return second


def test_there_is_no_way_back_from_the_declared_weights(session, folder):
    with pytest.raises(learning.NoSuchWay, match="declared"):
        rollback(session, folder)


def test_a_candidate_that_failed_is_kept_and_never_used(session, world, folder):
    one, _other = world
    # One of two curators says the reverse of what is seen.
    for event in session.scalars(select(MatchEvent).where(MatchEvent.actor_id == one.id)):
        kept = event.step == "keep"
        event.step, event.reason = ("dismiss", "location") if kept else ("keep", "")
    session.add(Audit(at=utcnow(), actor_role="system", action="test.setup"))
    session.commit()
    before = queue(session)
    report, version = train(session, folder)
    assert not report.promoted
    assert version.state == "candidate"
    assert version.report["suspects"]
    assert queue(session) == before
    with pytest.raises(learning.NoSuchWay, match="never passed"):
        rollback(session, folder, version.number)
    # Left out, the account does no harm; nobody is left beside the other, and that is said.
    report, _ = train(session, folder, without=[one], one_judge=True)
    assert report.promoted, report.checks


def test_too_few_verdicts_make_no_version(session, make, folder):
    report, version = train(session, folder)
    assert (report.promoted, version) == (False, None)
    assert not folder.exists()


def test_every_act_leaves_its_line(session, world, folder):
    train(session, folder)
    rollback(session, folder)
    lines = {row.action: row for row in session.scalars(select(Audit))}
    assert lines["ranker.train"].facts["promoted"] is True
    assert lines["ranker.promote"].subject_id == "need-offer 1"
    assert lines["ranker.rollback"].facts["to_number"] == 0


def test_only_one_version_of_a_pair_type_is_in_use(session, make, world, folder):
    train(session, folder)
    second = _another_version(session, folder)
    assert [v.number for v in learning.versions(session) if v.state == "active"] == [2]
    assert second.state == "active"


# --- The worker -----------------------------------------------------------------------------------
@pytest.fixture
def listed(app, session, make):
    texts = ("máy sấy nhãn bơm nhiệt", "xử lý nước thải làng nghề", "cảm biến ao nuôi cá")
    from marketplace.domain.fields import field

    def listing(kind, text):
        names = ("title_vi", "summary_vi", "problem", "description", "solution", "requirements")
        return make.listing(kind, **{n: f"{text} tại xã" for n in names if field(kind, n)})

    needs = [listing("need", text) for text in texts]
    offers = [listing("offer", text) for text in texts * 2]
    while background.follow_matches(app.extensions["engines"], "33"):
        pass
    return needs, offers


def test_the_worker_matches_again_and_going_back_puts_up_what_waited(
    app, session, make, listed, folder
):
    """The new order brings up what lay deeper, and takes down what was there: going back turns
    both round at once, and nothing is left for the worker."""
    needs, _offers = listed
    engines = app.extensions["engines"]
    gone = session.scalars(select(Match).where(Match.a_id == needs[0].id)).first()
    b_id = gone.b_id
    session.execute(delete(Match).where(Match.id == gone.id))  # as if it had lain too deep
    make.save(needs[0])
    before = queue(session) + _shown(session)
    _put_into_use(session, folder, engines.encoder().name)
    weaker = session.scalars(select(Match).where(Match.a_id == needs[1].id)).first()
    assert background.follow_rankers(engines, "33") == 3
    assert {row.ranker for row in states(session)} == {"need-offer 1"}
    assert (needs[0].id, b_id) in {(row.a_id, row.b_id) for row in _shown(session)}
    weaker.current = False  # as if the new order had no place for it
    make.save(weaker)
    assert background.follow_rankers(engines, "33") == 0
    rollback(session, folder)
    assert queue(session) + _shown(session) == before
    assert background.follow_rankers(engines, "33") == 0
    assert queue(session) + _shown(session) == before


def _shown(session):
    session.expire_all()
    return session.execute(
        select(Match.id, Match.a_id, Match.b_id, Match.score, Match.level, Match.ranker)
        .where(Match.current)
        .order_by(Match.score.desc(), Match.id)
    ).all()


def test_going_back_leaves_what_changed_since_to_the_worker(app, session, make, listed, folder):
    needs, _offers = listed
    _put_into_use(session, folder, app.extensions["engines"].encoder().name)
    row = session.scalars(select(Match).where(Match.a_id == needs[0].id)).first()
    offer = session.get(Listing, row.b_id)
    row.current, offer.changed_at = False, utcnow()
    make.save(row, offer)
    rollback(session, folder)
    assert session.get(Match, row.id).current is False


def test_two_versions_back_the_queue_is_what_it_was_at_once(app, session, make, listed, folder):
    """Each version took something down; going back over both puts all of it up again."""
    needs, _offers = listed
    engines = app.extensions["engines"]
    before = queue(session) + _shown(session)
    shown, places = len(_shown(session)), _places(session)
    _put_into_use(session, folder, engines.encoder().name)
    for need in needs[:2]:
        down = session.scalars(select(Match).where(Match.a_id == need.id, Match.current)).first()
        down.current = False  # as if the new order had no place for it
        make.save(down)
        if need is needs[0]:
            _another_version(session, folder)
    assert len(_shown(session)) == shown - 2
    rollback(session, folder, 0)
    assert queue(session) + _shown(session) == before
    assert _places(session) == places
    assert background.follow_rankers(engines, "33") == 0
    assert {v.state for v in learning.versions(session)} == {"retired"}


def test_what_the_version_in_use_did_not_come_after_is_matched_again(app, session, listed, folder):
    """Going forth is no way back: the worker finds what that version would show."""
    engines = app.extensions["engines"]
    _put_into_use(session, folder, engines.encoder().name)
    _another_version(session, folder)
    rollback(session, folder, 0)
    assert background.follow_rankers(engines, "33") == 0
    rollback(session, folder, 2)
    assert background.follow_rankers(engines, "33") == 3


def _places(session):
    session.expire_all()
    return session.execute(
        select(Match.id, Match.place).where(Match.current).order_by(Match.id)
    ).all()


def _put_into_use(session, folder, encoder):
    ranker = fitting.fit(dataset.by_time(drawn(400)), {}, "need-offer", encoder)
    version = RankerVersion(
        pair_type="need-offer", number=1, encoder=encoder, family="logistic", verdicts=400,
        last_verdict_at=utcnow(), report={}, created_at=utcnow(),
        sha256=files.digest(ranker.to_bytes()),
    )  # fmt: skip
    files.write(folder, version.file_name, ranker.to_bytes())
    session.add(version)
    rankers.use(session, folder, "need-offer", version, now=utcnow())
    session.add(Audit(at=utcnow(), actor_role="system", action="test.setup"))
    session.commit()
    return version


def test_a_suggestion_is_kept_with_its_features_and_its_place(session, listed):
    needs, _offers = listed
    rows = session.scalars(
        select(Match).where(Match.a_id == needs[0].id).order_by(Match.place)
    ).all()
    assert [row.place for row in rows] == list(range(1, len(rows) + 1))
    assert [row.score for row in rows] == sorted((row.score for row in rows), reverse=True)
    for row in rows:
        assert set(row.features) == set(COLUMNS)
        assert "features" not in row.explanation


def test_a_pair_that_came_from_the_answering_side_has_its_place_among_the_asking_one_s(
    app, session, make, listed
):
    """What an offer finds third among needs may be the first thing its need is shown."""
    needs, offers = listed
    session.execute(delete(Match).where(Match.b_id == offers[0].id))
    make.save(needs[0])
    listing = session.get(Listing, offers[0].id)
    suggestions.follow(session, app.extensions["engines"].matcher(), listing, "33", now=utcnow())
    session.commit()
    found = session.scalars(select(Match.a_id).where(Match.b_id == listing.id)).all()
    assert found
    for need_id in found:
        rows = session.scalars(
            select(Match)
            .where(Match.a_id == need_id, Match.current)
            .order_by(Match.score.desc(), Match.id)
        ).all()
        assert [row.place for row in rows] == list(range(1, len(rows) + 1))


def test_places_follow_the_scores_of_the_version_in_use(session, world, folder):
    train(session, folder)
    asking = select(Match.a_id).where(Match.state == "suggested").distinct()
    for a_id in session.scalars(asking).all():
        rows = session.scalars(
            select(Match).where(Match.a_id == a_id).order_by(Match.score.desc(), Match.id)
        ).all()
        assert [row.place for row in rows] == list(range(1, len(rows) + 1))


def test_once_decided_features_and_place_stay(app, session, make, listed):
    needs, _offers = listed
    row = session.scalar(select(Match).where(Match.a_id == needs[0].id, Match.place == 1))
    row.state, row.features, row.place = "kept", {"declared": 1.5}, 7
    make.save(row)
    listing = session.get(Listing, needs[0].id)
    suggestions.follow(session, app.extensions["engines"].matcher(), listing, "33", now=utcnow())
    session.commit()
    session.refresh(row)
    assert (row.features, row.place) == ({"declared": 1.5}, 7)


def test_rules_over_confidential_facts_are_those_that_answer_yes_or_no():
    # tests/test_matching_constraints.py holds them to it: their scores are kept.
    over = {
        rule.name
        for rule in RULES.values()
        if indexing.CONFIDENTIAL_FACTS & {*rule.of_a, *rule.of_b}
    }
    assert over <= {"budget", "ticket", "legal", "conflict"}


def test_a_ranker_of_another_encoder_is_not_used(app, session, listed, folder):
    _put_into_use(session, folder, "another")
    assert background.follow_rankers(app.extensions["engines"], "33") == 3
    assert {row.ranker for row in states(session)} == {""}


# --- Files ----------------------------------------------------------------------------------------
@pytest.fixture
def kept(tmp_path):
    """(folder, digest) of a file as the command writes it."""
    folder = tmp_path / "own"
    return folder, files.write(folder, "r.json", b"{}")


def test_a_file_comes_back_and_is_nobody_else_s(kept):
    folder, digest = kept
    assert files.read(folder, "r.json", digest) == b"{}"
    assert (folder / "r.json").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in folder.iterdir()] == ["r.json"]


def _linked(folder):
    (folder / "r.json").rename(folder / "elsewhere")
    (folder / "r.json").symlink_to(folder / "elsewhere")


def _linked_folder(folder):
    folder.rename(folder.with_name("moved"))
    folder.symlink_to(folder.with_name("moved"), target_is_directory=True)


def _a_pipe_instead(folder):
    (folder / "r.json").unlink()
    os.mkfifo(folder / "r.json", 0o600)


@pytest.mark.parametrize(
    "spoil",
    [
        _linked,
        _linked_folder,
        _a_pipe_instead,
        lambda folder: (folder / "r.json").chmod(0o620),
        lambda folder: (folder / "r.json").chmod(0o602),
        lambda folder: folder.chmod(0o770),
        lambda folder: folder.chmod(0o777),
        lambda folder: (folder / "r.json").unlink(),
        lambda folder: (folder / "r.json").write_bytes(b"{} "),
        lambda folder: os.truncate(folder / "r.json", files.LARGEST + 1),
    ],
)
def test_a_file_that_others_may_have_touched_is_refused(kept, spoil):
    folder, digest = kept
    spoil(folder)
    with pytest.raises(files.FileRefused):
        files.read(folder, "r.json", digest)


def test_nothing_is_written_into_a_folder_others_may_write(kept):
    folder, _digest = kept
    folder.chmod(0o777)
    with pytest.raises(files.FileRefused):
        files.write(folder, "s.json", b"{}")


def test_a_ranker_whose_file_was_changed_leaves_the_declared_weights(
    session, world, folder, caplog
):
    _report, version = train(session, folder)
    path = folder / version.file_name
    ranker = LearnedRanker.from_bytes(path.read_bytes())
    path.write_bytes(ranker.to_bytes().replace(b'"good":', b'"good": '))
    used = learning.Rankers(folder)
    assert used.of(session) == {}
    assert used.of(session) == {}
    assert caplog.text.count("declared weights hold") == 1
    path.write_bytes(ranker.to_bytes())
    assert used.of(session)["need-offer"].name == "need-offer 1"


def _damage(folder, version):
    (folder / version.file_name).write_bytes(b"{}")


def test_a_damaged_version_in_use_does_not_keep_others_from_being_learned(session, world, folder):
    _report, first = train(session, folder)
    _damage(folder, first)
    report, second = train(session, folder)
    assert report.promoted
    assert report.against.startswith("the declared weights: need-offer 1 is refused")
    assert second.report["against"] == report.against
    assert learning.active(session, "need-offer") is second


def test_two_trainings_never_write_the_same_file(session, world, folder):
    """Of two with the same number one comes too late; the other's file stays whole."""
    lesson = learning.prepare(session, folder, "need-offer")
    session.commit()
    _report, version = train(session, folder)
    kept = (folder / version.file_name).read_bytes()
    other = RankerVersion(pair_type="need-offer", number=version.number, sha256="0" * 64)
    assert other.file_name != version.file_name
    with pytest.raises(learning.Overtaken):
        learning.adopt(session, folder, lesson, lesson.learn(), actor=SYSTEM, now=utcnow())
    session.rollback()
    assert (folder / version.file_name).read_bytes() == kept
    assert len(learning.versions(session)) == 1


# --- Commands -------------------------------------------------------------------------------------
def test_the_commands_train_list_and_go_back(app, session, world, folder):
    run = app.test_cli_runner().invoke
    said = run(args=["match", "train", "--pair-type", "need-offer"]).output
    assert "version 1 is in use" in said
    assert "ok   gain in nDCG@10" in said
    assert world[0].email in said  # judges by address, for who runs it
    assert "need-offer: version 1" in run(args=["match", "versions"]).output
    said = run(args=["match", "rollback", "--pair-type", "need-offer"]).output
    assert said.strip() == "need-offer: declared weights in use"
    refused = run(args=["match", "rollback", "--pair-type", "need-offer"])
    assert refused.exit_code == 1
    assert "nothing to go back from" in refused.output
    refused = run(args=["match", "train", "--without", "nobody@san.example"])
    assert "no account" in refused.output


def test_going_back_to_a_damaged_version_is_refused_in_words(app, session, world, folder):
    _report, first = train(session, folder)
    second = _another_version(session, folder)
    _damage(folder, first)
    before = queue(session)
    refused = app.test_cli_runner().invoke(args=["match", "rollback", "--pair-type", "need-offer"])
    assert refused.exit_code == 1
    assert "not the file that was written" in refused.output
    assert learning.active(session, "need-offer") is second
    assert queue(session) == before


def test_nobody_waits_while_it_learns(app, session, world, folder, monkeypatch):
    """Another connection gets the write lock at once during the fit."""
    session.commit()
    path, fit, waited = app.config["SETTINGS"].instance / "test.db", training.train, []

    def learn(*args, **more):
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("UPDATE listings SET title = title")
            other.execute("COMMIT")
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        waited.append(False)
        return fit(*args, **more)

    monkeypatch.setattr(training, "train", learn)
    said = app.test_cli_runner().invoke(args=["match", "train", "--pair-type", "need-offer"])
    assert "version 1 is in use" in said.output
    assert "compared with the declared weights" in said.output
    assert waited == [False]


def test_what_was_held_against_another_version_is_not_written(
    app, session, world, folder, monkeypatch
):
    session.commit()
    fit = training.train

    def learn(*args, **more):
        monkeypatch.setattr(training, "train", fit)
        train(session, folder)  # somebody else is quicker
        return fit(*args, **more)

    monkeypatch.setattr(training, "train", learn)
    refused = app.test_cli_runner().invoke(args=["match", "train", "--pair-type", "need-offer"])
    assert refused.exit_code == 1
    assert "meanwhile" in refused.output
    assert [version.number for version in learning.versions(session)] == [1]
