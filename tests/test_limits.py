"""Limits that hold over restarts, and the page that documents them (ASVS v5.0.0-6.1.1, 6.1.2).

docs/accounts.md is computed from the code. After a change that is meant:

    UPDATE=1 .venv/bin/python -m pytest tests/test_limits.py

and read the difference before it is committed.
"""

import os
from datetime import timedelta

import pytest

from marketplace.config import ROOT
from marketplace.domain.errors import TooMany
from marketplace.models import utcnow
from marketplace.services import limits, links, sessions
from marketplace.services.accounts import passwords, second

PAGE = ROOT / "docs" / "accounts.md"


def words(span: timedelta) -> str:
    for unit, seconds in (("day", 86400), ("hour", 3600), ("minute", 60)):
        count, left = divmod(int(span.total_seconds()), seconds)
        if count and not left:
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{int(span.total_seconds())} seconds"


def row(*cells) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def page() -> str:
    return "\n".join([
        "# Limits and lifetimes of accounts",
        "",
        "Computed from the code by `tests/test_limits.py`, which fails when this page differs.",
        "",
        "## How often something may be tried",
        "Counted in the database, so that it holds over restarts and processes. `.account` counts "
        "by the account or address typed, `.address` by network address, `.anybody` all together. "
        "Who comes over the limit is told in how many minutes to try again; the right password "
        "does not help before. One account's limit closes no other. An address taken from "
        "X-Forwarded-For counts only behind as many proxies as `PROXY_HOPS` says.",
        "",
        row("what", "most", "within"),
        row("---", "---", "---"),
        *(row(f"`{name}`", most, words(within)) for name, (most, within) in limits.LIMITS.items()),
        "",
        "## How long a session lives",
        "",
        row("who", "idle", "in all"),
        row("---", "---", "---"),
        *(row(who, words(sessions.IDLE[who]), words(sessions.ABSOLUTE[who]))
          for who in sessions.IDLE),
        "",
        "It ends as well with signing out, another password or address, another role, a disabled "
        "account, and when its person or a system administrator ends it.",
        "",
        "## How long a mailed link lives",
        "",
        row("link", "lives"),
        row("---", "---"),
        *(row(f"`{name}`", words(life)) for name, life in links.LIFE.items()),
        "",
        "Each works once, and dies with the next one sent and with another password.",
        "",
        "## Passwords",
        f"From {passwords.SHORTEST} to {passwords.LONGEST} characters of any kind, no rules of "
        "composition, no expiry. Refused: the lists `common-passwords.txt` and "
        "`leaked-passwords.txt` in `marketplace/vocabularies`, a leaked word with digits and signs "
        "around it, one short piece over and over, the person's name or address, and what is made "
        "only of digits, signs and these words of the place: " + ", ".join(passwords._EXPECTED),
        "",
        "## Second factor",
        f"Six digits for 30 seconds; a clock may be {second.DRIFT} step off; each counts once. "
        f"{second.RECOVERY_CODES} recovery codes, each once. A session older than "
        f"{words(second.FRESH)} sets one up with the password only.",
        "",
    ])  # fmt: skip


def test_the_page_says_what_the_code_does():
    if os.environ.get("UPDATE"):
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page(), "see the top of this file"


@pytest.mark.parametrize("action", limits.LIMITS)
def test_a_limit_holds_for_its_time_and_for_its_subject_only(session, action):
    most, within = limits.LIMITS[action]
    now = utcnow()
    for _number in range(most):
        limits.spend(session, action, "Ai Đó", now=now)
    with pytest.raises(TooMany):
        limits.check(session, action, "ai đó", now=now + within - timedelta(seconds=1))
    limits.check(session, action, "người khác", now=now)
    limits.check(session, action, "ai đó", now=now + within)
