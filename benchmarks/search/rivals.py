"""What ours is measured beside: SQLite FTS5, and tantivy's own interface.

Both are spared what a site needs: they get their tokens ready made, hold public documents only, so
that nothing is filtered by reader, and do not count their matches unless facets are asked for.
"""

import sqlite3

import tantivy

from search.analysis import folded, syllables

PAGE = 20


def tokens(text):
    return " ".join(map(folded, syllables(text)))


class Fts5:
    """A contentless FTS5 table of folded tokens, with tables for filters and facets."""

    name = "fts5"

    def __init__(self, folder, documents):
        self.db = sqlite3.connect(folder / "fts5.sqlite")
        self.db.executescript(
            """
            PRAGMA journal_mode = WAL;
            CREATE VIRTUAL TABLE text
                USING fts5(title, body, content = "", tokenize = "unicode61 tokenchars '.'");
            CREATE TABLE listing (id INTEGER PRIMARY KEY, key TEXT UNIQUE);
            CREATE TABLE facet (id INTEGER, name TEXT, value TEXT,
                                PRIMARY KEY (name, value, id)) WITHOUT ROWID;
            CREATE INDEX facet_of ON facet (id, name, value);
            """
        )
        with self.db:
            for number, document in enumerate(documents, start=1):
                if document.audience == "public":
                    self._add(number, document)

    def _add(self, number, document):
        self.db.execute(
            "INSERT INTO text (rowid, title, body) VALUES (?, ?, ?)",
            (number, tokens(document.title), tokens(document.body)),
        )
        values = [("kind", document.kind)]
        values += [(name, value) for name, many in document.facets.items() for value in many]
        self.db.execute("INSERT INTO listing VALUES (?, ?)", (number, document.key))
        self.db.executemany(
            "INSERT INTO facet VALUES (?, ?, ?)", [(number, *value) for value in values]
        )

    def search(self, query, joined=" "):
        words = [f'"{folded(syllable)}"' for syllable in syllables(query.text)]
        conditions, arguments = "text MATCH ?", [joined.join(words)]
        for name, wanted in query.filters.items():
            conditions += (
                " AND EXISTS (SELECT 1 FROM facet f WHERE f.id = text.rowid AND name = ?"  # noqa: S608
                f" AND value IN ({','.join('?' * len(wanted))}))"
            )
            arguments += [name, *wanted]
        source = f"FROM text WHERE {conditions}"
        best = self.db.execute(
            f"SELECT rowid {source} ORDER BY bm25(text, 3.0, 1.0) LIMIT {PAGE}", arguments
        ).fetchall()
        for name in query.facets:
            self.db.execute(
                "SELECT value, count(*) FROM facet WHERE name = ?"  # noqa: S608
                f" AND id IN (SELECT text.rowid {source}) GROUP BY value",
                [name, *arguments],
            ).fetchall()
        return best


class Raw:
    """Tantivy as its manual shows it: two text fields, its own query parser, no accents."""

    name = "raw tantivy"

    def __init__(self, folder, documents):
        builder = tantivy.SchemaBuilder()
        for field in ("title", "body"):
            builder.add_text_field(field, tokenizer_name="whitespace")
        builder.add_text_field("key", stored=True, tokenizer_name="raw")
        builder.add_json_field("facets", fast=True, tokenizer_name="raw")
        (folder / "raw").mkdir()
        self.index = tantivy.Index(builder.build(), path=str(folder / "raw"))
        writer = self.index.writer(500_000_000, 1)
        for document in documents:
            if document.audience == "public":
                facets = {"kind": [document.kind]} | {
                    k: list(v) for k, v in document.facets.items()
                }
                writer.add_document(
                    tantivy.Document(
                        title=tokens(document.title),
                        body=tokens(document.body),
                        key=document.key,
                        facets=facets,
                    )
                )
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()
        self.searcher = self.index.searcher()

    def search(self, query, joined=" AND "):
        text = joined.join(f'"{folded(syllable)}"' for syllable in syllables(query.text))
        for name, wanted in query.filters.items():
            text = f"({text}) AND (" + " OR ".join(f'facets.{name}:"{v}"' for v in wanted) + ")"
        parsed = self.index.parse_query(text, ["title", "body"], {"title": 3.0})
        best = self.searcher.search(parsed, PAGE, count=False)
        if query.facets:
            asked = {n: {"terms": {"field": f"facets.{n}", "size": 1000}} for n in query.facets}
            self.searcher.aggregate(parsed, asked)
        return [self.searcher.doc(address)["key"] for _, address in best.hits]
