"""Uploaded files on disk: unreadable without the key, whole or not there, refused when touched."""

import io
import os
from datetime import timedelta

import pytest
from conftest import CONTENT_KEY
from sqlalchemy import select
from test_imports import csv_of

from marketplace.models import Attachment, Audit, Import, sealing, utcnow
from marketplace.services import attachments, background, files
from marketplace.services.imports import storage

MARK = "dau-hieu-rieng-9f2c"
PDF = b"%PDF-1.7\n" + MARK.encode() + b"\n%%EOF\n"


@pytest.fixture
def owner(make):
    return make.user()


@pytest.fixture
def browser(sign_in, owner):
    return sign_in(owner)


@pytest.fixture
def attached(make, owner, browser, session):
    """A confidential PDF of a listing that holds MARK."""
    ref = make.listing("offer", owner=owner).ref
    data = {"file": (io.BytesIO(PDF), "ho-so.pdf"), "level": "confidential"}
    assert browser.post(f"/listings/{ref}/files", data=data).status_code == 302
    return session.scalar(select(Attachment))


@pytest.fixture
def imported(browser, session):
    """send(row, ...) -> the import of a table that holds MARK in each row."""

    def send(*rows):
        content = csv_of(*({"problem": MARK} | row for row in rows))
        data = {"file": (io.BytesIO(content), "bang.csv")}
        assert browser.post("/import/new/need", data=data).status_code == 303
        return session.scalar(select(Import).order_by(Import.id.desc()))

    return send


@pytest.fixture
def folder(app):
    return app.config["SETTINGS"].instance


@pytest.fixture
def rotate():
    yield lambda *keys: sealing.use(keys)
    sealing.use([CONTENT_KEY])


def holding(folder, word):
    """Files below the folder that hold the word in the open, the database's own aside."""
    return [
        path.name
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith("test.db") and word in path.read_bytes()
    ]


# --- At rest ------------------------------------------------------------------------------------
def test_nothing_of_an_attachment_is_readable_on_the_disk(attached, browser, folder):
    assert holding(folder, MARK.encode()) == []
    assert browser.get(f"/files/{attached.key}").data == PDF


def test_nothing_of_an_import_is_readable_on_the_disk(
    imported, browser, folder, session, monkeypatch
):
    monkeypatch.setattr("marketplace.services.imports.jobs.ROWS_AT_ONCE", 1)
    monkeypatch.setattr("marketplace.services.imports.checking.PROGRESS_EVERY", 1)
    row = imported({}, {"deadline": "hôm nào"})
    assert background.follow_imports(folder / "imports") == 1
    names = {path.suffix for path in (folder / "imports").iterdir()}
    assert names == {".file", ".json", ".progress"}
    for word in (MARK, "hôm nào", "Cần máy sấy"):
        assert holding(folder, word.encode()) == []
        assert holding(folder, word.encode("unicode_escape")) == []
    session.expire_all()
    assert row.state == "refused"
    assert storage.progress(folder / "imports", row.stored_as) == (2, 2)
    assert browser.get(f"/import/{row.key}/marked.xlsx").status_code == 200


def test_only_the_site_may_open_the_folder(attached, folder):
    kept = folder / "files" / attached.key
    assert kept.stat().st_mode & 0o077 == 0
    assert kept.parent.stat().st_mode & 0o077 == 0


def test_an_old_key_still_opens_after_rotation(attached, browser, folder, rotate):
    fresh = sealing.new_key()
    rotate(fresh, CONTENT_KEY)
    assert browser.get(f"/files/{attached.key}").data == PDF
    files.write(folder / "files", attached.key, PDF)  # sealed with the new key
    rotate(fresh)
    assert browser.get(f"/files/{attached.key}").data == PDF
    rotate(CONTENT_KEY)
    assert browser.get(f"/files/{attached.key}").status_code == 410


# --- Lost and broken ----------------------------------------------------------------------------
def spoil(path, how):
    if how == "lost":
        path.unlink()
    elif how == "a folder":
        path.unlink()
        path.mkdir()
    elif how == "in the open":
        path.write_bytes(PDF)
    elif how == "empty":
        path.write_bytes(b"")
    else:
        sealed = bytearray(path.read_bytes())
        sealed[len(sealed) // 2] ^= 1
        path.write_bytes(sealed)


SPOILT = ["lost", "a folder", "in the open", "empty", "one bit"]


@pytest.mark.parametrize("how", SPOILT)
def test_a_file_that_does_not_open_gets_a_page_that_says_so(attached, browser, folder, how, caplog):
    spoil(folder / "files" / attached.key, how)
    answer = browser.get(f"/files/{attached.key}")
    assert answer.status_code == 410
    assert "Không mở được tệp này" in answer.text
    assert MARK not in answer.text
    assert attached.key in caplog.text


def test_a_file_in_anothers_place_does_not_open(attached, browser, folder, make, owner, session):
    """Else whoever reaches the disk could publish a confidential file in a public one's name."""
    ref = make.listing("offer", owner=owner).ref
    data = {"file": (io.BytesIO(b"%PDF-1.4 cong khai"), "cong-khai.pdf"), "level": "public"}
    browser.post(f"/listings/{ref}/files", data=data)
    public = session.scalar(select(Attachment).where(Attachment.level == "public"))
    (folder / "files" / attached.key).replace(folder / "files" / public.key)
    answer = browser.get(f"/files/{public.key}")
    assert answer.status_code == 410
    assert MARK not in answer.text


@pytest.mark.parametrize("how", SPOILT)
@pytest.mark.parametrize("ending", [storage.FILE, storage.TABLE])
def test_a_marked_copy_of_a_spoilt_file_is_refused(imported, browser, folder, how, ending):
    row = imported({"deadline": "hôm nào"})
    spoil(folder / "imports" / (row.stored_as + ending), how)
    answer = browser.get(f"/import/{row.key}/marked.xlsx")
    assert answer.status_code == 410
    assert "Không mở được tệp này" in answer.text


def test_a_spoilt_table_is_not_brought_in(imported, browser, folder, session, monkeypatch):
    row = imported({}, {})
    spoil(folder / "imports" / (row.stored_as + storage.TABLE), "one bit")
    answer = browser.post(f"/import/{row.key}/start", data={"then": "draft"})
    assert answer.status_code == 410
    session.expire_all()
    assert (row.state, row.refs) == ("checked", [])
    monkeypatch.setattr("marketplace.services.imports.jobs.MADE_AT_ONCE", 1)
    browser.post(f"/import/{row.key}/start", data={"then": "draft"})
    assert background.follow_imports(folder / "imports") == 1
    session.expire_all()
    assert row.state == "refused"
    assert "Không mở được tệp này" in row.errors[0]["message"]


# --- Whole or not at all ------------------------------------------------------------------------
@pytest.mark.parametrize("fails", ["fsync", "replace"])
def test_a_write_that_fails_leaves_what_was_there(attached, browser, folder, monkeypatch, fails):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, fails, full)
    with pytest.raises(OSError, match="No space"):
        files.write(folder / "files", attached.key, b"other")
    monkeypatch.undo()
    assert browser.get(f"/files/{attached.key}").data == PDF
    assert [path.name for path in (folder / "files").iterdir()] == [attached.key]


def test_what_is_kept_is_on_the_disk_before_the_row_names_it(folder, monkeypatch):
    synced = []
    fsync = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda handle: synced.append(os.fstat(handle)) or fsync(handle)
    )
    files.write(folder / "files", "ten", PDF)
    kept = folder / "files" / "ten"
    assert [each.st_ino for each in synced] == [kept.stat().st_ino, kept.parent.stat().st_ino]


def test_what_a_crash_left_behind_goes_after_a_day(attached, imported, folder, session):
    row, now = imported({}), utcnow()
    for name in ("files/no-row", "imports/no-row.file", "imports/no-row.file.12ab.new"):
        (folder / name).write_bytes(b"sealed")
    later = now + timedelta(hours=25)
    assert attachments.sweep(session, folder / "files", now=now) == 0
    assert attachments.sweep(session, folder / "files", now=later) == 1
    assert [path.name for path in (folder / "files").iterdir()] == [attached.key]
    from marketplace.services import imports

    assert imports.sweep(session, folder / "imports", now=later) == 2
    left = {path.name for path in (folder / "imports").iterdir()}
    assert left <= set(storage.names(row.stored_as))
    assert storage.sheet(folder / "imports", row.stored_as).rows
    assert files.sweep(folder / "nowhere", [], later) == 0


def test_the_worker_sweeps_and_the_log_says_how_many(folder, app, session):
    (folder / "files").mkdir(parents=True, exist_ok=True)
    left = folder / "files" / "no-row"
    left.write_bytes(b"sealed")
    os.utime(left, (0, 0))
    assert background.sweep(attachments.sweep, folder / "files") == 1
    row = session.scalar(select(Audit).where(Audit.action == "worker.sweep"))
    assert row.facts == {"files": 1}
    assert background.sweep(attachments.sweep, folder / "files") == 0
