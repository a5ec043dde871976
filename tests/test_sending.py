"""kill -9 of the process that sends: each mail arrives, none is lost, and at most the one in flight
comes twice, as the same message."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import func, select

from marketplace.models import Mail, db, utcnow
from marketplace.services import outbox

MAILS, KILLS = 200, 20
CHILD = """
import os, sys
sys.path[:0] = sys.argv[2:]
from pathlib import Path
from conftest import bare
from marketplace.services import sending
from marketplace.web import mailing
app = bare(Path(sys.argv[1]))
print("ready", flush=True)
for line in sys.stdin:  # the address of the server: a new sender for each line
    if os.fork():
        continue
    send = mailing.smtp_sender(line.strip())
    with app.app_context():
        print(os.getpid(), flush=True)
        while True:
            sending.send_waiting(
                lambda row: send(mailing.message_of(row, "san@so.example", "San", "san.example"))
            )
"""


class Post:
    """An SMTP server that remembers which mail came how often, and never refuses."""

    def __init__(self):
        self.received, self.after = [], []

    async def handle_DATA(self, server, session, envelope):
        head = envelope.content.decode("utf-8", "replace").replace("\r\n", "\n")
        self.received.append(head.split("Message-ID: ")[1].split("\n")[0])
        return "250 OK"


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


def test_kill_9_while_sending_loses_no_mail(app, session, post, tmp_path):
    for number in range(MAILS):
        outbox.mail(session, f"a{number}@htx.example", f"Thu {number}", "Chao", now=utcnow())
    session.commit()
    keys = session.scalars(select(Mail.key)).all()
    session.rollback()
    chance = random.Random(7)
    paths = [os.path.dirname(__file__), os.getcwd()]
    nursery = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path), *paths],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert nursery.stdout.readline() == "ready\n"
        for _kill in range(KILLS):
            before, pid = len(post.received), sender(nursery, post)
            wait(lambda seen=before: len(post.received) > seen)
            time.sleep(chance.uniform(0, 0.03))
            os.kill(pid, signal.SIGKILL)
        assert unsent(), "all were sent before it was killed for the last time"
        pid = sender(nursery, post)
        wait(lambda: not unsent())
        os.kill(pid, signal.SIGKILL)
    finally:
        nursery.kill()
        nursery.wait()
    came = Counter(post.received)
    assert set(came) == {f"<{key}@san.example>" for key in keys}
    assert sum(came.values()) - MAILS <= KILLS  # at most the one in flight, each time


def sender(nursery, post) -> int:
    nursery.stdin.write(post.url + "\n")
    nursery.stdin.flush()
    return int(nursery.stdout.readline())


def unsent() -> int:
    count = db.session.scalar(select(func.count(Mail.id)).where(Mail.sent_at.is_(None)))
    db.session.rollback()  # holds up no writer
    return count


def wait(done, seconds=60):
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.002)
