"""Names a listing gets once and keeps: its reference and its tracking code."""

import secrets
from datetime import timedelta, timezone

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.vocabulary import KINDS
from marketplace.models import Listing, Reference
from marketplace.services import vocabularies

LOCAL = timezone(timedelta(hours=7))  # Vietnam has one zone and no summer time
# Without letters and digits that are mistaken for each other on the phone: 0 O, 1 I L, U V.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"


def issuer(session: Session) -> tuple[str, str]:
    """(code, initials) of the province that issues the numbers, for example ("33", "HY").

    Read from the loaded places, so that another province needs no other code.
    """
    vocabulary = vocabularies.current(session)
    first = next(iter(vocabulary.terms("place").values()), None)
    code = first.parent if first is not None else "00"
    words = vocabularies.fold(vocabulary.label("province", code)).split()
    return code, "".join(word[0] for word in words).upper() or "X"


def reference(session: Session, kind: str, now) -> str:
    """`TO33-20261123-001`: prefix of the kind, province, local day, number within the day."""
    code, _initials = issuer(session)
    prefix = f"{KINDS[kind][0]}{code}-{now.astimezone(LOCAL):%Y%m%d}"
    row = session.get(Reference, prefix)
    if row is None:
        row = Reference(prefix=prefix, last=0)
        session.add(row)
    row.last += 1
    return f"{prefix}-{row.last:03d}"


def tracking_code(session: Session) -> str:
    """`HY-7K3M-9Q2T`: whoever holds it may follow the listing's way, so it cannot be guessed."""
    _code, initials = issuer(session)
    while True:
        letters = "".join(secrets.choice(ALPHABET) for _ in range(8))
        code = f"{initials[:4]}-{letters[:4]}-{letters[4:]}"
        if session.scalar(select(Listing.id).where(Listing.tracking_code == code)) is None:
            return code


def tidy_code(text: str) -> str:
    """A tracking code as people type it: any case, with spaces or without hyphens."""
    letters = "".join(c for c in text.upper() if c.isascii() and c.isalnum())[:16]
    return f"{letters[:-8]}-{letters[-8:-4]}-{letters[-4:]}" if len(letters) > 8 else letters
