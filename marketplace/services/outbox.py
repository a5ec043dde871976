"""The transactional outbox: what must follow a change is written with the change."""

from sqlalchemy.orm import Session

from marketplace.models import Change, Listing, Mail


def changed(session: Session, listing: Listing, *, now) -> None:
    """Say that what is derived from the listing (indexes, vectors, matches) must follow."""
    listing.changed_at = now
    listing.sequence = (listing.sequence or 0) + 1
    session.flush()  # a new listing gets its id here
    session.add(Change(listing_id=listing.id, at=now))


def mail(
    session: Session,
    recipient: str,
    subject: str,
    body: str,
    *,
    now,
    after=None,
    language="vi",
    unsubscribe="",
) -> Mail:
    """Queue one mail, to leave not before `after`; `unsubscribe` is the full address that ends
    mails like it with one press. A line break in a header is refused (ValueError), never sent."""
    if any(c in subject + recipient + unsubscribe for c in "\r\n"):
        raise ValueError("line break in a mail header")
    row = Mail(
        recipient=recipient,
        subject=subject[:250],
        body=body,
        language=language,
        unsubscribe=unsubscribe,
        created_at=now,
        run_after=after or now,
    )
    session.add(row)
    return row
