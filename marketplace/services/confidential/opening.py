"""Opening a file by a grant: marked, and in the log."""

from pathlib import Path

from sqlalchemy.orm import Session

from marketplace.domain import disclosure as rules
from marketplace.domain.errors import N_, DomainError, NotAllowed, NotFound
from marketplace.models import AccessRequest
from marketplace.services import attachments, disclosure
from marketplace.services.confidential import marking


class OnlyAtTheCentre(DomainError):
    """The file takes no watermark, and its owner did not allow it out without one."""

    status = 403
    message = N_(
        "Tệp này không đóng được dấu người xem nên chỉ xem tại Trung tâm. Hãy gọi để hẹn giờ."
    )


def prepared(request: AccessRequest, folder: Path, *, actor, now) -> bytes:
    """The granted file with its watermark. Raises NotAllowed, OnlyAtTheCentre or FileLost.

    It takes seconds and writes nothing, so no transaction is to be held meanwhile; `handed_out`
    asks again."""
    if request.attachment is None:
        raise NotFound
    if not rules.live(actor, request, now):
        raise NotAllowed(N_("Quyền xem này không còn hiệu lực."))
    content = attachments.content(request.attachment, folder)
    try:
        return marking.marked(content, request.attachment.media_type, marking.words(request, now))
    except marking.Unmarkable as error:
        if not request.unmarked:
            raise OnlyAtTheCentre from error
        return content


def handed_out(session: Session, request: AccessRequest, *, actor, now) -> None:
    """Write that the file goes to the actor now. Raises NotAllowed."""
    disclosure.note_reading(session, actor, request, now=now)
