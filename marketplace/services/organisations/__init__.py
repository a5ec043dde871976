"""Organisations: registered once, joined by asking, verified by the centre."""

from marketplace.services.organisations.finding import (
    LISTINGS_PAGE,
    PAGE,
    asked_of,
    by_key,
    listings_of,
    membership_of,
    memberships,
    mine,
    page_of_organisations,
    similar,
    to_verify,
    without_admin,
)
from marketplace.services.organisations.joining import (
    admit,
    ask_to_join,
    leave,
    refuse,
    remove,
    set_member_role,
    take_back,
)
from marketplace.services.organisations.registering import (
    FIELDS,
    AlreadyThere,
    create,
    edit,
    is_personal,
)
from marketplace.services.organisations.verifying import BASES, unverify, verify

__all__ = [
    "BASES",
    "FIELDS",
    "LISTINGS_PAGE",
    "PAGE",
    "AlreadyThere",
    "admit",
    "ask_to_join",
    "asked_of",
    "by_key",
    "create",
    "edit",
    "is_personal",
    "leave",
    "listings_of",
    "membership_of",
    "memberships",
    "mine",
    "page_of_organisations",
    "refuse",
    "remove",
    "set_member_role",
    "similar",
    "take_back",
    "to_verify",
    "unverify",
    "verify",
    "without_admin",
]
