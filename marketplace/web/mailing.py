"""Renders mail templates in the reader's language, and carries queued mails to SMTP."""

import re
import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from urllib.parse import parse_qs, unquote, urlsplit

from flask import g, render_template
from flask_babel import force_locale

from marketplace.services import mails


def render(name: str, language: str, facts: dict) -> str:
    with force_locale(language):
        g.forced_language = language
        try:
            return render_template(f"mail/{name}.txt", **facts)
        finally:
            g.pop("forced_language", None)


def message_of(row, sender: str, sender_name: str, host: str) -> EmailMessage:
    """The mail as sent. Its Message-ID is made from the row, so a repeat can be recognised."""
    message = EmailMessage(policy=SMTP)
    message["From"] = formataddr((sender_name, sender))
    message["To"] = row.recipient
    message["Subject"] = row.subject
    message["Date"] = format_datetime(row.created_at)
    message["Message-ID"] = f"<{row.key}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    if row.unsubscribe:  # RFC 2369, and RFC 8058 for the reader's one press
        message["List-Unsubscribe"] = f"<{row.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(row.body)
    message.add_alternative(html_of(row, sender_name), subtype="html")
    message["Content-Language"] = row.language  # set_content would have taken it away
    return message


_ADDRESS = re.compile(r"(https?://\S+)")


def html_of(row, sender_name: str) -> str:
    """The body of a mail as a page of its own: the words are the letter's, the first address is
    a button, the others links. Nothing is loaded from anywhere, and nothing tells it was read."""
    blocks, button = [], ""
    for block in row.body.strip().split("\n\n"):
        lines = block.strip("\n").split("\n")
        if not button and len(lines) == 1 and _ADDRESS.fullmatch(lines[0]):
            button = lines[0]
            blocks.append(("button", button))
        elif lines[0].startswith("* "):
            blocks.append(("head", lines[0][2:]))
        else:
            blocks.append(("lines", [_pieces(line) for line in lines]))
    with force_locale(row.language):
        return render_template(
            "mail/_frame.html",
            blocks=blocks,
            subject=row.subject,
            language=row.language,
            sender_name=sender_name,
        )


def _pieces(line: str) -> list[tuple[str, bool]]:
    """A line cut into (text, whether it is an address)."""
    return [(piece, bool(number % 2)) for number, piece in enumerate(_ADDRESS.split(line)) if piece]


def smtp_sender(url: str):
    """send(message) over smtp://user:password@host:port?tls=1 (STARTTLS) or smtps://."""
    parts = urlsplit(url)
    tls = parse_qs(parts.query).get("tls", ["0"])[0] == "1"

    # smtplib's own default checks no certificate.
    context = ssl.create_default_context()

    def connect():
        if parts.scheme == "smtps":
            return smtplib.SMTP_SSL(parts.hostname, parts.port or 465, timeout=20, context=context)
        return smtplib.SMTP(parts.hostname, parts.port or 25, timeout=20)

    def send(message: EmailMessage) -> None:
        with connect() as server:
            if tls:
                server.starttls(context=context)
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)

    return send


def init_app(app, settings) -> None:
    mails.use(render, settings.base_url)
