"""The proposals of a period as one assignment, so that nobody is flooded and newcomers are seen.

Taking the best pair first, again and again, sends most proposals to the few who suit nearly
everybody. Here all pairs of a period are chosen together: the greatest total score such that

    each asking side   gets at most `each` proposals,
    each answering side gets at most its free places, and at most `limit` in the period,
    a newcomer         gets at least one, whenever the above leaves room for it.

This is a b-matching in a bipartite graph, or a flow of least cost: source - a - b - sink. Its
constraint matrix is that of a network, hence totally unimodular (Hoffman and Kruskal 1956), so the
linear program has whole solutions and no branching is needed. A newcomer's first unit runs over an
arc of its own, worth more than all scores together: seeing one more newcomer comes before score.

Why a sparse linear program (HiGHS, dual simplex) and not scipy's linear_sum_assignment over one
row a slot: with two slots on both sides that would give the same pair twice, and its dense matrix
grows with the places. Capacity in reciprocal recommendation: Palomares et al., Information Fusion
69 (2021), sections 2 and 6.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Pair(NamedTuple):
    """A pair good enough to propose. `a` asks, `b` answers; `score` above 0, see `reciprocal`."""

    a: str
    b: str
    score: float


@dataclass(frozen=True)
class Round:
    """What to propose.

    chosen   pairs, best first
    loads    answering side -> its pairs in this round; those without one are not named
    total    sum of the chosen scores
    seen     newcomers that got at least one
    """

    chosen: tuple[Pair, ...]
    loads: Mapping[str, int]
    total: float
    seen: frozenset[str]

    @property
    def largest(self) -> int:
        """The largest load; 0 for an empty round."""
        return max(self.loads.values(), default=0)


@dataclass(frozen=True)
class Limits:
    """What a round must keep to.

    places     answering side -> free places; who is not named has none
    limit      largest load of a period; None: no limit but the places
    each       proposals one asking side may get in a period
    earlier    key of either side -> proposals it had earlier in the period
    newcomers  answering sides that were never proposed to anybody
    """

    places: Mapping[str, int]
    limit: int | None = None
    each: int = 1
    earlier: Mapping[str, int] = field(default_factory=dict)
    newcomers: Collection[str] = frozenset()

    def asks(self, a: str) -> int:
        """How many more `a` may get."""
        return max(0, self.each - self.earlier.get(a, 0))

    def takes(self, b: str) -> int:
        """How many more `b` may get."""
        room = self.places.get(b, 0)
        if self.limit is not None:
            room = min(room, self.limit - self.earlier.get(b, 0))
        return max(0, room)


def reciprocal(forth: float, back: float) -> float:
    """Harmonic mean of both directions: high only when both are, 0 when either is.

    RECON's way to join two one-sided scores (Pizzato et al., RecSys 2010); the usual choice since
    (Palomares et al. 2021, table 4).
    """
    return 2 * forth * back / (forth + back) if forth > 0 and back > 0 else 0.0


def assign(pairs: Iterable[Pair], limits: Limits) -> Round:
    """The round of greatest total score within the limits, most newcomers seen first.

    The same pairs in another order give the same round. Pairs of score 0 are never chosen.
    """
    edges = _possible(pairs, limits)
    return (
        _round(edges, _solve(edges, limits), limits) if edges else Round((), {}, 0.0, frozenset())
    )


def greedy(pairs: Iterable[Pair], limits: Limits) -> Round:
    """Best pair first within the same limits: what `assign` is measured against."""
    edges = _possible(pairs, limits)
    by_score = sorted(range(len(edges)), key=lambda at: (-edges[at].score, edges[at]))
    of_a, of_b, chosen = Counter(), Counter(), set()

    def take(at):
        a, b, _score = edges[at]
        if at not in chosen and of_a[a] < limits.asks(a) and of_b[b] < limits.takes(b):
            chosen.add(at)
            of_a[a], of_b[b] = of_a[a] + 1, of_b[b] + 1

    for at in by_score:
        if edges[at].b in limits.newcomers and not of_b[edges[at].b]:
            take(at)
    for at in by_score:
        take(at)
    return _round(edges, sorted(chosen), limits)


def tradeoff(pairs: Iterable[Pair], limits: Limits) -> tuple[tuple[int, float], ...]:
    """(largest load allowed, total score) from 1 up to where a higher limit brings nothing more.

    Never falls and bends only downwards: a total is the value of a linear program in its
    right-hand side. Above seven the limit grows by a quarter a step.
    """
    pairs = list(pairs)
    most, curve, limit = assign(pairs, _with_limit(limits, None)).total, [], 1
    while most > 0:
        total = assign(pairs, _with_limit(limits, limit)).total
        curve.append((limit, total))
        if total >= most - 1e-6:
            break
        limit = max(limit + 1, limit * 5 // 4)
    return tuple(curve)


def _with_limit(limits: Limits, limit: int | None) -> Limits:
    return Limits(limits.places, limit, limits.each, limits.earlier, limits.newcomers)


def _possible(pairs: Iterable[Pair], limits: Limits) -> list[Pair]:
    """Pairs somebody has room for, each once with its best score, in a fixed order."""
    best: dict[tuple[str, str], float] = {}
    for a, b, score in pairs:
        if score > 0 and limits.asks(a) and limits.takes(b):
            best[a, b] = max(score, best.get((a, b), 0.0))
    return [Pair(a, b, score) for (a, b), score in sorted(best.items())]


def _solve(edges: list[Pair], limits: Limits) -> list[int]:
    """Positions of the chosen pairs: columns are pairs, then one `seen` a newcomer."""
    import numpy as np
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    asking = sorted({edge.a for edge in edges})
    answering = sorted({edge.b for edge in edges})
    new = [b for b in answering if b in limits.newcomers]
    row_of_a = {a: row for row, a in enumerate(asking)}
    row_of_b = {b: len(asking) + row for row, b in enumerate(answering)}
    column_of_new = {b: len(edges) + column for column, b in enumerate(new)}
    row_of_new = {b: len(asking) + len(answering) + row for row, b in enumerate(new)}

    cells = []  # (row, column, value)
    room = np.array(
        [limits.asks(a) for a in asking]
        + [limits.takes(b) - (b in limits.newcomers) for b in answering]
        + [0] * len(new),
        np.float64,
    )
    for column, (a, b, _score) in enumerate(edges):
        cells += [(row_of_a[a], column, 1), (row_of_b[b], column, 1)]
        if b in column_of_new:
            cells.append((row_of_new[b], column, -1))
    for b in new:  # load - seen <= room - 1, and seen <= load
        cells += [(row_of_b[b], column_of_new[b], -1), (row_of_new[b], column_of_new[b], 1)]
    rows, columns, values = zip(*cells, strict=True)
    matrix = coo_array((values, (rows, columns)), (len(room), len(edges) + len(new)))

    # More than any round can score, so that a newcomer seen is worth whatever it costs.
    bonus = 1 + sum(limits.asks(a) for a in asking) * max(edge.score for edge in edges)
    worth = np.array([edge.score for edge in edges] + [bonus] * len(new))
    solved = linprog(-worth, matrix.tocsr(), room, bounds=(0, 1), method="highs-ds")
    if solved.x is None:  # staying at 0 is always within the limits
        raise RuntimeError(f"the round could not be computed: {solved.message}")
    return [int(column) for column in np.flatnonzero(solved.x[: len(edges)] > 0.5)]


def _round(edges: list[Pair], chosen: Iterable[int], limits: Limits) -> Round:
    taken = sorted((edges[at] for at in chosen), key=lambda edge: (-edge.score, edge))
    loads = dict(Counter(edge.b for edge in taken))
    return Round(
        tuple(taken),
        loads,
        sum((edge.score for edge in taken), 0.0),
        frozenset(b for b in loads if b in limits.newcomers),
    )
