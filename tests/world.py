"""A whole exchange in which every value is a word of its own: who reads it can be told.

Every text of every field of every kind, every note, name and file carries a canary: a word (or,
in fields of numbers and dates, a number) that stands nowhere else. Each knows who may read it,
computed from permissions.RULES and disclosure.LEVEL_RULES, so that a new field, level or rule is
covered without a line here: that is the whole expectation of tests/test_canary.py.
"""

from datetime import timedelta
from functools import cached_property

from canaries import Canary, new_word
from cast import CAST, HALF_WAY
from conftest import browser_of, build, token_of
from factories import Make
from sqlalchemy import select
from world_access import Access
from world_clinic import Clinic
from world_deals import Deals
from world_investing import Investing
from world_listings import Listings
from world_matches import Matches
from world_mentoring import Mentoring
from world_room import Rooms
from world_support import Support

from marketplace.domain.permissions import curator
from marketplace.models import (
    Attachment,
    Import,
    Listing,
    Match,
    Membership,
    Notice,
    OneTimeLink,
    SynonymGroup,
    User,
    db,
    utcnow,
)
from marketplace.services import (
    background,
    discovery,
    indexing,
    links,
    notices,
    outbox,
    saved_searches,
    sending,
    sessions,
    suggestions,
)
from marketplace.services.accounts import second
from marketplace.services.listings import handover, kept
from marketplace.services.matches import parties
from matching.encoders import HashingEncoder


def _token(path: str) -> str:
    return path.rsplit("/", 1)[1].removesuffix(".atom")


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


class World(Deals, Listings, Matches, Access, Support, Rooms, Mentoring, Investing, Clinic):
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
            self._deals()
            self._rooms()
            self._access()
            self._support()
            self._clinic()
            self._investing()
            self._mentoring()
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
        self.half_way = make.user(role="curator", totp_secret=second.new_secret())
        registrar = self.users["curator who registered the organisation"]
        self.organisations = {}
        for name, registered_by in {
            "ours": registrar.id, "theirs": None, "readers": None,
        }.items():  # fmt: skip
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
        self._join("granted reader", "readers", "member")

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
                or (what == "name" and self.asked_by(user_id, actor))
                or (what == "name" and (user_id, actor.id) in self.known_by_ideas)
                or (what == "name" and self.knows_as_mentor(user_id, actor))
            )

        return readers

    def colleagues(self, user_id):
        return self._organisations_of.get(user_id, frozenset())

    def _papers(self):
        """Links by mail, kept forms, a file on its way in."""
        owner_row, now = self.users["owner"], utcnow()
        for purpose in set(links.LIFE) - {handover.PURPOSE, parties.PURPOSE}:
            self.tokens[purpose] = [links.issue(db.session, purpose, now=now, user=owner_row)]
        self._saved_searches(owner_row, now)
        self._notices(owner_row, now)
        group = SynonymGroup(spellings=["HTX", "hợp tác xã"], changed_at=now)
        self._save(group)
        self.tokens["synonyms"] = [group.key]
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

    def _saved_searches(self, owner_row, now):
        """One that finds everything, with its mail's link and its feed, and one that does not."""
        self.tokens |= {"saved search": [], "feed": [], "stop": []}
        actor = self._actor("owner")
        for text in ("", new_word()):
            name = new_word()
            row = saved_searches.save(
                db.session, owner_row, text, {}, name=f"Tim {name}", frequency="daily",
                after=0, actor=actor, now=now - timedelta(days=8),
            )  # fmt: skip
            for word in filter(None, (name, text)):
                self._add(word, "a saved search", lambda a: a.id == owner_row.id, personal=True)
            self.tokens["saved search"].append(row.key)
            self.tokens["feed"].append(_token(saved_searches.feed_path(row)))
            self.tokens["stop"].append(_token(saved_searches.stop_path(row)))
        self.tokens["stop"].append(_token(saved_searches.stop_all_path(owner_row)))

    def _notices(self, owner_row, now):
        """What only its reader was told, the link that ends such mails, a mail nobody takes."""
        word = new_word()
        told = Notice(
            user=owner_row, letter="listing_revised", subject=f"Tin {word}", body=word,
            path="/me/listings", created_at=now,
        )  # fmt: skip
        refused = outbox.mail(db.session, "hong@canary.example", "Thu", "Thu", now=now)
        refused.refusals = sending.REFUSALS
        self._save(told)
        self._save(refused)
        self._add(word, "a notice", lambda a: a.id == owner_row.id, personal=True)
        self.tokens["notice"], self.tokens["given up mail"] = [told.key], [refused.key]
        self.tokens["stop letters"] = [_token(notices.stop_path(owner_row, "match"))]

    def _indexes(self):
        """Everything derived, made by the functions the worker runs."""
        indexing.rebuild_search(db.session, self.engines.search)
        matcher = self.engines.matcher()
        everything = list(db.session.scalars(select(Listing)))
        suggestions.index(db.session, matcher, everything, "33")
        matcher.index.save(self.engines.vectors_folder)
        for listing in everything:
            suggestions.follow(db.session, matcher, listing, "33", now=utcnow())
        self._audit()
        watch = saved_searches.Watch()
        transaction = {
            "now": utcnow, "reading": background.reading, "changing": background.changing,
            "commit": db.session.commit,
        }  # fmt: skip
        while watch.follow(db.session, **transaction):
            pass
        saved_searches.send_due(db.session, **transaction)
        background.changing()
        self.matches = list(db.session.scalars(select(Match)))
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
        self.browsers = {name: user and token_of(user) for name, user in self.users.items()}
        self.browsers[HALF_WAY] = sessions.open_for(db.session, self.half_way, now=utcnow())
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
        self._read_deals()
        db.session.expunge_all()

    def _actor(self, name):
        from marketplace.domain.actor import GUEST, SYSTEM
        from marketplace.services.accounts import actor_of

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
        """One person for each role and each set of things to read -> who else reads the same.
        Who is half-way in reads what a guest does, by other pages."""
        groups: dict[tuple, list[str]] = {}
        for part in CAST:
            if part.role != "system":
                standing = (part.role, part.name == HALF_WAY, self.readable_by(part.name))
                groups.setdefault(standing, []).append(part.name)
        return {names[0]: names for names in groups.values()}

    def of_listing(self, listing) -> set[str]:
        """Every word that says a text is about this listing."""
        return {
            w
            for w, c in self.canaries.items()
            if c.listing is not None and c.listing.id == listing.id
        }

    def client(self, name):
        token = self.browsers[name]
        return browser_of(self.app, token) if token else self.app.test_client()
