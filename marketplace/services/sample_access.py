"""Two requests of the sample for what is kept secret: one waits for its owner, one is granted and
was opened once. By the same steps people take, so that no page about them is empty."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.permissions import allowed
from marketplace.models import AccessRequest, Fact, Listing, User
from marketplace.models.access import FIELDS
from marketplace.services import accounts, confidential, disclosure, matches
from marketplace.services.visibility import owned_by

_PLAYED = "sample access"
# (who asks, whom ("" for anybody), what for, whether it was granted)
_STORY = (
    ("htx@san.example", "maysay@san.example",
     "So công suất, giá và điện tiêu thụ với lò than đang dùng trước khi xin thăm xưởng.", False),
    ("maysay@san.example", "",
     "Xem cách làm có lắp được vào tủ điều khiển chúng tôi đang đóng hay không.", True),
)  # fmt: skip


def play(session: Session, *, province, now) -> int:
    """Once; returns how many requests were made. `province` is a config.Province."""
    if session.get(Fact, _PLAYED) is not None:
        return 0
    made = 0
    for email, whom, purpose, granted in _STORY:
        asker = _actor(session, email)
        listing = _secret_from(session, asker, _actor(session, whom)) if asker else None
        if listing is None:
            continue
        then = now - timedelta(days=2 if granted else 0, hours=3)
        request = confidential.ask(
            session, listing, FIELDS, purpose, organisation=_organisation(session, asker),
            actor=asker, now=then,
        )  # fmt: skip
        if granted:
            owner = accounts.actor_of(matches.answerable(session, listing)[0])
            _open(session, request, owner, asker, province, then)
        made += 1
    session.merge(Fact(name=_PLAYED, value=str(made), at=now))
    return made


def _actor(session, email):
    user = accounts.by_email(session, email)
    return accounts.actor_of(user) if user is not None else None


def _organisation(session, actor):
    user = session.get(User, actor.id)
    return next((row.organisation for row in user.memberships if row.state == "active"), None)


def _secret_from(session, asker, owner) -> Listing | None:
    """The first sample listing (of the owner, if given) that keeps fields secret from the asker,
    who may ask for them and whom somebody can answer."""
    wanted = select(Listing).where(Listing.is_sample, Listing.state == "published")
    if owner is not None:
        wanted = wanted.where(owned_by(owner))
    for listing in session.scalars(wanted.order_by(Listing.id)):
        if (
            allowed("listing.ask_access", asker, listing)
            and matches.answerable(session, listing)
            and FIELDS in {each.what for each in confidential.things(session, listing, asker)}
        ):
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
