"""A file's way in: checked without writing anything, then brought in whole or not at all
(workflow.IMPORT). Small files are dealt with while the visitor waits, larger ones by the worker
(`waiting`).
"""

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.errors import N_, Invalid, InvalidForm
from marketplace.domain.workflow import IMPORT
from marketplace.models import Import, Listing
from marketplace.services import audit, listings, vocabularies
from marketplace.services.imports import storage
from marketplace.services.imports.checking import Checked, check
from marketplace.services.imports.encodings import UTF8
from marketplace.services.listings.numbers import LOCAL

ROWS_AT_ONCE = 200  # checked within the request: a tenth of a second
MADE_AT_ONCE = 50  # brought in within the request: well under a second
HAND_OVERS_MOST = 50  # each sends the client a mail of its own
# What becomes of the rows: members send their own, staff ask the client first.
THEN = {
    "draft": N_("Lưu thành bản nháp, xem lại từng hồ sơ rồi mới gửi"),
    "submit": N_("Gửi xét duyệt cả tệp"),
    "hand_over": N_("Gửi chủ hồ sơ xác nhận cả tệp"),
}


# --- Checking -----------------------------------------------------------------------------------
def examine(session: Session, row: Import, folder: Path, *, now) -> Checked:
    """The dry run: reads the file and the database, writes nothing."""
    return check(
        storage.sheet(folder, row.stored_as),
        row.kind,
        row.reading["columns"],
        vocabulary=vocabularies.current(session),
        today=now.astimezone(LOCAL).date(),
        for_client=row.options.get("for_client", False),
        owned_titles=owned_titles(session, row),
        progress=storage.reporter(folder, row.stored_as),
    )


def settle(session: Session, row: Import, outcome: Checked, *, actor, now) -> None:
    """Keep what the dry run found."""
    step = "refuse" if outcome.errors else "accept"
    row.state = IMPORT.next(row.state, step)
    row.rows_total = len(outcome.rows)
    row.errors, row.warnings = outcome.errors, outcome.warnings
    row.reading = {
        **row.reading,
        "errors_total": outcome.errors_total,
        "bad_rows": len({error["row"] for error in outcome.errors}),
    }
    if outcome.errors:
        row.finished_at = now
    audit.record(session, f"import.{step}", row, actor=actor, now=now, rows=row.rows_total,
                 errors=outcome.errors_total)  # fmt: skip


def check_now(session: Session, row: Import, folder: Path, *, actor, now) -> None:
    """Check a file of few rows at once; a larger one is left to the worker."""
    if row.rows_total > ROWS_AT_ONCE:
        return
    row.state = IMPORT.next(row.state, "check")
    settle(session, row, examine(session, row, folder, now=now), actor=actor, now=now)


def owned_titles(session: Session, row: Import) -> frozenset[str]:
    """Folded titles of what the owner of the new listings has already."""
    mine = (
        Listing.organisation_id == row.organisation_id
        if row.organisation_id is not None
        else Listing.owner_user_id == row.actor_id
    )
    titles = session.scalars(
        select(Listing.title).where(
            mine, Listing.kind == row.kind, Listing.state.not_in(("withdrawn", "archived"))
        )
    )
    return frozenset(vocabularies.fold(title) for title in titles if title)


def same_file(session: Session, row: Import) -> Import | None:
    """An earlier import of the very same bytes into the same hands, already brought in."""
    same = [Import.sha256 == row.sha256, Import.id != row.id, Import.state == "done",
            Import.kind == row.kind]  # fmt: skip
    if row.organisation_id is None:
        same += [Import.organisation_id.is_(None), Import.actor_id == row.actor_id]
    else:
        same.append(Import.organisation_id == row.organisation_id)
    return session.scalar(select(Import).where(*same).order_by(Import.id.desc()).limit(1))


# --- Bringing in --------------------------------------------------------------------------------
def choices(row: Import) -> dict[str, str]:
    """What may become of the rows, by who sent them: code -> words."""
    second = "hand_over" if row.options.get("for_client", False) else "submit"
    return {code: THEN[code] for code in ("draft", second)}


def confirmations(session: Session, row: Import) -> dict[str, str]:
    """What the importer must confirm before this file is brought in: code -> words."""
    wanted = {}
    if row.reading.get("encoding", UTF8) != UTF8:
        wanted["encoding"] = N_("Ba dòng ở trên hiện đúng dấu tiếng Việt.")
    if same_file(session, row) is not None:
        wanted["again"] = N_("Tệp này đã được đưa vào trước đây; tôi vẫn muốn đưa vào lần nữa.")
    return wanted


def start(session: Session, row: Import, then: str, confirmed, folder: Path, *, actor, now) -> None:
    """The importer says yes. Few rows are brought in at once, many by the worker.

    Raises WrongState when it was said before, InvalidForm when something is not confirmed.
    """
    state = IMPORT.next(row.state, "start")
    wrong = {
        f"confirm-{code}": Invalid(N_("Cần xác nhận: %(what)s"), f"confirm-{code}", what=words)
        for code, words in confirmations(session, row).items()
        if code not in confirmed
    }
    if then not in choices(row):
        wrong["then"] = Invalid(N_("Hãy chọn việc làm với các hồ sơ."), "then")
    elif then == "hand_over" and row.rows_total > HAND_OVERS_MOST:
        wrong["then"] = Invalid(
            N_("Mỗi hồ sơ gửi một thư xác nhận, nên tối đa %(most)s hồ sơ mỗi tệp. "
               "Hãy lưu thành bản nháp hoặc chia tệp."),
            "then",
            most=HAND_OVERS_MOST,
        )  # fmt: skip
    if wrong:
        raise InvalidForm(wrong)
    row.options = {**row.options, "then": then}
    row.state = state
    audit.record(session, "import.start", row, actor=actor, now=now, then=then)
    if row.rows_total <= MADE_AT_ONCE:
        bring_in(session, row, folder, actor=actor, now=now)


def bring_in(session: Session, row: Import, folder: Path, *, actor, now) -> None:
    """Make the listings, all of them or (when the file has become unacceptable since the dry run)
    none. The caller's transaction holds it together."""
    outcome = examine(session, row, folder, now=now)
    if outcome.errors:
        settle(session, row, outcome, actor=actor, now=now)
        return
    report = storage.reporter(folder, row.stored_as)
    refs = []
    for done, (_number, raw) in enumerate(outcome.rows, start=1):
        refs.append(_make(session, row, raw, actor, now).ref)
        if done % 25 == 0:
            report(done, len(outcome.rows))
    row.state = IMPORT.next(row.state, "finish")
    row.refs, row.rows_done = refs, len(refs)
    row.finished_at = now
    audit.record(session, "import.finish", row, actor=actor, now=now, rows=row.rows_done)


def _make(session, row, raw, actor, now) -> Listing:
    client = row.options.get("for_client", False)
    listing = listings.create(
        session,
        row.kind,
        actor=actor,
        now=now,
        organisation=row.organisation,
        for_client=client,
        client_name=row.organisation.name if client else "",
        origin="imported",
    )
    listing.language, listing.visibility = row.options["language"], row.options["visibility"]
    faults = listings.save(session, listing, raw, actor=actor, now=now)
    if faults:
        raise RuntimeError(f"import {row.key}: checked, yet refused in {sorted(faults)}")
    if row.options["then"] != "draft":
        listings.advance(session, listing, row.options["then"], actor=actor, now=now)
    return listing
