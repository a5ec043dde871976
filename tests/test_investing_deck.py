"""The deck of a startup: how it is kept and replaced, who reads it, and what its owner sees."""

import io

import pytest
from fpdf import FPDF
from pypdf import PdfReader
from sqlalchemy import select

from marketplace.domain.errors import Conflict, Invalid
from marketplace.models import (
    AccessRequest,
    Attachment,
    Notice,
    utcnow,
)
from marketplace.services import attachments, confidential
from marketplace.services.accounts import actor_of
from marketplace.services.investing import deck

pytest_plugins = ["investing_fixtures"]
NOW = utcnow()


def pdf(*pages):
    paper = FPDF()
    for words in pages or ("trang",):
        paper.add_page()
        paper.set_font("helvetica", size=12)
        paper.cell(0, 10, words)
    return bytes(paper.output())


# --- The deck -----------------------------------------------------------------------------------
def keep(session, scene, tmp_path, content=None):
    file = attachments.Checked("goi-von.pdf", "application/pdf", content or pdf())
    return deck.put(
        session, scene.startup, file, folder=tmp_path / "files", actor=actor_of(scene.founder),
        now=NOW,
    )  # fmt: skip


def test_a_deck_must_be_a_pdf_that_takes_the_mark_of_its_reader(scene):
    assert deck.checked("a.pdf", pdf(), scan=lambda content: None).media_type == "application/pdf"
    for name, content in (("a.pdf", b"%PDF-1.4 hong"), ("a.txt", b"chu"), ("a.pdf", b"")):
        with pytest.raises(Invalid) as refusal:
            deck.checked(name, content, scan=lambda content: None)
        assert refusal.value.field == "file"


def test_who_was_allowed_reads_the_new_deck_and_nobody_one_that_is_gone(session, scene, tmp_path):
    keep(session, scene, tmp_path)
    first = attachments.deck_of(session, scene.startup)
    row = confidential.ask(
        session, scene.startup, first.key, "Xem de can nhac dau tu",
        organisation=scene.fund.organisation, **scene.who,
    )  # fmt: skip
    assert keep(session, scene, tmp_path, pdf("moi")) is first
    session.flush()
    session.refresh(row)
    second = attachments.deck_of(session, scene.startup)
    assert (row.attachment_id, row.what) == (second.id, second.key)
    with pytest.raises(Conflict):  # it still counts as asked for
        confidential.ask(
            session, scene.startup, second.key, "Xem de can nhac dau tu",
            organisation=None, **scene.who,
        )  # fmt: skip
    founder = actor_of(scene.founder)
    assert deck.take_away(session, scene.startup, actor=founder, now=NOW) is second
    assert row.state == "denied"
    assert attachments.deck_of(session, scene.startup) is None
    assert deck.take_away(session, scene.startup, actor=founder, now=NOW) is None


def test_the_founder_sees_the_name_and_the_house_of_everybody_who_opened_it(
    session, scene, sign_in, tmp_path
):
    founder = sign_in(scene.founder)
    ref, name = scene.startup.ref, scene.investor.name
    house, fund = scene.fund.organisation.name, scene.fund.ref
    address = f"/listings/{ref}/deck"
    answer = founder.post(
        address, data={"file": (io.BytesIO(pdf("mot", "hai")), "goi-von.pdf")},
        content_type="multipart/form-data",
    )  # fmt: skip
    assert answer.status_code == 302
    founder.post(f"{address}/offer", data={"to": fund, "days": "7"})
    session.rollback()
    offer = deck.offers(session, scene.startup)[0].key
    browser = sign_in(scene.investor)
    assert name not in founder.get(address).text  # an offer names nobody
    access = browser.post(f"/deck-offers/{offer}/take").location
    session.rollback()
    row = session.scalar(select(AccessRequest))
    assert (row.state, row.days, row.decided_by_id) == ("nda_sent", 7, scene.founder.id)
    assert browser.post(f"{access}/open").status_code == 403
    browser.post(
        f"{access}/promise",
        data={"agreed": "1", "name": name, "shown": confidential.nda.digest(row.nda)},
    )
    opened = browser.post(f"{access}/open")
    assert opened.content_type == "application/pdf"
    pages = PdfReader(io.BytesIO(opened.data)).pages
    assert len(pages) == 2
    assert all(name in page.extract_text() for page in pages)
    page = founder.get(address).text
    log = page[page.index("Ai đã mở") : page.index("Ai xin xem, ai được xem")]
    assert name in log
    assert house in log
    letters = [n.letter for n in session.scalars(select(Notice).order_by(Notice.id))]
    assert letters[0] == "deck_offered"
    assert "deck_granted" in letters
    assert "access_requested" not in letters
    assert "deck_requested" not in letters


@pytest.mark.parametrize("role", ["curator", "lead", "auditor", "sysadmin"])
def test_the_staff_do_not_open_a_deck_they_would_read_as_any_other_file(
    session, make, scene, sign_in, tmp_path, app, role
):
    folder = app.config["SETTINGS"].instance / "files"
    founder = actor_of(scene.founder)
    keep(session, scene, folder.parent)
    attachments.add(
        session, scene.startup, attachments.Checked("khac.pdf", "application/pdf", pdf()),
        level="confidential", folder=folder, actor=founder, now=NOW,
    )  # fmt: skip
    session.commit()
    keys = {row.deck: row.key for row in session.scalars(select(Attachment))}
    browser = sign_in(make.user(role=role))
    assert browser.get(f"/files/{keys[True]}").status_code == 404
    usual = 200 if role in ("curator", "lead") else 404
    assert browser.get(f"/files/{keys[False]}").status_code == usual
    assert sign_in(scene.founder).get(f"/files/{keys[True]}").status_code == 200


@pytest.mark.parametrize(("to", "days", "field"), [(None, "5", "to"), ("fund", "31", "days"),
                                                   ("fund", "x", "days")])  # fmt: skip
def test_an_offer_names_an_investor_and_some_days(session, scene, tmp_path, to, days, field):
    keep(session, scene, tmp_path)
    with pytest.raises(Invalid) as refusal:
        deck.offer(
            session, scene.startup, scene.fund if to else None, days,
            actor=actor_of(scene.founder), now=NOW,
        )  # fmt: skip
    assert refusal.value.field == field
