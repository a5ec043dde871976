"""Refusals, in words a visitor can act on. HTTP is decided elsewhere, by `status`."""


def N_(text: str) -> str:
    """Mark a Vietnamese message for translation; the web layer translates it when it is shown."""
    return text


class DomainError(Exception):
    """A refusal: `message` is a Vietnamese msgid with %(name)s slots, filled from `values`."""

    status = 400
    message = N_("Không thực hiện được yêu cầu này.")

    def __init__(self, message: str | None = None, **values):
        self.message = message or type(self).message
        self.values = values
        super().__init__(self.message % values if values else self.message)


class NotFound(DomainError):
    status = 404
    message = N_("Không tìm thấy nội dung này, hoặc bạn không có quyền xem.")


class NotAllowed(DomainError):
    status = 403
    message = N_("Bạn không có quyền làm việc này.")


class SignInNeeded(DomainError):
    status = 401
    message = N_("Hãy đăng nhập để tiếp tục.")


class WrongState(DomainError):
    """The step is not open from the state the record is in now."""

    status = 409
    message = N_("Hồ sơ đã chuyển sang bước khác nên không làm được việc này nữa.")


class Conflict(DomainError):
    """Somebody else changed the record since this page was opened."""

    status = 409
    message = N_("Người khác vừa thay đổi hồ sơ này. Hãy xem lại bản mới trước khi làm tiếp.")


class TooMany(DomainError):
    status = 429
    message = N_("Bạn đã làm việc này quá nhiều lần. Hãy thử lại sau %(minutes)s phút.")


class Expired(DomainError):
    status = 410
    message = N_("Liên kết đã hết hạn hoặc đã được dùng. Hãy yêu cầu liên kết mới.")


class Invalid(DomainError):
    """One value is not acceptable; `field` says where, so that the message stands beside it."""

    status = 422
    message = N_("Giá trị chưa đúng.")

    def __init__(self, message: str | None = None, field: str | None = None, **values):
        self.field = field
        super().__init__(message, **values)


class InvalidForm(DomainError):
    """Several values are not acceptable: `errors` maps a field name to its Invalid, all at once."""

    status = 422
    message = N_("Có mục chưa đúng. Hãy xem lời nhắc bên cạnh từng mục.")

    def __init__(self, errors: dict[str, Invalid]):
        self.errors = errors
        super().__init__()
