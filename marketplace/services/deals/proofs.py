"""Documents that prove an agreement: sealed files, for its parties and the curator who checks."""

import hashlib
import secrets
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.errors import N_, Invalid, NotAllowed, NotFound, WrongState
from marketplace.models import Match, Proof
from marketplace.services import audit, files, mails
from marketplace.services.attachments import Checked
from marketplace.services.deals.sides import acting

FOLDER = "proofs"  # of the instance
MOST = 5  # of one agreement


def add(
    session: Session, match: Match, file: Checked, *, folder: Path, actor, now, side="", channel=""
) -> Proof:
    """Keep a checked file (attachments.checked) for the agreement as it is claimed now; the match's
    curator is told that a document waits. Raises WrongState, NotAllowed, Invalid (field `file`)."""
    if match.state != "agreement_claimed":
        raise WrongState
    side = acting(session, "deal.attach", match, actor=actor, side=side, channel=channel)
    agreement = match.deal.agreement
    if len(agreement.proofs) >= MOST:
        raise Invalid(N_("Mỗi thỏa thuận tối đa %(most)s tệp."), "file", most=MOST)
    row = Proof(
        key=secrets.token_hex(16), agreement=agreement, version=agreement.version, side=side,
        said={"name": file.name}, media_type=file.media_type, size=len(file.content),
        sha256=hashlib.sha256(file.content).hexdigest(), uploaded_at=now, uploaded_by_id=actor.id,
    )  # fmt: skip
    session.add(row)
    match.deal.moved_at = now
    audit.record(session, "deal.attach", match, actor=actor, now=now, version=agreement.version)
    curator = match.curator
    if curator is not None and curator.disabled_at is None and curator.id != actor.id:
        mails.send(
            session, "deal_document", curator, now=now, title=match.a.title,
            path=f"/deals/{match.key}/agreement",
        )  # fmt: skip
    # The file first, then the row with the commit: a crash between leaves a file nobody knows.
    files.write(folder, row.key, file.content)
    return row


def by_key(session: Session, match: Match, key: str) -> Proof:
    """The document of this match's agreement. Raises NotFound for any other."""
    agreement = match.deal.agreement if match.deal is not None else None
    row = session.scalar(
        select(Proof).where(
            Proof.key == key, Proof.removed_at.is_(None),
            Proof.agreement_id == (agreement.id if agreement is not None else None),
        )
    )  # fmt: skip
    if row is None:
        raise NotFound
    return row


def remove(session: Session, row: Proof, *, actor, now) -> None:
    """Taken back by whoever handed it in, before the agreement is verified; `files.remove` follows
    once that is committed."""
    if row.uploaded_by_id != actor.id:
        raise NotAllowed
    if row.agreement.verified_at is not None:
        raise WrongState
    row.removed_at = now
    audit.record(session, "deal.detach", row.agreement.deal.match, actor=actor, now=now)


def sweep(session: Session, folder: Path, *, now) -> int:
    """Remove files that no row names, left by a crash; returns how many."""
    known = session.scalars(select(Proof.key).where(Proof.removed_at.is_(None)))
    return files.sweep(folder, known, now)
