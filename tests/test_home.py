"""The signed-in home: every role finds there what waits for it, and nothing it may not read."""

import re
from datetime import timedelta

import pytest

from marketplace.models import Fact, Mail, utcnow


@pytest.fixture
def home(make, sign_in):
    return lambda role: sign_in(make.user(role=role)).get("/me").text


def figure(page, words) -> str:
    """The number above these words."""
    number = r'class="value">(?:<a[^>]*>)?([^<]*)(?:</a>)?</span>'
    found = re.search(rf'{number}\s*<span class="words">{words}<', page)
    assert found, words
    return found[1]


def test_the_head_of_the_centre_sees_sums_and_the_way_to_more(make, home):
    make.listing("need", unmet_since=utcnow())
    make.listing("need", state="draft")
    make.listing("offer")
    page = home("leader")
    assert figure(page, "nhu cầu đang đăng") == "1"
    assert figure(page, "hồ sơ khác đang đăng") == "1"
    assert figure(page, "nhu cầu chưa có lời giải") == "1"
    assert "/desk/quality" in page


def test_the_officer_reads_unmet_needs_the_longest_unanswered_first(make, home):
    now = utcnow()
    make.listing("need", title_vi="Chờ một ngày", unmet_since=now - timedelta(days=1))
    make.listing("need", title_vi="Chờ một tuần", unmet_since=now - timedelta(days=7),
                 visibility="registered")  # fmt: skip
    make.listing("need", title_vi="Chỉ cán bộ sàn", unmet_since=now, visibility="invitation")
    make.listing("need", title_vi="Còn nháp", unmet_since=now, state="draft")
    make.listing("need", title_vi="Đã có gợi ý")
    page = home("officer")
    assert page.index("Chờ một tuần") < page.index("Chờ một ngày")
    for words in ("Chỉ cán bộ sàn", "Còn nháp", "Đã có gợi ý"):
        assert words not in page


def test_an_officer_is_told_when_every_need_has_suggestions(home):
    assert "Nhu cầu nào cũng đã có gợi ý" in home("officer")


def test_the_auditor_reads_the_last_lines_of_the_log(make, home):
    make.listing("need", title_vi="Nội dung của người khác")
    page = home("auditor")
    assert "test.setup" in page
    assert "/admin/audit" in page
    assert "Nội dung của người khác" not in page


def test_the_administrator_sees_whether_the_machine_runs(make, home, session):
    now = utcnow()
    mail = {"recipient": "a@san.example", "subject": "x", "body": "x", "created_at": now,
            "run_after": now}  # fmt: skip
    page = home("sysadmin")
    assert "tiến trình nền chưa chạy" in page
    assert "chưa có chỉ mục" in page
    make.listing("need")
    make.user(password_hash="!", verified_at=None)
    make.save(Mail(**mail), Mail(**mail, refusals=5), Mail(**mail, sent_at=now),
              Fact(name="worker", value="alive", at=now))  # fmt: skip
    page = home("sysadmin")
    assert int(figure(page, "giây từ lần chạy cuối của tiến trình nền")) < 60
    for words in ("thay đổi chưa được ghép", "thư đang chờ gửi", "thư gửi không được",
                  "người được mời chưa nhận lời"):  # fmt: skip
        assert figure(page, words) == "1"


@pytest.mark.parametrize("role", ["member", "curator", "lead"])
def test_others_have_their_own_home(home, role):
    page = home(role)
    for words in ("Vận hành", "Nhật ký mới nhất", "Số liệu tổng hợp của sàn"):
        assert words not in page
