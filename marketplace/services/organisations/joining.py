"""Belonging to an organisation: asking, admitting, roles, leaving.

An organisation that has an administrator never loses the last one: somebody must be able to admit,
and to answer for its listings.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.errors import N_, Invalid, NotAllowed, WrongState
from marketplace.models import Listing, Membership, Organisation
from marketplace.services import audit, limits, mails, outbox
from marketplace.services.organisations.finding import admins, curators, membership_of

LAST_ADMIN = N_(
    "Đơn vị cần ít nhất một người quản trị. Hãy giao quyền quản trị cho người khác trước."
)
ANSWERED = N_("Yêu cầu tham gia này đã được trả lời.")


def ask_to_join(session: Session, organisation: Organisation, *, actor, now) -> Membership:
    """Ask the administrators, or the curators where there are none. Asking twice is asking once.
    Raises WrongState for a member, TooMany."""
    row = membership_of(session, organisation, actor.id)
    if row is not None and row.state == "active":
        raise WrongState(N_("Bạn đã là thành viên của đơn vị này."))
    if row is not None and row.state == "asked":
        return row
    limits.spend(session, "join.account", actor.key, now=now)
    if row is None:
        row = Membership(user_id=actor.id, organisation_id=organisation.id)
        session.add(row)
    row.role, row.state, row.created_at = "member", "asked", now
    session.flush()
    audit.record(session, "organisation.ask_to_join", organisation, actor=actor, now=now)
    answering = admins(session, organisation)
    for user in answering or curators(session):
        mails.send(
            session,
            "organisation_asked",
            user,
            now=now,
            who=actor.name,
            organisation=organisation.name,
            path=f"/me/organisations/{organisation.key}" if answering else "/desk/organisations",
        )
    return row


def take_back(session: Session, organisation: Organisation, *, actor, now) -> None:
    """The person no longer asks to join."""
    row = membership_of(session, organisation, actor.id)
    if row is None or row.state != "asked":
        raise WrongState(ANSWERED)
    row.state = "ended"
    audit.record(session, "organisation.take_back", organisation, actor=actor, now=now)


def admit(session: Session, row: Membership, *, actor, now) -> None:
    """Raises NotAllowed for one's own request, WrongState for an answered one."""
    _answerable(row, actor)
    row.state, row.role, row.created_at = "active", "member", now
    _note(session, "organisation.admit", row, actor, now)
    _tell(session, "organisation_admitted", row, now)


def refuse(session: Session, row: Membership, *, actor, now) -> None:
    _answerable(row, actor)
    row.state = "ended"
    _note(session, "organisation.refuse", row, actor, now)
    _tell(session, "organisation_refused", row, now)


def _answerable(row, actor):
    if row.user_id == actor.id:
        raise NotAllowed(N_("Bạn không thể tự nhận mình vào đơn vị."))
    if row.state != "asked":
        raise WrongState(ANSWERED)


def set_member_role(session: Session, row: Membership, role: str, *, actor, now) -> None:
    """Make a member an administrator, or an administrator a member again."""
    if role not in ("member", "admin"):
        raise Invalid(N_("Vai trò không có trong danh sách."), "role")
    _active(row)
    if row.role == role:
        return
    if role == "member":
        _keep_an_admin(session, row)
    row.role = role
    _note(session, "organisation.set_member_role", row, actor, now, role=role)


def remove(session: Session, row: Membership, *, actor, now) -> None:
    """End somebody's membership, and with it all that he saw through it."""
    if row.user_id == actor.id:
        raise NotAllowed(N_("Muốn rời đơn vị, hãy bấm “Rời đơn vị”."))
    _end(session, row, "organisation.remove", actor, now)
    _tell(session, "organisation_removed", row, now)


def leave(session: Session, organisation: Organisation, *, actor, now) -> None:
    """Leave; one's listings of the organisation stay with it."""
    row = membership_of(session, organisation, actor.id)
    if row is None:
        raise WrongState(N_("Bạn không thuộc đơn vị này."))
    _end(session, row, "organisation.leave", actor, now)


PERSONS = frozenset({"mentor", "expert"})


def _end(session, row, action, actor, now):
    _active(row)
    _keep_an_admin(session, row)
    row.state, row.role = "ended", "member"
    handed = _hand_over_listings(session, row, now)
    _note(session, action, row, actor, now, listings_handed_over=handed)


def _hand_over_listings(session, row, now) -> int:
    """What a person registered for the organisation is the organisation's: whoever has left must
    not go on reading it as its owner. An administrator answers for it from now on. The profile of a
    mentor or an expert is the person's: it only stops naming the organisation."""
    heirs = [user for user in admins(session, row.organisation) if user.id != row.user_id]
    listings = session.scalars(
        select(Listing).where(
            Listing.organisation_id == row.organisation_id, Listing.owner_user_id == row.user_id
        )
    ).all()
    own = [listing for listing in listings if listing.kind in PERSONS]
    for listing in own:
        listing.organisation_id = None
        outbox.changed(session, listing, now=now)
    handed = [listing for listing in listings if listing.kind not in PERSONS]
    for listing in handed:
        listing.owner_user_id = heirs[0].id if heirs else None
    return len(handed)


def _active(row):
    if row.state != "active":
        raise WrongState(N_("Người này không còn là thành viên."))


def _keep_an_admin(session, row):
    others = [user for user in admins(session, row.organisation) if user.id != row.user_id]
    if row.role == "admin" and not others:
        raise WrongState(LAST_ADMIN)


def _note(session, action, row, actor, now, **facts):
    audit.record(
        session, action, row.organisation, actor=actor, now=now, user=row.user.key, **facts
    )


def _tell(session, template, row, now):
    mails.send(
        session,
        template,
        row.user,
        now=now,
        organisation=row.organisation.name,
        path=f"/organisations/{row.organisation.key}",
    )
