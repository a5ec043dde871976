"""Every route of the application, with every argument it can be given, as every person.

Routes come from `app.url_map`, so a new one is crawled without a line here. An argument that nobody
filled is an error: add where its values come from to `FILLERS`.
"""

import io
import logging
import os
import re
import zipfile
import zlib
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from html import unescape
from itertools import product
from pathlib import Path
from tempfile import mkdtemp

from canaries import canaries_in
from werkzeug.exceptions import HTTPException
from world import World

from marketplace.domain.fields import steps
from marketplace.domain.permissions import RULES, allowed
from marketplace.domain.vocabulary import KINDS
from marketplace.domain.workflow import LISTING, MATCH, REVISION
from marketplace.models import Base, db
from marketplace.models.base import _demand_audit
from marketplace.services import links
from marketplace.web import admin

# (blueprint or endpoint, argument) -> values, from the world. The endpoint is looked at first, then
# its blueprint, then "*".
FILLERS = {
    ("*", "ref"): lambda world: [each.ref for each in world.listings],
    ("*", "kind"): lambda world: list(KINDS),
    ("*", "form"): lambda world: ["csv", "xlsx", "json"],
    ("tracking", "code"): lambda world: [each.tracking_code for each in world.listings],
    ("matches", "key"): lambda world: [each.key for each in world.matches],
    ("deals", "key"): lambda world: [*world.deal_keys, world.matches[0].key],
    ("deals", "proof"): lambda world: world.tokens["proof"][:2],
    ("deals", "milestone"): lambda world: world.tokens["milestone"],
    ("room", "key"): lambda world: [*world.deal_keys, world.matches[0].key],
    ("room", "version"): lambda world: world.tokens["room version"],
    ("room", "message"): lambda world: world.tokens["room offer"],
    ("room", "file"): lambda world: world.tokens["room file"],
    ("room", "meeting"): lambda world: world.tokens["room meeting"],
    ("room", "task"): lambda world: world.tokens["room task"],
    ("orders", "key"): lambda world: world.tokens["order"],
    ("desk", "key"): lambda world: [each.key for each in world.matches],
    ("attachments", "key"): lambda world: world.file_keys,
    ("confidential", "key"): lambda world: list(world.access_keys.values()),
    ("investing", "key"): lambda world: world.tokens["card"],
    ("investing.invitation", "key"): lambda world: world.tokens["co-investment"],
    ("investing.answer", "key"): lambda world: world.tokens["co-investment"],
    ("investing.offered", "key"): lambda world: world.tokens["deck offer"],
    ("investing.settle", "key"): lambda world: world.tokens["deck offer"],
    ("clinic", "key"): lambda world: world.tokens["idea"],
    ("clinic", "step"): lambda world: ["problem", "novelty", "unknown"],
    ("clinic", "number"): lambda world: world.tokens["receipt"],
    ("clinic", "day"): lambda world: world.tokens["day"],
    ("support", "key"): lambda world: world.tokens["service"],
    ("support", "code"): lambda world: world.service_codes[:2],
    ("mentoring", "key"): lambda world: world.tokens["mentorship"],
    ("mentoring", "slot"): lambda world: world.tokens["mentor slot"][-2:],
    ("mentoring", "meeting"): lambda world: world.tokens["mentoring meeting"],
    ("mentoring", "certificate"): lambda world: world.tokens["mentoring certificate"],
    ("organisations", "key"): lambda world: list(world.organisation_keys.values()),
    ("imports", "key"): lambda world: [world.import_key],
    ("admin", "key"): lambda world: world.user_keys[:3],
    ("saved", "key"): lambda world: world.tokens["saved search"],
    ("saved.private_feed", "token"): lambda world: world.tokens["feed"],
    ("notices", "key"): lambda world: world.tokens["notice"],
    ("notices", "token"): lambda world: world.tokens["stop letters"],
    ("admin.try_again", "key"): lambda world: world.tokens["given up mail"],
    ("saved", "token"): lambda world: world.tokens["stop"],
    ("sample", "key"): lambda world: ["unknown"],
    ("synonyms", "key"): lambda world: world.tokens["synonyms"],
    ("listings.restore", "key"): lambda world: world.tokens["kept"],
    ("listings.confirm_page", "token"): lambda world: world.tokens["confirm_listing"],
    ("listings.confirm", "token"): lambda world: world.tokens["confirm_listing"],
    ("answers", "token"): lambda world: list(world.holders),
    ("answers", "key"): lambda world: [each.key for each in world.matches],
    ("accounts", "token"): lambda world: [
        token for purpose in sorted(links.LIFE) for token in world.tokens[purpose]
    ],
    ("listings", "step"): lambda world: [
        "all", *dict.fromkeys(step for kind in KINDS for step in steps(kind))
    ],
    ("matches", "step"): lambda world: list(MATCH.steps),
    ("moderation", "step"): lambda world: [*LISTING.steps, *REVISION.steps],
    ("desk", "move"): lambda world: [*MATCH.steps, "keep_and_propose"],
    ("admin", "act"): lambda world: sorted(admin.ACTS),
    ("organisations", "user_key"): lambda world: world.user_keys[:4],
    ("assets", "name"): lambda world: sorted(world.app.extensions["assets"][1].values())[:3],
}  # fmt: skip


class Unfilled(AssertionError):
    """A route has an argument nobody can give a value to."""


def values_of(world, rule, argument):
    converter = rule._converters.get(argument)
    if hasattr(converter, "items"):  # any(keep,dismiss)
        return sorted(converter.items)
    for place in (rule.endpoint, rule.endpoint.split(".")[0], "*"):
        if (place, argument) in FILLERS:
            return FILLERS[place, argument](world)
    raise Unfilled(
        f"{rule.rule} ({rule.endpoint}): nobody knows a value for <{argument}>; "
        "add one to FILLERS in tests/crawl.py"
    )


def addresses(world, method):
    """(address, endpoint) of everything that answers to `method`."""
    found = []
    with world.app.test_request_context():
        for rule in sorted(world.app.url_map.iter_rules(), key=lambda rule: rule.rule):
            if method not in rule.methods:
                continue
            names = sorted(rule.arguments - set(rule.defaults or ()))
            for chosen in product(*(values_of(world, rule, name) for name in names)):
                _domain, path = rule.build(dict(zip(names, chosen, strict=True)))
                found.append((path, rule.endpoint))
    return found


# What a form may be sent with: nothing, and something for every name our forms use.
FORMS = (
    {},
    {
        "reason": "price", "note": "mot ghi chu", "name": "Nguyen Van A", "answer": "correct",
        "agreed": "1", "text": "mot ghi chu", "queue": "triage", "email": "ai@canary.example",
        "password": "mot mat khau rat dai 2026", "old": "sai", "general": "advert",
        "checklist": ["clear"], "language": "vi", "go": "next", "form": "csv", "kind": "offer",
        "visibility": "public", "level": "public", "role": "member", "q": "may say",
        "choice": "accept", "channel": "phone",
    },
)  # fmt: skip


# --- Reading answers ------------------------------------------------------------------------------
@dataclass(frozen=True)
class Answer:
    """What came back. `found` are the canaries in it, `about` the listings it names."""

    person: str
    method: str
    address: str
    endpoint: str
    status: int
    headers: object = field(repr=False)
    text: str = field(repr=False)
    found: frozenset[str] = field(repr=False)
    about: frozenset[str] = field(repr=False)
    links: frozenset[str] = field(repr=False)

    def __str__(self):
        return f"{self.person}: {self.method} {self.address} ({self.endpoint}) -> {self.status}"


def readable(response) -> str:
    """The text of an answer: headers too, and what is inside a spreadsheet."""
    body = response.get_data()
    head = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            inside = [archive.read(name) for name in archive.namelist()]
        body = b"\n".join(inside)
    text = body.decode("utf-8", "replace")
    return f"{head}\n{unescape(text) if '&' in text else text}"


def visit(world, person, method, address, endpoint, client=None, **arguments):
    client = client or world.client(person)
    response = client.open(address, method=method, **arguments)
    text = readable(response)
    return Answer(
        person, method, address, endpoint, response.status_code, response.headers, text,
        frozenset(canaries_in(text)), frozenset(_REFERENCE.findall(text)),
        frozenset(_HREF.findall(text)),
    )  # fmt: skip


_REFERENCE = re.compile(r"\bT\d{7}\b")  # as tests/factories.py numbers them
_HREF = re.compile(r"""(?:href|src|hx-get|action)="(/[^"#]*)""")
# Who opens everything; the others open a half of the routes with many addresses, each another
# half. CRAWL=whole opens all of it for all of them.
CLOSELY = {
    "guest", "member", "owner", "owner of the other listing", "curator", "lead", "granted reader",
}  # fmt: skip
WHOLE = os.environ.get("CRAWL") == "whole"
# Links with a query that are followed from the pages of one person, for each route: facets make
# more combinations of themselves than there are listings.
EACH = 6


def subject_of(world, address):
    """The listing or the match an address is about, if it is about one."""
    for part in address.split("/"):
        for records in (world.by_ref, world.by_key):
            if part in records:
                return records[part]
    return None


@cache
def many(world) -> frozenset[str]:
    """Routes with more addresses than a handful."""
    counts = Counter(endpoint for m in ("GET", "POST") for _a, endpoint in addresses(world, m))
    return frozenset(endpoint for endpoint, count in counts.items() if count > 4)


def worth_a_visit(world, person, address, endpoint, seen):
    """Whether an address can answer otherwise than those already visited.

    A route that asks no subject decides before it looks at its arguments: one refusal says all.
    Of the refusals of one that does, a quarter is looked at, for each person another quarter.
    """
    view, actor = world.app.view_functions[endpoint], world.actors[person]
    subject, last = subject_of(world, address), address.split("/")[-1]
    if person not in CLOSELY and not WHOLE and endpoint in many(world) and _half(person, address):
        return False
    if endpoint in ("listings.edit", "listings.save") and last != "all" and not (
        subject.state == "draft" and last in steps(subject.kind)
    ):  # fmt: skip
        return False
    if not getattr(view, "asks_later", False):
        if not allowed(view.action, actor):
            return endpoint not in seen and not seen.add(endpoint)
        # Addresses with arguments that nobody owns: all for a guest, a quarter for the others.
        if endpoint in many(world) and person != "guest":
            return _quarter(person, address)
    elif subject is not None:
        action = view.action.replace("*", last)
        if action in RULES and not allowed(action, actor, subject):
            return _quarter(person, address)
    for machine in (LISTING, MATCH):
        # A step that is not open is refused for its state: one of them for each record says all.
        if last in machine.steps and subject is not None and not is_open(machine, last, subject):
            return (endpoint, subject.id) not in seen and not seen.add((endpoint, subject.id))
    return True


def is_open(machine, name, subject):
    return subject.state in machine.steps[name].from_


REFUSED = {403, 404, 409, 410}


class Patience:
    """Refused four times and never answered, an address asks a quarter of its records, each
    person another quarter: the rules cannot say beforehand who knows of a room or a request."""

    def __init__(self, world, person):
        self.world, self.person, self.refusals = world, person, Counter()

    def worth(self, address, endpoint):
        if self.refusals[endpoint] < 4 or subject_of(self.world, address):
            return True
        return _quarter(self.person, address)

    def learn(self, answer):
        self.refusals[answer.endpoint] += 1 if answer.status in REFUSED else -1_000_000


def _quarter(person, address):
    return _number(person, address) % 4 == 0


def _half(person, address):
    return _number(person, address) % 8 >= 4


def _number(person, address):
    return zlib.crc32(f"{person} {address}".encode())


def _all(_address, _endpoint):
    return True


def walk(world, person, chosen=_all):
    """Answers to GET: every route with every argument, then the queries the pages link to."""
    client, linked, seen, refused = world.client(person), defaultdict(dict), set(), set()
    patience = Patience(world, person)
    adapter = world.app.url_map.bind("localhost")
    for address, endpoint in addresses(world, "GET"):
        if not chosen(address, endpoint) or not worth_a_visit(
            world, person, address, endpoint, refused
        ):
            continue
        if chosen is _all and not patience.worth(address, endpoint):
            continue
        seen.add(address)
        answer = visit(world, person, "GET", address, endpoint, client)
        patience.learn(answer)
        yield answer
        if answer.status == 200:
            for link in sorted(answer.links):
                if "?" in link and not link.startswith(("/en/", "/assets/")):
                    linked[link.split("?")[0]].setdefault(link)
    for found in linked.values():
        for address in [link for link in found if link not in seen][:EACH]:
            try:
                endpoint, _values = adapter.match(address.split("?")[0], method="GET")
            except HTTPException:  # a form's own address, or a dead link (tests/test_routes.py)
                continue
            if chosen(address, endpoint):
                yield visit(world, person, "GET", address, endpoint, client)


# Forms are pressed by one person of each sort: a form answers with pages, and all walk those.
PRESSERS = ("guest", "member", "owner", "curator")


def press(world, person, chosen=_all):
    """Answers to POST: every form, empty and filled in. Run it inside `keeping_nothing`.

    A form's answer hangs on the state of its record, not on its kind: one record of each standing.
    """
    refused, sorts, patience = set(), {}, Patience(world, person)
    for each in world.listings:
        standing = (each.state, each.revision, each.visibility, each.owner_user_id)
        sorts.setdefault(standing, each.ref)
    of_clients = {holder.link[0] for holder in world.holders.values()}
    pressed = set(sorts.values()) | {
        match.key
        for number, match in enumerate(world.matches)
        if number < len(MATCH.states) or match.id in of_clients
    }
    known = set(world.by_ref) | {match.key for match in world.matches}
    for address, endpoint in addresses(world, "POST"):
        if set(address.split("/")) & known - pressed or not chosen(address, endpoint):
            continue
        if not worth_a_visit(world, person, address, endpoint, refused):
            continue
        if chosen is _all and not patience.worth(address, endpoint):
            continue
        for form in FORMS:
            answer = visit(world, person, "POST", address, endpoint, data=form)
            patience.learn(answer)
            yield answer
            if answer.status in (403, 404, 405) or "/sign-in" in answer.headers.get("Location", ""):
                break  # refused before the form was read


@contextmanager
def keeping_nothing():
    """Commits become flushes: the database checks everything and keeps nothing. A write without
    its audit row is refused all the same."""

    def flush():
        _demand_audit(db.session())

    db.session.commit = flush
    try:
        yield
    finally:
        del db.session.commit


# --- All of it, once --------------------------------------------------------------------------
@dataclass
class Survey:
    """All answers by person, without their texts; the log; the database around the GETs."""

    got: dict[str, list[Answer]]
    pressed: dict[str, list[Answer]]
    log: list[str]
    before: dict
    after: dict

    @property
    def answers(self):
        return [a for side in (self.got, self.pressed) for each in side.values() for a in each]


class _Listener(logging.Handler):
    def __init__(self):
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record):
        text = self.format(record)
        if len(self.lines) < 20_000:
            self.lines.append(text)


def contents(world) -> dict[str, list]:
    """Every row of every table, but for when a browser was last seen."""
    with world.app.app_context():
        return {
            table.name: [
                tuple(row)
                for row in db.session.execute(
                    table.select().with_only_columns(
                        *(c for c in table.columns if c.name != "seen_at")
                    )
                )
            ]
            for table in Base.metadata.sorted_tables
        }


def _light(answers) -> list[Answer]:
    return [replace(answer, text="") for answer in answers]


@cache
def survey() -> tuple[World, Survey]:
    """Walk the whole application as every reader; made once for all test modules."""
    world = World(Path(mkdtemp(prefix="canary-")))
    listener, root = _Listener(), logging.getLogger()
    level = root.level
    root.addHandler(listener)
    root.setLevel(logging.DEBUG)
    try:
        before = contents(world)
        got = {person: _light(walk(world, person)) for person in world.readers}
        after = contents(world)
        with keeping_nothing():
            # Who opens files goes before those who remove them: these are gone from the disk.
            pressed = {
                "granted reader": _light(
                    press(world, "granted reader", lambda _a, name: name == "confidential.open_")
                )
            }
            pressed |= {person: _light(press(world, person)) for person in PRESSERS}
    finally:
        root.removeHandler(listener)
        root.setLevel(level)
    return world, Survey(got, pressed, listener.lines, before, after)
