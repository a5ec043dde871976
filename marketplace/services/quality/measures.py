"""The arithmetic of the quality page, without a database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from statistics import median as _median

Z = 1.959963984540054  # 95%, two sides
BINS = 10
FEW = 10  # a share that rests on fewer is shown as not yet known


@dataclass(frozen=True)
class Share:
    """`hits` of `n`, and the interval the true share lies in, 95 times of 100: Wilson (JASA 22,
    1927), which stays within 0 and 1 and holds for few cases, unlike the normal one. Verdicts on
    one listing's suggestions are taken as independent; where they are not it is a little wider."""

    hits: int
    n: int

    @property
    def value(self) -> float | None:
        return self.hits / self.n if self.n else None

    @property
    def percent(self) -> int | None:
        """Rounded, for reading."""
        return round(100 * self.hits / self.n) if self.n else None

    @property
    def few(self) -> bool:
        return self.n < FEW

    @property
    def low(self) -> float:
        return self._interval()[0]

    @property
    def high(self) -> float:
        return self._interval()[1]

    def _interval(self) -> tuple[float, float]:
        if not self.n:
            return 0.0, 1.0
        p, n = self.hits / self.n, self.n
        middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z / (1 + Z * Z / n) * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
        # Rounding must not leave 1e-17 where the formula says nothing at all.
        low = 0.0 if self.hits == 0 else max(0.0, middle - half)
        high = 1.0 if self.hits == n else min(1.0, middle + half)
        return low, high


def share(verdicts: Iterable[bool]) -> Share:
    verdicts = list(verdicts)
    return Share(sum(verdicts), len(verdicts))


@dataclass(frozen=True)
class Bin:
    """Suggestions whose said probability lies in [low, high): the mean said, and what was found."""

    number: int
    low: float
    high: float
    said: float
    found: Share


def reliability(pairs: Iterable[tuple[float, bool]], bins: int = BINS) -> list[Bin]:
    """(said probability, was it right) -> equal-width bins that hold any: a reliability diagram
    (Niculescu-Mizil and Caruana, ICML 2005). The last bin holds 1.0."""
    held: dict[int, list[tuple[float, bool]]] = {}
    for said, right in pairs:
        held.setdefault(bin_of(said, bins), []).append((said, right))
    return [
        Bin(
            number, number / bins, (number + 1) / bins,
            sum(said for said, _ in each) / len(each), share(right for _, right in each),
        )
        for number, each in sorted(held.items())
    ]  # fmt: skip


def bin_of(said: float, bins: int = BINS) -> int:
    return min(bins - 1, max(0, int(said * bins)))


def calibration_error(found: Sequence[Bin]) -> float | None:
    """Expected calibration error: mean of |said - found| over the bins, weighted by their counts
    (Naeini, Cooper and Hauskrecht, AAAI 2015). None without any."""
    total = sum(each.found.n for each in found)
    if not total:
        return None
    return sum(each.found.n * abs(each.said - each.found.value) for each in found) / total


def gini(counts: Sequence[float]) -> float | None:
    """0: all are shown alike; towards 1: one is shown always. Gini (1912) by the sorted form;
    None when nobody is shown."""
    counts, total = sorted(counts), sum(counts)
    if not total:
        return None
    ranked = sum(rank * each for rank, each in enumerate(counts, start=1))
    return 2 * ranked / (len(counts) * total) - (len(counts) + 1) / len(counts)


def of_top_tenth(counts: Sequence[float]) -> float | None:
    """The part of all exposure that the most shown tenth (at least one) has."""
    total = sum(counts)
    if not total:
        return None
    return sum(sorted(counts, reverse=True)[: ceil(len(counts) / 10)]) / total


def median(values: Sequence[float]) -> float | None:
    return _median(values) if values else None
