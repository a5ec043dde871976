"""Receiving a file: read as a table at once, so that what is no table is refused at once."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.cleaning import one_line
from marketplace.domain.errors import N_, Invalid, InvalidForm, NotFound, TooMany
from marketplace.domain.permissions import allowed
from marketplace.domain.vocabulary import KINDS, VISIBILITIES
from marketplace.domain.workflow import IMPORT_AT_WORK
from marketplace.models import Import, Organisation
from marketplace.services import audit
from marketplace.services.imports import csvfile, storage, workbook
from marketplace.services.imports.headings import Headings
from marketplace.services.imports.sheets import Sheet

AT_WORK_MOST = 3  # files of one person waiting for the worker


def receive(
    session: Session,
    kind: str,
    file_name: str,
    content: bytes,
    *,
    organisation: Organisation | None = None,
    for_client: bool = False,
    language: str = "vi",
    visibility: str = "public",
    translations=(),
    scan: Callable[[bytes], None],
    folder: Path,
    actor,
    now,
) -> Import:
    """Read the file and keep it for checking. Raises Invalid or InvalidForm (field `file`, or
    `organisation`) when it cannot be read as a table of this kind; nothing is kept then.

    The transaction begun before is given up: nothing may have been written in it."""
    if kind not in KINDS:
        raise NotFound
    faults = {}
    try:
        _demand_options(session, organisation, for_client, visibility, actor)
    except Invalid as fault:
        faults[fault.field] = fault
    session.rollback()  # scanning and reading must not hold the write lock
    try:
        sheet, columns, unknown = _table(file_name, content, Headings(kind, translations), scan)
    except Invalid as fault:
        faults[fault.field or "file"] = fault
    except InvalidForm as several:
        faults |= several.errors
    if len(faults) == 1:
        raise next(iter(faults.values()))
    if faults:  # all of them at once: a browser forgets the chosen file each time
        raise InvalidForm(faults)
    # Another file of the same person may have come meanwhile.
    _demand_options(session, organisation, for_client, visibility, actor)
    row = Import(
        actor_id=actor.id,
        organisation_id=organisation.id if organisation is not None else None,
        kind=kind,
        file_name=one_line(file_name)[-200:],
        stored_as=storage.put(folder, content, sheet),
        sha256=hashlib.sha256(content).hexdigest(),
        rows_total=len(sheet.rows),
        options={
            "language": language if language in ("vi", "en") else "vi",
            "visibility": visibility,
            "for_client": for_client,
        },
        reading=sheet.reading | {"columns": columns, "unknown": unknown},
        created_at=now,
    )
    session.add(row)
    session.flush()
    audit.record(session, "import.receive", row, actor=actor, now=now, kind=kind,
                 rows=row.rows_total)  # fmt: skip
    return row


def _table(file_name, content, headings: Headings, scan):
    """(the table, its columns, what nobody knows). Raises Invalid or InvalidForm."""
    scan(content)  # before any parser opens it
    sheet = read(file_name, content, headings)
    columns, unknown = headings.match(sheet.header)
    if not sheet.rows:
        raise Invalid(N_("Tệp chỉ có dòng tiêu đề, chưa có hồ sơ nào."), "file")
    return sheet, columns, unknown


def _demand_options(session, organisation, for_client, visibility, actor):
    if visibility not in VISIBILITIES:
        raise Invalid(N_("Hãy chọn ai được tìm thấy hồ sơ này."), "visibility")
    if for_client:
        if not allowed("listing.create_for_client", actor) or organisation is None:
            raise Invalid(N_("Hãy chọn đơn vị mà bạn nhập thay."), "organisation")
    elif organisation is not None and organisation.id not in actor.organisations:
        raise Invalid(N_("Bạn không thuộc đơn vị này."), "organisation")
    at_work = session.scalars(
        select(Import.id).where(Import.actor_id == actor.id, Import.state.in_(IMPORT_AT_WORK))
    ).all()
    if len(at_work) >= AT_WORK_MOST:
        raise TooMany(minutes=5)


def read(file_name: str, content: bytes, headings: Headings) -> Sheet:
    """The table in the file, recognised by its bytes; a name may lie. Raises Invalid."""
    if not content:
        raise Invalid(N_("Hãy chọn tệp. Nếu đã chọn thì tệp đó trống."), "file")
    if file_name.lower().endswith((".xlsm", ".xlsb", ".xltm")):
        raise Invalid(
            N_("Tệp có macro (chương trình) nên không được nhận. Hãy lưu lại dạng .xlsx."), "file"
        )
    workbook.refuse_old(content)
    if content.startswith(workbook.ZIP):
        return workbook.read(content, headings)
    return csvfile.read(content, headings)
