"""What goes wrong at a keyboard, in a real browser: every time a clear answer, and nothing lost."""

import re

import pytest
from browser import Finger, Mouse, MouseWithoutScripts, serve
from conftest import build
from playwright.sync_api import expect

from marketplace.models import Listing, db

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

SCRIPT = "<script>alert('x')</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def site(tmp_path_factory, pictures):
    """One exchange for all of these: each test has people and listings of its own."""
    folder = tmp_path_factory.mktemp("site")
    with serve(lambda address: build(folder, base_url=address), pictures) as served:
        yield served


@pytest.fixture
def writer(site, people):
    """writer("need", state="draft") -> (somebody signed in, the reference of their listing)."""

    def come(kind="need", hand=Mouse, **over):
        with site.make() as make:
            user = make.user(name="Nguyễn Thị Hoa")
            listing = make.listing(kind, owner=user, **over)
            email, ref = user.email, listing.ref
        return people("Hoa", hand, cookie=site.cookie(email)), email, ref

    return come


def tells_fault(person, field, words):
    """On top, in the title and beside the box; and the link on top leads into the box."""
    expect(person.page).to_have_title(re.compile("^Lỗi: "))
    summary = person.main.get_by_role("alert").first
    expect(summary).to_contain_text(words)
    box = person.main.locator(f"#f-{field}")
    expect(box).to_have_attribute("aria-invalid", "true")
    described = box.get_attribute("aria-describedby").split()
    assert any(
        words in (person.page.locator(f"#{each}").text_content() or "") for each in described
    )
    if person.scripts:
        expect(summary).to_be_focused()
    summary.get_by_role("link", name=words).first.click()
    expect(box).to_be_focused()


# --- Accounts -------------------------------------------------------------------------------------
def test_a_wrong_password_is_told_and_the_address_kept(site, people):
    with site.make() as make:
        email = make.user().email
    hoa = people("Hoa", Finger)
    hoa.signs_in(email, "mot mat khau khac han")
    tells_fault(hoa, "password", "mật khẩu chưa đúng")
    assert hoa.box("email").input_value() == email
    assert hoa.box("password").input_value() == ""
    hoa.takes_picture("bad-password")


@pytest.mark.parametrize("kind", ["verify", "reset", "verify-email", "confirm", "answer"])
def test_an_expired_link_says_how_to_get_another(people, kind):
    hoa = people("Hoa", Finger)
    assert hoa.opens(f"/{kind}/mot-lien-ket-da-cu").status in (404, 410)
    hoa.sees("Liên kết không dùng được nữa")
    hoa.takes_picture(f"bad-link-{kind}")
    assert hoa.main.get_by_role("link").or_(hoa.main.get_by_role("button")).count() > 0


# --- Writing --------------------------------------------------------------------------------------
def test_a_title_of_ten_thousand_letters_is_kept_and_told(writer):
    hoa, _email, ref = writer(state="draft")
    hoa.opens(f"/listings/{ref}/edit/basics")
    hoa.writes(title_vi="ấ" * 10_000)
    hoa.presses("Lưu và sang bước sau")
    tells_fault(hoa, "title_vi", "120")
    assert hoa.box("title_vi").input_value() == "ấ" * 10_000
    hoa.takes_picture("bad-long-title")


def test_a_script_is_shown_as_the_text_it_is(site, people, writer):
    alerts = []
    hoa, _email, ref = writer(state="published", title_vi=f"Máy {SCRIPT}")
    hoa.page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    for path in (f"/listings/{ref}", "/me/listings", "/me"):
        hoa.opens(path)
        hoa.sees(SCRIPT)
    hoa.opens("/find?q=script+alert")
    hoa.waits_for(SCRIPT)
    assert not alerts


@pytest.mark.parametrize("path", ["/listings/{ref}/files", "/import/new/need"])
def test_a_file_of_forty_megabytes_is_refused_in_words(writer, tmp_path, path):
    hoa, _email, ref = writer(state="draft")
    big = tmp_path / "anh.jpg"
    with big.open("wb") as file:
        file.truncate(40 * 1024 * 1024)
    hoa.opens(path.format(ref=ref))
    hoa.page.locator("input[type=file]").set_input_files(big)
    hoa.presses(hoa.main.locator("form:has(input[type=file]) .btn-primary").first)
    hoa.sees("Tệp quá lớn", "10 MB", "giảm dung lượng")
    hoa.takes_picture("bad-big-file")
    hoa.opens(f"/listings/{ref}/check")
    hoa.sees("Kiểm tra trước khi gửi")


def test_the_back_button_after_sending_sends_nothing_twice(site, writer):
    hoa, _email, ref = writer(state="draft")
    hoa.opens(f"/listings/{ref}/check")
    hoa.presses("Gửi xét duyệt")
    hoa.sees("Đã nhận hồ sơ của bạn")
    hoa.page.go_back()
    again = hoa.main.get_by_role("button", name="Gửi xét duyệt")
    if again.count():
        hoa.presses(again)
        hoa.sees("đã gửi rồi")
    else:
        hoa.sees("đang được xét duyệt")
    with site.app.app_context():
        listing = db.session.query(Listing).filter_by(ref=ref).one()
        assert listing.state == "in_review"


@pytest.mark.parametrize("hand", [Mouse, MouseWithoutScripts])
def test_a_session_that_ends_while_typing_loses_nothing(site, writer, hand):
    hoa, email, ref = writer(state="draft", hand=hand)
    hoa.opens(f"/listings/{ref}/edit/problem")
    site.sign_out_everywhere(email)
    typed = "Long nhãn sấy than bị sẫm màu, mỗi vụ hao 12%."
    hoa.writes(problem=typed)
    if hoa.scripts:
        hoa.sees(re.compile("Phiên làm việc đã hết"))
    hoa.presses("Lưu và sang bước sau")
    hoa.sees("Nội dung vừa gõ được giữ lại")
    hoa.takes_picture("bad-session")
    hoa.writes(email=email, password="cong nghe hung yen 2026")
    hoa.presses("Đăng nhập")
    hoa.sees("nội dung bạn gõ lúc phiên làm việc hết hạn")
    assert hoa.box("problem").input_value() == typed
    hoa.presses("Lưu và sang bước sau")
    hoa.opens(f"/listings/{ref}/edit/problem")
    assert hoa.box("problem").input_value() == typed


def test_a_new_listing_survives_the_end_of_the_session_too(site, people):
    with site.make() as make:
        email = make.user().email
    hoa = people("Hoa", Finger, cookie=site.cookie(email))
    hoa.opens("/listings/new/need")
    site.sign_out_everywhere(email)
    hoa.writes(title_vi="Cần máy sấy nhãn")
    hoa.presses("Lưu và sang bước sau")
    hoa.writes(email=email, password="cong nghe hung yen 2026")
    hoa.presses("Đăng nhập")
    assert hoa.box("title_vi").input_value() == "Cần máy sấy nhãn"


def test_two_windows_show_both_texts_instead_of_losing_one(people, site, writer):
    hoa, email, ref = writer(state="draft")
    other = people("Hoa at the other window", Mouse, cookie=site.cookie(email))
    for window in (hoa, other):
        window.opens(f"/listings/{ref}/edit/problem")
    hoa.writes(capacity_wanted="500 kg/mẻ")
    hoa.presses("Lưu và sang bước sau")
    other.writes(capacity_wanted="700 kg/mẻ")
    other.presses("Lưu và sang bước sau")
    other.sees("Một cửa sổ khác đã lưu trang này", "500 kg/mẻ", "700 kg/mẻ")
    assert other.box("capacity_wanted").input_value() == "700 kg/mẻ"
    other.takes_picture("bad-two-windows")


# --- Two at once ----------------------------------------------------------------------------------
@pytest.fixture
def two_curators(site, people):
    with site.make() as make:
        names = ("Trần Thị Một", "Lê Văn Hai")
        emails = [make.user(name=name, role="curator").email for name in names]
    return [people(f"curator {n}", Mouse, cookie=site.cookie(e)) for n, e in enumerate(emails)]


def test_the_second_curator_is_told_who_settled_the_suggestion(site, two_curators):
    first, second = two_curators
    with site.make() as make:
        owners = make.user(), make.user()
        pair = [make.listing(kind, owner=owner)
                for kind, owner in zip(("need", "offer"), owners, strict=True)]  # fmt: skip
        key = make.match(*pair).key
    for curator in two_curators:
        curator.opens(f"/desk/matches/{key}")
    first.strikes("k", "Giữ")
    second.presses(re.compile("Lệch giá"))
    second.sees("Trần Thị Một vừa xử lý cặp này", "Giữ lại")
    second.takes_picture("bad-two-curators")
    second.opens(f"/desk/matches/{key}")
    second.sees("Giữ lại")


def test_the_second_curator_does_not_publish_what_was_returned(site, two_curators):
    first, second = two_curators
    with site.make() as make:
        ref = make.listing("need", owner=make.user(), state="in_review").ref
    for curator in two_curators:
        curator.opens(f"/desk/listings/{ref}")
        boxes = curator.main.locator("#f-checklist input")
        for number in range(boxes.count()):
            boxes.nth(number).check()
    first.presses("Duyệt đăng")
    first.is_told("Đã duyệt đăng")
    second.presses("Duyệt đăng")
    second.sees("Trần Thị Một vừa xử lý hồ sơ này: Đã duyệt đăng")
    second.follows("Quay lại")
    second.sees("Đang đăng")
    second.takes_picture("bad-two-moderators")
