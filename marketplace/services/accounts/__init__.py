"""Accounts: signing up, proving an address, signing in, recovering, changing, administering.

Answers never tell a stranger whether an address is registered: unknown addresses take the same
words and the same time. Hashing is slow on purpose, so no verb holds a transaction while it hashes.
"""

from marketplace.services.accounts.entry import (
    CONSENT_VERSION,
    WRONG,
    send_verification,
    sign_in,
    sign_up,
    verify,
)
from marketplace.services.accounts.finding import PAGE, actor_of, by_email, by_key, page_of_users
from marketplace.services.accounts.own import (
    change_password,
    confirm_email,
    prove,
    request_email,
    save_profile,
)
from marketplace.services.accounts.passwords import (
    LONGEST,
    SHORTEST,
    awaits_password,
    check_password,
    hash_password,
)
from marketplace.services.accounts.recovery import accept_invitation, request_reset, reset
from marketplace.services.accounts.staff import (
    create_admin,
    disable,
    enable,
    end_sessions,
    invite,
    invite_again,
    set_role,
)

__all__ = [
    "CONSENT_VERSION",
    "LONGEST",
    "PAGE",
    "SHORTEST",
    "WRONG",
    "accept_invitation",
    "actor_of",
    "awaits_password",
    "by_email",
    "by_key",
    "change_password",
    "check_password",
    "confirm_email",
    "create_admin",
    "disable",
    "enable",
    "end_sessions",
    "hash_password",
    "invite",
    "invite_again",
    "page_of_users",
    "prove",
    "request_email",
    "request_reset",
    "reset",
    "save_profile",
    "send_verification",
    "set_role",
    "sign_in",
    "sign_up",
    "verify",
]
