"""Mail: what it says, how it is queued, and that it leaves exactly as often as it must."""

import os
import re
import smtplib
import socket
import ssl
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import time_machine
from aiosmtpd.controller import Controller
from sqlalchemy import select

from marketplace.config import ROOT
from marketplace.domain.notices import LETTERS, TOPICS
from marketplace.models import Mail, Notice, utcnow
from marketplace.services import mails, outbox, sending
from marketplace.services.saved_searches.digests import Told
from marketplace.web import mailing

SUBJECT = "Có đề xuất kết nối cho “Máy sấy nhãn công suất 2 tấn mỗi mẻ” của hợp tác xã"
BODY = "Chào chị Hoa,\n\nNhãn lồng chín rồi.\n.\nDòng bắt đầu bằng dấu chấm ở trên.\n"


class Post:
    """An SMTP server in this process. `answer` is what it says to a mail, one after another."""

    def __init__(self):
        self.received, self.answers, self.senders = [], [], []

    async def handle_DATA(self, server, session, envelope):
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            self.received.append(message_from_bytes(envelope.content, policy=policy.default))
            self.senders.append((envelope.mail_from, envelope.rcpt_tos))
        return answer


@pytest.fixture
def post():
    handler = Post()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    handler.url = f"smtp://127.0.0.1:{port}"
    yield handler
    controller.stop()


@pytest.fixture
def deliver(post):
    send = mailing.smtp_sender(post.url)

    def delivered(row):
        send(mailing.message_of(row, "san@so.example", "Sàn công nghệ Hưng Yên", "san.example"))

    return delivered


def queued(session, recipient="hoa@htx.example", subject=SUBJECT, body=BODY):
    row = outbox.mail(session, recipient, subject, body, now=utcnow())
    session.commit()
    return row.id


def row_of(session, number):
    session.rollback()
    session.expire_all()
    return session.get(Mail, number)


# --- Over SMTP ----------------------------------------------------------------------------------
def test_vietnamese_arrives_as_it_was_written(session, post, deliver):
    queued(session)
    assert sending.send_waiting(deliver) == 1
    (mail,) = post.received
    assert mail["Subject"] == SUBJECT
    assert mail["To"] == "hoa@htx.example"
    assert mail["From"].addresses[0].display_name == "Sàn công nghệ Hưng Yên"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "vi"
    assert mail.get_body(("plain",)).get_content().replace("\r\n", "\n") == BODY
    assert post.senders == [("san@so.example", ["hoa@htx.example"])]


def test_a_mail_leaves_once_and_carries_its_rows_key(session, post, deliver):
    number = queued(session)
    assert [sending.send_waiting(deliver) for _round in range(3)] == [1, 0, 0]
    row = row_of(session, number)
    assert row.sent_at is not None
    assert post.received[0]["Message-ID"] == f"<{row.key}@san.example>"


def test_a_worker_killed_before_it_could_note_it_repeats_the_same_message(session, post, deliver):
    class Killed(BaseException):
        """As abrupt as a signal: nothing in the way catches it."""

    number = queued(session)

    def killed_after_sending(row):
        deliver(row)
        raise Killed

    with pytest.raises(Killed):
        sending.send_waiting(killed_after_sending)
    assert row_of(session, number).sent_at is None
    assert sending.send_waiting(deliver) == 1
    first, second = post.received
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"]
    assert sending.send_waiting(deliver) == 0


def test_a_refused_mail_stays_queued_and_holds_up_no_other(session, post, deliver):
    post.answers = ["451 later"]
    first, second = queued(session), queued(session, "b@htx.example")
    assert sending.send_waiting(deliver) == 1
    assert [mail["To"] for mail in post.received] == ["b@htx.example"]
    row = row_of(session, first)
    assert (row.sent_at, row.attempts) == (None, 1)
    assert row.error == "SMTPDataError"
    assert row_of(session, second).sent_at is not None
    assert sending.send_waiting(deliver) == 0  # not before its time
    with time_machine.travel(utcnow() + timedelta(minutes=2), tick=True):
        assert sending.send_waiting(deliver) == 1
    assert row_of(session, first).error == ""


def test_a_server_that_is_gone_loses_nothing(session, post):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        send = mailing.smtp_sender(f"smtp://127.0.0.1:{closed.getsockname()[1]}")
    number, waits = queued(session), []
    with time_machine.travel(utcnow(), tick=False) as clock:
        for _round in range(5):
            sending.send_waiting(lambda row: send(mailing.message_of(row, "a@b.example", "", "h")))
            row = row_of(session, number)
            waits.append((row.run_after - utcnow()).total_seconds() / 60)
            clock.move_to(row.run_after + timedelta(seconds=1))
    assert waits == [1, 2, 4, 8, 16]
    assert row_of(session, number).sent_at is None


@pytest.mark.parametrize("recipient", ["hoa@làng.example", "hòa@htx.example", "khong phai thu"])
def test_an_address_the_server_cannot_take_holds_up_nobody(session, post, deliver, recipient):
    bad, good = queued(session, recipient), queued(session)
    sending.send_waiting(deliver)
    assert row_of(session, good).sent_at is not None
    row = row_of(session, bad)
    assert row.sent_at is not None or row.attempts == 1


def test_a_mail_that_cannot_be_written_holds_up_nobody(session, post, deliver):
    bad = queued(session)
    session.get(Mail, bad).subject = "x\r\nBcc: all@htx.example"  # as no code of ours could
    session.commit()
    good = queued(session, "b@htx.example")
    sending.send_waiting(deliver)
    assert row_of(session, good).sent_at is not None
    assert row_of(session, bad).sent_at is None
    assert [mail["To"] for mail in post.received] == ["b@htx.example"]


@pytest.mark.parametrize("field", ["subject", "recipient"])
@pytest.mark.parametrize("line_break", ["\r\n", "\n", "\r"])
def test_a_line_break_never_gets_into_the_queue(session, field, line_break):
    values = {"recipient": "a@b.example", "subject": "Chào"}
    values[field] += f"{line_break}Bcc: all@htx.example"
    with pytest.raises(ValueError, match="line break"):
        outbox.mail(session, **values, body="x", now=utcnow())


def test_a_server_with_a_false_certificate_is_sent_nothing(session, post):
    """STARTTLS and TLS check who answers: smtplib by itself would not."""
    for url in (f"{post.url}?tls=1", post.url.replace("smtp:", "smtps:")):
        send = mailing.smtp_sender(url)
        row = Mail(key="k", recipient="a@b.example", subject="x", body="y", created_at=utcnow(),
                   language="vi")  # fmt: skip
        with pytest.raises(OSError, match=r".") as refusal:
            send(mailing.message_of(row, "a@b.example", "", "h"))
        assert isinstance(refusal.value, (ssl.SSLError, smtplib.SMTPException))
    assert post.received == []


def test_the_connection_demands_a_certificate_and_the_right_name(monkeypatch):
    seen = {}

    class Server:
        def __init__(self, host, port, timeout, **more):
            seen.update(host=host, port=port, timeout=timeout, **more)

        def __enter__(self):
            return self

        def __exit__(self, *error):
            return False

        def starttls(self, context):
            seen["starttls"] = context

        def login(self, user, password):
            seen["login"] = (user, password)

        def send_message(self, message):
            seen["sent"] = message

    monkeypatch.setattr(smtplib, "SMTP", Server)
    monkeypatch.setattr(smtplib, "SMTP_SSL", Server)
    mailing.smtp_sender("smtp://us%40er:p%3Ass@mail.example:587?tls=1")("m")
    context = seen["starttls"]
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert (seen["host"], seen["port"], seen["login"]) == ("mail.example", 587, ("us@er", "p:ss"))
    assert seen["timeout"] <= 30
    mailing.smtp_sender("smtps://mail.example")("m")
    assert seen["port"] == 465
    assert seen["context"].verify_mode == ssl.CERT_REQUIRED


# --- What they say ------------------------------------------------------------------------------
TEMPLATES = sorted(path.stem for path in Path(ROOT / "templates/mail").glob("[!_]*.txt"))
GOLDEN = Path(__file__).parent / "letters"
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
FACTS = {
    "path": "/x", "title": "Máy sấy", "due": NOW, "organisation": "HTX Nhãn", "who": "Hoa",
    "person": "Hoa", "by": "Chị Quản", "role": "curator", "ref": "TO-1", "tracking_code": "K-1",
    "due_at": NOW, "until": NOW, "valid_until": NOW, "expires_at": NOW, "days": 60, "open": True,
    "reasons": [("Tên", "quá chung")],
    "day": NOW, "client": "Bà Bảy", "file_name": "nhu-cau.xlsx", "rows": 12, "errors": 3,
    "topics": [
        ("Kết nối và giao dịch", [Notice(subject="Có đề xuất", path="/x")], "/stop-letters/x")
    ],
    "count": 12, "kind": "need", "left": 9, "stop_all": "/stop/x",
    "searches": [Told("Máy sấy", (("Máy sấy nhãn", "offer", "/listings/x"),), 2, 1, "/find", "/x")],
}  # fmt: skip


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_each_mail_has_a_subject_a_greeting_and_the_centre_under_it(
    app, session, make, template, language
):
    row = letter(session, make, template, language)
    assert row.subject
    assert "\n" not in row.subject
    assert not row.subject.startswith("Subject")
    assert row.language == language
    assert "{{" not in row.body
    assert "%(" not in row.subject + row.body
    assert app.config["SETTINGS"].province.hotline in row.body
    for line in row.body.splitlines():
        if line.startswith("http"):
            assert line.startswith("http://localhost" + ("/en/" if language == "en" else "/"))


def letter(session, make, template, language):
    """The letter as it leaves at once."""
    everything = dict.fromkeys(TOPICS, "now")
    user = make.user(
        language=language, name="Nguyễn Thị Hoa", key="hoa", notice_settings=everything
    )
    return mails.send(session, template, user, now=NOW, **FACTS)


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_each_letter_says_what_was_agreed(session, make, template, language):
    """UPDATE=1 writes the files anew: read what changed before committing it."""
    row = letter(session, make, template, language)
    said = re.sub(r"(stop-letters/)\S+", r"\1TOKEN", f"Subject: {row.subject}\n\n{row.body}")
    path = GOLDEN / f"{template}-{language}.txt"
    if os.environ.get("UPDATE"):
        path.write_text(said, "utf-8")
    assert said == path.read_text("utf-8")


def test_every_letter_is_known_and_every_known_one_is_written():
    assert set(TEMPLATES) == set(LETTERS)
    assert {path.stem.rsplit("-", 1)[0] for path in GOLDEN.iterdir()} == set(LETTERS)


def test_a_mail_is_a_page_too_that_loads_nothing(session, make):
    facts = FACTS | {"title": "Cơ khí <Sơn & Hà> http://a.example/?a=1&b=2"}
    user = make.user(language="en")
    row = mails.send(session, "match_proposed", user, now=NOW, **facts)
    mail = mailing.message_of(row, "san@so.example", "Sàn <Hưng Yên>", "san.example")
    text, page = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert mail["Content-Language"] == "en"
    assert text.strip() == row.body.strip()
    assert '<html lang="en">' in page
    assert "Sàn &lt;Hưng Yên&gt;" in page
    assert "Cơ khí &lt;Sơn &amp; Hà&gt;" in page
    assert '<a href="http://a.example/?a=1&amp;b=2' in page
    assert '<a href="http://localhost/en/x" style="display:inline-block' in page
    for loads in ("<img", "<script", "<link", "url(", "@import", "src="):
        assert loads not in page


def test_a_subject_made_of_what_people_typed_stays_one_line(session, make):
    row = mails.send(session, "organisation_asked", make.user(), now=utcnow(),
                     **FACTS | {"organisation": "HTX\r\nBcc: all@htx.example"})  # fmt: skip
    assert "\n" not in row.subject
    assert "\r" not in row.subject


def test_markup_in_a_name_is_not_mangled_in_plain_text(session, make):
    row = mails.send(session, "organisation_asked", make.user(), now=utcnow(),
                     **FACTS | {"organisation": "Cơ khí <Sơn & Hà>"})  # fmt: skip
    assert "Cơ khí <Sơn & Hà>" in row.subject
    assert "Cơ khí <Sơn & Hà>" in row.body


def test_a_mail_is_queued_only_when_its_fact_is_kept(session, make):
    mails.send(session, "password_changed", make.user(), now=utcnow())
    session.rollback()
    assert session.scalar(select(Mail.id)) is None
