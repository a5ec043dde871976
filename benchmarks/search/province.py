"""Listings generated from a fixed seed out of the words a province really uses, and queries of
those words, none typed twice."""

import random

from search import Document
from search.analysis import folded

SEED = 20260701
QUERIES = 60

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
