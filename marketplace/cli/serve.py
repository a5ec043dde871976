"""`flask serve`: the site and its worker together, as `make run` starts them."""

import os
import signal
import subprocess
import sys

import click
from flask import current_app
from flask.cli import with_appcontext

THREADS = 8


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=lambda: int(os.environ.get("PORT", "8000")), type=int)
@click.option("--worker/--no-worker", default=True, help="Start the worker beside the site.")
@with_appcontext
def serve(host, port, worker):
    """Serve the site; Ctrl-C stops site and worker."""
    from waitress.server import create_server

    app = current_app._get_current_object()
    app.extensions["engines"].warm()
    try:
        # waitress's default of 100 connections lets 100 idle ones lock everybody out.
        server = create_server(app, host=host, port=port, threads=THREADS, connection_limit=1000)
    except OSError as error:
        raise click.ClickException(
            f"port {port} is taken ({error.strerror}); choose another with PORT=8001"
        ) from error
    helper = (
        subprocess.Popen(  # noqa: S603 - nothing of it was typed
            [sys.executable, "-m", "flask", "--app", "wsgi", "worker", f"--site={os.getpid()}"],
            start_new_session=True,
        )
        if worker
        else None
    )

    def stop(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    address = f"http://{host}:{port}/"
    click.echo(f"\nThe exchange is open: {address}   (English: {address}en/)")
    if app.config["SETTINGS"].sample:
        click.echo(f"Sample accounts:      {address}sample/accounts")
    click.echo("Ctrl-C stops it.\n")
    try:
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        server.close()
        if helper is not None:
            helper.terminate()
            try:
                helper.wait(15)
            except subprocess.TimeoutExpired:
                helper.kill()
        click.echo("Stopped.")


COMMANDS = (serve,)
