"""How a person is tied to what investors keep: a card, an invitation to look together, an offered
deck. Tests for rows of permissions.RULES, as in domain/ties."""

from marketplace.domain.investing import DECK_KINDS, FOLLOWED_KINDS
from marketplace.domain.ties import owner
from marketplace.domain.workflow import COINVEST_TOLD


def backable(actor, listing):
    """Something one puts money into."""
    return listing.kind in FOLLOWED_KINDS


def with_deck(actor, listing):
    return listing.kind in DECK_KINDS


def stands_behind(actor, listing):
    """One of the organisation's people now, whoever registered the listing; without one that
    person. What an investor keeps stays with the organisation when somebody leaves it."""
    if not actor.signed_in:
        return False
    if listing.organisation_id is not None:
        return listing.organisation_id in actor.organisations
    return listing.owner_user_id == actor.id


def of_investor(actor, card):
    return stands_behind(actor, card.investor)


def inviter(actor, invitation):
    return stands_behind(actor, invitation.card.investor)


def invitee(actor, invitation):
    """The investor asked to look together, once the founder allowed it."""
    return invitation.state in COINVEST_TOLD and stands_behind(actor, invitation.to)


def founder(actor, invitation):
    """Whoever owns the startup two investors want to look at."""
    return owner(actor, invitation.card.listing)


def not_inviter(actor, invitation):
    return not inviter(actor, invitation)


def deck_owner(actor, offer):
    return owner(actor, offer.listing)


def offered_to_actor(actor, offer):
    """Nobody takes their own offer."""
    return stands_behind(actor, offer.to) and not deck_owner(actor, offer)
