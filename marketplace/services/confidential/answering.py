"""Moving a request on: the owner's answer, the asker's signature, the end of it.

Who may take a step is asked before (permissions, "access.*").
"""

from datetime import timedelta

from sqlalchemy.orm import Session

from marketplace.domain import disclosure as rules
from marketplace.domain.actor import SYSTEM
from marketplace.domain.cleaning import one_line, paragraphs
from marketplace.domain.errors import N_, Conflict, Invalid, InvalidForm
from marketplace.domain.fields import CONFIDENTIAL
from marketplace.domain.workflow import ACCESS, ACCESS_DAYS, ACCESS_STANDING
from marketplace.models import AccessRequest
from marketplace.services import accounts, audit, disclosure
from marketplace.services.confidential import nda
from marketplace.services.confidential.letters import tell_asker, tell_owners

REASON_LONGEST = 1000


def move(session: Session, request: AccessRequest, step: str, *, actor, now, **facts) -> None:
    """One step of workflow.ACCESS and its line in the audit trail. Raises WrongState."""
    request.state = ACCESS.next(request.state, step)
    request.changed_at = now
    if request.state not in ACCESS_STANDING:
        request.standing = None
    audit.record(session, f"access.{step}", request, actor=actor, now=now, **facts)


def approve(
    session: Session,
    request: AccessRequest,
    days: str | int,
    *,
    unmarked: bool = False,
    text: nda.Nda,
    province,
    actor,
    now,
) -> None:
    """The owner agrees, for so many days from the signature: the promise goes to the asker.
    Raises Invalid (field `days`), WrongState or Conflict (the listing left the pages)."""
    ACCESS.next(request.state, "approve")
    _demand_open(request)
    request.days = _days(days)
    request.unmarked = unmarked and request.attachment is not None
    request.decided_at, request.decided_by_id = now, actor.id
    request.nda_version = text.version
    request.nda = nda.filled(text, request, province, owner=_named(session, request), now=now)
    move(session, request, "approve", actor=actor, now=now, days=request.days)
    tell_asker(session, request, "access_promise", now=now)


def _days(typed) -> int:
    text = str(typed).strip()
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= ACCESS_DAYS):
        raise Invalid(N_("Hãy ghi số ngày, từ 1 đến %(most)s."), "days", most=ACCESS_DAYS)
    return int(text)


def _demand_open(request) -> None:
    """Nothing is opened of a listing that left the pages, or of a file that is gone."""
    file = request.attachment
    if request.listing.state != "published":
        raise Conflict(N_("Hồ sơ này hiện không đăng trên sàn nên chưa mở phần giữ kín được."))
    if file is not None and (file.removed_at is not None or file.level != CONFIDENTIAL):
        raise Conflict(N_("Tệp này không còn trong phần giữ kín của hồ sơ."))


def _named(session, request) -> tuple[str, str]:
    """The disclosing side as the promise names it, in Vietnamese and in English. A masked one stays
    masked: the centre knows who it is."""
    listing, asker = request.listing, accounts.actor_of(request.asker)
    known = disclosure.introduced(session, asker, listing)
    if not rules.shows_owner(asker, listing, introduced=known):
        return (
            f"bên đăng hồ sơ {listing.ref}, Trung tâm giữ tên",
            f"who posted the record {listing.ref}, whose name the centre keeps",
        )
    name = listing.organisation.name if listing.organisation else listing.owner_user.name
    return one_line(name), one_line(name)


def deny(session: Session, request: AccessRequest, reason: str, *, actor, now) -> None:
    """The owner refuses; the asker reads why on the site. Raises Invalid (field `reason`)."""
    request.reason = _reason(reason)
    request.decided_at, request.decided_by_id = now, actor.id
    move(session, request, "deny", actor=actor, now=now)
    tell_asker(session, request, "access_denied", now=now)


def _reason(text: str) -> str:
    text = paragraphs(text)
    if not text:
        raise Invalid(N_("Hãy viết lý do, một câu cũng được."), "reason")
    if len(text) > REASON_LONGEST:
        raise Invalid(N_("Lý do tối đa %(limit)s ký tự."), "reason", limit=REASON_LONGEST)
    return text


def accept(
    session: Session,
    request: AccessRequest,
    *,
    agreed: bool,
    name: str,
    shown: str,
    address: str,
    actor,
    now,
) -> None:
    """The asker signs the text whose hash is `shown`, and what the owner agreed to opens at once.
    Raises InvalidForm, WrongState, or Conflict when it is not the text that was sent."""
    ACCESS.next(request.state, "accept")
    _demand_open(request)
    sha256 = nda.digest(request.nda)
    if shown != sha256:
        raise Conflict(N_("Bản cam kết đã thay đổi. Hãy đọc lại trước khi ký."))
    typed, errors = one_line(name), {}
    if typed.casefold() != one_line(request.asker.name).casefold():
        errors["name"] = Invalid(
            N_("Hãy gõ đúng họ tên ghi trong cam kết: %(name)s."), name=request.asker.name
        )
    if not agreed:
        errors["agreed"] = Invalid(N_("Hãy đánh dấu ô đồng ý."))
    if errors:
        raise InvalidForm(errors)
    request.nda_sha256, request.accepted_at = sha256, now
    request.accepted_name, request.accepted_ip = typed, address
    move(session, request, "accept", actor=actor, now=now, sha256=sha256)
    session.flush()
    _grant(session, request, now)


def _grant(session, request, now):
    """The owner's yes was given for the signature: nobody needs to be asked again."""
    request.granted_at = now
    request.expires_at = now + timedelta(days=request.days)
    move(session, request, "grant", actor=SYSTEM, now=now, days=request.days)
    for tell, letter in ((tell_asker, "access_granted"), (tell_owners, "access_signed")):
        tell(session, request, letter, now=now, until=request.expires_at)


def revoke(session: Session, request: AccessRequest, reason: str, *, actor, now) -> None:
    """The owner takes it back; it counts from this moment. A reason may be given."""
    text = paragraphs(reason)
    if len(text) > REASON_LONGEST:
        raise Invalid(N_("Lý do tối đa %(limit)s ký tự."), "reason", limit=REASON_LONGEST)
    request.reason, request.revoked_at = text, now
    move(session, request, "revoke", actor=actor, now=now)
    tell_asker(session, request, "access_revoked", now=now)


def cancel(session: Session, request: AccessRequest, *, actor, now) -> None:
    """The asker no longer wants it."""
    move(session, request, "cancel", actor=actor, now=now)
