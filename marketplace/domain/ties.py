"""How a person is tied to a record: the tests that rows of permissions.RULES are made of.

A test looks at the actor and the subject: a listing, a match, an organisation, a user, or None.
"""

from marketplace.domain.workflow import (
    LISTING_EDITABLE,
    MATCH_RELEASED,
    MATCH_UNDER_WAY,
    ROOM_OPEN,
)


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


def talks_on(actor, match):
    """The room takes words: the deal neither rests nor is over."""
    return match.deal is not None and match.state in ROOM_OPEN and match.deal.paused_at is None


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
    """A party that knows of the match while it goes on, or while its deal is followed."""
    return match.state in MATCH_UNDER_WAY and known_to_party(actor, match)


def asked_by_actor(actor, request):
    return actor.signed_in and request.asker_id == actor.id


def asked_by_another(actor, request):
    """Nobody does for the centre what they asked of it."""
    return not asked_by_actor(actor, request)


def grantor(actor, request):
    """The owner's side, but neither the asker nor whoever typed the listing for the owner."""
    return (
        actor.signed_in
        and owner(actor, request.listing)
        and request.asker_id != actor.id
        and not typed_by_actor(actor, request.listing)
    )


# Tests of a mentorship (models.Mentorship), one of its meetings, or a mentor's own listing. A
# mentor is one person, whose organisation has no part in it.
def mentors(actor, mentorship):
    """Is asked now, or has accepted."""
    return (
        actor.signed_in
        and mentorship.mentor is not None
        and is_this_mentor(actor, mentorship.mentor)
    )


def mentored_by_another(actor, mentorship):
    return not mentors(actor, mentorship)


def is_this_mentor(actor, listing):
    return actor.signed_in and listing.kind == "mentor" and listing.owner_user_id == actor.id


# Tests of an idea in the clinic (models.ClinicIdea).
def founds(actor, idea):
    return actor.signed_in and idea.founder_id == actor.id


def founded_by_another(actor, idea):
    return not founds(actor, idea)


def coaches(actor, idea):
    """The curator who took it, as long as they are one."""
    return actor.signed_in and idea.coach_id == actor.id and curator(actor, idea)


def let_in(actor, idea):
    """A mentor's account the founder named."""
    return actor.signed_in and actor.verified and actor.id in idea.reader_ids


def waits_for_advice(actor, idea):
    return idea.asked_at is not None


def nobody_coaches(actor, idea):
    return idea.coach_id is None


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
