"""A whole exchange in which every value is a word of its own: who reads it can be told.

Every text of every field of every kind, every note, name and file carries a canary: a word (or,
in fields of numbers and dates, a number) that stands nowhere else. Each knows who may read it,
computed from permissions.RULES and disclosure.LEVEL_RULES, so that a new field, level or rule is
covered without a line here: that is the whole expectation of tests/test_canary.py.
"""

from functools import cached_property
from itertools import cycle

from canaries import Canary, canary_value, new_word
from cast import CAST
from conftest import build
from factories import Make, content
from sqlalchemy import select

from marketplace.domain import disclosure as levels_of
from marketplace.domain.fields import LEVELS, fields
from marketplace.domain.permissions import allowed, curator, known_to_party, owner
from marketplace.domain.vocabulary import KINDS, PAIR_TYPES
from marketplace.domain.workflow import LISTING, MATCH, MATCH_RELEASED
from marketplace.models import (
    Attachment,
    Audit,
    Import,
    Listing,
    ListingContent,
    ListingEvent,
    ListingVersion,
    Match,
    MatchEvent,
    Membership,
    OneTimeLink,
    User,
    db,
    utcnow,
)
from marketplace.services import attachments, discovery, indexing, links, sessions, suggestions
from marketplace.services.listings import handover, kept
from matching.encoders import HashingEncoder


class Hearing(HashingEncoder):
    """An encoder that remembers every text it was given to keep, questions aside."""

    def __init__(self):
        super().__init__()
        self.heard: set[str] = set()

    def encode_document(self, texts):
        self.heard |= set(texts)
        return super().encode_document(texts)

    def encode_query(self, texts):
        before = set(self.heard)
        vectors = super().encode_query(texts)
        self.heard = before
        return vectors


def state_of(columns) -> str:
    return columns.get("state", "published")


class World:
    """One database with everything in it. Build it once; a crawl does not change it."""

    def __init__(self, folder, **settings):
        # Not the sample mode: there is no mail viewer for everybody on a real exchange.
        over = {"sample": False, "mail_from": "san@canary.example"} | settings
        self.app = build(folder, **over)
        self.folder = folder
        self.encoder = Hearing()
        self.engines._loader = lambda: self.encoder
        # A crash is an answer here (status 500), and forms are sent without their token.
        self.app.config.update(WTF_CSRF_ENABLED=False, PROPAGATE=False)
        self.canaries: dict[str, Canary] = {}
        self.users: dict[str, User | None] = {}
        self.tokens: dict[str, list[str]] = {}
        with self.app.app_context():
            self.make = Make(db.session)
            self._people()
            self._listings()
            self._matches()
            self._papers()
            self._indexes()
            db.session.commit()
            db.session.expire_all()
            self._load()

    @property
    def engines(self):
        return self.app.extensions["engines"]

    # Building. Each private method adds one part and its canaries.
    def _add(self, word, what, readers, **more):
        if word is not None:
            self.canaries[word] = Canary(word, what, readers, **more)
        return word

    def _save(self, row):
        return self.make.save(row)

    def _people(self):
        make = self.make
        for part in CAST:
            if part.role in ("guest", "system"):
                self.users[part.name] = None
                continue
            name, mail, phone = new_word(), new_word(), new_word()
            user = make.user(
                name=f"Nguoi {name}", email=f"{mail}@canary.example", phone=phone,
                role=part.role, verified_at=utcnow() if part.verified else None,
            )  # fmt: skip
            self.users[part.name] = user
            for word, what in ((name, "name"), (mail, "address"), (phone, "telephone")):
                self._add(
                    word, f"{what} of {part.name}", self._knows_person(user.id, what), personal=True
                )
        registrar = self.users["curator who registered the organisation"]
        self.organisations = {}
        for name, registered_by in {"ours": registrar.id, "theirs": None}.items():
            word = new_word()
            self.organisations[name] = make.organisation(
                name=f"Don vi {word}", registered_by_id=registered_by
            )
            self._add(word, f"name of the organisation {name}", lambda actor: True)
        for part in CAST:
            role = {"member": "member", "admin": "admin"}.get(part.tie)
            if role:
                self._join(part.name, "ours", role)
            if part.tie == "interest":
                word = new_word()
                make.save(self._interest(self.users[part.name], word))
                self._add(word, "reason of a declared interest", lambda actor: actor.is_staff)
        self._join("owner of the other listing", "theirs", "admin")

    def _interest(self, user, word):
        row = self.make.interest(user, self.organisations["ours"])
        row.reason = f"Ly do {word}"
        return row

    def _join(self, name, organisation, role):
        self._save(
            Membership(
                user_id=self.users[name].id,
                organisation_id=self.organisations[organisation].id,
                role=role, state="active", created_at=utcnow(),
            )
        )  # fmt: skip

    def _knows_person(self, user_id, what):
        """A person's own data: oneself, colleagues, curators, those who run accounts and log."""
        staff = {"curator", "lead", "sysadmin"} | ({"auditor"} if what == "name" else set())

        def readers(actor):
            return (
                actor.id == user_id
                or actor.role in staff
                or actor.organisations & self.colleagues(user_id)
            )

        return readers

    def colleagues(self, user_id):
        return self._organisations_of.get(user_id, frozenset())

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
    def _reads_live(self, listing, level):
        def readers(actor):
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
            known_to_party(actor, match)
            for match in self.matches
            if listing in (match.a, match.b) and (states is None or match.state in states)
        )

    def introduced_to(self, actor, listing) -> bool:
        return self._knows_through_match(actor, listing, MATCH_RELEASED)

    def _file(self, listing, level):
        name, inside = new_word(), new_word()
        attachments.add(
            db.session, listing, name=f"{name}.pdf", content=b"%PDF-1.4 " + inside.encode(),
            level=level, folder=self.folder / "files", actor=self._actor("owner"), now=utcnow(),
        )  # fmt: skip
        for word, what in ((name, "name"), (inside, "content")):
            self._add(
                word, f"{what} of a {level} file", self._reads_live(listing, level),
                listing=listing, level=level,
            )  # fmt: skip

    def _matches(self):
        """One match in each state, the rest as the engine suggests them."""
        whose = {name: self.users[name].id for name in ("owner", "owner of the other listing")}
        published = [each for each in self.listings if each.state == "published"]

        def of(kind, person):
            return next(
                each for each in published
                if each.kind == kind and each.owner_user_id == whose[person]
            )  # fmt: skip

        self.matches: list[Match] = []
        places = [
            (pair_type, of(a, first), of(b, second))
            for first, second in (tuple(whose), tuple(reversed(whose)))
            for pair_type, (a, b, _name) in PAIR_TYPES.items()
        ]
        known = {
            "suggested": (False, False), "kept": (False, False), "later": (False, False),
            "dismissed": (False, False), "failed": (False, False),
            "proposed_to_first": (True, False), "first_accepted": (True, False),
            "lapsed": (True, False),
        }  # fmt: skip
        # Whatever pairs are left over are asked of both sides: every rule is shown to somebody.
        left = ["proposed_to_second"] * (len(places) - len(MATCH.states))
        states = [*MATCH.states, *left]
        for number, (state, (pair_type, a, b)) in enumerate(zip(states, places, strict=True)):
            first, second = known.get(state, (True, True))
            match = self.make.match(
                a, b, pair_type=pair_type, state=state, b_first=number % 2 == 1,
                known_to_first=first, known_to_second=second, asked_at=utcnow(),
                introduced_at=utcnow() if state in MATCH_RELEASED else None,
                curator_id=self.users["curator"].id, due_at=utcnow(),
                reason="price" if state in ("dismissed", "declined", "failed") else "",
            )  # fmt: skip
            self.matches.append(match)
            for step, private in (("note", True), ("assign", True), ("accept_first", False)):
                word = new_word()
                db.session.add(
                    MatchEvent(
                        match_id=match.id, at=utcnow(), step=step, state=state, private=private,
                        note=f"Loi {word}", actor_id=self.users["curator"].id,
                    )
                )  # fmt: skip
                self._add(word, f"{'private' if private else 'shared'} line of a match in {state}",
                          self._reads_line(match, private))  # fmt: skip
        self._audit()

    def _reads_line(self, match, private):
        def readers(actor):
            return curator(actor, match) or (not private and known_to_party(actor, match))

        return readers

    def _papers(self):
        """Links by mail, kept forms, a file on its way in."""
        owner_row, now = self.users["owner"], utcnow()
        for purpose in set(links.LIFE) - {handover.PURPOSE}:
            self.tokens[purpose] = [links.issue(db.session, purpose, now=now, user=owner_row)]
        word = new_word()
        self.tokens["kept"] = [
            kept.keep(
                db.session, owner_row.id, {"kind": "offer", "form": {"title_vi": [word]}}, now=now
            )
        ]
        self._add(word, "a form kept over a sign-in", lambda a: a.id == owner_row.id, personal=True)
        name, cell = new_word(), new_word()
        self.import_row = Import(
            actor_id=owner_row.id, kind="offer", file_name=f"{name}.xlsx", stored_as="nowhere",
            state="refused", rows_total=1, created_at=now,
            errors=[{"row": 2, "column": "A", "field": "title_vi", "typed": cell,
                     "message": "Giá trị chưa đúng.", "values": {}}],
        )  # fmt: skip
        for column in Import.__table__.columns:
            if column.name not in vars(self.import_row) and not column.nullable and (
                column.default is None and not column.primary_key
            ):  # fmt: skip
                setattr(self.import_row, column.name, "")
        self._save(self.import_row)
        for each, what in ((name, "name of an imported file"), (cell, "a cell that was refused")):
            self._add(each, what, lambda a: a.id == owner_row.id or curator(a, None), personal=True)

    def _indexes(self):
        """Everything derived, made by the functions the worker runs."""
        indexing.rebuild_search(db.session, self.engines.search)
        matcher = self.engines.matcher()
        everything = list(db.session.scalars(select(Listing)))
        suggestions.index(db.session, matcher, everything, "33")
        matcher.index.save(self.engines.vectors_folder)
        for listing in everything:
            suggestions.follow(db.session, matcher, listing, "33", now=utcnow())
        # Matches people already act on keep what the matcher said when it suggested them.
        for match in self.matches:
            said = discovery.suggest(db.session, matcher, match.a, "33")
            for each in said:
                if (each.a, each.b) == (match.a.ref, match.b.ref):
                    match.explanation = each.to_dict()
        self._audit()

    def _load(self):
        """Read everything once more, so that rules can be asked without a database session."""
        self._organisations_of = {}
        for row in db.session.scalars(select(Membership).where(Membership.state == "active")):
            mine = self._organisations_of.get(row.user_id, frozenset())
            self._organisations_of[row.user_id] = mine | {row.organisation_id}
        self.matches = list(db.session.scalars(select(Match)))
        self.actors = {name: self._actor(name) for name in self.users}
        self.browsers = {name: self._sign_in(user) for name, user in self.users.items()}
        self.waiting_id = self.waiting.id
        self.import_key = self.import_row.key
        self.by_ref = {row.ref: row for row in self.listings}
        self.by_key = {row.key: row for row in self.matches}
        self.file_keys = list(db.session.scalars(select(Attachment.key)))
        self.user_keys = [user.key for user in self.users.values() if user]
        self.organisation_keys = {name: row.key for name, row in self.organisations.items()}
        self.link_ids = list(db.session.scalars(select(OneTimeLink.id)))
        db.session.commit()
        for row in (*self.listings, *self.matches, *(u for u in self.users.values() if u)):
            db.session.refresh(row)
        for row in (*self.listings, *self.matches):
            _ = row.stakes  # read with everything they look at
        db.session.expunge_all()

    def _sign_in(self, user):
        """A session that has shown its second factor, where there is one to show."""
        if user is None:
            return None
        token = sessions.open_for(db.session, user, now=utcnow())
        db.session.flush()
        row = sessions.find(db.session, token, now=utcnow())
        return sessions.prove_second(db.session, row, now=utcnow())

    def _actor(self, name):
        from marketplace.domain.actor import GUEST, SYSTEM
        from marketplace.web.access import actor_of

        user = self.users[name]
        if user is None:
            return SYSTEM if name == "worker" else GUEST
        return actor_of(user)

    # Asking.
    def readable_by(self, name) -> frozenset[str]:
        """The canaries a person may read; what each knows of themselves is left out."""
        actor = self.actors[name]
        return frozenset(
            word
            for word, canary in self.canaries.items()
            if not canary.personal and canary.may_be_read_by(actor)
        )

    @cached_property
    def readers(self) -> dict[str, list[str]]:
        """One person for each role and each set of things to read -> who else reads the same."""
        groups: dict[tuple, list[str]] = {}
        for part in CAST:
            if part.role != "system":
                groups.setdefault((part.role, self.readable_by(part.name)), []).append(part.name)
        return {names[0]: names for names in groups.values()}

    def of_listing(self, listing) -> set[str]:
        """Every word that says a text is about this listing."""
        return {
            w
            for w, c in self.canaries.items()
            if c.listing is not None and c.listing.id == listing.id
        }

    def client(self, name):
        client = self.app.test_client()
        if self.browsers[name]:
            with client.session_transaction() as cookie:
                cookie["_user_id"], cookie["_fresh"] = self.browsers[name], True
        return client
