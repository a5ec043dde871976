"""What is asked for and not answered: groups of records, named by their own words, on a map.

Three steps, each the same at every run over the same index:

1. **A point per record**: the mean of its passage vectors, the mean of all records taken off, and
   brought back to length one. Vectors of a sentence encoder all point one way; without their
   common part, cosines spread (Mu and Viswanath, "All-but-the-Top", ICLR 2018; their further step
   of removing principal directions is left out, as these are what a map shows).
2. **Groups**: agglomerative clustering with average linkage over cosine distance (Sokal and
   Michener 1958). The tree is cut where the mean silhouette (Rousseeuw 1987) is largest, and
   never where two branches have no more in common than records have by chance (`by_chance`): a
   record unlike all others stays alone.
3. **A map**: see `project`.

Names are words that members of a group share, as their authors wrote them (matching.explain).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from math import log

import numpy as np

from matching.explain import shared_terms
from matching.index import PassageIndex, text_of
from matching.text import TOKEN, clean

NAME_TERMS = 3  # a group is called by so many terms
SHARED = 12  # of so many that two members share
NEAREST = 3
CENTRAL = 12  # members that are compared pair by pair for a name
HALF_A_WORD = 0.3
ONE_IN_TWENTY = 1.645  # standard deviations of a normal distribution, one side
NORMAL = 1.4826  # from median absolute deviation to standard deviation of a normal distribution
LARGEST = 20  # groups at most, unless more have too little in common: a map, not a list
# All pairs of records are compared: 2,000 take 16 MB and seconds.
MOST = 2000
FITTED = 1200  # points the map is fitted to; above, principal components alone (seconds, not hours)


@dataclass(frozen=True)
class Point:
    """A record on the map; x and y lie between 0 and 1. `group` counts from 0 in the order of
    `Map.groups`; -1 is a record that was placed, not grouped."""

    key: str
    x: float
    y: float
    group: int = -1


@dataclass(frozen=True)
class Group:
    """Records that ask for the like.

    terms    what they share, the most telling first; of a lone record, what it says most
    keys     the members, the most central first
    nearest  (key, cosine) of the placed records closest to the middle, best first
    """

    terms: tuple[str, ...]
    keys: tuple[str, ...]
    nearest: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Map:
    """`groups` are sorted by size, the largest first; `silhouette` is -1 to 1, 0 for one group."""

    points: tuple[Point, ...]
    groups: tuple[Group, ...]
    silhouette: float = 0.0

    def to_dict(self) -> dict:
        """JSON values; `from_dict` takes them back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict) -> Map:
        """Raises KeyError or TypeError when the values are not those of a map."""
        return cls(
            tuple(Point(**each) for each in values["points"]),
            tuple(
                Group(
                    tuple(each["terms"]),
                    tuple(each["keys"]),
                    tuple((key, score) for key, score in each["nearest"]),
                )
                for each in values["groups"]
            ),
            values["silhouette"],
        )


def survey(
    index: PassageIndex,
    asking: Sequence[str],
    answering: Sequence[str] = (),
    others: Sequence[str] = (),
) -> Map:
    """Group the records `asking`, and place those `answering`, and `others`, beside them. Keys the
    index does not hold are left out; of more than MOST of a sort the first count."""
    asking, answering, others = _held(index, asking, answering, others)
    placed = (*asking, *answering, *others)
    # What is common is common to all that are on the map, and so is its middle.
    vectors = centred([index.vectors(key) for key in placed])
    needs, offers = vectors[: len(asking)], vectors[len(asking) : len(asking) + len(answering)]
    labels, score = group(needs, by_chance(vectors))
    texts = [text_of(index.record(key)) for key in asking]
    titles = [index.record(key).parts.get("title", "") for key in asking]
    groups, number = [], {}
    for label, members in _members(labels, asking):
        number[label] = len(groups)
        middle = needs[members].mean(axis=0)
        central = sorted(members, key=lambda at: (-float(needs[at] @ middle), asking[at]))
        groups.append(
            Group(
                terms=name(
                    [texts[at] for at in central],
                    [titles[at] for at in central],
                    index.lexical.rarity,
                    texts,
                ),
                keys=tuple(asking[at] for at in central),
                nearest=_nearest(middle, offers, answering),
            )
        )
    places = project(vectors)
    points = [
        Point(key, *place, number[labels[at]] if at < len(asking) else -1)
        for at, (key, place) in enumerate(zip(placed, places, strict=True))
    ]
    return Map(tuple(points), tuple(groups), round(score, 3))


def _held(index: PassageIndex, *lists: Sequence[str]) -> list[list[str]]:
    """The keys of each list that the index holds with at least one passage, each key once."""
    seen: set[str] = set()
    kept = []
    for keys in lists:
        mine = []
        for key in keys:
            if key not in seen and key in index and len(index.vectors(key)):
                seen.add(key)
                mine.append(key)
        kept.append(mine[:MOST])
    return kept


def centred(passages: Sequence[np.ndarray]) -> np.ndarray:
    """(n, d): one vector of length one for each record's passages, the common part taken off."""
    if not len(passages):
        return np.zeros((0, 0), np.float32)
    means = np.array([each.mean(axis=0) for each in passages], dtype=np.float64)
    means -= means.mean(axis=0)
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    return np.divide(means, lengths, out=np.zeros_like(means), where=lengths > 1e-12)


def by_chance(vectors: np.ndarray) -> float:
    """The cosine only one pair in twenty of unrelated records exceeds, were they normal: median and
    1.645 deviations of all pairs, taken from the median absolute deviation (Hampel 1974), since
    most pairs are unrelated and the related ones must not count. 0 for fewer than two records."""
    if len(vectors) < 2:
        return 0.0
    cosines = (vectors @ vectors.T)[np.triu_indices(len(vectors), 1)]
    middle = float(np.median(cosines))
    return middle + ONE_IN_TWENTY * NORMAL * float(np.median(np.abs(cosines - middle)))


def group(vectors: np.ndarray, chance: float = 0.0) -> tuple[np.ndarray, float]:
    """(n,) group numbers and the mean silhouette of the cut, 0 when there is nothing to cut. No
    group's halves have a mean cosine of `chance` or less."""
    count = len(vectors)
    if count < 3:
        return np.arange(count), 0.0
    # Imported here: a site that only reads maps needs neither.
    from scipy.cluster.hierarchy import average, fcluster
    from scipy.spatial.distance import squareform

    apart = np.clip(1 - vectors @ vectors.T, 0, 2)
    np.fill_diagonal(apart, 0)
    tree = average(squareform(apart, checks=False))
    best = fcluster(tree, 1 - chance - 1e-9, "distance")
    fewest, score = max(2, int(best.max())), 0.0
    for wanted in range(fewest, min(max(LARGEST, fewest), count - 1) + 1):
        labels = fcluster(tree, wanted, "maxclust")
        found = silhouette(apart, labels)
        if found > score + 1e-9:  # of equal cuts the coarser one
            best, score = labels, found
    return best, score


def silhouette(apart: np.ndarray, labels: np.ndarray) -> float:
    """Mean over the records of (b - a) / max(a, b): a is the mean distance to the own group, b to
    the closest other one; 0 for a record alone (Rousseeuw, J. Comput. Appl. Math. 20, 1987)."""
    names, own = np.unique(labels, return_inverse=True)
    if len(names) < 2:
        return 0.0
    sizes = np.bincount(own)
    sums = np.stack([apart[:, own == each].sum(axis=1) for each in range(len(names))], axis=1)
    rows = np.arange(len(labels))
    inside = sums[rows, own] / np.maximum(sizes[own] - 1, 1)
    outside = sums / sizes
    outside[rows, own] = np.inf
    closest = outside.min(axis=1)
    larger = np.maximum(inside, closest)
    values = np.divide(closest - inside, larger, out=np.zeros_like(larger), where=larger > 0)
    return float(np.where(sizes[own] > 1, values, 0).mean())


def name(
    texts: Sequence[str],
    titles: Sequence[str],
    rarity: Callable[[str], float],
    everything: Sequence[str] = (),
    limit: int = NAME_TERMS,
) -> tuple[str, ...]:
    """What the texts of a group share and the others do not, as a person wrote it.

    A term two members share counts by how many members use it, times how rare it is among
    `everything` that was grouped: class-based TF-IDF (Grootendorst, BERTopic, 2022) over the terms
    of matching.explain. Two syllables are a word in Vietnamese, one is often half of one. A lone
    text is named by what its title and its body both say. Where no whole word
    is shared: by the first title.
    """
    if len(texts) == 1:
        pairs = [(texts[0].removeprefix(titles[0]), titles[0])]
    else:
        central = texts[:CENTRAL]
        pairs = [(a, b) for at, a in enumerate(central) for b in central[at + 1 :]]
    written: dict[str, str] = {}
    for a, b in pairs:
        for term in shared_terms(a, b, rarity, SHARED):
            known = written.setdefault(term.lower(), term)
            # Of two ways of writing it, the one that does not begin a sentence.
            written[term.lower()] = max(known, term, key=lambda each: each[0].islower())

    def whole(term: str) -> bool:
        return len(term.split()) > 1 or written[term][1:] != term[1:]

    members, others = _lowered(texts), _lowered(everything or texts)
    heads = _lowered(titles)

    def weight(term: str) -> float:
        used, common = _using(term, members), max(1, _using(term, others))
        named = 1 + _using(term, heads) / len(heads)
        return used * log(1 + len(others) / common) * (1 if whole(term) else HALF_A_WORD) * named

    best = sorted(
        (term for term in written if not term[0].isdigit()), key=lambda term: (-weight(term), term)
    )
    chosen: list[str] = []
    for term in best:
        if len(chosen) == limit:
            break
        if not any(f" {term} " in f" {each} " or f" {each} " in f" {term} " for each in chosen):
            chosen.append(term)
    # A lone syllable says something beside a word only.
    return tuple(written[term] for term in chosen) if any(map(whole, chosen)) else (titles[0],)


def _lowered(texts: Sequence[str]) -> list[str]:
    """Texts to look terms up in: lower case, one space between words, none of them cut in half."""
    return [f" {' '.join(TOKEN.findall(clean(text).lower()))} " for text in texts]


def _using(term: str, texts: Sequence[str]) -> int:
    return sum(f" {term} " in text for text in texts)


def project(vectors: np.ndarray) -> list[tuple[float, float]]:
    """(n, d) -> places in the unit square: metric multidimensional scaling by SMACOF (de Leeuw
    1977), begun at the first two principal components.

    Chosen by measurement on the sample's needs and offers. Trustworthiness of five neighbours
    (Venna and Kaski 2001): principal components .74, this .81, t-SNE .93. What a twentieth fewer
    records do to the rest (Procrustes disparity, 0 the same, 1 unrelated): .01-.03, .01-.04,
    .42-.97. A reader who comes back next week must find the groups where they were.
    """
    count = len(vectors)
    if count < 3:
        return [(0.5, 0.5)] * count if count < 2 else [(0.25, 0.5), (0.75, 0.5)]
    start = _principal(vectors)
    places = start
    if count <= FITTED:
        from sklearn.manifold import smacof

        apart = np.sqrt(np.clip(2 - 2 * (vectors @ vectors.T), 0, None))
        np.fill_diagonal(apart, 0)
        places, _stress = smacof(
            (apart + apart.T) / 2, init=start, n_init=1, max_iter=300, random_state=0
        )
    low, high = places.min(axis=0), places.max(axis=0)
    unit = (places - low) / np.where(high - low > 1e-12, high - low, 1)
    return [(round(float(x), 4), round(float(y), 4)) for x, y in unit]


def _principal(vectors: np.ndarray) -> np.ndarray:
    """(n, 2). A component's sign is arbitrary: the largest weight is made positive, or the map
    would turn over from one night to the next."""
    flat = vectors - vectors.mean(axis=0)
    axes = np.linalg.svd(flat, full_matrices=False)[2][:2]
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
    places = flat @ (axes * signs[:, None]).T
    return np.column_stack([places, np.zeros((len(places), 2 - places.shape[1]))])


def _members(labels: np.ndarray, keys: Sequence[str]) -> list[tuple[int, list[int]]]:
    """(label, rows) of each group, the largest first, then by its first key."""
    rows: dict[int, list[int]] = {}
    for at, label in enumerate(labels):
        rows.setdefault(int(label), []).append(at)
    return sorted(rows.items(), key=lambda each: (-len(each[1]), min(keys[at] for at in each[1])))


def _nearest(
    middle: np.ndarray, offers: np.ndarray, keys: Sequence[str]
) -> tuple[tuple[str, float], ...]:
    length = float(np.linalg.norm(middle))
    if not len(offers) or length < 1e-12:
        return ()
    cosines = offers @ (middle / length)
    first = np.argsort(-cosines, kind="stable")[:NEAREST]
    return tuple((keys[at], round(float(cosines[at]), 4)) for at in first)
