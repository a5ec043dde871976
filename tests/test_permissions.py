"""Who may do what: every rule, for every person, in every state, as one table people can read.

docs/permissions.md is computed from the rules and the state tables. After a change that is meant:

    UPDATE=1 .venv/bin/python -m pytest tests/test_permissions.py

and read the difference before it is committed.
"""

import os
from itertools import product

import pytest
from cast import BY_NAME, CAST, LINK, OTHER_OWNER, OURS, THEIRS, actors, ids

from marketplace.config import ROOT
from marketplace.domain import permissions, ties, ties_investing
from marketplace.domain.permissions import RULES, allowed
from marketplace.domain.vocabulary import ROLES, VISIBILITIES
from marketplace.domain.workflow import (
    ACCESS,
    COINVEST,
    DECK,
    LISTING,
    MATCH,
    MATCH_RELEASED,
    REVISION,
)
from marketplace.models import (
    AccessRequest,
    Agreement,
    ClinicIdea,
    ClinicReader,
    CoInvestment,
    Deal,
    DeckOffer,
    InvestorCard,
    Listing,
    Match,
    Mentorship,
    Organisation,
    Proof,
    SavedSearch,
    ServiceRequest,
    User,
    utcnow,
)

PAGE = ROOT / "docs" / "permissions.md"
ACTORS = actors()
KNOWN = {"nobody": (False, False), "the first": (True, False), "both": (True, True)}


# --- Subjects without a database ----------------------------------------------------------------
def organisation():
    return Organisation(
        id=OURS, registered_by_id=ids()["curator who registered the organisation"], name="Ours"
    )


def listing(**over):
    """A listing of organisation OURS that its owner registered and a curator typed."""
    values = {
        "id": LINK[1],
        "kind": "startup",
        "state": "published",
        "visibility": "public",
        "origin": "local",
        "open_for_eoi": True,
        "owner_user_id": ids()["owner"],
        "organisation_id": OURS,
        "organisation": organisation(),
        "entered_by_id": ids()["curator who typed it"],
    }
    return Listing(**(values | over))


CLIENTS = {"owner_user_id": None, "organisation_id": None, "organisation": None}


def others(**over):
    return listing(
        id=LINK[1] + 1,
        owner_user_id=OTHER_OWNER,
        organisation_id=THEIRS,
        organisation=Organisation(id=THEIRS, name="Theirs"),
        entered_by_id=None,
        **over,
    )


def match(state="suggested", known="both", b_first=False):
    """A match whose first side is `listing()`, on whichever side of the pair it stands."""
    first, second = KNOWN[known]
    sides = (others(), listing()) if b_first else (listing(), others())
    return Match(
        id=LINK[0], a=sides[0], b=sides[1], state=state, b_first=b_first,
        known_to_first=first, known_to_second=second,
    )  # fmt: skip


def deal(state="agreement_claimed", known="both", **over):
    """A match whose side A is `listing()`, with a deal: side A claimed an agreement and handed in
    a document, both written by the owner. `client`: side A has no account and a curator wrote."""
    client = over.pop("client", False)
    wrote = ids()["curator" if client else "owner"]
    found = match(state, known)
    if client:
        for name, value in CLIENTS.items():
            setattr(found.a, name, value)
    found.deal = Deal(called_at=utcnow() if over.pop("called", False) else None)
    found.deal.agreement = Agreement(version=1, claimed_side="a", claimed_by_id=wrote)
    if over.pop("document", True):
        found.deal.agreement.proofs.append(Proof(version=1, uploaded_by_id=wrote))
    return found


STATES = [*LISTING.states, *MATCH.states]


# --- Every cell ---------------------------------------------------------------------------------
def open_step(machine, action, state):
    """Whether the state table has the step open; an action that is no step is always open. A
    revision goes on beside a published listing."""
    name = action.split(".")[1]
    if machine is LISTING and name in REVISION.steps:
        return state == "published"
    return name not in machine.steps or state in machine.steps[name].from_


def listing_cells(action, **over):
    """(state, visibility) pairs in which each person may do the action."""
    return {
        name: {
            (state, visibility)
            for state, visibility in product(LISTING.states, VISIBILITIES)
            if open_step(LISTING, action, state)
            and allowed(action, actor, listing(state=state, visibility=visibility, **over))
        }
        for name, actor in ACTORS.items()
    }


def match_cells(action, b_first=False):
    """(state, who knows of it) pairs in which each person may do the action."""
    return {
        name: {
            (state, known)
            for state, known in product(MATCH.states, KNOWN)
            if open_step(MATCH, action, state)
            and allowed(action, actor, match(state, known, b_first))
        }
        for name, actor in ACTORS.items()
    }


def deal_cells(action, **over):
    """(state, who knows of it) pairs in which each person may do the action; of deals both know."""
    return {
        name: {
            (state, "both")
            for state in DEAL_STATES
            if open_step(MATCH, action, state) and allowed(action, actor, deal(state, **over))
        }
        for name, actor in ACTORS.items()
    }


def plain_cells(action):
    """Of actions whose subject has no state: nobody, an organisation, or a user."""
    subjects = {
        "organisation": organisation(),
        "user": User(id=1),
        "account": User(id=1),
        "search": SavedSearch(user_id=ids()["owner"]),
        "service": ServiceRequest(asker_id=ids()["owner"]),
        # Asked by the member, of the owner's mentor listing.
        "mentoring": Mentorship(asker_id=ids()["member"], mentor=listing(kind="mentor")),
        # One that waits for advice: nobody took it yet, or a curator did.
        "clinic": ClinicIdea(
            founder_id=ids()["owner"],
            asked_at=utcnow(),
            coach_id=None if action == "clinic.take" else ids()["curator"],
            readers=[ClinicReader(user_id=ids()["granted reader"])],
        ),
        "access": AccessRequest(asker_id=ids()["granted reader"], listing=listing()),
        # Of the investor listing of OURS about a startup of THEIRS; and the other way round.
        "card": InvestorCard(investor=listing(), listing=others()),
        "coinvest": CoInvestment(
            state="invited",
            card=InvestorCard(investor=listing(), listing=others()),
            to=listing(**CLIENTS | {"owner_user_id": ids()["member"]}),
        ),
        "deck": DeckOffer(listing=others(), to=listing()),
    }
    subject = subjects.get(action.split(".")[0])
    if action == "mentoring.give_times":
        subject = subject.mentor
    return {
        name: {()} if allowed(action, actor, subject) else set() for name, actor in ACTORS.items()
    }


# People who nearly always stand together, by the name of their group.
GROUPS = {
    "everybody": {part.name for part in CAST},
    "whoever signed in": {
        part.name for part in CAST if part.role not in ("guest", "system")
    },
    "the owner's side": {"owner", "organisation member", "unverified organisation member",
                         "organisation admin", "curator of the organisation"},
    "curators and leads": {part.name for part in CAST if part.role in ("curator", "lead")},
}  # fmt: skip


def who(names):
    """The people in words, whole groups by their name."""
    words, left = [], set(names)
    for group, members in GROUPS.items():
        if members <= set(names) and members & left:
            words.append(group)
            left -= members
    return ", ".join(words + [name for name in names if name in left])


def when(cells, everything, second_all):
    """A set of cells in words: `always`, or the states, each group with its second part."""
    if cells == everything:
        return "always"  # the rule does not ask for a state
    by_state = {}
    for state, second in sorted(cells):
        by_state.setdefault(state, []).append(second)
    groups = {}
    for state in sorted(by_state, key=STATES.index):
        groups.setdefault(tuple(by_state[state]), []).append(state)
    return "; ".join(
        ", ".join(states) + ("" if len(seconds) == second_all else f" ({', '.join(seconds)})")
        for seconds, states in groups.items()
    )


def lines(action, cells, everything, second_all):
    """Table rows of one action: people with the same answer stand together."""
    groups = {}
    for name, found in cells.items():
        if found:
            groups.setdefault(when(found, everything, second_all), []).append(name)
    step = REVISION.steps.get(action.split(".")[1])
    tail = f"; the revision is {' or '.join(sorted(step.from_))}" if step else ""
    return [
        f"| {f'`{action}`' if number == 0 else ''} | {who(names)} | {words}{tail} |"
        for number, (words, names) in enumerate(groups.items())
    ] or [f"| `{action}` | nobody | never |"]


HEAD = ["", "| action | who | when |", "|---|---|---|"]
ALL_LISTING = set(product(LISTING.states, VISIBILITIES))
ALL_MATCH = set(product(MATCH.states, KNOWN))
DEAL_STATES = [state for state in MATCH.states if state in MATCH_RELEASED | {"failed"}]
ALL_DEAL = {(state, "both") for state in DEAL_STATES}


def actions(noun):
    return [action for action in RULES if action.startswith(noun + ".")]


def listing_rows(**over):
    return {
        action: lines(action, listing_cells(action, **over), ALL_LISTING, len(VISIBILITIES))
        for action in actions("listing")
    }


def deal_rows(**over):
    return {
        action: lines(action, deal_cells(action, **over), ALL_DEAL, 1)
        for action in (*actions("deal"), *actions("room"))
    }


def deal_page():
    """The part of the page about deals."""
    usual = deal_rows()
    text = [
        "",
        "## A deal",
        "",
        "What became of an introduced match. The owner and the organisation's people are side A,",
        "for which the owner claimed an agreement and handed in a document; the owner of the other",
        "listing is side B.",
        *HEAD,
        *(row for rows in usual.values() for row in rows),
    ]
    for title, over in {
        "A deal a party called the curator into: what differs": {"called": True},
        "A deal whose agreement has no document: what differs": {"document": False},
        "A deal whose side A has no account and a curator writes for: what differs":
            {"client": True},
    }.items():  # fmt: skip
        other = deal_rows(**over)
        text += ["", f"### {title}", *HEAD]
        text += [row for each in other if other[each] != usual[each] for row in other[each]]
    return text


def table():
    """The whole page."""
    usual = listing_rows()
    text = [
        "# Who may do what",
        "",
        "Computed from `marketplace/domain/permissions.py` and `workflow.py` by",
        "`tests/test_permissions.py`, which fails when this page and the rules differ. Whoever is",
        "not named in a row may not. A step appears in the states where the state table opens it;",
        "in brackets: the visibilities of a listing, or who knows of a match.",
        "",
        "## A listing",
        "",
        f"States: {', '.join(LISTING.states)}. Visibilities: {', '.join(VISIBILITIES)}.",
        *HEAD,
        *(row for rows in usual.values() for row in rows),
    ]
    for title, over in {
        "A listing typed for a client who has no account: what differs": CLIENTS,
        "A listing harvested from another exchange: what differs": {"origin": "harvested"},
        "A listing closed for expressions of interest: what differs": {"open_for_eoi": False},
    }.items():
        other = listing_rows(**over)
        text += ["", f"### {title}", *HEAD]
        text += [row for action in other if other[action] != usual[action] for row in other[action]]
    text += [
        "",
        "## A match",
        "",
        f"States: {', '.join(MATCH.states)}. The owner and the organisation's people own the side",
        "asked first; the owner of the other listing is asked second. The client holds the answer",
        "link of the side asked first.",
        *HEAD,
    ]
    for action in actions("match"):
        text += lines(action, match_cells(action), ALL_MATCH, len(KNOWN))
    text += deal_page()
    text += ["", "## Everything else", *HEAD]
    for action in RULES:
        if not action.startswith(("listing.", "match.", "deal.", "room.")):
            text += lines(action, plain_cells(action), {()}, 0)
    return "\n".join(text) + "\n"


def test_the_page_people_read_says_what_the_rules_say():
    if os.environ.get("UPDATE"):
        PAGE.write_text(table(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == table(), (
        "docs/permissions.md differs from the rules; see the top of this file"
    )


def test_the_table_covers_every_rule_and_every_role():
    page = table()
    assert [action for action in RULES if f"| `{action}` |" not in page] == []
    assert {part.role for part in CAST} >= set(ROLES)


# Steps of a match that services/deals takes -> the rule a person takes them by.
OF_DEALS = {
    "negotiate": "note", "claim_agreement": "claim_agreement", "withdraw_claim": "withdraw_claim",
    "dispute_agreement": "dispute_agreement", "verify_deal": "verify_deal",
    "follow_6m": "follow_up", "follow_12m": "follow_up",
}  # fmt: skip


def test_every_step_a_person_takes_has_a_rule():
    # expire and archive-by-time are the worker's; express enters through listing.express_interest.
    by_worker = {
        "listing.expire", "match.lapse", "match.lapse_second", "match.express", "match.close_deal",
        "access.expire", "access.lapse", "access.grant",
    }  # fmt: skip
    steps = {f"listing.{name}" for name in (*LISTING.steps, *REVISION.steps)}
    steps |= {f"match.{name}" for name in MATCH.steps if name not in OF_DEALS}
    steps |= {f"access.{name}" for name in ACCESS.steps}
    steps |= {f"coinvest.{name}" for name in COINVEST.steps}
    steps |= {f"deck.{name}" for name in DECK.steps}
    assert {f"deal.{rule}" for rule in OF_DEALS.values()} <= set(RULES)
    assert steps - set(RULES) == by_worker


# --- The promises, one by one -------------------------------------------------------------------
def people(action, subject):
    return {name for name, actor in ACTORS.items() if allowed(action, actor, subject)}


STAFF_WITHOUT_CONTENT = {"officer", "leader", "auditor", "sysadmin"}
CURATORS = {part.name for part in CAST if part.role in ("curator", "lead")}
PARTIAL = {
    "curator with an interest",
    "curator who typed it",
    "curator who registered the organisation",
    "curator of the organisation",
    "lead with an interest",
}


def test_an_action_without_a_rule_is_refused():
    for actor in ACTORS.values():
        assert not allowed("listing.sell", actor, listing())


@pytest.mark.parametrize(
    "action",
    ["publish", "return", "reject", "confirm_on_paper", "approve_revision", "return_revision"],
)
def test_four_eyes_no_curator_decides_on_a_listing_they_have_a_stake_in(action):
    assert people(f"listing.{action}", listing(state="in_review")) == CURATORS - PARTIAL


@pytest.mark.parametrize(
    "action",
    ["keep", "dismiss", "later", "undo", "propose_first", "propose_second", "introduce", "fail"],
)
@pytest.mark.parametrize("b_first", [False, True])
def test_four_eyes_no_curator_decides_on_a_match_they_have_a_stake_in(action, b_first):
    assert people(f"match.{action}", match(b_first=b_first)) == CURATORS - PARTIAL


def test_four_eyes_no_curator_verifies_an_organisation_they_have_a_stake_in():
    may = people("organisation.verify", organisation())
    assert may == CURATORS - PARTIAL | {"curator who typed it"}


def test_an_owner_who_is_also_a_curator_does_not_publish_their_own_listing():
    own = listing(owner_user_id=ids()["curator"], organisation_id=None, organisation=None)
    assert not allowed("listing.publish", ACTORS["curator"], own)


@pytest.mark.parametrize("b_first", [False, True])
def test_only_the_party_that_is_asked_accepts_or_declines(b_first):
    ours = {name for name, part in BY_NAME.items() if part.tie in ("owner", "member", "admin")}
    ours |= {"curator of the organisation", "client with an answer link"}
    for verb in ("accept", "decline"):
        assert people(f"match.{verb}_first", match(b_first=b_first)) == ours
        assert people(f"match.{verb}_second", match(b_first=b_first)) == {
            "owner of the other listing"
        }


def test_a_link_answers_for_its_own_side_of_its_own_match_and_does_nothing_else():
    client = ACTORS["client with an answer link"]
    other = Match(id=LINK[0] + 1, a=listing(), b=others(), state="proposed_to_first")
    assert allowed("match.accept_first", client, match())
    assert not allowed("match.accept_first", client, other)
    assert not allowed("match.accept_second", client, match())
    for action in set(RULES) - {"match.accept_first", "match.decline_first"}:
        for subject in (listing(), match(), organisation(), User(id=1), None):
            if type(subject).__name__.lower() == action.split(".")[0] or subject is None:
                as_guest = _asked(action, ACTORS["guest"], subject)
                assert _asked(action, client, subject) == as_guest, action


def _asked(action, actor, subject):
    """The answer, or that the rule cannot do without a subject."""
    try:
        return allowed(action, actor, subject)
    except AttributeError:
        return None


@pytest.mark.parametrize("action", ["answer_for_client", "print_sheet"])
@pytest.mark.parametrize("b_first", [False, True])
def test_four_eyes_whoever_typed_the_listing_neither_answers_for_the_client_nor_holds_a_link(
    action, b_first
):
    assert people(f"match.{action}", match(b_first=b_first)) == CURATORS - PARTIAL


def test_only_curators_move_a_suggestion_towards_the_parties():
    for action in ("keep", "propose_first", "propose_second", "introduce"):
        assert people(f"match.{action}", match()) <= CURATORS


def test_a_party_learns_of_a_match_only_when_it_is_proposed():
    ours = {name for name, part in BY_NAME.items() if part.tie in ("owner", "member", "admin")}
    for state in MATCH.states:
        assert people("match.view", match(state, "nobody")) == CURATORS
        assert people("match.view", match(state, "the first")) == CURATORS | ours
        assert people("match.view", match(state, "both")) == CURATORS | ours | {
            "owner of the other listing"
        }


def test_sysadmins_and_auditors_have_no_rights_over_content():
    content = [a for a in RULES if a.split(".")[0] in ("listing", "match", "import", "desk")]
    for visibility, state in product(VISIBILITIES, LISTING.states):
        if state == "published" and visibility in ("public", "masked"):
            continue  # what the whole world sees
        subject = listing(visibility=visibility, state=state)
        for action in content:
            if action.startswith("listing.") and action != "listing.flag":
                assert not people(action, subject) & {"sysadmin", "auditor"}, (action, state)
    for action in content:
        if action.startswith("match."):
            assert not people(action, match()) & {"sysadmin", "auditor"}, action
        elif not action.startswith("listing."):
            assert not people(action, None) & {"sysadmin", "auditor"}, action


def test_only_the_auditor_reads_the_audit_trail_and_only_the_sysadmin_manages_users():
    assert people("audit.read", None) == {"auditor"}
    for action in ("user.list", "user.set_role", "user.disable"):
        assert people(action, User(id=1)) == {"sysadmin"}


SIDE_A = {name for name, part in BY_NAME.items() if part.tie in ("owner", "member", "admin")}
SIDE_B = {"owner of the other listing"}


@pytest.mark.parametrize("state", DEAL_STATES)
def test_words_and_values_of_a_deal_are_for_its_parties(state):
    plain, called = deal(state, document=False), deal(state, document=False, called=True)
    for rule in ("deal.read_terms", "deal.read_notes"):
        assert people(rule, plain) == SIDE_A | SIDE_B
        assert people(rule, called) == SIDE_A | SIDE_B | (CURATORS - PARTIAL)
    # Who checks a document reads what it must say, and no notes.
    checks = CURATORS - PARTIAL if state == "agreement_claimed" else set()
    assert people("deal.read_terms", deal(state)) == SIDE_A | SIDE_B | checks
    assert people("deal.read_notes", deal(state)) == SIDE_A | SIDE_B


def test_an_agreement_is_confirmed_by_the_side_that_did_not_claim_it():
    assert people("deal.confirm_agreement", deal()) == SIDE_B
    assert people("deal.withdraw_claim", deal()) == SIDE_A


def test_four_eyes_a_document_is_checked_by_who_had_no_part_in_it():
    assert people("deal.verify_deal", deal()) == CURATORS - PARTIAL
    assert not people("deal.verify_deal", deal(client=True)) & {"curator", "curator who typed it"}
    assert "lead" in people("deal.verify_deal", deal(client=True))
    assert not people("deal.verify_deal", deal(document=False))
    assert not people("deal.verify_deal", deal("agreement_verified"))


def test_leaders_and_officers_decide_on_nothing():
    decisions = [
        f"listing.{step}" for step in ("publish", "return", "reject", "clear", "take_down")
    ] + [f"match.{step}" for step in MATCH.steps]
    for action in decisions:
        subject = match() if action.startswith("match.") else listing(state="in_review")
        assert not people(action, subject) & STAFF_WITHOUT_CONTENT, action


def test_only_the_lead_decides_on_what_was_reported():
    for action in ("listing.clear", "listing.take_down"):
        assert people(action, listing(state="flagged")) == {"lead"}


def test_nobody_acts_on_a_listing_they_may_not_even_see():
    for action in actions("listing"):
        for state, visibility in ALL_LISTING:
            for over in ({}, CLIENTS):
                subject = listing(state=state, visibility=visibility, **over)
                seen = people("listing.view", subject)
                # Creating asks about no listing.
                if "create" not in action:
                    assert people(action, subject) <= seen, (action, state, visibility)


def test_nobody_reports_or_courts_their_own_listing():
    ours = {name for name, part in BY_NAME.items() if part.tie in ("owner", "member", "admin")}
    assert not people("listing.flag", listing()) & ours
    assert not people("listing.express_interest", listing()) & ours


def test_guests_change_nothing():
    reading = {
        "page.open", "file.fetch", "sample.open", "export.run", "listing.view", "organisation.view",
    }  # fmt: skip
    for action in RULES:
        noun = action.split(".")[0]
        subject = {
            "listing": listing(),
            "match": match(),
            "deal": deal(),
            "room": deal(),
            "organisation": organisation(),
        }.get(noun)
        assert allowed(action, ACTORS["guest"], subject) <= (action in reading), action


def test_an_address_must_be_proven_before_anything_is_brought_in():
    for action in ("listing.create", "import.run", "organisation.create", "organisation.join"):
        assert "unverified member" not in people(action, organisation())


def test_every_test_in_the_table_is_used_or_belongs_to_disclosure():
    """A predicate nobody asks is a rule somebody believes in and nobody enforces."""
    used = {test for rows in RULES.values() for row in rows for test in row}
    named = {
        value
        for module in (permissions, ties, ties_investing)
        for name, value in vars(module).items()
        if callable(value) and getattr(value, "__module__", "") == module.__name__
    } - {allowed}
    called_by_others = {
        ties.owner, ties.for_everyone, ties.typed_by_actor, ties_investing.stands_behind
    }  # fmt: skip
    assert {test.__name__ for test in named - used - called_by_others} == set()
