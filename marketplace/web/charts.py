"""Where the points of a chart stand. Templates draw what is reckoned here; lengths are numbers of
the SVG's own units, which are pixels on a wide screen."""

from flask_babel import format_percent
from flask_babel import gettext as _

from marketplace.services.quality.measures import BINS, Bin, Share
from marketplace.web.presentation import day

# The frame all charts share: room for the numbers of the axes at the left and below.
LEFT, RIGHT, TOP, BOTTOM = 52, 18, 14, 40
TREND = (760, 280)
SQUARE = (420, 420)
GRID = (0, 25, 50, 75, 100)
LABELS = 7  # of weeks, written below the axis


def percent(value) -> str:
    return "–" if value is None else format_percent(value, "#,##0%")


def interval(share: Share) -> str:
    """`62–79%`, or nothing where there is nothing to know."""
    if not share.n:
        return ""
    return _("%(low)s đến %(high)s", low=percent(share.low), high=percent(share.high))


def range_of(number) -> str:
    """The said probabilities of a bin: `30% đến 40%`; any other text as it is."""
    text = str(number)
    if not text.isdigit() or int(text) >= BINS:
        return text
    low, high = int(text) / BINS, (int(text) + 1) / BINS
    return _("%(low)s đến %(high)s", low=percent(low), high=percent(high))


def _frame(size):
    width, height = size
    high = height - TOP - BOTTOM
    return {
        "width": width,
        "height": height,
        "left": LEFT,
        "right": width - RIGHT,
        "top": TOP,
        "bottom": height - BOTTOM,
        "grid": [(each, round(height - BOTTOM - high * each / 100, 1)) for each in GRID],
    }


def _y(size, value: float) -> float:
    return round(size[1] - BOTTOM - (size[1] - TOP - BOTTOM) * value, 1)


def trend(weeks: dict, url_of) -> dict:
    """Shares over weeks: points with their intervals, and lines through neighbours."""
    frame, wide = _frame(TREND), TREND[0] - LEFT - RIGHT
    step = wide / max(1, len(weeks))
    every = -(-len(weeks) // LABELS) if weeks else 1
    points = []
    for at, (week, share) in enumerate(weeks.items()):
        x = round(LEFT + step * (at + 0.5), 1)
        point = _point(TREND, x, share) if share.n else {"x": x, "share": share, "y": None}
        points.append(
            point | {
                "words": _("tuần từ %(day)s", day=day(week)),
                "label": week.strftime("%d/%m") if at % every == 0 else "",
                "url": url_of(week.isoformat()) if share.n else "",
            }
        )  # fmt: skip
    return frame | {"points": points, "lines": _lines(points)}


def _lines(points) -> list[str]:
    """One line for each run of weeks with verdicts; it does not bridge weeks without any."""
    runs: list[list[str]] = [[]]
    for each in points:
        if each["y"] is None:
            runs.append([])
        else:
            runs[-1].append(f"{each['x']},{each['y']}")
    return [" ".join(run) for run in runs if len(run) > 1]


def _point(size, x, share: Share) -> dict:
    return {
        "x": x,
        "y": _y(size, share.value),
        "low": _y(size, share.low),
        "high": _y(size, share.high),
        "share": share,
    }


def reliability(bins: list[Bin], url_of) -> dict:
    """Said against found; on the diagonal a probability keeps its word. Points grow with the
    number of verdicts (their area, not their width)."""
    frame, wide = _frame(SQUARE), SQUARE[0] - LEFT - RIGHT
    most = max((each.found.n for each in bins), default=1)
    points = [
        _point(SQUARE, round(LEFT + wide * each.said, 1), each.found) | {
            "r": round(5 + 6 * (each.found.n / most) ** 0.5, 1),
            "said": each.said,
            "words": range_of(each.number),
            "url": url_of(each.number),
        }
        for each in bins
    ]  # fmt: skip
    columns = [(each, round(LEFT + wide * each / 100, 1)) for each in GRID]
    return frame | {"points": points, "columns": columns}
