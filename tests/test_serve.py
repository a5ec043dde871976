"""The first start, the second start and the end: what `make run` does, in real processes."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from marketplace.config import ROOT
from marketplace.models import sealing

PATIENCE = 90  # seconds a busy machine may take over what takes three on an idle one


@pytest.fixture(scope="module")
def environ(tmp_path_factory):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return os.environ | {
        "EXCHANGE_MODE": "sample",
        "ENCODER": "hashing",
        "SAMPLE_LISTINGS": "30",
        "INSTANCE_FOLDER": str(tmp_path_factory.mktemp("instance")),
        "FLASK_APP": "wsgi",
        "PORT": str(port),
    }


def flask(environ, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "flask", *arguments],
        cwd=ROOT, env=environ, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip


def get(environ, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{environ['PORT']}{path}", timeout=10) as answer:
        return answer.read().decode()


def runs(pid):
    """Whether the process is there and no mere entry that nobody has collected."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                return True
        except OSError:
            pass
        time.sleep(0.2)
    return False


def test_prepare_makes_everything_once_and_nothing_twice(environ):
    first = flask(environ, "prepare")
    assert first.returncode == 0, first.stderr[-2000:]
    assert "listings" in first.stdout
    assert "matching:" in first.stdout
    second = flask(environ, "prepare")
    assert second.returncode == 0, second.stderr[-2000:]
    assert second.stdout.startswith("ready after"), second.stdout


def test_site_and_worker_start_together_and_stop_together(environ):
    server = subprocess.Popen(
        [sys.executable, "-m", "flask", "serve"],
        cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        assert wait_until(lambda: "Hưng Yên" in get(environ, "/"), PATIENCE)
        assert wait_until(lambda: '"worker_seconds":null' not in get(environ, "/health"), PATIENCE)
        assert "kết quả" in get(environ, "/find?q=may+say+nhan")
        children = subprocess.run(
            ["pgrep", "-P", str(server.pid)], capture_output=True, text=True, check=False
        ).stdout.split()
        assert children, "no worker beside the site"
    finally:
        server.send_signal(signal.SIGINT)
        try:
            said, _ = server.communicate(timeout=PATIENCE)
        finally:
            server.kill()  # a server that did not stop must not keep the port from the next test
    assert server.returncode == 0, said
    assert "The exchange is open: http://127.0.0.1" in said
    assert "/sample/accounts" in said
    assert said.rstrip().endswith("Stopped.")
    assert "Traceback" not in said
    assert not any(map(runs, children))


def test_a_killed_site_leaves_no_worker_behind(environ):
    server = subprocess.Popen(
        [sys.executable, "-m", "flask", "serve"],
        cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert wait_until(lambda: '"worker_seconds":null' not in get(environ, "/health"), PATIENCE)
        children = subprocess.run(
            ["pgrep", "-P", str(server.pid)], capture_output=True, text=True, check=False
        ).stdout.split()
        assert children
    finally:
        server.kill()
        server.wait()
    assert wait_until(lambda: not any(map(runs, children)), PATIENCE)


def test_a_taken_port_is_told_in_words(environ):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", int(environ["PORT"])))
        taken.listen()
        refused = flask(environ, "serve", "--no-worker")
    assert refused.returncode != 0
    assert "port" in refused.stderr
    assert "PORT=" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("missing", ["SECRET_KEY", "CONTENT_KEY", "SMTP_URL"])
def test_outside_the_sample_mode_a_missing_secret_stops_the_start(environ, missing):
    production = {k: v for k, v in environ.items() if k != "EXCHANGE_MODE"}
    production |= {
        "SECRET_KEY": "k" * 40,
        "CONTENT_KEY": sealing.new_key(),
        "SMTP_URL": "smtp://localhost",
    }
    production.pop(missing)
    refused = flask(production, "prepare")
    assert refused.returncode != 0
    assert missing in refused.stderr
    assert "Traceback" not in refused.stderr
