"""Progress of long commands: a bar on a terminal, a plain line every few seconds elsewhere."""

import sys
import time

import click

EVERY = 5  # seconds between plain lines


class Progress:
    """Called as `progress(done, total)`; learns its length with the first report."""

    def __init__(self, label: str):
        self.label, self.bar, self.said = label, None, 0.0

    def __call__(self, done: int, total: int) -> None:
        if sys.stdout.isatty():
            self._draw(done, total)
        elif done >= total or time.monotonic() - self.said >= EVERY:
            self.said = time.monotonic()
            click.echo(f"{self.label}: {done} of {total}")

    def _draw(self, done, total):
        if self.bar is None:
            self.bar = click.progressbar(length=total, label=f"{self.label:<12}")
        self.bar.update(max(0, done - self.bar.pos))
        if done >= total:
            self.bar.render_finish()
