"""Two requests of the sample for what is kept secret: one waits for its owner, one is granted and
was opened once. By the same steps people take, so that no page about them is empty."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.permissions import allowed
from marketplace.models import AccessRequest, Fact, Listing, User
from marketplace.models.access import FIELDS
from marketplace.services import accounts, confidential, disclosure
from marketplace.services.visibility import owned_by

_PLAYED = "sample access"
# (who asks, whom, what for, whether it was granted)
_STORY = (
    ("htx@san.example", "maysay@san.example",
     "So công suất, giá và điện tiêu thụ với lò than đang dùng trước khi xin thăm xưởng.", False),
    ("maysay@san.example", "truong@san.example",
     "Xem cách làm có lắp được vào tủ điều khiển chúng tôi đang đóng hay không.", True),
)  # fmt: skip


def play(session: Session, *, province, now) -> int:
    """Once; returns how many requests were made. `province` is a config.Province."""
    if session.get(Fact, _PLAYED) is not None:
        return 0
    made = 0
    for asker, whom, purpose, granted in _STORY:
        reader, owner = _actor(session, asker), _actor(session, whom)
        listing = _secret_of(session, owner, reader) if reader and owner else None
        if listing is None:
            continue
        then = now - timedelta(days=2 if granted else 0, hours=3)
        request = confidential.ask(
            session, listing, FIELDS, purpose, organisation=_organisation(session, reader),
            actor=reader, now=then,
        )  # fmt: skip
        if granted:
            _open(session, request, owner, reader, province, then)
        made += 1
    session.merge(Fact(name=_PLAYED, value=str(made), at=now))
    return made


def _actor(session, email):
    user = accounts.by_email(session, email)
    return accounts.actor_of(user) if user is not None else None


def _organisation(session, actor):
    user = session.get(User, actor.id)
    return next((row.organisation for row in user.memberships if row.state == "active"), None)


def _secret_of(session, owner, reader) -> Listing | None:
    """The owner's first listing that keeps something secret from the reader, who may ask for it."""
    for listing in session.scalars(select(Listing).where(owned_by(owner)).order_by(Listing.id)):
        if allowed("listing.ask_access", reader, listing):
            there = {thing.what for thing in confidential.things(session, listing, reader)}
            if FIELDS in there:
                return listing
    return None


def _open(session, request: AccessRequest, owner, reader, province, then) -> None:
    hour = timedelta(hours=1)
    confidential.approve(
        session, request, 30, text=confidential.nda.latest(province.folder), province=province,
        actor=owner, now=then + hour,
    )  # fmt: skip
    confidential.accept(
        session, request, agreed=True, name=reader.name,
        shown=confidential.nda.digest(request.nda), address="192.0.2.10", actor=reader,
        now=then + 2 * hour,
    )  # fmt: skip
    disclosure.opened(session, reader, request, now=then + 3 * hour)
