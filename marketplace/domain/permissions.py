"""Who may do what. Each action has rows; any row grants, all tests of a row must hold; an action
without rows is refused. `allowed` is the only reader of the table.

A test looks at the actor and the subject: a listing, a match, an organisation, a user, or None.
"""

from marketplace.domain.workflow import LISTING_EDITABLE, MATCH_OPEN, MATCH_RELEASED


# Tests of the actor alone.
def anyone(actor, subject):
    return True


def signed_in(actor, subject):
    return actor.signed_in


def member(actor, subject):
    """Signed in with a verified address: a person the centre can reach."""
    return actor.signed_in and actor.verified


def curator(actor, subject):
    return actor.role in ("curator", "lead")


def lead(actor, subject):
    return actor.role == "lead"


def auditor(actor, subject):
    return actor.role == "auditor"


def sysadmin(actor, subject):
    return actor.role == "sysadmin"


def reader_of_content(actor, subject):
    """Auditors read the log and sysadmins run the machine; neither reads members' content."""
    return actor.role not in ("auditor", "sysadmin")


def head_of_centre(actor, subject):
    return actor.role in ("lead", "leader")


# Tests of a listing.
def published(actor, listing):
    return listing.state == "published"


def for_everyone(actor, listing):
    return listing.visibility in ("public", "masked")


def for_members(actor, listing):
    return listing.visibility == "registered"


def owner(actor, listing):
    """The person who registered it, or any member of the organisation it belongs to."""
    return actor.signed_in and (
        listing.owner_user_id == actor.id or listing.organisation_id in actor.organisations
    )


def not_owner(actor, listing):
    return not owner(actor, listing)


def in_sight(actor, listing):
    """Nobody reports or courts what they could not have read."""
    return allowed("listing.view", actor, listing)


def typed_by_actor(actor, listing):
    """A staff member who typed the listing for a client."""
    return actor.signed_in and listing.entered_by_id == actor.id


def acts_for_client(actor, listing):
    """A curator who typed the listing for somebody without an account, and looks after it."""
    return curator(actor, listing) and (
        typed_by_actor(actor, listing) and listing.owner_user_id is None
    )


def editable(actor, listing):
    return listing.state in LISTING_EDITABLE


def still_draft(actor, listing):
    return listing.state == "draft"


def local(actor, listing):
    return listing.origin != "harvested"


def open_for_interest(actor, listing):
    return listing.open_for_eoi


def impartial(actor, subject):
    """Four-eyes rule: not one's own organisation, nor one the actor registered, typed a listing
    for, or declared an interest in. `stakes` are (organisation id, people behind it) pairs."""
    return all(
        organisation_id not in (actor.organisations | actor.interests) and actor.id not in people
        for organisation_id, people in subject.stakes
    )


# Tests of a match. `first` is the listing whose owner is asked first.
def first_party(actor, match):
    return owner(actor, match.first)


def second_party(actor, match):
    return owner(actor, match.second)


def first_by_link(actor, match):
    """A client without an account, for whom staff typed the first listing, by an answer link."""
    return actor.link is not None and actor.link == (match.id, match.first.id)


def second_by_link(actor, match):
    return actor.link is not None and actor.link == (match.id, match.second.id)


def known_to_party(actor, match):
    """A party learns of a match only when it is proposed to it, and keeps that knowledge."""
    return (match.known_to_first and first_party(actor, match)) or (
        match.known_to_second and second_party(actor, match)
    )


def with_client(actor, match):
    """One side at least has no account and is looked after by the centre."""
    return match.first.for_client or match.second.for_client


# Tests of a match that became a deal (models.Deal); a side is "a" or "b".
def opened(actor, match):
    """Introduced once; a deal that came to nothing stays readable."""
    return match.deal is not None


def under_way(actor, match):
    """Open to be acted on: neither before the introduction nor after a failure."""
    return match.deal is not None and match.state in MATCH_RELEASED


def one_side(actor, match):
    """Who belongs to both organisations speaks for neither: nobody confirms their own word."""
    return owner(actor, match.a) != owner(actor, match.b)


def claimed_for_actor(actor, match):
    """The agreement was claimed by the actor's side."""
    agreement = match.deal and match.deal.agreement
    return agreement is not None and owner(actor, getattr(match, agreement.claimed_side))


def claimed_for_other(actor, match):
    agreement = match.deal and match.deal.agreement
    return agreement is not None and owner(actor, getattr(match, agreement.confirming_side))


def claimed_for_client(actor, match):
    """The agreement was claimed for a client without an account, by the centre."""
    agreement = match.deal and match.deal.agreement
    return agreement is not None and getattr(match, agreement.claimed_side).for_client


def called_in(actor, match):
    """A party asked the centre's curator to read along."""
    return match.deal is not None and match.deal.called_at is not None


def document_waits(actor, match):
    """A document was handed in for the agreement as it is claimed now, and waits to be checked."""
    agreement = match.deal and match.deal.agreement
    return (
        agreement is not None
        and match.state == "agreement_claimed"
        and any(proof.version == agreement.version for proof in agreement.proofs)
    )


def fresh_eyes(actor, match):
    """Neither claimed the agreement for somebody nor handed in a document of it."""
    agreement = match.deal and match.deal.agreement
    return agreement is not None and actor.id not in {
        agreement.claimed_by_id, *(proof.uploaded_by_id for proof in agreement.proofs)
    }  # fmt: skip


# Tests of a request for what is kept secret (models.AccessRequest), and of who may make one.
def not_staff(actor, subject):
    """Curators read it anyway; officers and leaders read no member's secrets, granted or not."""
    return not actor.is_staff


def of_an_organisation(actor, subject):
    """Somebody stands behind the promise to keep it secret."""
    return bool(actor.organisations)


def answered_by_account(actor, listing):
    """Not a client's without an account: nobody could give leave in their name."""
    return not listing.for_client


def party_under_way(actor, match):
    """A party that knows of the match while it goes on."""
    return match.state in MATCH_OPEN and known_to_party(actor, match)


def asked_by_actor(actor, request):
    return actor.signed_in and request.asker_id == actor.id


def grantor(actor, request):
    """The owner's side, but neither the asker nor whoever typed the listing for the owner."""
    return (
        actor.signed_in
        and owner(actor, request.listing)
        and request.asker_id != actor.id
        and not typed_by_actor(actor, request.listing)
    )


# A test of a saved search.
def saved_by_actor(actor, search):
    return actor.signed_in and search.user_id == actor.id


# Tests of an organisation and of a user.
def organisation_member(actor, organisation):
    return organisation.id in actor.organisations


def organisation_admin(actor, organisation):
    return organisation.id in actor.admin_of


def someone_else(actor, user):
    """Nobody administers himself, so that one door always stays open."""
    return actor.id != user.id


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
    "deal.close_deal": [[curator, impartial, under_way]],
    "deal.sums": [[head_of_centre]],  # values of several deals together, never of one
    # Drafts of ordered research, begun from a need nothing answers.
    "order.draft": [[curator]],
    "order.edit": [[curator]],
    # What is kept secret in a listing, opened for one reader by its owner. Curators see that it was
    # asked for and where that stands; what the asker wants it for is between the two sides.
    "listing.ask_access": [
        [member, not_staff, published, local, not_owner, in_sight, answered_by_account,
         of_an_organisation],
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
}


def allowed(action: str, actor, subject=None) -> bool:
    """Whether `actor` may do `action` to `subject`. An action without a rule is refused."""
    return any(all(test(actor, subject) for test in row) for row in RULES.get(action, ()))
