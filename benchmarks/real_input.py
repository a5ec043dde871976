"""Does the whole machine find the right offer when fed with real text nobody here wrote?

    python -m benchmarks.real_input --data FOLDER [--limit N] [--json FILE] [--vectors FILE]

FOLDER is one set of matching.evaluation's format whose queries are needs and whose documents are
offers, such as ../shared/eval/sbir_need_offer. On a throw-away instance two members fill in the
site's own CSV templates, upload them through the site's import pages and send the files for review;
a curator publishes everything; the worker's functions index and match. Then each need's matches are
read as the curators' desk shows them, and looked through for the offers that were judged right.

--limit N takes the first N needs, their right offers, and as large a share of the other offers.
--vectors keeps the encoded passages in a file, so that a second run need not encode them again.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import logging
import re
import resource
import secrets
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from matching.evaluation import EvaluationSet, read_set

DEPTHS = (1, 5, 10)
PASSWORD = "chi-de-do-luong-7431"  # noqa: S105 - of an instance that lives for this run

# Where a text goes: (field, most characters), filled in this order; what is left over is counted.
NEED_PLACES = (("summary_vi", 500), ("problem", 3000), ("current_technology", 2000))
OFFER_PLACES = (
    ("summary_vi", 500),
    ("problem", 700),
    ("description", 8000),
    ("advantages", 3000),
)
TITLE_MOST = 120
# Columns the sets say nothing about, the same in every row, so that they cannot help.
CONSTANT = {
    "need": {"sectors": "299", "contact_name": "Agency"},
    "offer": {
        "sectors": "299",
        "contact_name": "Awardee",
        "transfer_object": "process",
        "trl": "6",
        "ipr_status": "none",
        "cooperation": "licence",
    },
}
_HEADING = re.compile(r"^\W*(direct to phase ii|objective|abstract|description|summary)\W*", re.I)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|(?<=[a-z][.!?])(?=[A-Z])|\n+")


# --- Real text in the site's columns --------------------------------------------------------------
@dataclass
class Row:
    """One line of a template: field name -> text, and how much did not fit."""

    key: str
    values: dict[str, str]
    left_over: int


def row(kind: str, key: str, text: str) -> Row:
    """The text spread over the fields of a form, sentence by sentence, nothing twice."""
    places = NEED_PLACES if kind == "need" else OFFER_PLACES
    values, left_over = spread(text, places)
    for name in ("summary_vi", "problem", "description"):
        if name in dict(places):  # required fields of a text of one or two sentences
            values[name] = values[name] or values["summary_vi"]
    return Row(key, {"title_vi": title(text), **values, **CONSTANT[kind]}, left_over)


def title(text: str) -> str:
    """The first sentence without its heading, cut between words."""
    while (bare := _HEADING.sub("", text)) != text:
        text = bare
    first = next(iter(_SENTENCE.split(text.strip())), "") or text
    return cut(first, TITLE_MOST)[0]


def cut(text: str, most: int) -> tuple[str, str]:
    """(as many whole words as fit, the rest)."""
    if len(text) <= most:
        return text, ""
    at = text.rfind(" ", 0, most + 1)
    at = at if at > 0 else most
    return text[:at], text[at:].strip()


def spread(text: str, places) -> tuple[dict[str, str], int]:
    waiting = [each.strip() for each in _SENTENCE.split(text) if each.strip()][::-1]
    values = {}
    for name, most in places:
        kept = ""
        while waiting:
            sentence = waiting.pop()
            joined = f"{kept} {sentence}".strip()
            if len(joined) <= most:
                kept = joined
                continue
            if not kept:  # one sentence longer than the whole field
                kept, rest = cut(sentence, most)
                waiting.append(rest)
            else:
                waiting.append(sentence)
            break
        values[name] = kept
    return values, sum(map(len, waiting))


def narrowed(given: EvaluationSet, limit: int | None) -> EvaluationSet:
    """The first needs, their right offers, and the same share of all other offers."""
    if limit is None or limit >= len(given.queries):
        return given
    queries = dict(list(given.queries.items())[:limit])
    right = {key for query in queries for key in given.qrels[query]}
    others = [key for key in given.corpus if key not in right]
    share = round(len(others) * len(queries) / len(given.queries))
    kept = right | set(others[:share])
    corpus = {key: text for key, text in given.corpus.items() if key in kept}
    return EvaluationSet(given.name, queries, corpus, given.qrels)


# --- Time and memory ------------------------------------------------------------------------------
class Stages:
    """Seconds of each stage, and the most memory this process had held by its end (MB)."""

    def __init__(self):
        self.rows: list[dict] = []

    @contextmanager
    def stage(self, name: str):
        say(f"{name} ...")
        started = time.perf_counter()
        yield
        self.rows.append(
            {
                "stage": name,
                "seconds": round(time.perf_counter() - started, 2),
                "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            }
        )


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class Progress:
    """progress(done, total) as a line every few seconds."""

    def __init__(self, label: str):
        self.label, self.said = label, time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() - self.said >= 5:
            self.said = time.monotonic()
            say(f"  {self.label}: {done} / {total}")


# --- The site -------------------------------------------------------------------------------------
class Exchange:
    """A whole installation in a folder of its own, used as its members, its curator and its worker
    use it."""

    def __init__(self, folder: Path, vectors: Path | None):
        from flask_migrate import upgrade

        from marketplace import create_app
        from marketplace.config import ROOT, Province, Settings
        from marketplace.models import db, sealing, utcnow
        from marketplace.services import vocabularies

        self.db, self.utcnow = db, utcnow
        settings = Settings(
            secret_key=secrets.token_urlsafe(48),
            sample=False,
            instance=folder,
            database_url=f"sqlite:///{folder / 'exchange.db'}",
            province=Province.read(ROOT / "marketplace/provinces/hung_yen"),
            base_url="http://localhost",
            content_keys=(sealing.new_key(),),
            secure_cookies=False,
            rate_limits=False,
        )
        self.app = create_app(settings)
        self.settings, self.engines = settings, self.app.extensions["engines"]
        if vectors is not None:
            vectors.parent.mkdir(parents=True, exist_ok=True)
            (self.engines.folder / "embeddings.sqlite").symlink_to(vectors.resolve())
        with self.app.app_context():
            upgrade()
            vocabularies.load(db.session, settings.province.folder, now=utcnow())
            db.session.commit()
            self.agency = self._member("agency@need.example", "Agency")
            self.awardee = self._member("awardee@offer.example", "Awardee")
            self.curator = self._member("curator@desk.example", "Curator", role="curator")

    def _member(self, email: str, name: str, role: str = "member") -> str:
        from marketplace.domain.actor import SYSTEM
        from marketplace.models import Membership, Organisation, User
        from marketplace.services import accounts, audit

        now, session = self.utcnow(), self.db.session
        user = User(
            email=email,
            name=name,
            role=role,
            password_hash=accounts.hash_password(PASSWORD),
            created_at=now,
            verified_at=now,
            password_changed_at=now,
        )
        organisation = Organisation(name=name, type="enterprise", created_at=now)
        session.add_all([user, organisation])
        session.flush()
        session.add(
            Membership(
                user_id=user.id,
                organisation_id=organisation.id,
                role="admin",
                state="active",
                created_at=now,
            )
        )
        audit.record(session, "benchmark.setup", user, actor=SYSTEM, now=now)
        session.commit()
        return email

    # -- as a member, over HTTP
    def browser(self, email: str):
        client = self.app.test_client()
        page = client.get("/sign-in")
        self._post(client, "/sign-in", page, {"email": email, "password": PASSWORD})
        return client

    def _post(self, client, path: str, page, form: dict, **more):
        """Send a form with the token of the page it stands on; returns where it leads."""
        token = re.search(r'name="csrf-token" content="([^"]+)"', page.text)[1]
        answer = client.post(path, data={"csrf_token": token, **form}, **more)
        if answer.status_code not in (302, 303):
            raise RuntimeError(f"{path}: {answer.status}\n{visible(answer.text)[:2000]}")
        return answer

    def bring_in(self, email: str, kind: str, rows: list[Row]) -> dict[str, str]:
        """Fill in the template and send it up, in as many files as its limit asks for; the file is
        checked, then submitted for review. Returns set key -> listing reference."""
        from marketplace.services.imports import ROWS_MOST

        client = self.browser(email)
        template = client.get(f"/import/template/{kind}.csv").data.decode("utf-8-sig")
        refs = {}
        for start in range(0, len(rows), ROWS_MOST):
            part = rows[start : start + ROWS_MOST]
            made = self._one_file(client, kind, filled_in(kind, template, part))
            refs |= dict(zip((each.key for each in part), made, strict=True))
        return refs

    def _one_file(self, client, kind: str, content: bytes) -> list[str]:
        path = f"/import/new/{kind}"
        page = client.get(path)
        form = {
            "file": (io.BytesIO(content), f"{kind}.csv"),
            "language": "en",
            "organisation": re.search(r'<option value="([\w-]{10,})"', page.text)[1],
        }
        answer = self._post(client, path, page, form, content_type="multipart/form-data")
        self._let_worker_go_on()
        page = client.get(answer.location)
        if self._state(answer.location).state != "checked":
            raise RuntimeError(f"the file was refused:\n{visible(page.text)[:3000]}")
        self._post(client, f"{answer.location}/start", page, {"then": "submit"})
        self._let_worker_go_on()
        row = self._state(answer.location)
        if row.state != "done":
            raise RuntimeError(f"the file was not brought in: {row.errors[:3]}")
        return row.refs

    def _state(self, location: str):
        from marketplace.models import Import

        with self.app.app_context():
            key = location.rsplit("/", 1)[-1]
            return self.db.session.scalar(select(Import).where(Import.key == key))

    # -- as the worker
    def _let_worker_go_on(self) -> None:
        from marketplace.services import background

        with self.app.app_context():
            while background.follow_imports(self.settings.instance / "imports"):
                pass

    def index(self) -> None:
        from marketplace.services import background

        with self.app.app_context():
            while background.follow_search(self.engines):
                pass

    def match(self) -> int:
        from marketplace.services import background

        with self.app.app_context():
            return background.match_everything(self.engines, self.settings.province.code, Progress)

    # -- as a curator
    def publish(self) -> int:
        """Everything that waits for review, each through the same step as the desk's button."""
        from marketplace.models import User
        from marketplace.services import listings
        from marketplace.services.accounts import actor_of
        from marketplace.services.listings import review

        with self.app.app_context():
            session = self.db.session
            user = session.scalar(select(User).where(User.email == self.curator))
            actor, progress, done = actor_of(user), Progress("published"), 0
            total = review.count(session, actor)
            # The queue shows a desk's day at a time.
            while waiting := review.queue(session, actor):
                for listing in waiting:
                    listings.advance(
                        session,
                        listing,
                        "publish",
                        actor=actor,
                        now=self.utcnow(),
                        checklist=review.checklist(listing),
                    )
                session.commit()
                done += len(waiting)
                progress(done, total)
            return done

    def queue_of(self, ref: str) -> list[str]:
        """References of the offers the desk shows beside this need, best first."""
        from marketplace.services import listings, matches

        with self.app.app_context():
            need = listings.by_ref(self.db.session, ref)
            shown = matches.of_listing(self.db.session, need, limit=max(DEPTHS))
            return [each.b.ref for each in shown if each.a_id == need.id]

    def counts(self) -> dict[str, int]:
        from marketplace.models import Listing, Match

        with self.app.app_context():
            session = self.db.session
            return {
                "matches": session.scalar(select(func.count(Match.id))),
                "unmet": session.scalar(
                    select(func.count(Listing.id)).where(Listing.unmet_since.is_not(None))
                ),
            }


def filled_in(kind: str, template: str, rows: list[Row]) -> bytes:
    """The site's template with its header kept and real rows instead of the example."""
    from marketplace.services.exports.formats import safe
    from marketplace.services.imports import Headings
    from marketplace.services.imports.template import DELIMITER

    header = next(csv.reader(io.StringIO(template), delimiter=DELIMITER))
    headings = Headings(kind)
    names = [headings.field_of(label).name for label in header]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=DELIMITER, lineterminator="\r\n")
    writer.writerow(header)
    for each in rows:
        writer.writerow([safe(each.values.get(name, "")) for name in names])
    return out.getvalue().encode("utf-8-sig")


def visible(page: str) -> str:
    """The words of a page, for an error message."""
    main = page.partition("<main")[2].partition("</main")[0] or page
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


# --- Measuring ------------------------------------------------------------------------------------
def measured(queues: dict[str, list[str]], right: dict[str, set[str]]) -> dict[str, float]:
    """recallK: mean share of a need's right offers among the first K shown. foundK: share of the
    needs with at least one of them there."""
    numbers = {}
    for depth in DEPTHS:
        shares = [
            len(right[need] & set(shown[:depth])) / len(right[need])
            for need, shown in queues.items()
        ]
        numbers[f"recall{depth}"] = round(sum(shares) / len(shares), 4)
        numbers[f"found{depth}"] = round(sum(share > 0 for share in shares) / len(shares), 4)
    return numbers


def run(given: EvaluationSet, folder: Path, vectors: Path | None) -> dict:
    stages = Stages()
    began = time.perf_counter()
    with stages.stage("set up"):
        exchange = Exchange(folder, vectors)
    needs = [row("need", key, text) for key, text in given.queries.items()]
    offers = [row("offer", key, text) for key, text in given.corpus.items()]
    with stages.stage("import needs"):
        need_refs = exchange.bring_in(exchange.agency, "need", needs)
    with stages.stage("import offers"):
        offer_refs = exchange.bring_in(exchange.awardee, "offer", offers)
    with stages.stage("publish"):
        published = exchange.publish()
    with stages.stage("full-text index"):
        exchange.index()
    with stages.stage("load encoder"):
        exchange.engines.encoder()
    with stages.stage("encode and match"):
        exchange.match()
    with stages.stage("read queues"):
        queues = {key: exchange.queue_of(ref) for key, ref in need_refs.items()}
    right = {key: {offer_refs[each] for each in given.qrels[key]} for key in given.queries}
    return {
        "set": given.name,
        "needs": len(needs),
        "offers": len(offers),
        "published": published,
        "characters_left_over": sum(each.left_over for each in needs + offers),
        **exchange.counts(),
        **measured(queues, right),
        "seconds": round(time.perf_counter() - began, 1),
        "peak_mb": stages.rows[-1]["peak_mb"],
        "stages": stages.rows,
    }


def table(result: dict) -> str:
    lines = [
        f"{result['set']}: {result['needs']} needs, {result['offers']} offers, "
        f"{result['published']} published, {result['matches']} suggestions, "
        f"{result['unmet']} needs without a good one",
        "",
        f"{'':8}{'recall':>8}{'found':>8}",
        *(
            f"{'@' + str(depth):8}{result[f'recall{depth}']:8.3f}{result[f'found{depth}']:8.3f}"
            for depth in DEPTHS
        ),
        "",
        f"{'stage':20}{'seconds':>9}{'peak MB':>9}",
        *(
            f"{each['stage']:20}{each['seconds']:9.1f}{each['peak_mb']:9}"
            for each in result["stages"]
        ),
        f"{'all':20}{result['seconds']:9.1f}{result['peak_mb']:9}",
    ]
    if result["characters_left_over"]:
        lines.append(f"{result['characters_left_over']} characters did not fit into the forms")
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.real_input",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, required=True, help="a set of needs and offers")
    parser.add_argument("--limit", type=int, help="so many needs and their share of the offers")
    parser.add_argument("--json", type=Path, help="write the result to this file")
    parser.add_argument("--vectors", type=Path, help="keep encoded passages in this file")
    asked = parser.parse_args(argv)
    try:
        given = narrowed(read_set(asked.data), asked.limit)
    except (OSError, ValueError, KeyError) as error:
        print(f"--data: {error}", file=sys.stderr)
        return 2
    if not given.queries:
        print("--data, --limit: no needs to look at", file=sys.stderr)
        return 2
    logging.disable(logging.INFO)  # the stages are told by `say`
    with tempfile.TemporaryDirectory(prefix="exchange-") as folder:
        result = run(given, Path(folder), asked.vectors)
    print(table(result))
    if asked.json:
        asked.json.write_text(
            json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
