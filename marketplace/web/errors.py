"""Exceptions to pages: one place where a refusal becomes HTTP, in words and with a way on."""

from flask import current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, SecurityError

from marketplace.domain.errors import N_, Conflict, DomainError, SignInNeeded
from marketplace.models import db
from marketplace.web import rescue
from marketplace.web.access import current_actor

# status -> (title, what happened, what to do now)
PAGES = {
    400: (
        N_("Chưa gửi được"),
        N_("Trang này mở đã lâu hoặc phiên làm việc đã kết thúc, nên máy chủ không nhận."),
        N_("Quay lại trang trước, tải lại rồi gửi lần nữa. Nội dung đã gõ vẫn còn ở trang trước."),
    ),
    403: (
        N_("Bạn không có quyền làm việc này"),
        N_("Việc này dành cho người khác."),
        N_("Nếu bạn nghĩ đây là nhầm lẫn, hãy gọi đường dây hỗ trợ ở cuối trang."),
    ),
    404: (
        N_("Không tìm thấy trang"),
        N_("Địa chỉ không đúng, nội dung đã được rút, hoặc bạn không có quyền xem."),
        N_("Thử tìm bằng từ khóa, hoặc quay về trang chủ."),
    ),
    405: (
        N_("Không mở được theo cách này"),
        N_("Địa chỉ này chỉ nhận nội dung gửi từ biểu mẫu."),
        N_("Quay lại trang trước và bấm nút trên trang."),
    ),
    409: (
        N_("Có người vừa xử lý trước"),
        N_("Hồ sơ đã đổi từ lúc bạn mở trang."),
        N_("Tải lại trang để xem tình trạng mới. Chưa có gì của bạn bị ghi đè."),
    ),
    410: (
        N_("Liên kết không dùng được nữa"),
        N_("Liên kết đã hết hạn hoặc đã được dùng một lần."),
        N_("Hãy yêu cầu liên kết mới, hoặc gọi trung tâm theo số ở cuối trang để được gửi lại."),
    ),
    413: (
        N_("Tệp quá lớn"),
        N_("Tệp bạn gửi vượt quá %(limit)s MB."),
        N_("Hãy giảm dung lượng (chụp nhỏ hơn, tách tệp) rồi gửi lại."),
    ),
    422: (
        N_("Có mục chưa đúng"),
        N_("Máy chủ chưa hiểu nội dung đã gửi."),
        N_("Quay lại trang trước, sửa mục được nhắc rồi gửi lại."),
    ),
    429: (
        N_("Quá nhiều lần trong thời gian ngắn"),
        N_("Để bảo vệ mọi người, hệ thống tạm dừng nhận thêm yêu cầu này."),
        N_("Hãy đợi ít phút rồi thử lại."),
    ),
    500: (
        N_("Máy chủ gặp lỗi"),
        N_("Lỗi ở phía chúng tôi. Chưa có gì bị ghi dở dang."),
        N_("Hãy thử lại sau ít phút. Nếu vẫn lỗi, hãy gọi đường dây hỗ trợ."),
    ),
    503: (
        N_("Hệ thống đang bận"),
        N_("Máy chủ chưa xử lý được ngay lúc này."),
        N_("Hãy thử lại sau ít giây."),
    ),
}


def page(status: int, message: str | None = None):
    title, happened, advice = PAGES.get(status, PAGES[500])
    values = {"limit": current_app.config["MAX_CONTENT_LENGTH"] // 1024 // 1024}
    text = message or (_(happened) % values if "%(" in happened else _(happened))
    return (
        render_template(
            "errors/error.html",
            status=status,
            title=_(title),
            message=text,
            advice=_(advice),
            back=came_from(),
        ),
        status,
    )


def came_from() -> str:
    """The page of ours whose form was refused, to look at it anew; "" when there is none."""
    asked_from = request.referrer or ""
    ours = asked_from.startswith(request.host_url)
    return asked_from if ours and request.method == "POST" else ""


def words(error: DomainError) -> str:
    """A refusal in the visitor's language."""
    text = _(error.message)
    return text % error.values if error.values else text


def init_app(app) -> None:
    app.jinja_env.filters["words"] = words
    app.jinja_env.globals["form_writer"] = rescue.signed_writer

    @app.errorhandler(SignInNeeded)
    def sign_in(error):
        db.session.rollback()
        if request.headers.get("HX-Request") or request.headers.get("X-Autosave"):
            return {"error": words(error)}, 401
        here = request.full_path if request.method == "GET" else url_for("home.mine")
        return rescue.rescued() or redirect(url_for("accounts.sign_in", next=here))

    @app.errorhandler(DomainError)
    def explain(error):
        db.session.rollback()
        if request.headers.get("X-Autosave"):
            return {"error": words(error)}, error.status
        # What a guest may not even know of is "not found": a session that ended looks like that.
        kept = rescue.rescued() if error.status == 404 and not current_actor().signed_in else None
        return kept or page(error.status, words(error))

    @app.errorhandler(StaleDataError)
    def stale(error):
        return explain(Conflict())

    @app.errorhandler(IntegrityError)
    def clash(error):
        # Two at one instant, or a fault of ours: the log tells which.
        app.logger.error("database: %s", error.orig)
        return explain(Conflict())

    @app.errorhandler(CSRFError)
    def csrf(error):
        return rescue.rescued() or page(400)

    @app.errorhandler(RequestEntityTooLarge)
    def too_large(error):
        return page(413)

    @app.errorhandler(OperationalError)
    def busy(error):
        db.session.rollback()
        app.logger.error("database: %s", error.orig)
        body, status = page(503)
        return body, status, {"Retry-After": "5"}

    @app.errorhandler(SecurityError)
    def foreign_host(error):
        # A page of ours would ask for the name of this host, which is what was refused.
        return (
            _("Máy chủ không nhận tên miền này."),
            400,
            {"Content-Type": "text/plain; charset=utf-8"},
        )

    @app.errorhandler(HTTPException)
    def http(error):
        if error.code is None or error.code < 400:
            return error
        body, _status = page(error.code if error.code in PAGES else 400)
        return body, error.code, _kept(error)

    @app.errorhandler(Exception)
    def crash(error):
        db.session.rollback()
        app.logger.exception("unhandled")
        if app.config.get("PROPAGATE"):
            raise error
        return page(500)


def _kept(error) -> dict:
    """Headers an HTTP error must keep, such as Allow and Retry-After."""
    return {
        name: value
        for name, value in error.get_headers()
        if name in ("Allow", "Retry-After", "WWW-Authenticate")
    }
