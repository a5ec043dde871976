"""A client without an account: answers by a link, or staff record the signed sheet or the call.

The link opens one side of one match. What can be done by it follows from the state of the match:
while that side is asked it answers, once; afterwards it tells how things stand, and after the
introduction it shows the other side's contact for parties.READ_DAYS. Any link of the side, from
the first letter to the last reminder, shows the same, until the side is asked anew.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from marketplace.domain.actor import Actor
from marketplace.domain.cleaning import one_line
from marketplace.domain.errors import N_, Expired, Invalid, InvalidForm, NotAllowed, WrongState
from marketplace.domain.permissions import allowed
from marketplace.domain.vocabulary import REASONS
from marketplace.domain.workflow import MATCH_RELEASED
from marketplace.models import Listing, Match, OneTimeLink
from marketplace.services import audit, links
from marketplace.services.matches import parties
from marketplace.services.matches.steps import advance

CONSENT_VERSION = "2026-11"  # of the text in templates/answers/_consent.html
CHANNELS = {"paper": N_("Phiếu có chữ ký"), "phone": N_("Gọi điện thoại")}
CHOICES = {"accept": N_("Đồng ý kết nối"), "decline": N_("Không phù hợp")}

# (side, state of the match) -> what the side is to be told. Any other state has no page.
_PHASES = {
    ("first", "proposed_to_first"): "asked",
    ("first", "first_accepted"): "waiting",
    ("first", "proposed_to_second"): "waiting",
    ("first", "both_accepted"): "waiting",
    ("second", "proposed_to_second"): "asked",
    ("second", "both_accepted"): "waiting",
}


@dataclass(frozen=True)
class Side:
    """A client's side of a match: `name` is first or second, in the order they are asked."""

    match: Match
    name: str

    @property
    def mine(self) -> Listing:
        return getattr(self.match, self.name)

    @property
    def other(self) -> Listing:
        return self.match.second if self.name == "first" else self.match.first

    @property
    def actor(self) -> Actor:
        """Whoever holds the link: known to us by nothing else."""
        return Actor(name=self.mine.client_name, link=(self.match.id, self.mine.id))

    @property
    def phase(self) -> str:
        """asked, waiting, introduced, declined (by this side), closed (by the other), or ""."""
        if self.match.state in MATCH_RELEASED:
            return "introduced"
        if self.match.state == "declined":
            # The second is asked only after the first has said yes.
            by = "second" if self.match.known_to_second else "first"
            return "declined" if by == self.name else "closed"
        return _PHASES.get((self.name, self.match.state), "")

    def until(self, link: OneTimeLink | None = None):
        """How long a link opens the page: to answer, for its own life; to read, READ_DAYS from the
        introduction, or from the last movement where there was none."""
        if self.phase == "asked" and link is not None:
            return link.expires_at
        since = self.match.introduced_at if self.phase == "introduced" else self.match.changed_at
        return since + timedelta(days=parties.READ_DAYS)


def look(session: Session, token: str, *, now) -> Side:
    """The side this token opens. Raises Expired for one that is unknown, too old, called back, or
    whose match was stopped or lapsed."""
    link = links.find(session, token, parties.PURPOSE)
    match = session.get(Match, link.match_id)
    side = Side(match, "first" if link.listing_id == match.first.id else "second")
    if link.used_at is not None or not side.phase or side.until(link) <= now:
        raise Expired
    return side


@dataclass(frozen=True)
class Answer:
    """What a client said. `name` is who said it, `agreed` whether to the words of consent, and
    `reason` a code of REASONS for a no. `channel` is one of CHANNELS, or link."""

    choice: str
    name: str = ""
    agreed: bool = False
    reason: str = ""
    channel: str = "link"

    @property
    def by_link(self) -> bool:
        return self.channel == "link"

    def gaps(self) -> dict[str, Invalid]:
        """What is missing. Who declines by the link need not say their name."""
        wrong = {}
        if self.choice not in CHOICES:
            wrong["choice"] = Invalid(N_("Hãy chọn đồng ý hoặc không phù hợp."), "choice")
        if len(one_line(self.name)) < 2 and not (self.by_link and self.choice == "decline"):
            wrong["name"] = Invalid(N_("Hãy ghi họ tên người trả lời."), "name")
        if self.choice == "accept" and not self.agreed:
            wrong["agreed"] = Invalid(N_("Cần đồng ý trao liên hệ thì mới kết nối được."), "agreed")
        if self.choice == "decline" and self.reason not in REASONS:
            wrong["reason"] = Invalid(N_("Hãy chọn một lý do."), "reason")
        return wrong


def answer(session: Session, token: str, said: Answer, *, now) -> Side:
    """The client accepts or declines. A second press finds it done and changes nothing. Raises
    Expired for a dead link, and InvalidForm when something is missing."""
    side = look(session, token, now=now)
    if side.phase == "asked":
        rule = f"match.{said.choice}_{side.name}"
        _take(session, side, said, said.gaps(), rule, actor=side.actor, now=now)
    return side


def record(session: Session, match: Match, said: Answer, *, actor, now) -> Side:
    """A curator writes down what the client signed, or said on the telephone after the words of
    consent were read out. Raises WrongState when nobody is asked, NotAllowed where people with
    accounts answer for themselves, InvalidForm for gaps."""
    if not match.asked:
        raise WrongState
    side = Side(match, match.asked)
    if not parties.reach(session, side.mine).client:
        raise NotAllowed
    wrong = said.gaps()
    if said.channel not in CHANNELS:
        wrong["channel"] = Invalid(N_("Hãy chọn cách trả lời."), "channel")
    _take(session, side, said, wrong, "match.answer_for_client", actor=actor, now=now)
    return side


def _take(session, side, said, wrong, rule, *, actor, now):
    if wrong:
        raise InvalidForm(wrong)
    if not allowed(rule, actor, side.match):
        raise NotAllowed
    advance(
        session, side.match, f"{said.choice}_{side.name}", actor=actor, now=now,
        reason=said.reason, note=one_line(said.name)[:120], channel=said.channel,
    )  # fmt: skip
    if said.choice == "accept":
        audit.record(
            session, "match.consent", side.match, actor=actor, now=now, version=CONSENT_VERSION,
            channel=said.channel,
        )  # fmt: skip


def print_sheet(session: Session, match: Match, name: str, *, actor, now) -> tuple[Side, str]:
    """The side and a fresh token for a sheet on paper: to answer, or the introduction. Raises
    Expired when the side is no client's, or has nothing to be told now."""
    side = Side(match, name)
    if side.phase not in ("asked", "introduced") or side.until() <= now:
        raise Expired
    if not parties.reach(session, side.mine).client:
        raise Expired
    token = parties.link(session, match, side.mine, actor=actor, now=now, channel="paper")
    return side, token
