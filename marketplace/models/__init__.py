"""Every table, so that `metadata` is whole wherever one of them is used."""

from marketplace.models.access import AccessRequest, AccessView
from marketplace.models.accounts import Attempt, LoginSession, OneTimeLink, User
from marketplace.models.base import Base, db, new_key, utcnow, writing
from marketplace.models.clinic import (
    ClinicIdea,
    ClinicReader,
    ClinicReceipt,
    ClinicStep,
    ClinicVersion,
    ClinicView,
)
from marketplace.models.deals import Agreement, Deal, DutyCheck, FollowUp, Milestone, Proof
from marketplace.models.investing import (
    CardNote,
    CoInvestment,
    DeckOffer,
    InvestorCard,
    Teaser,
)
from marketplace.models.learning import RankerVersion
from marketplace.models.listings import (
    Attachment,
    Distinction,
    Listing,
    ListingContent,
    ListingEvent,
    ListingVersion,
    Reference,
)
from marketplace.models.matches import Match, MatchEvent
from marketplace.models.mentoring import (
    MentoringCertificate,
    MentoringEvent,
    MentoringItem,
    MentoringSession,
    Mentorship,
    MentorSlot,
    MentorWish,
)
from marketplace.models.notices import Notice
from marketplace.models.operations import Audit, Change, Fact, Import, Mail, OldPlace, Term
from marketplace.models.orders import OrderDraft
from marketplace.models.organisations import Interest, Membership, Organisation
from marketplace.models.room import (
    RoomFile,
    RoomFileVersion,
    RoomMeeting,
    RoomMessage,
    RoomReading,
    RoomTask,
)
from marketplace.models.saved_searches import ComparedListing, SavedSearch, SavedSearchHit
from marketplace.models.support import ServiceEvent, ServiceRequest
from marketplace.models.synonyms import SynonymGroup

__all__ = [
    "AccessRequest",
    "AccessView",
    "Agreement",
    "Attachment",
    "Attempt",
    "Audit",
    "Base",
    "CardNote",
    "Change",
    "ClinicIdea",
    "ClinicReader",
    "ClinicReceipt",
    "ClinicStep",
    "ClinicVersion",
    "ClinicView",
    "CoInvestment",
    "ComparedListing",
    "Deal",
    "DeckOffer",
    "Distinction",
    "DutyCheck",
    "Fact",
    "FollowUp",
    "Import",
    "Interest",
    "InvestorCard",
    "Listing",
    "ListingContent",
    "ListingEvent",
    "ListingVersion",
    "LoginSession",
    "Mail",
    "Match",
    "MatchEvent",
    "Membership",
    "MentorSlot",
    "MentorWish",
    "MentoringCertificate",
    "MentoringEvent",
    "MentoringItem",
    "MentoringSession",
    "Mentorship",
    "Milestone",
    "Notice",
    "OldPlace",
    "OneTimeLink",
    "OrderDraft",
    "Organisation",
    "Proof",
    "RankerVersion",
    "Reference",
    "RoomFile",
    "RoomFileVersion",
    "RoomMeeting",
    "RoomMessage",
    "RoomReading",
    "RoomTask",
    "SavedSearch",
    "SavedSearchHit",
    "ServiceEvent",
    "ServiceRequest",
    "SynonymGroup",
    "Teaser",
    "Term",
    "User",
    "db",
    "new_key",
    "utcnow",
    "writing",
]
