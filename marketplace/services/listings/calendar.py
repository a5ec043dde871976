"""Promises are made in working days, counted where the centre is."""

from datetime import datetime, time, timedelta

from marketplace.services.listings.numbers import LOCAL

ANSWER_IN = 3  # working days from submission to the desk's answer
FLAG_ANSWER_IN = 1
CLOSING = time(17, 0)
# Public holidays on fixed days, as (month, day). The days of Tet, of the Hung Kings and the second
# day of National Day are set by the government each year and are not promised here.
HOLIDAYS = frozenset({(1, 1), (4, 30), (5, 1), (9, 2)})


def due(now: datetime, days: int = ANSWER_IN) -> datetime:
    """Closing time of the `days`-th working day after `now`."""
    day = now.astimezone(LOCAL).date()
    while days:
        day += timedelta(days=1)
        if day.weekday() < 5 and (day.month, day.day) not in HOLIDAYS:
            days -= 1
    return datetime.combine(day, CLOSING, LOCAL)
