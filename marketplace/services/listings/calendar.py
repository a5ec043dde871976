"""Promises are made in working days, counted where the centre is.

Public holidays, with the days given for those that fall on a weekend, are computed by the library
`holidays` (Labour Code 2019, article 112; Tết and the Hung Kings' day by the lunar calendar). What
the government decides anew each year, and the province's own days, stand in days.csv of the
province's folder and win over the computed ones. One line a day, the header alone when there are
none:

    day,works,vi,en
    2027-02-11,no,Nghỉ hoán đổi cho thứ Bảy 20/02,Off in exchange for Saturday 20 February
    2027-02-20,yes,Làm bù cho ngày 11/02,Worked in exchange for 11 February
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache

from sqlalchemy.orm import Session

from marketplace.services import vocabularies
from marketplace.services.listings.numbers import LOCAL

ANSWER_IN = 3  # working days from submission to the desk's answer
FLAG_ANSWER_IN = 1
CLOSING = time(17, 0)


def due(session: Session, now: datetime, days: int = ANSWER_IN) -> datetime:
    """Closing time of the `days`-th working day after `now`."""
    ours = vocabularies.current(session)
    day = now.astimezone(LOCAL).date()
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day, ours)
    return datetime.combine(day, CLOSING, LOCAL)


def is_working_day(day: date, ours: vocabularies.Vocabulary) -> bool:
    """Whether the centre is open; `ours` holds the days of days.csv."""
    if day.isoformat() in ours.terms(vocabularies.DAYS["yes"]):
        return True
    if day.isoformat() in ours.terms(vocabularies.DAYS["no"]):
        return False
    holidays, worked = _country(day.year)
    return day in worked or (day.weekday() < 5 and day not in holidays)


@lru_cache(maxsize=8)
def _country(year: int) -> tuple[frozenset[date], frozenset[date]]:
    """(public holidays of the year, Saturdays worked in exchange for another day)."""
    # Imported with the first promise: it costs a fifth of a second and 20 MB, and the start none.
    from holidays.countries.vietnam import Vietnam

    # With the year after: a Saturday of December may be worked for a day off in January.
    known = Vietnam(years=(year, year + 1))
    return frozenset(known), frozenset(known.weekend_workdays)
