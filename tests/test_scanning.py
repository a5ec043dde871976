"""The virus scanner: what it finds is refused, and so is everything while it gives no verdict."""

import io
import socket
import struct
import threading
import time

import pytest
from conftest import build
from factories import Make
from sqlalchemy import func, select, text
from test_imports import csv_of

from marketplace.models import Attachment, Import, User, db, utcnow
from marketplace.services import scanning, sessions

# The harmless text every scanner calls a virus (eicar.org), put together here so that none finds
# it in this file.
EICAR = (r"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*").encode()
PDF = b"%PDF-1.7\n%%EOF\n"


class Clamd:
    """A daemon in a thread that speaks INSTREAM. `how` it behaves: honest, slow, rude, dripping,
    small (takes few bytes) or mute (hangs up)."""

    def __init__(self, family=socket.AF_INET, place=("127.0.0.1", 0), how="honest"):
        self.how, self.streams, self.stop = how, [], threading.Event()
        self.server = socket.socket(family)
        self.server.bind(place)
        self.server.listen()
        self.server.settimeout(0.05)
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    @property
    def address(self):
        if self.server.family == socket.AF_UNIX:
            return f"unix:{self.server.getsockname()}"
        return "{}:{}".format(*self.server.getsockname())

    def close(self):
        self.stop.set()
        self.thread.join()
        self.server.close()

    def _serve(self):
        while not self.stop.is_set():
            try:
                talk, _from = self.server.accept()
            except TimeoutError:
                continue
            talk.settimeout(5)
            with talk:
                self._answer(talk)

    def _answer(self, talk):
        if self.how == "mute":
            return
        if self.how == "slow":
            self.stop.wait(5)
            return
        with talk.makefile("rb") as stream:
            assert stream.read(10) == b"zINSTREAM\0"
            if self.how == "small":
                talk.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                return
            seen = b""
            while length := struct.unpack("!L", stream.read(4))[0]:
                seen += stream.read(length)
        self.streams.append(seen)
        found = b"stream: Eicar-Test-Signature FOUND\0"
        answer = found if EICAR in seen else b"stream: OK\0"
        if self.how == "rude":
            answer = b"what?\0"
        for at in range(len(answer)):
            if self.how == "dripping" and self.stop.wait(0.1):
                return
            try:
                talk.sendall(answer[at : at + 1])
            except OSError:
                return


@pytest.fixture
def clamd():
    """clamd(how) -> a running daemon."""
    running = []

    def start(how="honest", **place):
        running.append(Clamd(how=how, **place))
        return running[-1]

    yield start
    for each in running:
        each.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# --- The talk -----------------------------------------------------------------------------------
def test_no_scanner_takes_everything():
    assert scanning.scan(EICAR, "") is None


@pytest.mark.parametrize("size", [0, 1, scanning.CHUNK, 3 * scanning.CHUNK + 5])
def test_the_daemon_gets_every_byte_and_a_clean_file_passes(clamd, size):
    daemon, content = clamd(), bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    scanning.scan(content, daemon.address)
    assert daemon.streams == [content]


def test_a_virus_is_found_wherever_it_is_and_named(clamd):
    content = b"x" * (scanning.CHUNK - 10) + EICAR  # over the edge of a chunk
    with pytest.raises(scanning.Infected) as refusal:
        scanning.scan(content, clamd().address)
    assert refusal.value.field == "file"
    assert refusal.value.values == {"name": "Eicar-Test-Signature"}


def test_a_unix_socket_is_as_good(clamd, tmp_path):
    daemon = clamd(family=socket.AF_UNIX, place=str(tmp_path / "clamd.ctl"))
    scanning.scan(b"abc", daemon.address)
    assert daemon.streams == [b"abc"]
    with pytest.raises(scanning.ScannerAway):
        scanning.scan(b"abc", f"unix:{tmp_path / 'none.ctl'}")


@pytest.mark.parametrize("how", ["rude", "small", "mute"])
def test_no_verdict_is_no_permission(clamd, how, caplog):
    with pytest.raises(scanning.ScannerAway):
        scanning.scan(b"x" * 5_000_000, clamd(how).address)
    assert "virus scanner" in caplog.text


def test_nobody_listening_is_no_permission(caplog):
    with pytest.raises(scanning.ScannerAway):
        scanning.scan(b"abc", f"127.0.0.1:{free_port()}")
    assert "ConnectionRefusedError" in caplog.text


@pytest.mark.parametrize("how", ["slow", "dripping"])
def test_a_slow_daemon_keeps_nobody_waiting_for_ever(clamd, how):
    began = time.monotonic()
    with pytest.raises(scanning.ScannerAway):
        scanning.scan(b"abc", clamd(how).address, within=0.4)
    assert time.monotonic() - began < 2


# --- On the pages -------------------------------------------------------------------------------
@pytest.fixture
def site(tmp_path):
    """site(address) -> a signed-in browser of an installation with that scanner, and a listing."""

    def start(address):
        app = build(tmp_path, clamd=address)
        with app.app_context():
            user = Make(db.session).user()
            ref = Make(db.session).listing("offer", owner=user).ref
            token = sessions.open_for(db.session, db.session.get(User, user.id), now=utcnow())
            db.session.commit()
        browser = app.test_client()
        with browser.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
        return app, browser, ref

    return start


def attach(browser, ref, content):
    data = {"file": (io.BytesIO(content), "ho-so.pdf"), "level": "contact"}
    return browser.post(f"/listings/{ref}/files", data=data)


def bring(browser, content):
    data = {"file": (io.BytesIO(content), "bang.csv"), "visibility": "registered"}
    return browser.post("/import/new/need", data=data)


def kept(app):
    """(rows of uploads, files on disk)."""
    with app.app_context():
        rows = sum(db.session.scalar(select(func.count(each.id))) for each in (Attachment, Import))
    folders = [app.config["SETTINGS"].instance / name for name in ("files", "imports")]
    return rows, sum(len(list(folder.iterdir())) for folder in folders if folder.is_dir())


def test_clean_files_are_taken(site, clamd):
    daemon = clamd()
    app, browser, ref = site(daemon.address)
    assert attach(browser, ref, PDF).status_code == 302
    table = csv_of({})
    assert bring(browser, table).status_code == 303
    assert daemon.streams == [PDF, table]
    assert kept(app) == (2, 3)


def test_a_virus_is_refused_beside_the_field_and_nothing_is_kept(site, clamd):
    app, browser, ref = site(clamd().address)
    for answer in (attach(browser, ref, PDF + EICAR), bring(browser, csv_of({}) + EICAR)):
        assert answer.status_code == 422
        assert "#f-file" in answer.text
        assert "có vi-rút (Eicar-Test-Signature)" in answer.text
    assert kept(app) == (0, 0)


def test_a_scanner_that_is_down_refuses_and_loses_nothing(site, caplog):
    app, browser, ref = site(f"127.0.0.1:{free_port()}")
    answer = attach(browser, ref, PDF)
    assert answer.status_code == 503
    assert "những gì bạn đã lưu vẫn còn nguyên" in answer.text
    assert "#f-file" in answer.text
    assert 'value="contact" checked' in answer.text
    answer = bring(browser, csv_of({}))
    assert answer.status_code == 503
    assert "#f-file" in answer.text
    assert '<option value="registered" selected' in answer.text
    assert kept(app) == (0, 0)
    assert caplog.text.count("virus scanner: ConnectionRefusedError") == 2
    assert browser.get(f"/listings/{ref}").status_code == 200


def test_others_write_while_a_file_is_looked_at(site, monkeypatch):
    app, browser, ref = site("127.0.0.1:1")

    def writes_meanwhile(content, address):
        with app.app_context(), db.engine.begin() as connection:
            connection.execute(text("pragma busy_timeout=100"))
            connection.execute(text("update users set phone = '0912345678'"))

    monkeypatch.setattr(scanning, "scan", writes_meanwhile)
    assert attach(browser, ref, PDF).status_code == 302
    assert bring(browser, csv_of({})).status_code == 303
