"""Before a page of the form: may the text be written now, and what came in."""

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _

from marketplace.domain.errors import N_, NotFound, SignInNeeded, WrongState
from marketplace.domain.fields import steps
from marketplace.domain.vocabulary import KINDS
from marketplace.services.listings.drafts import in_work
from marketplace.web.access import current_actor, require
from marketplace.web.listings import boxes

# Why a text cannot be changed now, for who comes back to its form by the back button.
LOCKED = {
    "in_review": N_(
        "Hồ sơ đã gửi và đang được xét duyệt nên chưa sửa được. Muốn sửa ngay, hãy rút hồ sơ rồi "
        "mở lại làm bản nháp."
    ),
    "client_validation": N_("Hồ sơ đang chờ chủ hồ sơ xác nhận nên chưa sửa được."),
    "published": N_("Hồ sơ đang đăng. Hãy bấm Sửa ở trang hồ sơ để mở bản sửa."),
    "over": N_("Hồ sơ không ở bước soạn nữa nên không sửa được."),
}
NOT_FIELDS = frozenset({"csrf_token", "version", "writer", "draft_key", "kept", "go", "accept"})


def known_kind(kind):
    if kind not in KINDS:
        raise NotFound


def sign_in_first() -> None:
    """One's own pages ask a guest to sign in, whatever stands in the address: a session that ended
    must not look like a lost draft, nor tell strangers which drafts there are."""
    if not current_actor().signed_in:
        raise SignInNeeded


def locked(listing) -> str:
    """Why the text cannot be changed now, for who may know of the listing; "" when it can."""
    if in_work(listing):
        return ""
    require("listing.history", listing)
    return _(LOCKED.get(listing.state, LOCKED["over"]))


def elsewhere(listing, why: str):
    """Who comes back to a form by the back button is led to where the listing stands now."""
    flash(why, "info")
    page = "receipt" if "in_review" in (listing.state, listing.revision) else "show"
    return redirect(url_for(f"listings.{page}", ref=listing.ref))


def may_edit(listing):
    """The actor, when the text may be written now; a published listing needs an open revision."""
    why = locked(listing)
    if why:
        raise WrongState(why)
    action = "listing.revise" if listing.state == "published" else "listing.edit"
    return require(action, listing)


def known_step(kind, step):
    if step != boxes.ALL and step not in steps(kind):
        raise NotFound
    return step


def autosaving() -> bool:
    return bool(request.headers.get("X-Autosave"))


def typed_form() -> dict:
    """name -> what was typed: a text, or a list where the name came several times."""
    form = {}
    for name, texts in request.form.lists():
        if name not in NOT_FIELDS:
            form[name] = texts if len(texts) > 1 else texts[0]
    return form
