"""Which of many standing queries an arriving document answers: search turned round.

    standing = Percolator(frequencies(some_documents))
    standing.put("a key", Query("máy sấy nhãn", filters={"kind": frozenset({"offer"})}))
    standing.matches(document)  # ["a key"]

Strict, for nobody looks at the outcome before it is told: every word as it was typed (an accent
typed must be there), phrases and codes in a row, nothing excluded, every filter met. What a search
falls back to when it finds nothing (other accents, most of the words, a spelling) counts for
nothing here, and function words are not demanded where a search does not demand them.

The queries stand in a tree of what they cannot do without, the rarest first: a document walks down
only where it has all of it, and so is compared with few of thousands. Whoever reads the outcome
decides who may be told; audiences are not looked at.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from search import analysis
from search.query_language import Term, understand
from search.records import Document, Query
from search.synonyms import Synonyms

KIND = "kind"

# What is demanded: any of these terms, the word that was typed or a synonym of it.
Requirement = tuple[Term, ...]
# Something a document has or has not: a folded token, or a value of a facet.
Sign = str | tuple[str, str]


class Text:
    """A document as standing queries look at it: tokens of its title and of its body in both
    spellings, and its facets."""

    def __init__(self, document: Document):
        self.fields = [_field(text) for text in (document.title, document.body)]
        self.folded = frozenset().union(*(folded for _accented, folded in self.fields))
        self.accented = frozenset().union(*(accented for accented, _folded in self.fields))
        self.facets = {name: frozenset(values) for name, values in document.facets.items()}
        self.facets[KIND] = frozenset({document.kind})
        values = {(name, value) for name, values in self.facets.items() for value in values}
        self.signs: frozenset[Sign] = self.folded | values

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

    def needs(self) -> Iterator[frozenset[Sign]]:
        """What everything it takes has, all of it: usually one set, and several, any of which is
        enough, where every word has a synonym and no filter is of one value."""
        alone = [terms[0] for terms in self.requirements if len(terms) == 1]
        signs = {token for term in alone for token in term.folded}
        signs |= {(name, *values) for name, values in self.filters.items() if len(values) == 1}
        if signs or not (self.requirements or self.filters):
            yield frozenset(signs)
        elif self.requirements:
            yield from (frozenset(term.folded) for term in self.requirements[0])
        else:
            name, values = min(self.filters.items(), key=lambda each: len(each[1]))
            yield from (frozenset({(name, value)}) for value in values)

    def takes(self, text: Text) -> bool:
        return (
            all(
                values & text.facets.get(name, frozenset()) for name, values in self.filters.items()
            )
            and all(any(map(text.has, terms)) for terms in self.requirements)
            and not any(map(text.has, self.excluded))
        )


class Branch(dict):
    """Further signs, and the keys of the queries that need no more than led here."""

    __slots__ = ("keys_here",)

    def __init__(self):
        self.keys_here: set[str] = set()


class Percolator:
    """Standing queries by key, in memory.

    `frequency` says how many documents of the collection (or of a sample of it) have a sign: it
    decides the shape of the tree, never what matches. `synonyms` are those of every query, as
    they were put in, beside its own.
    """

    def __init__(self, frequency: Mapping[Sign, int], synonyms: Synonyms = Synonyms.NONE):
        self._frequency, self.synonyms = frequency, synonyms
        self._standing: dict[str, Standing] = {}
        self._root = Branch()

    def __len__(self) -> int:
        return len(self._standing)

    def __contains__(self, key: str) -> bool:
        return key in self._standing

    def __iter__(self) -> Iterator[str]:
        return iter(self._standing)

    def put(self, key: str, query: Query) -> None:
        """Let the query wait; one already waiting under the key is replaced."""
        self.drop(key)
        self._standing[key] = standing = Standing.of(query, self.synonyms.joined(query.synonyms))
        for way in self._ways(standing):
            branch = self._root
            for sign in way:
                branch = branch.setdefault(sign, Branch())
            branch.keys_here.add(key)

    def drop(self, key: str) -> None:
        """Forget the query; nothing happens for a key that is not there."""
        standing = self._standing.pop(key, None)
        if standing is None:
            return
        for way in self._ways(standing):
            branches = [self._root]
            for sign in way:
                branches.append(branches[-1][sign])
            branches[-1].keys_here.discard(key)
            for above, sign in zip(reversed(branches[:-1]), reversed(way), strict=True):
                if not above[sign] and not above[sign].keys_here:
                    del above[sign]

    def candidates(self, document: Document) -> set[str]:
        """The keys of the queries a document is compared with."""
        return self._candidates(Text(document))

    def matches(self, document: Document) -> list[str]:
        """The keys of the queries the document answers, in order."""
        text = Text(document)
        return sorted(key for key in self._candidates(text) if self._standing[key].takes(text))

    def _candidates(self, text: Text) -> set[str]:
        found, branches = set(), [self._root]
        while branches:
            branch = branches.pop()
            found |= branch.keys_here
            branches += [branch[sign] for sign in branch.keys() & text.signs]
        return found

    def _ways(self, standing: Standing) -> list[list[Sign]]:
        return [sorted(signs, key=self._rarity) for signs in standing.needs()]

    def _rarity(self, sign: Sign):
        """Rare first; one order for all, so that queries share their branches."""
        return self._frequency.get(sign, 0), isinstance(sign, tuple), sign


def matches(query: Query, document: Document, synonyms: Synonyms = Synonyms.NONE) -> bool:
    """Whether this one document answers this one query."""
    return Standing.of(query, synonyms).takes(Text(document))


def frequencies(documents: Iterable[Document]) -> Counter[Sign]:
    """How many of the documents have each sign."""
    return Counter(sign for document in documents for sign in Text(document).signs)


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
