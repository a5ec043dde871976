"""What is kept of access: sealed on the disk, ended by the clock, told without a secret, marked."""

# ruff: noqa: F811 - fixtures of the neighbour, by their names

import io
from datetime import timedelta

import pytest
from fpdf import FPDF
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject
from sqlalchemy import func, select
from test_confidential import (  # noqa: F401 - fixtures
    NAME,
    PURPOSE,
    SECRET,
    asked,
    asker,
    file,
    htx,
    listing,
    only,
    owner,
    paper,
    people,
    signed,
)

from marketplace.domain.workflow import ACCESS_NOTICE_DAYS, LAPSE_DAYS, OPEN_ACCESS_PER_MEMBER
from marketplace.models import AccessRequest, AccessView, Mail, utcnow
from marketplace.services import attachments, confidential
from marketplace.services.accounts import actor_of
from marketplace.services.confidential import marking

ADDRESS = "203.0.113.77"


# --- On the disk ----------------------------------------------------------------------------------
def test_a_copy_of_database_and_files_gives_away_nothing(
    people,
    session,
    listing,
    file,
    tmp_path,
):
    key = asked(people, session, listing, file.key)
    people["owner"].post(f"/access/{key}/approve", data={"days": "9"})
    shown = confidential.nda.digest(only(session).nda)
    people["asker"].post(
        f"/access/{key}/promise", data={"name": NAME.upper(), "agreed": "1", "shown": shown},
        environ_overrides={"REMOTE_ADDR": ADDRESS},
    )  # fmt: skip
    people["asker"].post(f"/access/{key}/open")
    people["owner"].post(f"/access/{key}/revoke", data={"reason": "ly-do-thu-hoi"})
    row = only(session)
    assert row.accepted_ip == ADDRESS
    assert row.accepted_name == NAME.upper()
    copied = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert listing.ref.encode() in copied
    for secret in (
        SECRET, PURPOSE, "ly-do-thu-hoi", ADDRESS, NAME.upper(), "ban ve mat 1",
        "CAM KẾT GIỮ KÍN", "bi mat",
    ):  # fmt: skip
        spelled = secret.encode("unicode_escape")
        for form in (secret.encode(), spelled, secret.encode("utf-16-le")):
            assert form not in copied, secret


# --- By the clock ---------------------------------------------------------------------------------
def test_the_last_second_opens_and_the_next_does_not(people, session, listing):
    signed(people, session, listing)
    row = only(session)
    reader = actor_of(row.asker)
    from marketplace.domain.disclosure import live

    assert live(reader, row, row.expires_at - timedelta(seconds=1))
    assert not live(reader, row, row.expires_at)
    assert not live(reader, row, row.granted_at - timedelta(seconds=1))


def test_the_worker_tells_three_days_before_and_ends_it_once(people, session, listing):
    signed(people, session, listing)
    row = only(session)
    end = row.expires_at
    before = session.scalar(select(func.count(Mail.id)))
    early = end - timedelta(days=ACCESS_NOTICE_DAYS, seconds=1)
    assert confidential.remind_expiring(session, now=early) == 0
    late = end - timedelta(days=ACCESS_NOTICE_DAYS)
    assert confidential.remind_expiring(session, now=late) == 1
    assert confidential.remind_expiring(session, now=late + timedelta(hours=1)) == 0
    assert confidential.expire_due(session, now=end - timedelta(seconds=1)) == 0
    assert confidential.expire_due(session, now=end) == 1
    assert confidential.expire_due(session, now=end) == 0
    session.commit()
    assert session.scalar(select(func.count(Mail.id))) == before + 1
    assert only(session).state == "expired"
    assert only(session).standing is None


def test_what_nobody_answers_lapses_and_may_be_asked_again(people, session, listing):
    asked(people, session, listing)
    now = only(session).changed_at
    assert confidential.lapse_due(session, now=now + timedelta(days=LAPSE_DAYS, seconds=-1)) == 0
    assert confidential.lapse_due(session, now=now + timedelta(days=LAPSE_DAYS)) == 1
    session.commit()
    asked(people, session, listing)
    assert session.scalar(select(func.count(AccessRequest.id))) == 2


def test_five_open_at_a_time(people, session, make, owner, asker, htx):
    for number in range(OPEN_ACCESS_PER_MEMBER + 1):
        each = make.listing("offer", owner=owner, know_how=f"mat {number}")
        answer = people["asker"].post(
            f"/listings/{each.ref}/confidential", data={"what": "fields", "purpose": PURPOSE}
        )
        assert answer.status_code == (302 if number < OPEN_ACCESS_PER_MEMBER else 409)


# --- Who may not even ask -------------------------------------------------------------------------
@pytest.mark.parametrize(
    "over", [{"state": "draft"}, {"visibility": "invitation"}, {"origin": "harvested"}]
)
def test_what_is_not_in_sight_is_not_asked_for(people, make, session, owner, htx, over):
    hidden = make.listing("offer", owner=owner, know_how="mat", **over)
    answer = people["asker"].get(f"/listings/{hidden.ref}/confidential")
    assert answer.status_code in (403, 404)


def test_a_party_of_a_match_asks_for_what_it_would_not_find(
    people,
    make,
    session,
    owner,
    asker,
    htx,
):
    hidden = make.listing("offer", owner=owner, know_how="mat", visibility="invitation")
    mine = make.listing("need", owner=asker)
    address = f"/listings/{hidden.ref}/confidential"
    assert people["asker"].get(address).status_code == 404
    match = make.match(mine, hidden, state="kept")
    assert people["asker"].get(address).status_code == 404
    match.state, match.known_to_first, match.known_to_second = "proposed_to_second", True, True
    make.save(match)
    assert people["asker"].get(address).status_code == 200


def test_a_member_without_an_organisation_and_a_guest_are_told_what_is_missing(
    client,
    make,
    sign_in,
    listing,
):
    ref = listing.ref
    alone = sign_in(make.user())
    assert alone.get(f"/listings/{ref}/confidential").status_code == 403
    assert "Đơn vị của tôi" in alone.get(f"/listings/{ref}").text
    assert "Đăng nhập để xin xem" in client.get(f"/listings/{ref}").text


def test_a_client_s_listing_is_not_opened_by_whoever_typed_it(make, sign_in, people, htx):
    curator = make.user(role="curator")
    typed = make.listing("need", entered_by_id=curator.id, client_name="Bà Hoa", budget_max=5)
    page = people["asker"].get(f"/listings/{typed.ref}").text
    assert "chưa xin xem qua sàn được" in page
    assert people["asker"].get(f"/listings/{typed.ref}/confidential").status_code == 403


def test_the_log_of_a_file_says_nothing_of_its_name(people, session, listing, file):
    key = asked(people, session, listing, file.key)
    for person in ("asker", "owner"):
        assert "cong-thuc" not in people[person].get(f"/access/{key}").text
    people["owner"].post(f"/access/{key}/approve", data={"days": "9"})
    promise = only(session).nda
    assert "cong-thuc" not in promise
    assert file.sha256 in promise


def test_a_masked_owner_stays_masked_in_the_promise(people, session, make, asker, owner, htx):
    hidden = make.organisation(owner, name="Công ty Giấu Tên")
    row = make.listing(
        "offer", owner=owner, organisation=hidden, know_how="mat", visibility="masked"
    )
    key = asked(people, session, row)
    people["owner"].post(f"/access/{key}/approve", data={"days": "9"})
    promise = people["asker"].get(f"/access/{key}/promise").text
    assert "Công ty Giấu Tên" not in promise
    assert "Trung tâm giữ tên" in promise


# --- Watermarks -----------------------------------------------------------------------------------
WORDS = "Trần Thị Lụa · HTX · 14:05 23/11/2026 · M000007"


def test_turned_cropped_and_mixed_pages_are_all_marked():
    writer = PdfWriter(clone_from=io.BytesIO(paper()))
    writer.pages[0].rotate(90)
    writer.pages[1].mediabox.lower_left = (60, 90)
    writer.add_blank_page(400, 200)
    out = io.BytesIO()
    writer.write(out)
    pages = PdfReader(io.BytesIO(marking.marked_pdf(out.getvalue(), WORDS))).pages
    assert len(pages) == 3
    assert all(WORDS in page.extract_text() for page in pages)


def test_scripts_and_attached_files_stay_behind():
    writer = PdfWriter(clone_from=io.BytesIO(paper()))
    script = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("hi()")}
    )
    writer.root_object[NameObject("/OpenAction")] = script
    writer.add_attachment("inside.txt", b"inside")
    out = io.BytesIO()
    writer.write(out)
    marked = PdfReader(io.BytesIO(marking.marked_pdf(out.getvalue(), WORDS)))
    assert "/OpenAction" not in marked.root_object
    assert not marked.attachments
    assert "/JavaScript" not in str(marked.root_object)


def locked():
    writer = PdfWriter(clone_from=io.BytesIO(paper()))
    writer.encrypt("mat khau", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize("content", [b"%PDF-1.4 nothing", b"%PDF-1.7\n%%EOF", locked(), b""])
def test_what_cannot_be_marked_is_said_so(content):
    with pytest.raises(marking.Unmarkable):
        marking.marked_pdf(content, WORDS)


@pytest.mark.parametrize(("form", "media"), [
    ("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp"),
])  # fmt: skip
def test_a_picture_is_marked_all_over(form, media):
    picture, out = Image.new("RGB", (800, 600), (120, 160, 90)), io.BytesIO()
    picture.save(out, form)
    with Image.open(io.BytesIO(marking.marked(out.getvalue(), media, WORDS))) as marked:
        assert marked.format == form
        assert marked.size == (800, 600)
        for x, y in ((0, 0), (400, 0), (0, 300), (400, 300)):  # each quarter is written on
            low, high = marked.convert("L").crop((x, y, x + 400, y + 300)).getextrema()
            assert high - low > 40


def test_an_unmarkable_file_goes_out_only_with_its_owners_leave(
    people,
    session,
    listing,
    owner,
    app,
):
    for number, leave in enumerate(({}, {"unmarked": "1"})):
        row = attachments.add(
            session, listing, attachments.Checked("khoa.pdf", "application/pdf", locked()),
            level="confidential", folder=app.config["SETTINGS"].instance / "files",
            actor=actor_of(owner), now=utcnow(),
        )  # fmt: skip
        session.commit()
        key = signed_newest(people, session, listing, row.key, **leave)
        answer = people["asker"].post(f"/access/{key}/open")
        assert answer.status_code == (200 if leave else 403)
        assert session.scalar(select(func.count(AccessView.id))) == number


def signed_newest(people, session, listing, what, **form):
    people["asker"].post(
        f"/listings/{listing.ref}/confidential", data={"what": what, "purpose": PURPOSE}
    )
    session.rollback()
    row = session.scalars(select(AccessRequest).order_by(AccessRequest.id.desc())).first()
    key = row.key
    people["owner"].post(f"/access/{key}/approve", data={"days": "5"} | form)
    session.rollback()
    session.expire_all()
    shown = confidential.nda.digest(session.get(AccessRequest, row.id).nda)
    people["asker"].post(
        f"/access/{key}/promise", data={"name": NAME, "agreed": "1", "shown": shown}
    )
    return key


def test_big_and_small_pages_take_the_whole_mark():
    for size in ((2000, 3000), (200, 120)):
        pdf = FPDF(unit="pt", format=size)
        pdf.set_font("Helvetica")
        pdf.add_page()
        marked = marking.marked_pdf(bytes(pdf.output()), WORDS)
        assert WORDS in PdfReader(io.BytesIO(marked)).pages[0].extract_text()
