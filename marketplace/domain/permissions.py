"""Who may do what. Each action has rows; any row grants, all tests of a row must hold; an action
without rows is refused. `allowed` is the only reader of the table.

A test (domain/ties) looks at the actor and the subject: a listing, a match, an organisation, a
user, or None.
"""

from marketplace.domain.permissions_programmes import PROGRAMMES
from marketplace.domain.ties import (
    acts_for_client,
    answered_by_account,
    anyone,
    asked_by_actor,
    auditor,
    called_in,
    claimed_for_actor,
    claimed_for_client,
    claimed_for_other,
    curator,
    document_waits,
    editable,
    first_by_link,
    first_party,
    for_everyone,
    for_members,
    fresh_eyes,
    grantor,
    head_of_centre,
    impartial,
    known_to_party,
    lead,
    local,
    member,
    not_owner,
    not_staff,
    of_an_organisation,
    one_side,
    open_for_interest,
    opened,
    organisation_admin,
    organisation_member,
    owner,
    party_under_way,
    published,
    reader_of_content,
    saved_by_actor,
    second_by_link,
    second_party,
    signed_in,
    someone_else,
    still_draft,
    sysadmin,
    talks_on,
    typed_by_actor,
    under_way,
    with_client,
)
from marketplace.domain.ties_investing import backable


def in_sight(actor, listing):
    """Nobody reports or courts what they could not have read."""
    return allowed("listing.view", actor, listing)


RULES = {
    # Pages anybody may open, and forms that check the person themselves (sign-in, reset ...).
    "page.open": [[anyone]],
    "file.fetch": [[anyone]],
    "sample.open": [[anyone]],  # these routes exist in the sample mode only
    # Accounts
    "account.manage": [[signed_in]],
    "user.list": [[sysadmin]],
    "user.invite": [[sysadmin]],
    "user.set_role": [[sysadmin, someone_else]],
    "user.disable": [[sysadmin, someone_else]],
    "user.end_sessions": [[sysadmin, someone_else]],
    "user.end_second_factor": [[sysadmin, someone_else]],
    "audit.read": [[auditor]],
    "mail.deliver": [[sysadmin]],
    # Organisations
    "organisation.create": [[member]],
    "organisation.join": [[member]],
    "organisation.view": [[anyone]],
    "organisation.members": [[organisation_member], [curator]],
    "organisation.edit": [[organisation_admin], [curator]],
    "organisation.leave": [[organisation_member]],
    "organisation.admit": [[organisation_admin], [curator, impartial]],
    "organisation.list": [[curator]],
    "organisation.verify": [[curator, impartial]],
    # Listings
    "listing.view": [
        [published, for_everyone],
        [published, for_members, member, reader_of_content],
        [owner],
        [curator],
    ],
    "listing.create": [[member, reader_of_content]],
    "listing.create_for_client": [[curator]],
    "listing.edit": [[owner, editable, local], [typed_by_actor, curator, still_draft]],
    "listing.submit": [[owner, local]],
    "listing.hand_over": [[typed_by_actor, curator]],
    "listing.confirm": [[owner]],
    "listing.correct": [[owner]],
    "listing.confirm_on_paper": [[curator, impartial]],
    "listing.publish": [[curator, impartial]],
    "listing.return": [[curator, impartial]],
    "listing.reject": [[curator, impartial]],
    "listing.hold": [[owner, local], [acts_for_client]],
    "listing.resume": [[owner, local], [acts_for_client]],
    "listing.renew": [[owner, local], [acts_for_client]],
    "listing.withdraw": [[owner, local], [acts_for_client]],
    "listing.reopen": [[owner, local], [acts_for_client]],
    "listing.flag": [[member, reader_of_content, published, not_owner, in_sight]],
    "listing.clear": [[lead, impartial]],
    "listing.take_down": [[lead, impartial]],
    "listing.archive": [[lead]],
    "listing.revise": [[owner, published, local]],
    "listing.submit_revision": [[owner, local]],
    "listing.discard_revision": [[owner, local]],
    "listing.approve_revision": [[curator, impartial]],
    "listing.return_revision": [[curator, impartial]],
    "listing.history": [[owner], [curator]],
    "listing.note": [[curator]],
    "listing.assign": [[curator]],
    "listing.tell_apart": [[curator, impartial]],  # the desk's word that it doubles nothing
    "listing.attach": [[owner, local], [typed_by_actor, curator]],
    "listing.express_interest": [
        [member, reader_of_content, published, open_for_interest, not_owner, in_sight]
    ],
    "listing.follow": [[member, not_staff, published, backable, not_owner, in_sight]],
    # The curators' desk
    "desk.open": [[curator]],
    "listing.moderate": [[curator]],
    "interest.declare": [[curator]],
    # Matches
    "match.view": [[curator], [known_to_party]],
    "match.keep": [[curator, impartial]],
    "match.dismiss": [[curator, impartial]],
    "match.later": [[curator, impartial]],
    "match.undo": [[curator, impartial]],
    "match.propose_first": [[curator, impartial]],
    "match.propose_second": [[curator, impartial]],
    "match.introduce": [[curator, impartial]],
    "match.assign": [[curator]],
    "match.note": [[curator]],
    "match.accept_first": [[first_party], [first_by_link]],
    "match.decline_first": [[first_party], [first_by_link]],
    "match.accept_second": [[second_party], [second_by_link]],
    "match.decline_second": [[second_party], [second_by_link]],
    # A client's signed sheet or telephone call, recorded; and sheets that carry a fresh link, with
    # which one could answer: neither is for whoever typed the listing.
    "match.answer_for_client": [[curator, impartial]],
    "match.print_sheet": [[curator, impartial]],
    # Also told by telephone, of a client who has no page to press the button on.
    "match.report_contact": [[first_party], [second_party], [curator, impartial, with_client]],
    "match.report_failed": [[first_party], [second_party]],
    "match.fail": [[curator, impartial]],
    # Deals: an introduced match and what its parties tell of it. The centre sees where it stands
    # and what happened when; words and values are the parties' until one calls it in, or hands in
    # a document to be checked.
    "deal.view": [[curator, opened], [known_to_party, opened]],
    "deal.read_terms": [
        [known_to_party, opened, one_side],
        [curator, impartial, called_in],
        [curator, impartial, document_waits],
    ],
    "deal.read_notes": [[known_to_party, opened, one_side], [curator, impartial, called_in]],
    "deal.note": [
        [known_to_party, under_way, one_side],
        [curator, impartial, with_client, under_way],
    ],
    "deal.confirm": [
        [known_to_party, under_way, one_side],
        [curator, impartial, with_client, under_way],
    ],
    "deal.pause": [[known_to_party, under_way, one_side]],
    "deal.resume": [[known_to_party, under_way, one_side]],
    "deal.call_in": [[known_to_party, under_way, one_side]],
    "deal.claim_agreement": [
        [known_to_party, under_way, one_side],
        [curator, impartial, with_client, under_way],
    ],
    "deal.withdraw_claim": [
        [claimed_for_actor, under_way, one_side],
        [curator, impartial, claimed_for_client, under_way],
    ],
    "deal.confirm_agreement": [[claimed_for_other, under_way, one_side]],
    "deal.dispute_agreement": [
        [claimed_for_other, under_way, one_side],
        [curator, impartial, document_waits],
    ],
    "deal.attach": [
        [known_to_party, under_way, one_side],
        [curator, impartial, with_client, under_way],
    ],
    "deal.verify_deal": [[curator, impartial, document_waits, fresh_eyes]],
    "deal.check_duty": [
        [known_to_party, under_way, one_side],
        [curator, impartial, with_client, under_way],
    ],
    "deal.follow_up": [
        [known_to_party, under_way, one_side],
        [curator, impartial, with_client, under_way],
    ],
    "deal.sums": [[head_of_centre]],  # values of several deals together, never of one
    # The room of a deal, for its parties, and for the curator one of them called in. Only parties
    # offer, meet and have tasks.
    "room.read": [[known_to_party, opened, one_side], [curator, impartial, called_in]],
    "room.post": [
        [known_to_party, talks_on, one_side],
        [curator, impartial, called_in, talks_on],
    ],
    "room.offer": [[known_to_party, talks_on, one_side]],
    "room.answer": [[known_to_party, talks_on, one_side]],
    "room.attach": [
        [known_to_party, talks_on, one_side],
        [curator, impartial, called_in, talks_on],
    ],
    "room.meet": [[known_to_party, talks_on, one_side]],
    "room.task": [[known_to_party, talks_on, one_side]],
    # Drafts of ordered research, begun from a need nothing answers.
    "order.draft": [[curator]],
    "order.edit": [[curator]],
    # What is kept secret in a listing, opened for one reader by its owner. Curators see that it was
    # asked for and where that stands; what the asker wants it for is between the two sides.
    "listing.ask_access": [
        [
            member,
            not_staff,
            published,
            local,
            not_owner,
            in_sight,
            answered_by_account,
            of_an_organisation,
        ],
    ],
    "match.ask_access": [[member, not_staff, party_under_way]],
    "access.view": [[asked_by_actor], [grantor]],
    "access.approve": [[grantor, member]],
    "access.deny": [[grantor, member]],
    "access.revoke": [[grantor]],
    "access.accept": [[asked_by_actor, member, not_staff]],
    "access.cancel": [[asked_by_actor]],
    "access.open": [[asked_by_actor, member, not_staff]],  # and disclosure.live says whether now
    "access.list": [[curator]],
    # Saved searches: nobody but their owner knows of them. Whoever holds the address of a feed, or
    # the link of a mail that ends it, acts for the owner by that (services/saved_searches).
    "search.save": [[signed_in]],
    "search.keep": [[saved_by_actor]],
    # Data in and out
    "import.run": [[member, reader_of_content]],
    "export.run": [[anyone]],  # a list shows, and so exports, only what its reader may see
    "figures.read": [[head_of_centre], [curator]],
    # How good the suggestions are: the sums for the head of the centre, the records for the lead.
    "quality.read": [[head_of_centre]],
    "quality.records": [[lead]],
    "synonym.edit": [[lead]],  # what a word of a search also finds
} | PROGRAMMES


def allowed(action: str, actor, subject=None) -> bool:
    """Whether `actor` may do `action` to `subject`. An action without a rule is refused."""
    return any(all(test(actor, subject) for test in row) for row in RULES.get(action, ()))
