"""The sample data: acceptable to the site's own validator, and judged well enough to measure by."""

import csv
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace.models import Listing, Mail, User, utcnow
from marketplace.services import samples
from marketplace.services.accounts import CONSENT_VERSION


@pytest.fixture(scope="module")
def labels():
    rows = []
    for path in sorted((samples.FOLDER / "pairs").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows += csv.DictReader(file)
    return rows


def test_every_record_passes_the_validator_and_loads_once(session):
    counts = samples.load(session, now=utcnow())
    session.commit()
    assert counts["listings"] >= 240
    assert session.scalar(select(func.count(Listing.id))) == counts["listings"]
    assert samples.load(session, now=utcnow()) == {}
    for user in session.scalars(select(User)):  # as at sign-up
        assert (user.consent_version, user.consented_at) == (CONSENT_VERSION, user.created_at)


def test_all_eight_kinds_and_some_english_are_there():
    kinds = Counter(entry["kind"] for entry in samples.entries())
    assert set(kinds) == {
        "offer", "need", "idea", "startup", "mentor", "expert", "investor", "support",
    }  # fmt: skip
    assert min(kinds.values()) >= 10
    assert sum(entry.get("language") == "en" for entry in samples.entries()) >= 15


def test_enough_pairs_are_judged_right_with_near_misses(labels):
    grades = Counter((row["pair_type"], row["grade"]) for row in labels)
    assert grades["need-offer", "2"] >= 80
    assert grades["startup-mentor", "2"] + grades["startup-investor", "2"] >= 40
    assert grades["need-offer", "0"] >= 80
    assert grades["startup-mentor", "0"] + grades["startup-investor", "0"] >= 40


def test_labels_name_records_of_the_right_kinds_and_never_twice(labels):
    kinds = {entry["slug"]: entry["kind"] for entry in samples.entries()}
    for row in labels:
        assert [kinds.get(row["a"]), kinds.get(row["b"])] == row["pair_type"].split("-"), row
    pairs = Counter((row["a"], row["b"]) for row in labels)
    assert max(pairs.values()) == 1


def test_every_sample_account_signs_in_with_one_click_and_nobody_else_does(session, client, make):
    stranger = make.user()
    samples.load(session, now=utcnow())
    session.commit()
    shown = samples.accounts_shown(session)
    assert {user.role for user in shown} >= {
        "member", "curator", "lead", "officer", "leader", "auditor", "sysadmin",
    }  # fmt: skip
    keys = [user.key for user in shown]
    for key in keys:
        assert client.post("/sample/accounts", data={"key": key}).status_code == 302
        assert client.get("/me").status_code == 200
    assert client.post("/sample/accounts", data={"key": stranger.key}).status_code == 404


def test_the_sample_pages_do_not_exist_outside_the_sample_mode(tmp_path):
    from conftest import build

    client = build(tmp_path, sample=False).test_client()
    for page in ("/sample/accounts", "/sample/mails"):
        assert client.get(page).status_code == 404


def test_contacts_of_sample_listings_can_answer_for_them(session):
    samples.load(session, now=utcnow())
    session.commit()
    with_owner = session.scalar(
        select(func.count(Listing.id)).where(
            Listing.state == "published", Listing.owner_user_id.is_not(None)
        )
    )
    published = session.scalar(select(func.count(Listing.id)).where(Listing.state == "published"))
    assert with_owner >= 0.9 * published
    assert session.scalar(select(func.count(User.id))) > 17


def test_the_one_a_mail_is_for_can_go_on_with_the_story(session, make, client):
    samples.load(session, now=utcnow(), most=12)
    session.commit()
    now = utcnow()
    someone = session.scalar(select(User).where(User.sample_about == samples.REPRESENTATIVE))
    mail = make.save(
        Mail(
            recipient=someone.email,
            subject="Một đề xuất",
            body="Mời trả lời",
            created_at=now,
            run_after=now,
        )
    )
    key, email, name = mail.key, someone.email, someone.name
    page = client.get(f"/sample/mails/{key}").get_data(as_text=True)
    assert f"Đăng nhập với tên {name}" in page
    data = {"email": email, "password": samples.PASSWORD}
    assert client.post("/sign-in", data=data).status_code == 302
    assert name in client.get("/me").get_data(as_text=True)
    assert "Hộp thư mẫu" in client.get("/sample/accounts").get_data(as_text=True)


def test_what_waits_for_the_desk_was_sent_lately(session):
    now = utcnow()
    samples.load(session, now=now)
    waiting = session.scalars(select(Listing).where(Listing.state == "in_review")).all()
    assert waiting
    for each in waiting:
        assert timedelta(days=1) <= now - each.submitted_at <= timedelta(days=2)
        assert each.created_at < each.submitted_at < now < each.due_at
