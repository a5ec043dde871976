"""Registering an organisation and correcting its data."""

import re
import unicodedata

import vn_ident
from sqlalchemy.orm import Session
from stdnum.exceptions import ValidationError
from stdnum.vn import mst

from marketplace.domain.cleaning import clean
from marketplace.domain.errors import N_, DomainError, Invalid, InvalidForm
from marketplace.domain.fields import Field
from marketplace.models import Membership, Organisation
from marketplace.services import audit, limits, outbox
from marketplace.services.organisations.finding import of_tax_code, published_of, similar

# The data of an organisation, cleaned by the same rules as a listing's.
FIELDS = (
    Field("name", "text", N_("Tên đơn vị"), required=True, limit=200),
    Field("type", "choice", N_("Loại hình"), required=True, scheme="organisation_type"),
    Field("size", "choice", N_("Quy mô"), scheme="organisation_size"),
    Field("tax_code", "text", N_("Mã số thuế"), limit=20),
    Field("place", "place", N_("Xã, phường")),
    Field("address", "text", N_("Địa chỉ"), limit=300),
    Field("website", "url", N_("Trang web"), limit=300),
)
# What a verification vouches for: when one of these changes, it has to be given anew.
VOUCHED = ("name", "tax_code")


class AlreadyThere(DomainError):
    """The organisation, or one much like it, is registered: `found` holds which. With `same` the
    tax code is the same, and there cannot be two; else the person may say that it is another."""

    status = 409
    message = N_("Đơn vị này có thể đã có trên sàn. Nếu đúng, hãy xin tham gia.")

    def __init__(self, found: list[Organisation], *, same: bool):
        self.found, self.same = found, same
        super().__init__()


def tax_code(text: str, type: str) -> str | None:
    """Ten digits with their check digit, ten and a branch (0314409058-002), or, for a household
    business, the twelve digits of its owner's personal number. None for an empty text; raises
    Invalid. Which numbers exist only the tax authority knows: a curator looks there."""
    digits = re.sub(r"[\s.\-]", "", unicodedata.normalize("NFKC", text))
    if not digits:
        return None
    if len(digits) == 12 and digits.isdigit():
        if type != "household":
            raise Invalid(
                N_("Chỉ hộ kinh doanh dùng số định danh 12 chữ số. Hãy ghi mã số thuế 10 chữ số."),
                "tax_code",
            )
        if not vn_ident.is_valid_cccd(digits):
            raise Invalid(N_("Số định danh 12 chữ số chưa đúng. Hãy xem lại từng số."), "tax_code")
        return digits
    try:
        return mst.format(mst.validate(digits))
    except ValidationError:
        raise Invalid(
            N_(
                "Mã số thuế chưa đúng: cần 10 chữ số, chi nhánh thêm 3 chữ số. "
                "Ví dụ: 0100233488 hoặc 0314409058-002"
            ),
            "tax_code",
        ) from None


def is_personal(code: str | None) -> bool:
    """Whether the code is a person's own number, which is shown to nobody who does not need it."""
    return bool(code) and len(code) == 12 and code.isdigit()


def cleaned(raw: dict, vocabulary) -> dict:
    """The values of FIELDS from what was typed; raises InvalidForm with all problems at once."""
    values, errors = {}, {}
    for field in FIELDS:
        try:
            values[field.name] = clean(field, raw.get(field.name) or "", vocabulary)
            if field.required and not values[field.name]:
                raise Invalid(N_("Mục này cần điền."), field.name)
        except Invalid as error:
            errors[field.name] = error
    try:
        values["tax_code"] = tax_code(raw.get("tax_code") or "", values.get("type") or "")
    except Invalid as error:
        errors["tax_code"] = error
    if "name" in values and values["name"] and len(values["name"]) < 3:
        errors["name"] = Invalid(N_("Hãy ghi tên đầy đủ của đơn vị."), "name")
    if errors:
        raise InvalidForm(errors)
    return {name: "" if v is None and name != "tax_code" else v for name, v in values.items()}


def create(
    session: Session, raw: dict, *, vocabulary, actor, now, sure: bool = False
) -> Organisation:
    """Register an organisation; whoever does becomes its administrator.

    `sure` says that the person has seen the similar ones and it is none of them. Raises
    InvalidForm, AlreadyThere, TooMany.
    """
    values = cleaned(raw, vocabulary)
    _refuse_twin(session, values["tax_code"])
    alike = similar(session, values["name"])
    if alike and not sure:
        raise AlreadyThere(alike, same=False)
    limits.spend(session, "organisation.account", actor.key, now=now)
    organisation = Organisation(**values, created_at=now, registered_by_id=actor.id)
    session.add(organisation)
    session.flush()
    session.add(
        Membership(
            user_id=actor.id,
            organisation_id=organisation.id,
            role="admin",
            state="active",
            created_at=now,
        )
    )
    audit.record(session, "organisation.create", organisation, actor=actor, now=now)
    return organisation


def edit(session: Session, organisation: Organisation, raw: dict, *, vocabulary, actor, now):
    """Correct the data. A new name or tax code ends the verification, which vouched for the old;
    the published listings follow a new name or type into the indexes. Raises InvalidForm,
    AlreadyThere. Returns the names of what changed."""
    values = cleaned(raw, vocabulary)
    if values["tax_code"] != organisation.tax_code:
        _refuse_twin(session, values["tax_code"], but=organisation)
    before = {name: getattr(organisation, name) for name in values}
    changed = [name for name, value in values.items() if value != before[name]]
    if not changed:
        return []
    for name in changed:
        setattr(organisation, name, values[name])
    lapsed = organisation.verified_at is not None and any(name in VOUCHED for name in changed)
    if lapsed:
        organisation.verified_at = organisation.verified_by_id = None
    if "name" in changed:
        for listing in published_of(session, organisation):
            outbox.changed(session, listing, now=now)
    audit.record(
        session,
        "organisation.edit",
        organisation,
        actor=actor,
        now=now,
        changed=changed,
        verification_ended=lapsed,
    )
    return changed


def _refuse_twin(session, code, but=None):
    twin = of_tax_code(session, code) if code else None
    if twin is not None and twin is not but:
        raise AlreadyThere([twin], same=True)
