"""Response headers, request limits and CSRF: the decisions at the top of SECURITY.md."""

from flask import g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect

from marketplace.web.access import current_actor

CSP = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

csrf = CSRFProtect()
# Per process and per address: a brake on floods. Sign-in and mail limits are counted in the
# database (services/limits), where they hold over restarts and processes.
limiter = Limiter(get_remote_address, default_limits=["600/minute"], storage_uri="memory://")


def init_app(app, settings) -> None:
    app.config.update(
        MAX_CONTENT_LENGTH=settings.upload_limit_mb * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        MAX_FORM_PARTS=2000,
        SESSION_COOKIE_NAME="__Host-session" if settings.secure_cookies else "session",
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session; a form typed all day must not be lost
        WTF_CSRF_SSL_STRICT=False,  # behind a proxy without Referer; SameSite and token stay
        RATELIMIT_ENABLED=settings.rate_limits,
        RATELIMIT_HEADERS_ENABLED=True,
    )
    if settings.trusted_hosts:
        app.config["TRUSTED_HOSTS"] = list(settings.trusted_hosts)
    csrf.init_app(app)
    limiter.init_app(app)

    @app.after_request
    def add_headers(response):
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if settings.secure_cookies:
            response.headers.setdefault(
                "Strict-Transport-Security", "max-age=31536000; includeSubDomains"
            )
        if request.endpoint != "assets.file":
            # Pages differ by reader; only a signed-in reader's are private altogether.
            # A file to save says "no-cache" by itself, which would let others keep a copy.
            if "no-store" not in response.headers.get("Cache-Control", ""):
                signed_in = "actor" in g and current_actor().signed_in
                # A posted form may have signed its sender in or out: its answer is nobody else's.
                private = signed_in or request.method not in ("GET", "HEAD")
                response.headers["Cache-Control"] = "no-store" if private else "no-cache, private"
            response.headers.add("Vary", "Cookie, HX-Request")
        return response
