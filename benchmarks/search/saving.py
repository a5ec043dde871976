"""What search adds to a request that saves a listing: a row in the outbox and nothing else.

Listings of the sample are saved and published by the services a request calls, on a database file
with the settings of production, each with what search asks for and without it in turn; beside it
stands what SQLite alone takes for the row of such a listing, with the row of the outbox and
without. Then eight processes save and search at once while a ninth keeps the index.
"""

import multiprocessing
import secrets
import statistics
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from unittest import mock

LISTINGS = 160
WEB = 8
SECONDS = 12
PAUSE = 0.3  # between two saves of one process: a province does not save without pause
PATIENCE = 10.0  # seconds after which a save counts as not found
SAVED, PUBLISHED, ROW = "a draft saved", "published", "row"


class Site:
    """An installation on a database file of its own, with one person to own its listings."""

    def __init__(self, folder: Path):
        from sqlalchemy import select

        from marketplace import create_app
        from marketplace.config import Settings
        from marketplace.domain.actor import Actor
        from marketplace.models import User, db

        settings = Settings.from_environ(
            {"EXCHANGE_MODE": "sample", "INSTANCE_FOLDER": str(folder), "RATE_LIMITS": "off"}
        )
        self.app, self.db = create_app(settings), db
        if not list(folder.glob("*.db")):
            self._begin()
        with self.app.app_context():
            owner = db.session.scalars(select(User)).first()
            self.owner = Actor(id=owner.id, role="member", verified=True)

    @property
    def index(self):
        return self.app.extensions["engines"].search

    def draft(self, entry, mark=""):
        """An empty listing of an entry of the sample, and what somebody types into it."""
        from marketplace.models import utcnow
        from marketplace.services import listings

        listing = listings.create(
            self.db.session, entry["kind"], actor=self.owner, now=utcnow(), is_sample=True
        )
        self.db.session.commit()
        content = dict(entry["content"])
        content["title_vi"] = f"{content['title_vi'][:60]} {mark}".strip()
        return listing, {n: v if isinstance(v, list) else str(v) for n, v in content.items()}

    def save(self, listing, typed):
        from marketplace.models import utcnow
        from marketplace.services import listings

        listings.save(self.db.session, listing, typed, actor=self.owner, now=utcnow())
        self.db.session.commit()

    def publish(self, listing):
        """Its last step to the pages; those before it write nothing that search follows."""
        from marketplace.domain.actor import SYSTEM
        from marketplace.models import utcnow
        from marketplace.services import listings
        from marketplace.services.listings import review

        listings.advance(
            self.db.session,
            listing,
            "publish",
            actor=SYSTEM,
            now=utcnow(),
            checklist=list(review.checklist(listing)),
        )
        self.db.session.commit()

    def hand_in(self, listing):
        """As if it had been submitted, whatever its content may lack."""
        from marketplace.domain.actor import SYSTEM
        from marketplace.models import utcnow
        from marketplace.services import listings

        listing.state, listing.submitted_at = "in_review", utcnow()
        listings.remember(self.db.session, listing, "sample", actor=SYSTEM, now=utcnow())
        self.db.session.commit()

    def _begin(self):
        from marketplace.domain.actor import SYSTEM
        from marketplace.models import User, utcnow
        from marketplace.services import audit

        for command in (["db", "upgrade"], ["vocabularies"]):
            done = self.app.test_cli_runner().invoke(args=command)
            if done.exit_code:
                raise RuntimeError(f"flask {' '.join(command)}: {done.output}") from done.exception
        with self.app.app_context():
            long_ago = utcnow() - timedelta(days=400)
            owner = User(
                email="chu.ho.so@san.example",
                name="Chủ hồ sơ",
                password_hash=secrets.token_hex(),
                created_at=long_ago,
                verified_at=long_ago,
                password_changed_at=long_ago,
            )
            self.db.session.add(owner)
            self.db.session.flush()
            audit.record(self.db.session, "benchmark", owner, actor=SYSTEM, now=utcnow())
            self.db.session.commit()


def entries():
    from marketplace.services import samples

    found = samples.entries()
    while True:
        yield from found


@contextmanager
def without_search():
    """The same services, but nobody is told that what is derived must follow."""
    from sqlalchemy import event
    from sqlalchemy.orm import Session

    from marketplace.services import outbox
    from marketplace.services.indexing import following

    event.remove(Session, "after_flush", following._note_changes)
    try:
        with mock.patch.object(outbox, "changed", return_value=None):
            yield
    finally:
        event.listen(Session, "after_flush", following._note_changes)


def saving(folder: Path) -> dict:
    """CPU and clock ms, medians: by (act, with search?) or (ROW, with its row of the outbox?)."""
    site, spent = Site(folder), {}
    with site.app.app_context():
        for number, entry in zip(range(LISTINGS), entries(), strict=False):
            for told in (number % 2 == 0, number % 2 == 1):
                with site.app.app_context():
                    _one(site, entry, told, spent)
        rows = Rows(site.db.engine.raw_connection())
        for number in range(2 * LISTINGS):
            for told in (number % 2 == 0, number % 2 == 1):
                _timed(spent, (ROW, told), lambda: rows.write(told))  # noqa: B023
        rows.close()
    return {
        what: tuple(1000 * statistics.median(side) for side in zip(*values, strict=True))
        for what, values in spent.items()
    }


def _one(site, entry, told, spent):
    listing, typed = site.draft(entry)

    def act(name, action):
        if told:
            _timed(spent, (name, True), action)
            return
        with without_search():
            _timed(spent, (name, False), action)

    act(SAVED, lambda: site.save(listing, typed))
    site.hand_in(listing)
    act(PUBLISHED, lambda: site.publish(listing))


def _timed(spent, what, action):
    cpu, clock = time.process_time(), time.perf_counter()
    action()
    spent.setdefault(what, []).append((time.process_time() - cpu, time.perf_counter() - clock))


class Rows:
    """The newest listing's row, written again and again as SQLite is given it, no more."""

    def __init__(self, connection):
        self._held = connection
        self.db = connection.driver_connection
        self._row, self._change = self._newest("listings"), self._newest("changes")

    def _newest(self, table):
        cursor = self.db.execute(f"SELECT * FROM {table} ORDER BY id DESC LIMIT 1")  # noqa: S608
        names = [column[0] for column in cursor.description]
        return dict(zip(names, cursor.fetchone(), strict=True))

    def write(self, told: bool) -> None:
        row = self._row | {
            "id": None,
            "ref": secrets.token_hex(8),
            "tracking_code": secrets.token_hex(8),
        }
        self.db.execute("BEGIN IMMEDIATE")
        number = self._insert("listings", row)
        if told:
            self._insert("changes", self._change | {"id": None, "listing_id": number})
        self.db.execute("COMMIT")

    def close(self) -> None:
        self._held.close()

    def _insert(self, table, row):
        holes = ",".join("?" * len(row))
        sql = f"INSERT INTO {table} ({','.join(row)}) VALUES ({holes})"  # noqa: S608
        return self.db.execute(sql, list(row.values())).lastrowid


# --- Many processes -------------------------------------------------------------------------------
def together(folder: Path) -> tuple[int, int, int, list[float]]:
    """(saves, searches, what failed, ms from a commit to when the process that saved finds it), of
    eight processes over one database and one index while a ninth follows the outbox."""
    Site(folder)
    spawned = multiprocessing.get_context("spawn")
    out, ready = spawned.Queue(), spawned.Barrier(WEB + 1)
    over = spawned.Event()
    worker = spawned.Process(target=_follow, args=(folder, ready, over, out))
    web = [spawned.Process(target=_web, args=(folder, ready, n, out)) for n in range(WEB)]
    for each in (worker, *web):
        each.start()
    told = [out.get() for _ in web]
    over.set()
    failed = out.get()
    for each in (worker, *web):
        each.join()
    saves, searches, failures, visible = zip(*told, strict=True)
    return (
        sum(saves),
        sum(searches),
        sum(failures) + failed,
        [ms for some in visible for ms in some],
    )


def _web(folder, ready, number, out):
    from sqlalchemy.exc import OperationalError

    from search import Query, SearchError

    site, saves, searches, failed, visible = Site(folder), 0, 0, 0, []
    ready.wait()
    until = time.monotonic() + SECONDS
    for entry in entries():
        if time.monotonic() > until:
            break
        mark = f"HY{number:02d}{saves:06d}"
        try:
            with site.app.app_context():
                listing, typed = site.draft(entry, mark)
                site.save(listing, typed)
                site.hand_in(listing)
                site.publish(listing)
            saves += 1
            committed = time.perf_counter()
            while not site.index.search(Query(mark)).total:
                searches += 1
                if time.perf_counter() - committed > PATIENCE:
                    raise TimeoutError(f"{mark} was never found")
                time.sleep(0.02)
            visible.append(1000 * (time.perf_counter() - committed))
        except (OperationalError, SearchError, TimeoutError) as error:
            print(f"  process {number}: {error!r}")
            failed += 1
        time.sleep(PAUSE)
    out.put((saves, searches, failed, visible))


def _follow(folder, ready, over, out):
    """What the worker does for full text, as often as it does it."""
    from sqlalchemy.exc import OperationalError

    from marketplace.services import background
    from search import SearchError

    site, failed = Site(folder), 0
    engines = site.app.extensions["engines"]
    with site.app.app_context():
        background.follow_search(engines)
        ready.wait()
        while not over.is_set():
            try:
                followed = background.follow_search(engines)
            except (OperationalError, SearchError) as error:
                print(f"  indexer: {error!r}")
                failed, followed = failed + 1, 0
            if not followed:
                time.sleep(0.2)
    out.put(failed)
