"""What a visitor wants, as tantivy's own query objects; its query parser never sees their text.

Each audience has fields of its own, so a query for the public reads no posting list in which a
hidden document could stand. In a text field every token takes two places, the folded spelling in
the even one and the accented one, if it shows an accent, in the odd one: a phrase may ask for
either, token by token.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from tantivy import (
    Filter,
    Index,
    Occur,
    Query,
    Schema,
    SchemaBuilder,
    TextAnalyzerBuilder,
    Tokenizer,
)

from search import analysis
from search.query_language import Term, Wanted
from search.records import AUDIENCES

SLOTS = "slots"  # our tokenizer: pieces between spaces, and a place without anything
COLUMN = "column"  # a text to sort by: whole in its column, and nothing of it among the words
NOTHING = "."
ACCENTED = "="  # what an accented spelling begins with, so that it is never a folded one
# The end of a title and the beginning of a body are no phrase.
GAP = f" {NOTHING} {NOTHING} "
KEY, STATE, AUDIENCE, FACETS = "key", "state", "audience", "facets"
AT, TITLE_LENGTH, BODY_LENGTH = "at", "title_length", "body_length"
POSITION, WORDS_END, WORDS_SUM = "position", "words_end", "words_sum"
SORT_FIELDS = ("newest", "deadline", "title")
# What a word in the title is worth when candidates are gathered; the exact rank comes after.
TITLE_BOOST = 1.0


def text_field(audience: str) -> str:
    return f"text_{audience}"


def title_field(audience: str) -> str:
    return f"title_{audience}"


def sort_field(name: str) -> str:
    return f"by_{name}"


@lru_cache(maxsize=1)
def schema() -> Schema:
    builder = SchemaBuilder()
    for name in (KEY, AUDIENCE):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for audience in sorted(AUDIENCES):
        builder.add_text_field(text_field(audience), tokenizer_name=SLOTS)
        builder.add_text_field(title_field(audience), tokenizer_name=SLOTS, index_option="freq")
    builder.add_json_field(FACETS, fast=True, tokenizer_name="raw", index_option="basic")
    for name in SORT_FIELDS:
        builder.add_text_field(
            sort_field(name), fast=True, tokenizer_name=COLUMN, index_option="basic"
        )
    for name in (AT, TITLE_LENGTH, BODY_LENGTH, POSITION, WORDS_END, WORDS_SUM):
        builder.add_integer_field(name, fast=True)
    return builder.build()


def register(index: Index) -> None:
    """Tell an index how the texts of its fields are split."""
    words = TextAnalyzerBuilder(Tokenizer.whitespace())
    index.register_tokenizer(SLOTS, words.filter(Filter.custom_stopword([NOTHING])).build())
    # Tantivy indexes every text it keeps in a column, which here would be a waste: nobody looks
    # for the whole of one. So it finds no token, for each is longer than nothing.
    none = TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.remove_long(1)).build()
    index.register_tokenizer(COLUMN, none)
    index.register_fast_field_tokenizer(COLUMN, TextAnalyzerBuilder(Tokenizer.raw()).build())


@lru_cache(maxsize=131_072)
def slots(syllable: str) -> str:
    """The two places an accented token takes in a text field."""
    folded = analysis.folded(syllable) or NOTHING
    return f"{folded} {NOTHING if syllable.isascii() else ACCENTED + syllable}"


def spelt(syllable: str, *, as_typed: bool) -> str:
    """The token to look for: an accent typed must be there, if it is meant."""
    if as_typed and not syllable.isascii():
        return ACCENTED + syllable
    return analysis.folded(syllable)


@lru_cache(maxsize=1024)
def facet_path(name: str) -> str:
    """Where the values of a facet are; any name will do, dots and all."""
    plain = name.isascii() and name.replace("_", "").isalnum()
    return f"p{name}" if plain else f"x{name.encode('utf-8', 'surrogatepass').hex()}"


@lru_cache(maxsize=8192)
def facet_value(value: str) -> str:
    """A value as it is stored: any text, and never one that looks like a number or a date."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return "x" + value.encode("utf-8", "surrogatepass").hex()
    return "p" + value


def facet_shown(stored: str) -> str:
    if stored.startswith("x"):
        return bytes.fromhex(stored[1:]).decode("utf-8", "surrogatepass")
    return stored[1:]


class Reach:
    """Queries over the documents of some audiences and no others."""

    def __init__(self, audiences: Iterable[str]):
        self.audiences = tuple(sorted(AUDIENCES.intersection(audiences)))

    def everything(self) -> Query:
        return any_of([Query.term_query(schema(), AUDIENCE, each) for each in self.audiences])

    def token(self, token: str) -> Query:
        return any_of(
            [Query.term_query(schema(), text_field(each), token) for each in self.audiences]
        )

    def term(self, term: Term, *, as_typed: bool) -> Query:
        """Documents that hold the tokens of a term in a row, in title or body."""
        spellings = [spelt(syllable, as_typed=as_typed) for syllable in term.accented]
        if len(spellings) == 1:
            return self.token(spellings[0])
        places = [
            (2 * number + token.startswith(ACCENTED), token)
            for number, token in enumerate(spellings)
        ]
        first = places[0][0]
        places = [(place - first, token) for place, token in places]
        return any_of(
            [Query.phrase_query(schema(), text_field(each), places) for each in self.audiences]
        )

    def matching(self, wanted: Wanted, *, as_typed: bool, most: bool = False) -> Query:
        """Everything that must be there and nothing excluded; of the words all, or `most`."""
        clauses = [(Occur.Must, self.term(term, as_typed=as_typed)) for term in wanted.phrases]
        words = [self._word(word, wanted, as_typed) for word in wanted.words]
        if most:
            enough = len(words) // 2 + 1
            some = [(Occur.Should, word) for word in words]
            clauses.append((Occur.Must, Query.boolean_query(some, enough)))
        else:
            clauses += [(Occur.Must, word) for word in words]
        if not clauses:
            clauses = [(Occur.Must, self.everything())]
        # What is behind a minus means what it says, whatever else is read without its marks.
        clauses += [(Occur.MustNot, self.term(term, as_typed=True)) for term in wanted.excluded]
        return clauses[0][1] if len(clauses) == 1 else Query.boolean_query(clauses)

    def better_in_titles(self, matching: Query, wanted: Wanted, *, as_typed: bool) -> Query:
        """The same documents, the probably best with the highest scores."""
        titles = [
            (
                Occur.Should,
                Query.boost_query(
                    Query.term_query(
                        schema(), title_field(audience), spelt(syllable, as_typed=as_typed)
                    ),
                    TITLE_BOOST,
                ),
            )
            for term in (*wanted.words, *wanted.phrases)
            for syllable in term.accented
            for audience in self.audiences
        ]
        return Query.boolean_query([(Occur.Must, matching), *titles]) if titles else matching

    def _word(self, word, wanted, as_typed):
        others = [each.by for each in wanted.instead if word in each.words]
        return any_of([self.term(each, as_typed=as_typed) for each in (word, *others)])


def any_of(queries: Sequence[Query]) -> Query:
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Occur.Should, query) for query in queries])


def all_of(queries: Sequence[Query]) -> Query:
    """What matches each of them; cheaper than `both` where nothing is scored."""
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Occur.Must, query) for query in queries])


def having(facet: str, values: Iterable[str]) -> Query:
    """Documents with one of these values."""
    path = f"{FACETS}.{facet_path(facet)}"
    return any_of(
        [Query.term_query(schema(), path, facet_value(value)) for value in sorted(values)]
    )


def both(query: Query, filters: Sequence[Query]) -> Query:
    """What matches the query and every filter; filters do not score."""
    if not filters:
        return query
    clauses = [(Occur.Must, Query.const_score_query(each, 0.0)) for each in filters]
    return Query.boolean_query([(Occur.Must, query), *clauses])
