"""The drawing of the map of needs and offers: where each mark stands, and none on another."""

from collections import Counter

from marketplace.domain import disclosure
from marketplace.services.quality.landscape import Landscape, Place
from marketplace.web import wording

WIDTH, HEIGHT, EDGE = 960, 600, 26
APART = 27  # between links: a finger or a shaky hand needs 24 (WCAG 2.5.8)
LINKS = 150  # unmet needs drawn; the table has them all
ROUNDS = 200


def drawn(land: Landscape) -> dict:
    """`needs`: unmet needs as links; `met`, `offers`: marks behind them; all with x and y."""
    unmet = sorted((each for each in land.places if each.group is not None), key=_by_group)
    needs, behind = unmet[:LINKS], [each for each in land.places if each.group is None]
    spots = _spread([_at(each) for each in needs])
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "needs": [_mark(each, x, y) for each, (x, y) in zip(needs, spots, strict=True)],
        "met": [_mark(each, *_at(each)) for each in behind if each.listing.kind == "need"],
        "offers": [_mark(each, *_at(each)) for each in behind if each.listing.kind == "offer"],
        "left_out": len(unmet) - len(needs),
    }


def _by_group(place: Place):
    return place.group, place.listing.id


def _at(place: Place) -> tuple[float, float]:
    return EDGE + place.x * (WIDTH - 2 * EDGE), HEIGHT - EDGE - place.y * (HEIGHT - 2 * EDGE)


def _mark(place: Place, x: float, y: float) -> dict:
    return {"listing": place.listing, "group": place.group, "x": round(x, 1), "y": round(y, 1)}


def _spread(spots: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Push marks that are closer than APART away from each other, half the way each, until none
    is. The same spots always end in the same places."""
    spots = [list(each) for each in spots]
    for _round in range(ROUNDS):
        moved = False
        for at, one in enumerate(spots):
            for number, other in enumerate(spots[at + 1 :], start=1):
                dx, dy = other[0] - one[0], other[1] - one[1]
                far = (dx * dx + dy * dy) ** 0.5
                if far >= APART:
                    continue
                moved = True
                if far < 1e-6:  # exactly on each other: aside, each pair in its own direction
                    dx, dy, far = (1.0, 0.0, 1.0) if number % 2 else (0.0, 1.0, 1.0)
                push = (APART - min(far, APART) + 0.5) / 2 / far
                for spot, sign in ((one, -1), (other, 1)):
                    spot[0] = min(WIDTH - EDGE, max(EDGE, spot[0] + sign * dx * push))
                    spot[1] = min(HEIGHT - EDGE, max(EDGE, spot[1] + sign * dy * push))
        if not moved:
            break
    return [(x, y) for x, y in spots]


def missing(matches, actor) -> list[tuple[str, int]]:
    """What keeps the closest offers from fitting: the hard rules that fail, as sentences, with the
    number of needs each is said of; None among `matches` is a need without any candidate. A need
    whose closest offer fails no rule is one nobody's text answers: it is not named here."""
    failing: Counter[str] = Counter()
    for match in matches:
        if match is None:
            continue
        levels = disclosure.levels(actor, match.a) & disclosure.levels(actor, match.b)
        rules = wording.constraints(match.explanation or {}, levels=levels)
        failing.update({words for words, ok, _detail, hard in rules if hard and ok is False})
    return failing.most_common()
