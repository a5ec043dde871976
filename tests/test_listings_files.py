"""Files of a listing: what is taken, who may fetch it, how it is served."""

import hashlib
import io

import pytest
from PIL import Image
from sqlalchemy import select

from marketplace.domain.errors import Invalid
from marketplace.models import Attachment
from marketplace.services import attachments

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def picture(form="JPEG", size=(40, 30), **more) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "orange").save(out, form, **more)
    return out.getvalue()


def with_place() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "MayAnhCuaToi"
    return picture(exif=exif)


@pytest.fixture
def owner(make):
    return make.user()


@pytest.fixture
def listing(make, owner):
    return make.listing("offer", owner=owner)


@pytest.fixture
def upload(sign_in, owner, listing):
    client = sign_in(owner)

    def send(name, content, level="public"):
        return client.post(
            f"/listings/{listing.ref}/files",
            data={"file": (io.BytesIO(content), name), "level": level},
        )

    return send


@pytest.mark.parametrize(
    ("name", "content"),
    [("may.jpg", picture()), ("may.PNG", picture("PNG")), ("may.webp", picture("WEBP")),
     ("giay.pdf", PDF)],
)  # fmt: skip
def test_pictures_and_pdf_are_taken(upload, name, content):
    assert upload(name, content).status_code == 302


@pytest.mark.parametrize(
    ("name", "content"),
    [("hinh.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"),
     ("trang.html", b"<html>"), ("trang.jpg", b"<html><script>alert(1)</script>"),
     ("giay.pdf", picture()), ("may.jpg", PDF), ("may.jpg", picture()[:60]), ("rong.pdf", b""),
     ("may", picture()), ("may.png", picture("PNG", (9000, 9000)))],
)  # fmt: skip
def test_anything_else_is_refused_with_words(upload, session, name, content):
    answer = upload(name, content)
    assert answer.status_code == 422
    assert "#f-file" in answer.text
    assert session.scalar(select(Attachment)) is None


def test_what_the_camera_wrote_does_not_travel(upload, session, app):
    assert b"MayAnhCuaToi" in with_place()
    upload("may.jpg", with_place())
    row = session.scalar(select(Attachment))
    kept = attachments.content(row, app.config["SETTINGS"].instance / "files")
    assert b"MayAnhCuaToi" not in kept
    assert hashlib.sha256(kept).hexdigest() == row.sha256


@pytest.mark.parametrize(
    ("level", "guest", "member", "owner_sees"),
    [("public", 200, 200, 200), ("registered", 404, 200, 200), ("contact", 404, 404, 200),
     ("confidential", 404, 404, 200)],
)  # fmt: skip
def test_each_reader_fetches_what_their_level_allows(
    client, sign_in, make, upload, session, owner, level, guest, member, owner_sees
):
    upload("may.jpg", picture(), level)
    url = f"/files/{session.scalar(select(Attachment)).key}"
    assert client.get(url).status_code == guest
    assert sign_in(make.user()).get(url).status_code == member
    assert sign_in(owner).get(url).status_code == owner_sees


def test_a_file_is_saved_never_run(client, upload, session):
    upload("../../đơn; giấy.pdf", PDF)
    row = session.scalar(select(Attachment))
    answer = client.get(f"/files/{row.key}")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Length"] == str(len(PDF))
    assert answer.data == PDF
    assert "/" not in row.name


def test_the_staff_level_is_not_the_owners_to_choose(upload):
    assert upload("may.jpg", picture(), "staff").status_code == 422


def test_a_removed_file_is_gone(client, sign_in, owner, upload, session, app):
    upload("may.jpg", picture())
    row = session.scalar(select(Attachment))
    assert sign_in(owner).post(f"/files/{row.key}/remove").status_code == 302
    assert client.get(f"/files/{row.key}").status_code == 404
    assert not (app.config["SETTINGS"].instance / "files" / row.key).exists()


def test_a_stranger_adds_and_removes_nothing(sign_in, make, upload, listing, session):
    upload("may.jpg", picture())
    row = session.scalar(select(Attachment))
    stranger = sign_in(make.user())
    assert stranger.post(f"/files/{row.key}/remove").status_code == 403
    file = {"file": (io.BytesIO(PDF), "x.pdf"), "level": "public"}
    assert stranger.post(f"/listings/{listing.ref}/files", data=file).status_code == 403


def test_a_file_of_forty_megabytes_gets_a_page_that_says_so(upload):
    answer = upload("phim.pdf", b"%PDF-" + b"0" * 40 * 1024 * 1024)
    assert answer.status_code == 413
    assert "Tệp quá lớn" in answer.text


def test_a_listing_holds_ten_files(upload, session):
    for n in range(attachments.MOST):
        assert upload(f"{n}.pdf", PDF).status_code == 302
    assert upload("nua.pdf", PDF).status_code == 422


@pytest.mark.parametrize("name", ["", "...", "con/..\\x", "\u202egpj.exe", "a" * 500 + ".pdf"])
def test_any_name_becomes_a_safe_one(name):
    safe = attachments.safe_name(name)
    assert safe
    assert len(safe) <= 140
    assert not set(safe) & set('/\\"\r\n\u202e')


def test_the_refusal_of_a_bomb_is_a_refusal():
    with pytest.raises(Invalid):
        attachments.checked("bom.png", picture("PNG", (8000, 8000)), scan=len)
