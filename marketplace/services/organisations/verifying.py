"""The centre vouches that an organisation is who it says it is. Who may is permissions' business:
a curator without a stake in it (four-eyes rule)."""

from sqlalchemy.orm import Session

from marketplace.domain.errors import N_, Invalid, WrongState
from marketplace.models import Organisation
from marketplace.services import audit, mails
from marketplace.services.organisations.finding import admins

# How a curator convinced himself; kept in the audit trail.
BASES = {
    "register": N_("Tra cứu mã số thuế, đăng ký doanh nghiệp"),
    "papers": N_("Xem giấy tờ đơn vị gửi"),
    "visit": N_("Đến tận nơi hoặc gặp trực tiếp"),
    "official": N_("Cơ quan, trường, viện: theo văn bản thành lập"),
}


def verify(session: Session, organisation: Organisation, basis: str, *, actor, now) -> None:
    """Raises Invalid without a basis, WrongState when somebody else was faster."""
    if basis not in BASES:
        raise Invalid(N_("Hãy chọn cách bạn đã kiểm tra."), "basis")
    if organisation.verified_at is not None:
        raise WrongState(N_("Đơn vị này đã được xác minh."))
    organisation.verified_at, organisation.verified_by_id = now, actor.id
    audit.record(session, "organisation.verify", organisation, actor=actor, now=now, basis=basis)
    for user in admins(session, organisation):
        mails.send(
            session,
            "organisation_verified",
            user,
            now=now,
            organisation=organisation.name,
            path=f"/organisations/{organisation.key}",
        )


def unverify(session: Session, organisation: Organisation, *, actor, now) -> None:
    """Take the word back: the badge goes at once."""
    if organisation.verified_at is None:
        raise WrongState(N_("Đơn vị này chưa được xác minh."))
    organisation.verified_at = organisation.verified_by_id = None
    audit.record(session, "organisation.unverify", organisation, actor=actor, now=now)
