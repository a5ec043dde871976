"""Files left to the worker: one step of one file at a time, each safe to repeat after a crash."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.actor import Actor
from marketplace.domain.errors import N_, Invalid
from marketplace.domain.permissions import allowed
from marketplace.domain.workflow import IMPORT, IMPORT_AT_WORK
from marketplace.models import Import
from marketplace.services import accounts, files, mails
from marketplace.services.files import FileLost
from marketplace.services.imports import storage
from marketplace.services.imports.checking import Checked
from marketplace.services.imports.jobs import bring_in, examine, settle

KEEP_DAYS = 14  # the uploaded file, for its marked copy


def next_at_work(session: Session) -> Import | None:
    """The oldest file that waits for the worker, or was left in the middle by a crash."""
    return session.scalar(
        select(Import).where(Import.state.in_(IMPORT_AT_WORK)).order_by(Import.id).limit(1)
    )


def run_waiting(
    session: Session, folder: Path, *, now: Callable, reading: Callable, changing: Callable,
    commit: Callable,
) -> int:  # fmt: skip
    """One step of the oldest waiting file; returns 1 when there was one. A step repeated after a
    crash finds its file as it was. `reading` and `changing` begin a transaction, `commit` ends it:
    the dry run of a large file must not keep others from writing."""
    reading()
    row = next_at_work(session)
    if row is None:
        return 0
    row_id, state = row.id, row.state
    try:
        if state == "importing":
            changing()
            row = session.get(Import, row_id)
            bring_in(session, row, folder, actor=_still_allowed(session, row), now=now())
        else:
            _still_allowed(session, row)
            outcome = examine(session, row, folder, now=now())
            changing()
            row = session.get(Import, row_id)
            if row.state == "waiting":
                row.state = IMPORT.next(row.state, "check")
            settle(session, row, outcome, actor=accounts.actor_of(row.actor), now=now())
    except Exception as error:
        changing()
        row = session.get(Import, row_id)
        if row.state == "waiting":
            row.state = IMPORT.next(row.state, "check")
        settle(session, row, _broken(error), actor=accounts.actor_of(row.actor), now=now())
        tell(session, row, now=now())
        commit()
        if not isinstance(error, Invalid | FileLost):
            raise
        return 1
    tell(session, row, now=now())
    commit()
    return 1


def _broken(error: Exception) -> Checked:
    """An outcome that refuses the file: a task that fails for ever must not be tried for ever."""
    outcome = Checked()
    if isinstance(error, FileLost):
        error = Invalid(error.message)
    elif not isinstance(error, Invalid):
        error = Invalid(N_("Máy chủ gặp lỗi khi xử lý tệp. Chưa dòng nào được đưa vào."))
    outcome.fault(1, None, "", "", error)
    return outcome


def tell(session: Session, row: Import, *, now) -> None:
    """A mail when the worker is through with a step, for nobody waits before a page that long."""
    name = {"checked": "import_checked", "refused": "import_refused", "done": "import_done"}
    mails.send(
        session,
        name[row.state],
        row.actor,
        now=now,
        file_name=row.file_name,
        rows=row.rows_total,
        errors=row.reading.get("errors_total", 0),
        path=f"/import/{row.key}",
    )


def _still_allowed(session: Session, row: Import) -> Actor:
    """The importer as they are now: who lost the right meanwhile brings nothing in."""
    actor = accounts.actor_of(row.actor)
    right = (
        allowed("listing.create_for_client", actor)
        if row.options.get("for_client", False)
        else row.organisation_id is None or row.organisation_id in actor.organisations
    )
    if row.actor.disabled_at is not None or not right or not allowed("import.run", actor):
        raise Invalid(N_("Bạn không còn quyền đưa hồ sơ vào cho đơn vị này."))
    return actor


def sweep(session: Session, folder: Path, *, now) -> int:
    """Remove uploaded files that nobody needs any more, or that a crash left without a row; what
    was done with them stays on record. Returns how many."""
    old = session.scalars(
        select(Import).where(
            Import.created_at < now - timedelta(days=KEEP_DAYS),
            Import.stored_as != "",
            Import.state.not_in(("waiting", "checking", "importing")),
        )
    ).all()
    for row in old:
        storage.remove(folder, row.stored_as)
        row.stored_as = ""
    session.flush()
    kept = session.scalars(select(Import.stored_as).where(Import.stored_as != ""))
    known = [each for name in kept for each in storage.names(name)]
    return len(old) + files.sweep(folder, known, now)
