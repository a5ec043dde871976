"""Stamps of the idea clinic: what is hashed can be computed by anybody, and nothing is set back."""

import hashlib
import unicodedata
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from marketplace.domain.clinic import NOTHING_BEFORE, STEPS, canonical, digest, linked, stamped_text
from marketplace.models import Audit, ClinicReceipt
from marketplace.services import clinic
from marketplace.services.clinic import chain

THEN = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)  # half past eleven at night in Vietnam
SALT = "0123456789abcdef" * 2


def kept(session):
    """Commit, with the audit row every write must have."""
    session.add(Audit(at=THEN, actor_role="system", action="test.setup"))
    session.commit()


@pytest.fixture
def five(session):
    """Five receipts, twenty minutes apart: two before midnight in Vietnam, three after."""
    for number in range(5):
        chain.stamp(session, f"bản {number}\n", now=THEN + timedelta(minutes=20 * number))
    kept(session)
    return list(session.query(ClinicReceipt).order_by(ClinicReceipt.number))


# --- The text that is stamped ---------------------------------------------------------------------
def test_the_stamped_text_is_written_as_it_is_promised():
    text = stamped_text("Vy", "Túi", {"novelty": "Cán nóng\nkhông keo", "problem": "Túi bay"}, SALT)
    assert text == (
        f"SAN-Y-TUONG-1\nMã ngẫu nhiên: {SALT}\nNgười viết: Vy\nTên tạm: Túi\n"
        "\n[Vấn đề]\nTúi bay\n\n[Điểm mới]\nCán nóng\nkhông keo\n"
    )


words = st.text(st.characters(blacklist_categories=("Cs",)), max_size=60)


@given(st.dictionaries(st.sampled_from(list(STEPS)), words), words)
def test_any_way_a_browser_or_an_editor_keeps_the_text_it_matches(texts, title):
    text = stamped_text("Vy", title, texts, SALT)
    receipt = ClinicReceipt(number=1, sha256=hashlib.sha256(text.encode()).hexdigest())
    as_kept = [
        text, text.replace("\n", "\r\n"), text.rstrip("\n"), text + "\n",
        unicodedata.normalize("NFD", text), "\ufeff" + text,
    ]  # fmt: skip
    assert all(chain.matches(receipt, each.encode()) for each in as_kept)
    assert not chain.matches(receipt, text.replace(SALT, SALT[::-1]).encode())
    assert canonical(text) + "\n" == text


@given(words, words)
def test_two_ideas_of_the_same_words_have_other_hashes(title, text):
    one, other = (stamped_text("Vy", title, {"problem": text}, salt) for salt in ("a", "b"))
    assert digest(one.encode()) != digest(other.encode())


# --- The chain ------------------------------------------------------------------------------------
def test_a_receipt_follows_from_the_one_before_by_a_computation_of_ones_own(five):
    head = "0" * 64
    for number, row in enumerate(five):
        sha256 = hashlib.sha256(f"bản {number}\n".encode()).hexdigest()
        at = (THEN + timedelta(minutes=20 * number)).strftime("%Y-%m-%dT%H:%M:%SZ")
        line = f"{head}\n{number + 1}\n{at}\n{sha256}\n"
        head = hashlib.sha256(line.encode()).hexdigest()
        assert (row.number, row.sha256, row.head) == (number + 1, sha256, head)


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
@pytest.mark.parametrize(
    "changed",
    [
        {"at": THEN - timedelta(days=30)}, {"at": THEN + timedelta(days=30)},
        {"sha256": "f" * 64}, {"head": "e" * 64},
    ],
    ids=["earlier", "later", "other text", "other head"],
)  # fmt: skip
def test_a_receipt_that_was_changed_is_found(session, five, number, changed):
    session.execute(update(ClinicReceipt).where(ClinicReceipt.number == number).values(**changed))
    session.expire_all()
    assert chain.broken(session) == number


def test_a_receipt_set_back_with_its_own_head_computed_anew_breaks_the_next(session, five):
    row = five[1]
    earlier = THEN - timedelta(days=1)
    head = linked(five[0].head, 2, earlier, row.sha256)
    session.execute(
        update(ClinicReceipt).where(ClinicReceipt.number == 2).values(at=earlier, head=head)
    )
    session.expire_all()
    assert chain.broken(session) == 2  # its time is before that of the first
    assert chain.first_broken(five[2:], after=2, head=head) == 3


def test_a_receipt_taken_out_is_found(session, five):
    assert chain.broken(session) is None
    session.delete(five[2])
    session.flush()
    assert chain.broken(session) == 4


def test_a_chain_made_anew_has_other_heads_than_those_people_kept(session, five):
    kept_head = chain.days(session, before=date(2026, 11, 30))[0].head
    head, rows = NOTHING_BEFORE, []
    for row in five:
        at = row.at - timedelta(days=1)
        head = linked(head, row.number, at, row.sha256)
        rows.append(ClinicReceipt(number=row.number, at=at, sha256=row.sha256, head=head))
    assert chain.first_broken(rows) is None  # whole in itself
    assert rows[-1].head != kept_head


def test_a_clock_that_goes_back_gives_no_earlier_time(session, five):
    row = chain.stamp(session, "sau\n", now=THEN - timedelta(days=3))
    assert row.at == five[-1].at
    kept(session)
    assert chain.broken(session) is None


def test_days_are_those_of_vietnam(session, five):
    found = chain.days(session, before=date(2026, 11, 30))
    assert [(row.day, row.count, row.last) for row in found] == [
        (date(2026, 11, 21), 3, 5), (date(2026, 11, 20), 2, 2),
    ]  # fmt: skip
    assert found[1].head == five[1].head
    assert [row.number for row in chain.of_day(session, date(2026, 11, 21))] == [3, 4, 5]


# --- The pages ------------------------------------------------------------------------------------
def test_the_chain_of_a_day_can_be_computed_from_its_page(client, five):
    lines = client.get("/clinic/chain/2026-11-21.txt").text.splitlines()
    head = lines[0]
    assert head in client.get("/clinic/chain").text  # the head of the day before
    for line in lines[1:]:
        number, at, sha256, after = line.split(" ")
        head = hashlib.sha256(f"{head}\n{number}\n{at}\n{sha256}\n".encode()).hexdigest()
        assert head == after
    assert head in client.get("/clinic/chain").text


@pytest.mark.parametrize("day", ["2026-11-19", "x", "2026-13-01", "0001-01-01"])
def test_there_is_no_page_of_a_day_without_receipts(client, five, day):
    assert client.get(f"/clinic/chain/{day}.txt").status_code == 404


@pytest.mark.parametrize("number", ["0", "6", "x", "-1", "9" * 30, "²"])
def test_there_is_no_page_of_a_receipt_nobody_was_given(client, five, number):
    assert client.get(f"/clinic/receipt/{number}").status_code == 404


def test_anybody_may_ask_whether_a_text_belongs_to_a_receipt(client, five):
    page = "/clinic/receipt/2"
    assert "Khớp" in client.post(page, data={"text": "bản 1\r\n"}).text
    assert "Khớp" in client.post(page, data={"file": (BytesIO("bản 1\n".encode()), "y.txt")}).text
    for wrong in ("bản 2", "bản  1", "b"):
        answer = client.post(page, data={"text": wrong})
        assert "Không khớp" in answer.text
        assert answer.status_code == 200
    for nothing in ({}, {"text": ""}, {"file": (BytesIO(b"x" * 200_001), "y.txt")}):
        assert client.post(page, data=nothing).status_code == 422


def test_what_is_compared_is_neither_shown_nor_kept(client, session, five, caplog):
    before = session.query(Audit).count()
    answer = client.post("/clinic/receipt/2", data={"text": "điều bí mật qzx"})
    assert "qzx" not in answer.text
    assert "qzx" not in caplog.text
    assert session.query(Audit).count() == before


def test_a_receipt_that_does_not_follow_says_so(client, session, five):
    session.execute(
        update(ClinicReceipt).where(ClinicReceipt.number == 3).values(at=THEN - timedelta(days=9))
    )
    kept(session)
    assert "không nối đúng" in client.get("/clinic/receipt/3").text
    assert "nối đúng vào chuỗi của sàn" in client.get("/clinic/receipt/2").text


def test_each_saved_version_has_a_receipt_of_its_text(session, make):
    from marketplace.services.accounts import actor_of

    founder = make.user(name="Vy")
    who = {"actor": actor_of(founder), "now": THEN}
    idea = clinic.start(session, "Túi đi chợ", **who)
    for text in ("Túi bay", "Túi bay ra mương", "Túi bay ra mương"):
        clinic.write(session, idea, "problem", text, [], **who)
    session.commit()
    two, one = clinic.versions(session, idea)  # the third saved no other word
    for version, text in ((one, "Túi bay"), (two, "Túi bay ra mương")):
        lines = version.text.split("\n")
        salt = lines[1].removeprefix("Mã ngẫu nhiên: ")
        whole = f"SAN-Y-TUONG-1\nMã ngẫu nhiên: {salt}\nNgười viết: Vy\nTên tạm: Túi đi chợ\n"
        whole += f"\n[Vấn đề]\n{text}\n"
        assert len(salt) == 32
        assert version.receipt.sha256 == hashlib.sha256(whole.encode()).hexdigest()
    assert one.text.split("\n")[1] != two.text.split("\n")[1]


def test_the_last_receipts_taken_out_are_missed(session, five):
    """The chain that is left is whole in itself; the installation remembers how far it went."""
    for row in five[3:]:
        session.delete(row)
    session.flush()
    assert chain.broken(session) == 4
    assert chain.first_broken(five[:3]) is None
