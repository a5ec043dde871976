"""The listings of world.py, and who may read each of their words."""

from itertools import cycle

from canaries import canary_value, new_word
from factories import content

from marketplace.domain import disclosure as levels_of
from marketplace.domain.fields import CONFIDENTIAL, LEVELS, fields
from marketplace.domain.permissions import allowed, curator, known_to_party, owner
from marketplace.domain.vocabulary import KINDS
from marketplace.domain.workflow import LISTING, MATCH_RELEASED
from marketplace.models import (
    Audit,
    Listing,
    ListingContent,
    ListingEvent,
    ListingVersion,
    db,
    utcnow,
)
from marketplace.services import attachments
from marketplace.services.listings import handover


def state_of(columns) -> str:
    return columns.get("state", "published")


class Listings:
    """Every kind, state and visibility, with a canary in each field, file, note and draft."""

    def _listings(self):
        self.listings: list[Listing] = []
        ours = {"owner": self.users["owner"], "organisation": self.organisations["ours"]}
        other = self.users["owner of the other listing"]
        theirs = {"owner": other, "organisation": self.organisations["theirs"]}
        # Each masked listing has an organisation of its own: its name beside it gives it away.
        self.masked: dict[str, Listing] = {}
        for kind in KINDS:
            self._listing(kind, **ours)
        hidden = cycle(("registered", "masked", "invitation"))
        for kind, visibility in zip(KINDS, hidden, strict=False):
            if visibility == "masked":
                word = new_word()
                behind = self.make.organisation(name=f"Don vi {word}")
                self.organisations[word] = behind
                row = self._listing(kind, visibility=visibility, owner=other, organisation=behind)
                self.masked[word] = row
            else:
                self._listing(kind, visibility=visibility, **theirs)
        kinds = cycle(KINDS)
        for state in LISTING.states:
            if state not in ("published", "client_validation"):
                self._listing(next(kinds), state=state, **ours)
        revised = self._listing("offer", revision="in_review", **ours)
        self._version(revised, "a revision in review", level_readers=self._reads_working)
        revised.working_version_id = self.last_version.id
        self._typed(self.listings[-2])
        # Who looks at it is the desk's own matter.
        for each in (revised, *(row for row in self.listings if row.state == "in_review")):
            each.reviewer_id = self.users["curator"].id
        typist = self.users["curator who typed it"]
        client = new_word()
        self.waiting = waiting = self._listing(
            "need", state="client_validation", entered_by_id=typist.id, client_name=f"Ba {client}"
        )
        self._add(
            client, "name of a client without an account",
            lambda actor, row=waiting: curator(actor, row), listing=waiting,
        )  # fmt: skip
        self.tokens["confirm_listing"] = [
            handover.issue(
                db.session, waiting, actor=self._actor("curator who typed it"), now=utcnow()
            )
        ]
        draft = self._listing("need", state="draft", entered_by_id=typist.id)
        self._typed(draft)
        db.session.commit()

    def _listing(self, kind, **over):
        """A listing of which every field carries a canary."""
        listing = self.make.listing(kind, **over)
        self.listings.append(listing)
        version = listing.live_version_id or listing.working_version_id
        self._fill(db.session.get(ListingVersion, version), listing, self._reads_live)
        if kind == "offer" or state_of(over) == "draft":
            for level in attachments.CHOOSABLE:
                self._file(listing, level)
        word = new_word()
        db.session.add(self._event(listing, "note", f"Ghi chu {word}"))
        self._add(word, "a note of the desk", lambda a: curator(a, None), listing=listing)
        word = new_word()
        db.session.add(
            self._event(
                listing, "return", "",
                reasons=[{"field": "title_vi", "reason": "other", "note": word}],
            )
        )  # fmt: skip
        self._add(
            word, "why it was returned",
            lambda a, row=listing: curator(a, row) or owner(a, row), listing=listing,
        )  # fmt: skip
        word = new_word()
        db.session.add(self._event(listing, "flag", f"Bao {word}"))
        self._add(word, "what was reported", lambda a: curator(a, None), listing=listing)
        self._audit()
        return listing

    def _audit(self):
        db.session.add(Audit(at=utcnow(), actor_role="system", action="test.setup"))
        db.session.commit()

    def _event(self, listing, step, note, reasons=()):
        return ListingEvent(
            listing_id=listing.id, at=utcnow(), step=step, state=listing.state,
            actor_id=self.users["curator"].id, note=note, reasons=list(reasons), checklist=[],
        )  # fmt: skip

    def _version(self, listing, what, level_readers):
        self.last_version = ListingVersion(listing_id=listing.id, number=2, created_at=utcnow())
        db.session.add(self.last_version)
        db.session.flush()
        self._fill(self.last_version, listing, level_readers, what)
        return self.last_version

    def _fill(self, version, listing, level_readers, what="text"):
        by_level = {level: {} for level in LEVELS}
        usual = content(listing.kind)
        for f in fields(listing.kind):
            value, word = canary_value(f)
            by_level[f.level][f.name] = usual[f.name] if value is None else value
            self._add(
                word, f"{what}: {listing.kind}.{f.name} ({f.level})",
                level_readers(listing, f.level), listing=listing, level=f.level,
            )  # fmt: skip
        version.contents.clear()
        db.session.flush()
        version.contents = [
            ListingContent(level=level, values=values)
            for level, values in by_level.items()
            if values
        ]
        if version.id in (listing.live_version_id, listing.working_version_id):
            listing.title = by_level["public"]["title_vi"]
        self._audit()

    def _typed(self, listing):
        """What was typed but is not acceptable yet: for whoever may go on writing."""
        word = new_word()
        version = listing.working_version_id
        db.session.add(
            ListingContent(version_id=version, level="typed", values={"place": f"Xa {word}"})
        )
        self._add(
            word,
            "typed, not accepted",
            lambda a, row=listing: self._writes(a, row),
            listing=listing,
        )
        self._audit()

    def _writes(self, actor, listing):
        return allowed("listing.edit", actor, listing) or allowed("listing.revise", actor, listing)

    # Who reads a listing's text.
    def _reads_live(self, listing, level, what="fields"):
        def readers(actor):
            if level == CONFIDENTIAL and self.opened_for(actor, listing, what):
                return True
            seen = allowed("listing.view", actor, listing) or self._knows_through_match(
                actor, listing
            )
            introduced = self._knows_through_match(actor, listing, MATCH_RELEASED)
            return seen and level in levels_of.levels(actor, listing, introduced=introduced)

        return readers

    def _reads_working(self, listing, level):
        def readers(actor):
            inside = owner(actor, listing) or curator(actor, listing)
            return inside and level in levels_of.levels(actor, listing)

        return readers

    def _knows_through_match(self, actor, listing, states=None):
        """Whether the actor is a party of a match (in one of `states`) with this listing."""
        return any(
            known_to_party(actor, match) or self._by_link(actor, match, listing)
            for match in self.matches
            if listing in (match.a, match.b) and (states is None or match.state in states)
        )

    def _by_link(self, actor, match, listing):
        """Whether the actor is a client whose link is about this match, from the other side."""
        other = match.b if listing == match.a else match.a
        return actor.link == (match.id, other.id)

    def introduced_to(self, actor, listing) -> bool:
        return self._knows_through_match(actor, listing, MATCH_RELEASED)

    def _file(self, listing, level):
        name, inside = new_word(), new_word()
        file = attachments.Checked(f"{name}.pdf", "application/pdf", b"%PDF-1.4 " + inside.encode())
        row = attachments.add(
            db.session, listing, file, level=level, folder=self.folder / "files",
            actor=self._actor("owner"), now=utcnow(),
        )  # fmt: skip
        for word, what in ((name, "name"), (inside, "content")):
            self._add(
                word, f"{what} of a {level} file", self._reads_live(listing, level, row.key),
                listing=listing, level=level,
            )  # fmt: skip
