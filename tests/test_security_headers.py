"""The headers of every answer, whoever asked and however it ended."""

from urllib.parse import urlsplit

import crawl
import pytest
from conftest import build

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def answers():
    return crawl.survey()[1].answers


def test_every_answer_carries_every_header():
    for answer in answers():
        for name, value in ALWAYS.items():
            assert answer.headers.get(name) == value, f"{name}: {answer}"
        assert "camera=()" in answer.headers["Permissions-Policy"], answer


def test_no_answer_allows_scripts_or_styles_of_its_own_or_another_host():
    for answer in answers():
        policy = answer.headers.get("Content-Security-Policy", "")
        assert "unsafe-inline" not in policy, answer
        assert "unsafe-eval" not in policy, answer
        assert "default-src 'self'" in policy or "default-src 'none'" in policy, answer
        assert "http:" not in policy, answer
        assert "https:" not in policy, answer
        if "sandbox" not in policy:
            for part in ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
                assert part in policy, answer
            assert "form-action 'self'" in policy, answer


def test_what_a_signed_in_reader_saw_is_kept_nowhere():
    for answer in answers():
        cached = answer.headers.get("Cache-Control", "")
        if answer.endpoint == "assets.file":
            continue
        assert "public" not in cached, answer
        if answer.person != "guest":
            assert "no-store" in cached, answer
        else:
            assert "no-store" in cached or "private" in cached, answer


def test_every_text_says_how_it_is_written():
    for answer in answers():
        kind = answer.headers.get("Content-Type", "")
        if kind.startswith("text/"):
            assert "charset=utf-8" in kind.lower(), answer


def test_downloads_are_saved_and_never_opened_as_pages():
    for answer in answers():
        if answer.endpoint == "attachments.fetch" and answer.status == 200:
            assert answer.headers["Content-Disposition"].startswith("attachment"), answer
            assert "sandbox" in answer.headers["Content-Security-Policy"], answer


def test_every_redirect_stays_here():
    for answer in answers():
        if 300 <= answer.status < 400:
            target = urlsplit(answer.headers["Location"])
            assert target.netloc in ("", "localhost"), answer
            assert not target.path.startswith("//"), answer


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "\\\\e",
     "/%09/evil.example", "///evil.example", "http:evil.example", "/en//evil.example"],
)  # fmt: skip
def test_signing_in_leads_nowhere_else(make, sign_in, elsewhere):
    answer = sign_in(make.user()).get("/sign-in", query_string={"next": elsewhere})
    target = urlsplit(answer.location)
    assert target.netloc in ("", "localhost")
    assert target.scheme in ("", "http")
    assert not answer.location.startswith(("//", "/\\", "\\"))


@pytest.mark.parametrize("path", ["/no-such-page", "/en/no-such-page", "/assets/no-such-file"])
def test_a_page_that_is_not_there_is_guarded_too(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    for name, value in ALWAYS.items():
        assert answer.headers[name] == value
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


def test_a_crash_is_guarded_too_and_tells_nothing(app, monkeypatch):
    def crash(*arguments, **more):
        raise RuntimeError("secret words of the stack")

    monkeypatch.setattr("marketplace.services.figures.exchange", crash)
    app.config["PROPAGATE"] = False
    answer = app.test_client().get("/about")
    assert answer.status_code == 500
    assert "secret words" not in answer.text
    assert "Traceback" not in answer.text
    for name, value in ALWAYS.items():
        assert answer.headers[name] == value


def test_a_wrong_method_and_a_giant_body_are_guarded_too(tmp_path):
    app = build(tmp_path, upload_limit_mb=1)
    client = app.test_client()
    for answer in (
        client.post("/about"),
        client.post("/sign-in", data={"email": "x" * 3_000_000}),
    ):
        assert answer.status_code in (405, 413)
        for name, value in ALWAYS.items():
            assert answer.headers[name] == value


# --- Cookies and TLS -----------------------------------------------------------------------------
def cookies(app, **environ):
    client = app.test_client()
    answer = client.get("/sign-in", **environ)
    return answer, answer.headers.getlist("Set-Cookie")


def test_behind_tls_cookies_are_host_bound_and_the_browser_remembers_tls(tmp_path):
    app = build(tmp_path, secure_cookies=True)
    app.config["WTF_CSRF_ENABLED"] = True
    answer, found = cookies(app, base_url="https://localhost")
    assert "max-age=31536000; includeSubDomains" in answer.headers["Strict-Transport-Security"]
    (session,) = [each for each in found if "session=" in each]
    assert session.startswith("__Host-session=")
    for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert part in session
    assert "Domain=" not in session


def test_without_tls_the_browser_is_not_told_to_insist_on_it(app):
    answer, _found = cookies(app)
    assert "Strict-Transport-Security" not in answer.headers


def test_another_host_name_is_refused_where_names_are_known(tmp_path):
    client = build(tmp_path, trusted_hosts=("san.example",)).test_client()
    assert client.get("/", base_url="http://san.example").status_code == 200
    assert client.get("/", base_url="http://evil.example").status_code == 400


def test_no_answer_may_be_read_by_another_site():
    for answer in answers():
        assert "Access-Control-Allow-Origin" not in answer.headers, answer
