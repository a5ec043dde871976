"""Working days: weekends, Tết, the Hung Kings, National Day, and what the government swaps."""

import subprocess
import sys
from datetime import date, datetime

import pytest
from conftest import PROVINCE

from marketplace.config import ROOT
from marketplace.models import utcnow
from marketplace.services import listings, vocabularies
from marketplace.services.listings.calendar import FLAG_ANSWER_IN, due, is_working_day
from marketplace.services.listings.numbers import LOCAL


def at(day: str, hour=10) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), LOCAL).replace(hour=hour)


def promised(session, day, days=3) -> str:
    return due(session, at(day), days).date().isoformat()


def test_the_answer_is_promised_for_closing_time_where_the_centre_is(session):
    late = due(session, at("2026-11-11", 23))
    assert (late.date().isoformat(), late.hour, late.tzinfo) == ("2026-11-16", 17, LOCAL)


@pytest.mark.parametrize(("sent", "answered", "why"), [
    ("2026-11-11", "2026-11-16", "a weekend"),
    ("2026-11-20", "2026-11-26", "a weekend and the Culture Day of 24 November"),
    ("2027-02-03", "2027-02-15", "Tết 2027: the 4th to the 10th, and a weekend"),
    ("2027-02-08", "2027-02-15", "sent while everybody is at home"),
    ("2027-04-14", "2027-04-20", "the Hung Kings on Friday the 16th"),
    ("2027-04-29", "2027-05-06", "two holidays, the second given on Monday for a Saturday"),
    ("2027-09-01", "2027-09-08", "National Day and the day after it"),
    ("2026-12-31", "2027-01-06", "the New Year in another year"),
    ("2026-08-20", "2026-08-24", "Saturday 22 August 2026 is worked for Monday 31 August"),
    ("2026-08-28", "2026-09-07", "31 August off, National Day on the 1st and 2nd, a weekend"),
])  # fmt: skip
def test_three_working_days_from(session, sent, answered, why):
    assert promised(session, sent) == answered, why


def test_a_flag_is_looked_at_on_the_next_working_day(session):
    assert promised(session, "2027-02-03", FLAG_ANSWER_IN) == "2027-02-11"


def test_the_days_of_a_year_are_known_however_far_off_it_is(session):
    ours = vocabularies.current(session)
    for year in range(2026, 2060):
        worked = sum(
            is_working_day(date.fromordinal(n), ours)
            for n in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal())
        )
        # 261 or so weekdays less twelve days off, most of which are given for a weekend.
        assert 245 <= worked <= 255, year


@pytest.fixture
def days(session, tmp_path):
    """days(rows): the province's own days.csv, loaded."""

    def loaded(rows):
        for path in PROVINCE.folder.glob("*.csv"):
            (tmp_path / path.name).write_bytes(path.read_bytes())
        (tmp_path / "days.csv").write_text("day,works,vi,en\n" + rows, encoding="utf-8")
        vocabularies.load(session, tmp_path, now=utcnow())
        session.commit()

    return loaded


def test_the_province_s_days_win_over_the_computed_ones(session, days):
    assert promised(session, "2027-02-03", 1) == "2027-02-11"
    days("2027-02-11,no,Nghỉ hoán đổi,Swapped\n2027-02-20,yes,Làm bù,Worked\n")
    assert promised(session, "2027-02-03", 1) == "2027-02-12"
    assert promised(session, "2027-02-19", 1) == "2027-02-20"
    days("2027-02-10,yes,Trực,On duty\n")  # a holiday the centre works through
    assert promised(session, "2027-02-03", 1) == "2027-02-10"
    days("")
    assert promised(session, "2027-02-03", 1) == "2027-02-11"


def test_the_province_s_file_can_be_read(session):
    text = (PROVINCE.folder / "days.csv").read_text(encoding="utf-8")
    assert text.splitlines()[0] == "day,works,vi,en"


def test_a_submitted_listing_carries_the_promise(session, make):
    from marketplace.domain.actor import Actor

    owner = make.user()
    listing = make.listing("need", owner=owner, state="draft")
    actor = Actor(id=owner.id, key=owner.key, name=owner.name, role="member", verified=True)
    sent = at("2027-02-03")
    listings.submit(session, listing, actor=actor, now=sent)
    assert listing.due_at == due(session, sent)


def test_the_start_does_not_wait_for_the_calendar():
    subprocess.run(
        [sys.executable, "-c", "import marketplace.services.listings, marketplace.web, sys; "
         "assert 'marketplace.services.listings.calendar' in sys.modules; "
         "assert 'holidays' not in sys.modules"],
        check=True, cwd=ROOT,
    )  # fmt: skip
