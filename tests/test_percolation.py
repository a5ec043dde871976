"""Standing queries: what an arriving document answers, and how few are looked at to tell."""

from random import Random

import pytest

from search import Document, Index, Query, Synonyms
from search.percolation import Percolator, frequencies, matches


def document(title="", body="", *, key="d", kind="offer", **facets):
    return Document(key, kind, "public", title, body, facets=facets)


def query(text="", **filters):
    return Query(text, filters={name: frozenset(values) for name, values in filters.items()})


@pytest.mark.parametrize(
    ("asked", "said", "answers"),
    [
        ("máy sấy nhãn", "Máy sấy long nhãn", True),
        ("may say nhan", "Máy sấy nhãn", True),  # no accent typed: any will do
        ("máy sấy nhẫn", "Máy sấy nhãn", False),  # the accent typed must be there
        ("nhãn", "may say nhan", False),
        ("may say nhan blockchain", "Máy sấy nhãn", False),  # all words, not most
        ("mya say", "máy sấy", False),  # no spelling is corrected
        ('"lò hơi"', "Lò hơi đốt trấu", True),
        ('"lò hơi"', "Lò đốt trấu, hơi nóng", False),
        ('"hơi lò"', "Lò hơi", False),
        ("máy -mây", "Máy đan mây", False),
        ("máy -mây", "Máy đan tre", True),
        ('máy -"đan mây"', "Máy đan bằng mây", True),
        ('máy -"đan mây"', "Máy đan mây", False),
        ("IP65", "Tủ điện IP 65", True),
        ("IP65", "Tủ IP, 65 kg", True),  # side by side all the same
        ("IP65", "Tủ 65 kg chuẩn IP", False),
        ("1.500 kg", "máy 1500kg", True),
        ("hoà lan", "Hòa Lan", True),
        ("máy sấy cho nhãn", "máy sấy nhãn", True),  # function words are not demanded
        ("kỹ thuật", "kĩ thuật", True),
        ('((* AND \x00 "', "and", True),
        ("", "bất cứ gì", True),
        ("-mây", "tre", True),
        ("-mây", "mây", False),
    ],
)
@pytest.mark.parametrize("field", ["title", "body"])
def test_strictly_what_was_typed(asked, said, answers, field):
    there = document(**{field: said})
    assert matches(query(asked), there) is answers
    standing = Percolator({})
    standing.put("q", query(asked))
    assert standing.matches(there) == (["q"] if answers else [])


def test_a_phrase_does_not_run_from_the_title_into_the_body():
    assert not matches(query('"lò hơi"'), document("Thanh lý lò", "Hơi nóng"))
    assert matches(query("lò hơi"), document("Thanh lý lò", "Hơi nóng"))


def test_letters_in_any_unicode_form_are_the_same():
    assert matches(query("ma\u0301y sa\u0302\u0301y"), document("máy sấy"))


def test_every_filter_must_be_met_by_one_of_its_values():
    there = document("Máy sấy", sectors=("211", "401"), place=("11953",))
    assert matches(query("máy", sectors={"401", "999"}, place={"11953"}), there)
    assert not matches(query("máy", sectors={"401"}, place={"1"}), there)
    assert matches(query("máy", kind={"offer", "need"}), there)
    assert not matches(query("máy", kind={"need"}), there)
    assert not matches(query(trl={"7-9"}), there)


def test_synonyms_stand_for_the_words_that_were_typed_and_for_nothing_in_quotes():
    same = Synonyms([{"HTX", "hợp tác xã"}])
    there = document("Hợp tác xã nhãn lồng")
    assert matches(query("HTX nhãn"), there, same)
    assert not matches(query("HTX nhãn"), there)
    assert not matches(query('"HTX" nhãn'), there, same)
    assert not matches(query("HTX nhãn"), document("Hợp tác về xã, nhãn"), same)
    assert matches(query("hợp tác xã nhãn"), document("HTX nhãn"), same)
    standing = Percolator({}, same)
    standing.put("q", query("HTX nhãn"))
    assert standing.matches(there) == standing.matches(document("nhãn HTX")) == ["q"]


def test_a_query_waits_under_its_rarest_word():
    collection = [document(f"máy sấy {each}") for each in ("nhãn", "lúa", "cá", "chè")]
    standing = Percolator(frequencies(collection))
    for number in range(500):
        standing.put(f"q{number}", query(f"máy sấy {'blockchain' if number % 2 else 'drone'}"))
    standing.put("nhãn", query("máy sấy nhãn"))
    arriving = document("Máy sấy nhãn")
    assert standing.candidates(arriving) == {"nhãn"} == set(standing.matches(arriving))
    assert standing.matches(document("Máy sấy bằng blockchain")) == sorted(
        f"q{number}" for number in range(1, 500, 2)
    )


def test_a_query_of_filters_alone_waits_under_them():
    standing = Percolator({})
    standing.put("place", query(place={"1"}))
    standing.put("everything", query())
    assert standing.candidates(document("x", place=("2",))) == {"everything"}
    assert standing.matches(document("x", place=("1", "2"))) == ["everything", "place"]


def test_queries_are_replaced_and_forgotten():
    standing = Percolator({})
    standing.put("q", query("máy"))
    standing.put("q", query("lò"))
    assert standing.matches(document("máy")) == []
    assert standing.matches(document("lò")) == ["q"]
    standing.drop("q")
    standing.drop("never there")
    assert standing.matches(document("lò")) == []
    assert (len(standing), "q" in standing, list(standing)) == (0, False, [])


WORDS = [
    *("máy", "may", "mây", "sấy", "say", "nhãn", "nhan", "lò", "lo", "hơi"),
    *("IP65", "65", "ip", "hòa", "hoà", "của"),
]
FORMS = ["{}", "{}", "{}", '"{} {}"', "-{}", '-"{} {}"', "{}-{}"]


def _asked(random):
    pieces = [random.choice(FORMS) for _ in range(random.randint(1, 4))]
    return " ".join(piece.format(*random.choices(WORDS, k=piece.count("{}"))) for piece in pieces)


def test_it_says_what_a_search_says_of_documents_that_hold_all_words_as_typed(tmp_path):
    """Three hundred queries over sixty documents, by the index and the other way round."""
    random = Random(7)
    documents = [
        document(
            " ".join(random.choices(WORDS, k=3)),
            " ".join(random.choices(WORDS, k=random.randint(1, 9))),
            key=f"d{number}",
            kind=random.choice(["offer", "need"]),
            place=(random.choice("123"),),
        )
        for number in range(60)
    ]
    index = Index(tmp_path / "index")
    index.rebuild(documents, 0)
    standing, asked = Percolator(frequencies(documents[:20])), {}
    for number in range(300):
        filters = random.choice([{}, {"place": {"1", "2"}}, {"kind": {"need"}, "place": {"3"}}])
        asked[f"q{number}"] = query(_asked(random), **filters)
        standing.put(f"q{number}", asked[f"q{number}"])
    answered = {key: set() for key in asked}
    for each in documents:
        for key in standing.matches(each):
            answered[key].add(each.key)
    told = 0
    for key, found in answered.items():
        everything = index.search(Query(asked[key].text, limit=100))
        hits = index.search(Query(asked[key].text, asked[key].filters, limit=100))
        one_by_one = {each.key for each in documents if matches(asked[key], each)}
        assert found == one_by_one, asked[key]
        strict = {each.key for each in documents if matches(Query(asked[key].text), each)}
        if strict:  # else the search falls back to less than was asked for
            assert {hit.key for hit in everything.hits} == strict, asked[key]
            assert {hit.key for hit in hits.hits} == found, asked[key]
            told += 1
    assert told > 100


def test_nothing_anybody_types_breaks_it():
    random = Random(3)
    standing = Percolator({})
    for number in range(400):
        text = "".join(chr(random.choice([random.randint(1, 255), random.randint(1, 0xD7FF)]))
                       for _ in range(random.randint(0, 60)))  # fmt: skip
        standing.put(str(number), query(text))
        assert isinstance(standing.matches(document(text, text)), list)
