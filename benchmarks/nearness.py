"""From which score on does a result by meaning belong on the find page?

    python -m benchmarks.nearness [--vectors FILE]

Searches people of the province would type, over the sample listings, beside searches for what no
listing is about and letters without meaning. A floor is good when it lets the former find something
and leaves the latter empty-handed.
"""

from __future__ import annotations

import argparse

from benchmarks.long_texts import matcher_of
from benchmarks.sample_pairs import records
from matching import encoders
from matching.cache import EmbeddingCache

SHOWN = 4  # results by meaning on the page
FLOORS = (0.3, 0.4, 0.5, 0.6)
MEANT = """
máy sấy nhãn; may say nhan; xử lý nước thải dệt nhuộm; dây chuyền đóng gói gạo; nhà kính trồng rau;
tiết kiệm điện lò nung; chế phẩm vi sinh xử lý rác; phân bón hữu cơ; truy xuất nguồn gốc nông sản;
cảm biến đo độ ẩm; máy cắt vải; đúc đồng; tìm nhà đầu tư; khử mùi chuồng lợn; bảo quản nghệ;
robot hàn; hao hụt khi phơi; làm khô trái cây; giảm mùi hôi trại chăn nuôi; nuôi cá; giống lúa;
gốm sứ; mây tre đan; lam sach nuoc ao; phần mềm kế toán; năng lượng mặt trời; trồng sen;
làm sao cho quả vải tươi lâu hơn; nấu tương; drying longan fruit; textile waste water treatment;
welding robot for small workshops
"""
NOT_THERE = """
asdfgh qwerty; zzzzqqqq; xyzzy plugh; khongcogiodau; 12345678; blargh; kjhsdf kjsdhf ksdjf;
bóng đá ngoại hạng Anh; thời tiết ngày mai; giá vàng hôm nay; bitcoin; phim hay; lịch thi đấu;
Ronaldo Messi; ngôi sao điện ảnh; công thức nấu phở; hello; aaaaaa; lorem ipsum dolor sit amet;
tử vi hôm nay; vé máy bay giá rẻ; fjdkslajfkdl;xin visa Mỹ; thơ tình; tôi yêu em; mua xe ô tô cũ;
blockchain metaverse
"""


def listed(text: str) -> list[str]:
    return [" ".join(piece.split()) for piece in text.split(";")]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--vectors", default="instance/index/embeddings.sqlite")
    known = list(records().values())
    cache = EmbeddingCache(options.parse_args().vectors)
    matcher = matcher_of(encoders.load(), cache, known)
    scores = {
        name: [[hit.score for hit in matcher.search(text, limit=SHOWN)] for text in listed(texts)]
        for name, texts in (("meant", MEANT), ("not there", NOT_THERE))
    }
    for floor in FLOORS:
        for name, found in scores.items():
            shown = [sum(score >= floor for score in each) for each in found]
            some = sum(number > 0 for number in shown) / len(shown)
            mean = sum(shown) / len(shown)
            print(f"floor {floor}: {name:10} something {some:.2f}, results {mean:.2f}")


if __name__ == "__main__":
    main()
