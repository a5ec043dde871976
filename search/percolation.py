"""Which of many standing queries an arriving document answers: search turned round.

    standing = Percolator(frequencies(some_documents))
    standing.put("a key", Query("máy sấy nhãn", filters={"kind": frozenset({"offer"})}))
    standing.matches(document)  # ["a key"]

Strict, for nobody looks at the outcome before it is told: every word as it was typed (an accent
typed must be there), phrases and codes in a row, nothing excluded, every filter met. What a search
falls back to when it finds nothing (other accents, most of the words, a spelling) counts for
nothing here, and function words are not demanded where a search does not demand them.

Each query waits under the rarest of the tokens it cannot do without, so a document is compared
with those only that wait under one of its own: thousands of queries, a handful looked at. Whoever
reads the outcome decides who may be told; audiences are not looked at.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from search import analysis
from search.query_language import Term, understand
from search.records import Document, Query
from search.synonyms import Synonyms

KIND = "kind"

# What is demanded: any of these terms, the word that was typed or a synonym of it.
Requirement = tuple[Term, ...]
# Where a query waits: under a folded token, or under a value of a facet.
Place = str | tuple[str, str]


class Text:
    """A document as standing queries look at it: tokens of its title and of its body in both
    spellings, and its facets."""

    def __init__(self, document: Document):
        self.fields = [_field(text) for text in (document.title, document.body)]
        self.folded = frozenset().union(*(folded for _accented, folded in self.fields))
        self.accented = frozenset().union(*(accented for accented, _folded in self.fields))
        self.facets = {name: frozenset(values) for name, values in document.facets.items()}
        self.facets[KIND] = frozenset({document.kind})

    def has(self, term: Term) -> bool:
        """Whether the term stands there as it was typed, its tokens side by side in one field."""
        pairs = list(zip(term.accented, term.folded, strict=True))
        if not all(
            plain in self.folded if shown.isascii() else shown in self.accented
            for shown, plain in pairs
        ):
            return False
        if len(pairs) == 1:
            return True
        return any(_in_a_row(field, pairs) for field in self.fields)

    def places(self) -> Iterator[Place]:
        """Every place under which a query may wait for this document."""
        yield from self.folded
        for name, values in self.facets.items():
            yield from ((name, value) for value in values)


@dataclass(frozen=True)
class Standing:
    """One query, understood. No requirement and no filter: it takes everything not excluded."""

    requirements: tuple[Requirement, ...]
    excluded: tuple[Term, ...]
    filters: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, query: Query, synonyms: Synonyms = Synonyms.NONE) -> "Standing":
        wanted = understand(query.text, synonyms)
        words = ((word, *wanted.synonyms_of(word)) for word in wanted.words)
        return cls(
            requirements=(*words, *((phrase,) for phrase in wanted.phrases)),
            excluded=wanted.excluded,
            filters={name: frozenset(values) for name, values in query.filters.items() if values},
        )

    def takes(self, text: Text) -> bool:
        return (
            all(
                values & text.facets.get(name, frozenset()) for name, values in self.filters.items()
            )
            and all(any(map(text.has, terms)) for terms in self.requirements)
            and not any(map(text.has, self.excluded))
        )


class Percolator:
    """Standing queries by key, in memory.

    `frequency` says in how many documents of the collection (or of a sample of it) a folded token
    stands: it decides where a query waits, never what it matches. `synonyms` are those of every
    query, as they were put in.
    """

    def __init__(self, frequency: Mapping[str, int], synonyms: Synonyms = Synonyms.NONE):
        self._frequency, self.synonyms = frequency, synonyms
        self._standing: dict[str, Standing] = {}
        self._waiting: dict[Place, set[str]] = {}
        self._places: dict[str, tuple[Place, ...]] = {}
        self._anywhere: set[str] = set()

    def __len__(self) -> int:
        return len(self._standing)

    def __contains__(self, key: str) -> bool:
        return key in self._standing

    def __iter__(self) -> Iterator[str]:
        return iter(self._standing)

    def put(self, key: str, query: Query) -> None:
        """Let the query wait; one already waiting under the key is replaced."""
        self.drop(key)
        standing = Standing.of(query, self.synonyms)
        self._standing[key] = standing
        self._places[key] = places = self._where(standing)
        for place in places:
            self._waiting.setdefault(place, set()).add(key)
        if not places:
            self._anywhere.add(key)

    def drop(self, key: str) -> None:
        """Forget the query; nothing happens for a key that is not there."""
        if self._standing.pop(key, None) is None:
            return
        self._anywhere.discard(key)
        for place in self._places.pop(key):
            self._waiting[place].discard(key)
            if not self._waiting[place]:
                del self._waiting[place]

    def candidates(self, document: Document) -> set[str]:
        """The keys of the queries a document is compared with."""
        return self._candidates(Text(document))

    def matches(self, document: Document) -> list[str]:
        """The keys of the queries the document answers, in order."""
        text = Text(document)
        return sorted(key for key in self._candidates(text) if self._standing[key].takes(text))

    def _candidates(self, text: Text) -> set[str]:
        found = set(self._anywhere)
        for place in text.places():
            found |= self._waiting.get(place, frozenset())
        return found

    def _where(self, standing: Standing) -> tuple[Place, ...]:
        """The places of the requirement the fewest documents meet; without one, those of the
        filter with the fewest values; nowhere in particular for a query that takes everything."""
        if standing.requirements:
            choices = [
                tuple({self._rarest(term) for term in terms}) for terms in standing.requirements
            ]
            return min(choices, key=self._crowd)
        by_facet = [
            tuple((name, value) for value in values) for name, values in standing.filters.items()
        ]
        return min(by_facet, key=len, default=())

    def _rarest(self, term: Term) -> str:
        return min(term.folded, key=self._rarity)

    def _crowd(self, tokens: tuple[str, ...]):
        frequency, waiting, _length = map(sum, zip(*map(self._rarity, tokens), strict=True))
        return frequency, waiting, len(tokens), tokens

    def _rarity(self, token: str) -> tuple[int, int, int]:
        """Rare first: in few documents, with few queries waiting, and long."""
        return (
            self._frequency.get(token, 0),
            len(self._waiting.get(token, ())),
            -len(token),
        )


def matches(query: Query, document: Document, synonyms: Synonyms = Synonyms.NONE) -> bool:
    """Whether this one document answers this one query."""
    return Standing.of(query, synonyms).takes(Text(document))


def frequencies(documents: Iterable[Document]) -> dict[str, int]:
    """In how many of the documents each folded token stands."""
    counts: dict[str, int] = {}
    for document in documents:
        for token in Text(document).folded:
            counts[token] = counts.get(token, 0) + 1
    return counts


def _field(text: str) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """Where each token stands, by its accented and by its folded spelling."""
    accented: dict[str, list[int]] = {}
    folded: dict[str, list[int]] = {}
    for position, syllable in enumerate(analysis.syllables(text)):
        accented.setdefault(syllable, []).append(position)
        folded.setdefault(analysis.folded(syllable), []).append(position)
    return accented, folded


def _in_a_row(field, pairs) -> bool:
    accented, folded = field
    lists = [
        folded.get(plain, ()) if shown.isascii() else accented.get(shown, ())
        for shown, plain in pairs
    ]
    later = [frozenset(positions) for positions in lists[1:]]
    return any(
        all(start + step in positions for step, positions in enumerate(later, start=1))
        for start in lists[0]
    )
