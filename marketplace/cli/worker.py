"""`flask worker`: keeps indexes, matches, mail and deadlines up to the database."""

import logging
import os
import signal
import threading
import time

import click
from flask import current_app
from flask.cli import with_appcontext

from marketplace.models import db, utcnow
from marketplace.services import (
    attachments,
    background,
    imports,
    notices,
    saved_searches,
    sending,
)
from marketplace.services.deals import proofs
from marketplace.services.room import papers
from marketplace.web import mailing

log = logging.getLogger("worker")

TICK = 0.3  # seconds between looks at the outbox
CLOCK = 60  # seconds between looks at deadlines
LEARNED = 5  # seconds between looks at the ranker in use
PULSE = 20
SWEEP = 3600
MAP = 120  # between looks whether the map of unmet needs is of an older index


def _deliverer(settings):
    if not settings.smtp_url:
        return lambda row: None  # the sample mode: the mail viewer shows what would be sent
    send = mailing.smtp_sender(settings.smtp_url)
    province = settings.province

    def deliver(row):
        send(mailing.message_of(row, settings.mail_from, province.exchange_name, province.host))

    return deliver


def run(app, stop: threading.Event) -> None:
    """Work until `stop` is set. Matching, saved searches and files of listings have a thread
    each: they take seconds, and a published listing must be found within two."""
    engines, settings = app.extensions["engines"], app.config["SETTINGS"]
    deliver = _deliverer(settings)
    files = settings.instance / "imports"
    transaction = {
        "now": utcnow,
        "reading": background.reading,
        "changing": background.changing,
        "commit": lambda: db.session.commit(),
    }
    watch = saved_searches.Watch()
    beside = {
        "matching": [
            (TICK, lambda: background.follow_matches(engines, settings.province.code)),
            (LEARNED, lambda: background.follow_rankers(engines, settings.province.code)),
            (MAP, lambda: background.follow_landscape(engines)),
        ],
        "saved searches": [
            (TICK, lambda: watch.follow(db.session, **transaction)),
            (CLOCK, lambda: saved_searches.send_due(db.session, **transaction)),
            (CLOCK, lambda: notices.send_due(db.session, **transaction)),
        ],
        "imports": [
            (TICK, lambda: background.follow_imports(files)),
            (SWEEP, lambda: background.sweep(imports.sweep, files)),
            (SWEEP, lambda: background.sweep(attachments.sweep, settings.instance / "files")),
            (SWEEP, lambda: background.sweep(proofs.sweep, settings.instance / proofs.FOLDER)),
            (SWEEP, lambda: background.sweep(papers.sweep, settings.instance / papers.FOLDER)),
            (SWEEP, background.watch_chain),
        ],
    }
    threads = [
        threading.Thread(target=_loop, name=name, args=(app, stop, tasks))
        for name, tasks in beside.items()
    ]
    for thread in threads:
        thread.start()
    _loop(
        app,
        stop,
        [
            (TICK, lambda: background.follow_search(engines)),
            (TICK, lambda: sending.send_waiting(deliver)),
            (CLOCK, background.watch_clock),
            (PULSE, background.pulse),
        ],
    )
    for thread in threads:
        thread.join()


def _loop(app, stop, tasks) -> None:
    """Run each task whenever its seconds have passed; a failure is logged and tried again."""
    due = dict.fromkeys(range(len(tasks)), 0.0)
    while not stop.is_set():
        for number, (seconds, task) in enumerate(tasks):
            if time.monotonic() < due[number] or stop.is_set():
                continue
            due[number] = time.monotonic() + seconds
            with app.app_context():
                try:
                    task()
                except Exception:
                    log.exception("a task failed; it will be tried again")
                    due[number] = time.monotonic() + 5
                finally:
                    db.session.remove()
        stop.wait(TICK)


def _stop_with(site: int, stop: threading.Event) -> None:
    """A site that was killed cannot end its worker; the worker sees that its parent is another."""
    while os.getppid() == site:
        time.sleep(TICK)
    stop.set()


@click.command("worker")
@click.option("--site", type=int, help="Stop when this process, which started it, is gone.")
@with_appcontext
def worker(site):
    """Follow changes until interrupted."""
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    if site is not None:
        threading.Thread(target=_stop_with, args=(site, stop), daemon=True).start()
    run(current_app._get_current_object(), stop)


COMMANDS = (worker,)
