"""How fast search answers, beside SQLite FTS5 on the same folded tokens in the same run.

    python -m benchmarks.search --sizes 1k,10k [--json FILE]

Listings are generated from a fixed seed out of the words a province really uses; queries are
phrases of those words, none typed twice. Both engines get the same queries in turn, query by
query, so a busy machine slows both alike: read ratios before milliseconds. Ours is timed from the
text a visitor typed, analysis, ranking and the page of hits included; FTS5 is given its tokens
ready made, ranks by bm25 and counts its facets in SQL.
"""

import argparse
import json
import random
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path

from search import Document, Index, Query
from search.analysis import folded, syllables

SEED = 20260701
QUERIES = 60
PAGE = 20

KINDS = ["offer", "need", "idea", "startup", "mentor", "expert", "investor", "support"]
SECTORS = [f"s{number:02d}" for number in range(20)]
PLACES = [f"p{number:03d}" for number in range(104)]
READINESS = [f"trl{number}" for number in range(1, 10)]
FACETS = ("kind", "sectors", "place", "readiness")

# What a listing is about: things, what is done to them, with what, and how it is said.
MACHINES = """
máy sấy; máy sàng; máy đóng gói; máy nghiền; máy ép; máy cắt; máy bóc vỏ; dây chuyền chế biến;
hệ thống tưới; hệ thống lọc; hệ thống giám sát; bộ điều khiển; kho lạnh; lò nung; lò hơi; buồng
chiếu xạ; cảm biến độ ẩm; trạm quan trắc; robot hàn; băng tải; máy phun sơn; máy dệt; khuôn đúc;
nồi hấp; bồn lên men; máy chiết rót; thiết bị bay; phần mềm quản lý; nền tảng truy xuất; tem
điện tử; máy in; pin lưu trữ
"""
PRODUCTS = """
nhãn lồng; vải thiều; nghệ vàng; hạt sen; gạo nếp; lúa chất lượng cao; cam đường; chuối tiêu
hồng; rau an toàn; hoa cây cảnh; gà Đông Tảo; lợn thịt; bò sữa; cá rô phi; tôm càng xanh; tương
Bần; mật ong; đồng đúc; gỗ mỹ nghệ; hương xạ; mây tre đan; chiếu cói; vải dệt kim; sợi tái chế;
thép xây dựng; linh kiện điện tử; bao bì giấy; nhựa tái chế; thức ăn chăn nuôi; phân hữu cơ;
tinh bột nghệ; long nhãn
"""
ACTIONS = """
xử lý nước thải; bảo quản sau thu hoạch; tiết kiệm năng lượng; tự động hóa; kiểm tra chất lượng;
truy xuất nguồn gốc; giảm phát thải; lên men vi sinh; chiết xuất hoạt chất; tái chế phế phẩm;
thu hồi nhiệt thải; khử mùi chuồng trại; nhân giống vô tính; chẩn đoán bệnh; phân loại sản phẩm;
đóng gói hút chân không; chuyển đổi số; quản lý đơn hàng; đào tạo nhân lực; thiết kế khuôn mẫu
"""
TECHNOLOGIES = """
bơm nhiệt; năng lượng mặt trời; trí tuệ nhân tạo; màng lọc nano; chế phẩm sinh học; sóng siêu
âm; chân không thăng hoa; vi sóng; điện phân; internet vạn vật; thị giác máy tính; biến tần;
than hoạt tính; enzym thủy phân; bùn hoạt tính; công nghệ MBR; plasma lạnh; ozone; khí sinh học;
mô hình số
"""
SAYINGS = """Đơn vị đã thử nghiệm tại xã và sẵn sàng chuyển giao cho doanh nghiệp;
Chi phí vận hành thấp hơn so với phương pháp đang dùng của cơ sở;
Sản phẩm đạt yêu cầu về an toàn thực phẩm và có thể kiểm tra tại chỗ;
Chúng tôi cần một đối tác có năng lực lắp đặt trong thời gian ngắn;
Thiết bị được bảo hành và hướng dẫn sử dụng cho người lao động địa phương;
Nhóm nghiên cứu đã công bố kết quả và đăng ký bảo hộ giải pháp hữu ích;
Quy mô phù hợp với hợp tác xã, làng nghề và doanh nghiệp nhỏ;
Hiện trạng cơ sở chưa ổn định, tỷ lệ hao hụt cao vào mùa mưa;
Nguồn vốn đối ứng đã có, mong muốn hỗ trợ thủ tục và kết nối thị trường;
Yêu cầu kết nối với hệ thống hiện có, không thay đổi mặt bằng nhà xưởng"""
COMMUNES = """Phố Hiến;Mỹ Hào;Văn Giang;Khoái Châu;Yên Mỹ;Ân Thi;Tiên Lữ;Phù Cừ;Kim Động;Văn Lâm;
Thái Bình;Kiến Xương;Tiền Hải;Đông Hưng;Quỳnh Phụ;Hưng Hà;Vũ Thư;Thái Thụy"""
WITHOUT_ACCENTS = 3  # one query in so many is typed without accents


def listed(text):
    return [" ".join(piece.split()) for piece in text.split(";")]


class Province:
    """A seeded source of listings and of the phrases people would look for."""

    def __init__(self, seed=SEED):
        self.random = random.Random(seed)
        self.machines, self.products = listed(MACHINES), listed(PRODUCTS)
        self.actions, self.technologies = listed(ACTIONS), listed(TECHNOLOGIES)
        self.sayings, self.communes = listed(SAYINGS), listed(COMMUNES)
        words = {w for t in (MACHINES, PRODUCTS, ACTIONS, TECHNOLOGIES) for w in t.split()}
        self.words = sorted(word.strip(";") for word in words)

    def documents(self, count):
        return [self.document(number) for number in range(count)]

    def document(self, number):
        pick, some = self.random.choice, self.random.randint
        machine, product = pick(self.machines), pick(self.products)
        action, technology = pick(self.actions), pick(self.technologies)
        sentences = [
            f"{machine} dùng {technology} để {action} cho {product}",
            f"Công suất {some(1, 90) * 50} kg/mẻ, điện áp 220 V, đạt IP{some(5, 6)}5",
            f"Địa điểm: {pick(self.communes)}, mã số HY-{number:06d}",
            f"Theo TCVN {some(4000, 9999)}:20{some(10, 25)}",
            *(pick(self.sayings) for _ in range(some(3, 7))),
            "Áp dụng được cho " + ", ".join(pick(self.products) for _ in range(3)),
            # Words nobody chose for a search engine: names, remarks, the long tail of any text.
            " ".join(pick(self.words) for _ in range(some(20, 80))),
        ]
        self.random.shuffle(sentences)
        return Document(
            key=f"l{number}",
            kind=pick(KINDS),
            audience="public" if some(1, 20) > 1 else "registered",
            title=f"{machine} {product} bằng {technology}".capitalize(),
            body=". ".join(sentences),
            facets={
                "sectors": tuple(self.random.sample(SECTORS, some(1, 3))),
                "place": (pick(PLACES),),
                "readiness": (pick(READINESS),),
            },
            sort={"published": f"2026-{some(1, 12):02d}-{some(1, 28):02d}"},
            version=1,
        )

    def words_of(self, count):
        """A query of so many syllables that some listing could hold."""
        pick = self.random.choice
        parts = [self.machines, self.products, self.technologies, self.actions]
        while True:
            typed = " ".join(pick(p) for p in self.random.sample(parts, 3)).split()
            if len(typed) >= count:
                start = 0 if count > 1 else self.random.randrange(len(typed))
                return typed[start : start + count]

    def queries(self, words):
        """Distinct query texts, some without accents, and what to filter by."""
        seen = {}
        for attempt in range(QUERIES * 50):
            typed = self.words_of(words)
            if attempt % WITHOUT_ACCENTS == 0:
                typed = [folded(syllable) for syllable in typed]
            seen.setdefault(
                " ".join(typed), (self.random.choice(KINDS), self.random.choice(SECTORS))
            )
            if len(seen) == QUERIES:
                break
        return list(seen.items())


class Fts5:
    """SQLite FTS5 holding the same folded tokens, with tables for filters and facets."""

    name = "fts5"

    def __init__(self, folder, documents):
        self.db = sqlite3.connect(folder / "fts5.sqlite")
        self.db.executescript(
            """
            PRAGMA journal_mode = WAL;
            CREATE VIRTUAL TABLE text
                USING fts5(title, body, tokenize = "unicode61 tokenchars '.'");
            CREATE TABLE listing (id INTEGER PRIMARY KEY, key TEXT UNIQUE, audience TEXT);
            CREATE TABLE facet (id INTEGER, name TEXT, value TEXT,
                                PRIMARY KEY (name, value, id)) WITHOUT ROWID;
            CREATE INDEX facet_of ON facet (id, name, value);
            """
        )
        with self.db:
            for number, document in enumerate(documents, start=1):
                self.add(number, document)

    def add(self, number, document):
        tokens = [
            " ".join(map(folded, syllables(text))) for text in (document.title, document.body)
        ]
        values = [("kind", document.kind)]
        values += [(name, value) for name, many in document.facets.items() for value in many]
        self.db.execute("INSERT INTO text (rowid, title, body) VALUES (?, ?, ?)", (number, *tokens))
        self.db.execute(
            "INSERT INTO listing VALUES (?, ?, ?)", (number, document.key, document.audience)
        )
        self.db.executemany(
            "INSERT INTO facet VALUES (?, ?, ?)", [(number, *value) for value in values]
        )

    def search(self, query):
        tokens = " ".join(f'"{folded(syllable)}"' for syllable in syllables(query.text))
        conditions = "text MATCH ? AND audience = 'public'"
        arguments = [tokens]
        for name, wanted in query.filters.items():
            conditions += (
                " AND EXISTS (SELECT 1 FROM facet f WHERE f.id = listing.id AND name = ?"  # noqa: S608
                f" AND value IN ({','.join('?' * len(wanted))}))"
            )
            arguments += [name, *wanted]
        source = f"FROM text JOIN listing ON listing.id = text.rowid WHERE {conditions}"
        page = self.db.execute(
            f"SELECT key {source} ORDER BY bm25(text, 3.0, 1.0) LIMIT {PAGE}",
            arguments,
        ).fetchall()
        total = self.db.execute(f"SELECT count(*) {source}", arguments).fetchone()[0]
        for name in query.facets:
            self.db.execute(
                "SELECT value, count(*) FROM facet WHERE name = ?"  # noqa: S608
                f" AND id IN (SELECT listing.id {source}) GROUP BY value",
                [name, *arguments],
            ).fetchall()
        return total, page


def cases(province):
    """Name of each case and its queries."""
    for words in (1, 2, 4):
        texts = province.queries(words)
        yield f"{words} term{'s' * (words > 1)}", [Query(text) for text, _ in texts]
    texts = province.queries(2)
    yield (
        "filtered",
        [
            Query(text, filters={"kind": frozenset({kind}), "sectors": frozenset({sector})})
            for text, (kind, sector) in texts
        ],
    )
    yield "faceted", [Query(text, facets=FACETS) for text, _ in province.queries(2)]


def timed(action):
    start = time.perf_counter()
    result = action()
    return (time.perf_counter() - start) * 1000, result


def percentile(values, share):
    return statistics.quantiles(values, n=100, method="inclusive")[share - 1]


def measure(size, folder):
    """Rows of results for one size; prints what else is worth knowing."""
    province = Province()
    documents = province.documents(size)
    index = Index(folder / "ours", refresh_seconds=0)
    built, _ = timed(lambda: index.rebuild(documents, position=0))
    fts_built, fts5 = timed(lambda: Fts5(folder, documents))
    opened, _ = timed(lambda: index.search(Query("x")))
    used = sum(f.stat().st_size for f in (folder / "ours").rglob("*") if f.is_file())
    print(
        f"{size:,} listings: built in {built / 1000:.1f} s ({used / 1e6:.0f} MB), "
        f"opened in {opened:.0f} ms; fts5 built in {fts_built / 1000:.1f} s"
    )

    engines = {index.engine.name: index.search, Fts5.name: fts5.search}
    # Cases mixed, so that none profits from what another has already pulled into a cache.
    asked = [(case, query) for case, queries in cases(province) for query in queries]
    province.random.shuffle(asked)
    spent = {}
    for case, query in asked:
        for name, search in engines.items():
            took, _ = timed(lambda: search(query))  # noqa: B023
            spent.setdefault((case, name), []).append(took)
    rows = [
        {"engine": name, "size": size, "case": case}
        | {f"p{share}_ms": round(percentile(values, share), 3) for share in (50, 95)}
        for (case, name), values in sorted(spent.items())
    ]
    visible = [update_visible(index, province, size + number) for number in range(20)]
    print(
        f"one listing saved and found again: p50 {percentile(visible, 50):.0f} ms,"
        f" p95 {percentile(visible, 95):.0f} ms (commit and refresh, no outbox wait)"
    )
    return rows


def update_visible(index, province, number):
    """Milliseconds from handing over a new listing to finding it."""
    fresh = province.document(number)
    start = time.perf_counter()
    index.update([fresh], [], position=number)
    found = index.search(Query(f"HY-{number:06d}", audiences=frozenset({fresh.audience})))
    assert fresh.key in {hit.key for hit in found.hits}
    return (time.perf_counter() - start) * 1000


def show(rows):
    print(f"\n{'size':>8} {'case':<10} {'engine':<8} {'p50 ms':>9} {'p95 ms':>9}")
    ours = {(r["size"], r["case"]): r for r in rows if r["engine"] != Fts5.name}
    theirs = {(r["size"], r["case"]): r for r in rows if r["engine"] == Fts5.name}
    for row in rows:
        print(
            f"{row['size']:>8,} {row['case']:<10} {row['engine']:<8}"
            f" {row['p50_ms']:>9.2f} {row['p95_ms']:>9.2f}"
        )
    for share in (50, 95):
        ratios = [ours[key][f"p{share}_ms"] / theirs[key][f"p{share}_ms"] for key in ours]
        mean = statistics.geometric_mean(ratios)
        print(f"p{share}, ours / FTS5: geometric mean {mean:.2f}, worst case {max(ratios):.2f}")


def sizes(text):
    return [int(part.lower().replace("k", "000")) for part in text.split(",")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=sizes, default=[1_000, 10_000], help="such as 1k,10k")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    arguments = parser.parse_args()
    rows = []
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory() as folder:
            rows += measure(size, Path(folder))
    show(rows)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1), "utf-8")


if __name__ == "__main__":
    main()
