"""No sequence of acts shows what is secret to somebody to whom it is not open at that moment.

The test keeps its own account of what was granted until when, and after every act tries to read as
the asker, as a colleague of the asker and as a stranger."""

from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp

import pytest
from conftest import CONTENT_KEY, PROVINCE, build
from factories import Make
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import func, select

from marketplace.domain.errors import DomainError
from marketplace.domain.fields import CONFIDENTIAL
from marketplace.domain.permissions import allowed
from marketplace.models import (
    AccessView,
    Attachment,
    Listing,
    Membership,
    User,
    db,
    sealing,
    utcnow,
)
from marketplace.services import attachments, confidential, disclosure
from marketplace.services.accounts import actor_of

SECRET, INSIDE = "bi quyet", b"%PDF-1.4 ban ve mat"
WHAT = st.sampled_from(["fields", "file"])


class Stage:
    """The people and the listing, made once; each sequence is rolled back."""

    def __init__(self):
        self.folder = Path(mkdtemp(prefix="sequences-"))
        self.app = build(self.folder)
        self.context = self.app.app_context()
        self.context.push()
        make = Make(db.session)
        owner, asker, colleague, stranger = (make.user() for _each in range(4))
        ours = make.organisation(owner)
        theirs = make.organisation(asker, colleague)
        make.organisation(stranger)
        listing = make.listing("offer", owner=owner, organisation=ours, know_how=SECRET)
        file = attachments.add(
            db.session, listing, attachments.Checked("mat.pdf", "application/pdf", INSIDE),
            level="confidential", folder=self.folder / "files", actor=actor_of(owner),
            now=utcnow(),
        )  # fmt: skip
        db.session.commit()
        self.ids = {"owner": owner.id, "asker": asker.id, "colleague": colleague.id,
                    "stranger": stranger.id}  # fmt: skip
        self.listing_id, self.file_id, self.theirs = listing.id, file.id, theirs.id
        self.text = confidential.nda.latest(PROVINCE.folder)
        self.context.pop()


# What may happen to listing, file and reader while a request stands.
MISHAPS = {
    "the listing is withdrawn": lambda m: setattr(m.listing, "state", "withdrawn"),
    "the listing is on hold": lambda m: setattr(m.listing, "state", "on_hold"),
    "the listing hides its owner": lambda m: setattr(m.listing, "visibility", "masked"),
    "the listing is by invitation": lambda m: setattr(m.listing, "visibility", "invitation"),
    "the account is disabled": lambda m: setattr(m.user("asker"), "disabled_at", m.now),
    "the address is unproven": lambda m: setattr(m.user("asker"), "verified_at", None),
    "the asker leaves": lambda m: setattr(m.membership(), "state", "ended"),
    "the file becomes a contact": lambda m: setattr(m.file, "level", "contact"),
    "the file becomes the desk's": lambda m: setattr(m.file, "level", "staff"),
    "the file is removed": lambda m: setattr(m.file, "removed_at", m.now),
}


class Sequences(RuleBasedStateMachine):
    stage: Stage | None = None

    def __init__(self):
        super().__init__()
        if Sequences.stage is None:
            Sequences.stage = Stage()
        sealing.use([CONTENT_KEY])
        self.context = self.stage.app.app_context()
        self.context.push()
        self.now = utcnow()
        self.rows, self.until, self.readings = {}, {}, 0
        self.listing = db.session.get(Listing, self.stage.listing_id)
        self.file = db.session.get(Attachment, self.stage.file_id)
        self.before = db.session.scalar(select(func.count(AccessView.id)))

    def teardown(self):
        db.session.rollback()
        db.session.remove()
        self.context.pop()

    def user(self, name):
        return db.session.get(User, self.stage.ids[name])

    def actor(self, name):
        return actor_of(self.user(name))

    def act(self, by, action, what, verb, /, **over):
        """Take a step the way a page does: the rule first, then the verb. True when it was done."""
        row, actor = self.rows.get(what), self.actor(by)
        if row is None or not allowed(f"access.{action}", actor, row):
            return False
        with db.session.no_autoflush:
            try:
                verb(db.session, row, actor=actor, now=self.now, **over)
            except DomainError:
                return False
        db.session.flush()
        return True

    # --- What people do ---------------------------------------------------------------------------
    @initialize(granted=st.sampled_from([("fields", "file"), ("fields",), ("file",), ()]))
    def begin(self, granted):
        """Most sequences begin with something open, so that there is something to lose."""
        for what in granted:
            self.everybody_agrees(what, 20)

    @rule(what=WHAT, name=st.sampled_from(["asker", "stranger"]))
    def ask(self, what, name):
        actor = self.actor(name)
        if not allowed("listing.ask_access", actor, self.listing):
            return
        key = self.file.key if what == "file" else "fields"
        organisations = {m.organisation_id: m.organisation for m in self.user(name).memberships}
        mine = [o for number, o in organisations.items() if number in actor.organisations]
        try:
            row = confidential.ask(
                db.session, self.listing, key, "Xem de so voi day chuyen dang dung",
                organisation=mine[0], actor=actor, now=self.now,
            )  # fmt: skip
        except DomainError:
            return
        if name == "asker":
            self.rows[what] = row
            self.until.pop(what, None)

    @rule(
        what=WHAT,
        action=st.sampled_from(["approve", "deny", "accept", "revoke", "cancel"]),
        by=st.sampled_from(["owner", "owner", "asker", "asker", "colleague", "stranger"]),
        days=st.integers(0, 40),
        honest=st.booleans(),
    )
    def step(self, what, action, by, days, honest):
        row = self.rows.get(what)
        over = {
            "approve": {
                "days": days, "unmarked": True, "text": self.stage.text, "province": PROVINCE,
            },
            "deny": {"reason": "chua"},
            "accept": {
                "agreed": honest, "address": "192.0.2.1", "name": self.user("asker").name,
                "shown": confidential.nda.digest(row.nda) if row else "",
            },
            "revoke": {"reason": ""},
        }.get(action, {})  # fmt: skip
        done = self.act(by, action, what, getattr(confidential, action), **over)
        if done and action == "accept":
            assert by == "asker"
            assert honest
            assert 1 <= row.days <= 30
            self.until[what] = self.now + timedelta(days=row.days)
        if done and action == "revoke":
            assert by == "owner"
            self.until.pop(what, None)

    @rule(what=WHAT, days=st.integers(1, 30))
    def everybody_agrees(self, what, days):
        """The usual way at once, or few sequences would come to a grant."""
        self.ask(what, "asker")
        self.step(what, "approve", "owner", days, True)
        self.step(what, "accept", "asker", days, True)

    # --- What happens meanwhile -------------------------------------------------------------------
    @rule(hours=st.sampled_from([1, 30, 24 * 5, 24 * 29, 24 * 40]))
    def time_passes(self, hours):
        self.now += timedelta(hours=hours)

    @rule()
    def the_worker_comes(self):
        confidential.expire_due(db.session, now=self.now)
        confidential.remind_expiring(db.session, now=self.now)
        confidential.lapse_due(db.session, now=self.now)
        db.session.flush()

    @rule(what=st.sampled_from(sorted(MISHAPS)))
    def something_happens(self, what):
        MISHAPS[what](self)

    @rule()
    def all_is_well_again(self):
        """As it was, but for the requests."""
        self.listing.state, self.listing.visibility = "published", "public"
        self.file.level, self.file.removed_at = CONFIDENTIAL, None
        user, membership = self.user("asker"), self.membership()
        user.disabled_at, user.verified_at, membership.state = None, self.now, "active"

    def membership(self):
        return db.session.scalar(
            select(Membership).where(
                Membership.user_id == self.stage.ids["asker"],
                Membership.organisation_id == self.stage.theirs,
            )
        )

    # --- What anybody can read --------------------------------------------------------------------
    def open_now(self, name, what):
        """The test's own account of it."""
        user, file_there = self.user("asker"), True
        if what == "file":
            file_there = self.file.level == CONFIDENTIAL and self.file.removed_at is None
        return (
            name == "asker"
            and what in self.until
            and self.now < self.until[what]
            and self.listing.state == "published"
            and user.disabled_at is None
            and user.verified_at is not None
            and self.stage.theirs in self.actor("asker").organisations
            and file_there
        )

    def read(self, name, what):
        """What the person gets to see: the text of it, or nothing."""
        row, actor = self.rows[what], self.actor(name)
        try:
            if what == "fields":
                view = disclosure.opened(db.session, actor, row, now=self.now)
                return view.values.get("know_how")
            content = confidential.prepared(
                row, self.stage.folder / "files", actor=actor, now=self.now
            )
            confidential.handed_out(db.session, row, actor=actor, now=self.now)
            return content
        except DomainError:
            return None

    @invariant()
    def only_a_live_grant_reads(self):
        db.session.flush()
        for name in ("asker", "colleague", "stranger"):
            for what in self.rows:
                got = self.read(name, what)
                if self.open_now(name, what):
                    assert got == {"fields": SECRET, "file": INSIDE}[what]
                    self.readings += 1
                else:
                    assert got is None, (name, what)
            view = disclosure.view(db.session, self.actor(name), self.listing)
            assert "know_how" not in view.values
            assert CONFIDENTIAL not in view.levels

    @invariant()
    def every_reading_is_in_the_log(self):
        db.session.flush()
        assert db.session.scalar(select(func.count(AccessView.id))) - self.before == self.readings


TestSequences = Sequences.TestCase
TestSequences.settings = settings(
    max_examples=20, stateful_step_count=25, deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip


# A grant outlives these two: the owner allowed this reader by name.
HARMLESS = {"the listing hides its owner", "the listing is by invitation"}


@pytest.mark.parametrize("what", sorted(MISHAPS))
def test_each_mishap_by_itself_closes_what_it_is_about(what):
    machine = Sequences()
    try:
        machine.begin(("fields", "file"))
        assert machine.read("asker", "fields") == SECRET
        assert machine.read("asker", "file") == INSIDE
        MISHAPS[what](machine)
        db.session.flush()
        about_file = what.startswith("the file")
        assert (machine.read("asker", "file") is None) == (what not in HARMLESS)
        assert (machine.read("asker", "fields") is None) == (
            what not in HARMLESS and not about_file
        )
    finally:
        machine.teardown()
