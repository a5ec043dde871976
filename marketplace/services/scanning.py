"""Looking for viruses in what is uploaded, with a ClamAV daemon (clamd) where one is configured.

The protocol is INSTREAM of clamd(8): a command, chunks that each begin with their length, an empty
chunk, and one line as the answer.
"""

import logging
import socket
import struct
import time

from marketplace.domain.errors import N_, Invalid

log = logging.getLogger(__name__)

WITHIN = 20.0  # seconds for all of it: somebody waits before a page
CHUNK = 64 * 1024  # bytes
ANSWER_MOST = 4096  # bytes; a daemon's answer is one short line
_LENGTH = struct.Struct("!L")


class Infected(Invalid):
    """The daemon knows something bad in the file."""


class ScannerAway(Invalid):
    """The daemon gave no verdict, so the file is not taken: it may be sent again later."""

    status = 503


def scan(content: bytes, address: str, *, within: float = WITHIN) -> None:
    """Returns when the content is clean, or when `address` is "": no scanner is configured.

    `address` is unix:/path or host:port. Raises Infected and ScannerAway, both at field `file`.
    """
    if not address:
        return
    try:
        answer = _ask(content, address, time.monotonic() + within)
    except OSError as error:
        log.error("virus scanner: %s", type(error).__name__)
        answer = None
    if answer == "stream: OK":
        return
    if answer is not None and answer.endswith(" FOUND"):
        name = answer.removeprefix("stream: ").removesuffix(" FOUND")
        log.warning("virus scanner: found %s", ascii(name))
        raise Infected(
            N_("Tệp này có vi-rút (%(name)s) nên không được nhận. Hãy quét máy của bạn rồi gửi tệp "
               "sạch."),
            "file",
            name=name,
        )  # fmt: skip
    if answer is not None:
        log.error("virus scanner: answered %s", ascii(answer))
    raise ScannerAway(
        N_("Máy quét vi-rút chưa trả lời nên tệp chưa được nhận. Hãy gửi lại tệp sau ít phút; "
           "những gì bạn đã lưu vẫn còn nguyên."),
        "file",
    )  # fmt: skip


def _ask(content: bytes, address: str, until: float) -> str:
    """The daemon's one line. Raises OSError when it is away, breaks off or takes too long."""
    with _connected(address, until) as daemon:
        try:
            _send(daemon, b"zINSTREAM\0", until)
            for start in range(0, len(content), CHUNK):
                chunk = content[start : start + CHUNK]
                _send(daemon, _LENGTH.pack(len(chunk)) + chunk, until)
            _send(daemon, _LENGTH.pack(0), until)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has seen enough, such as too many bytes: its answer says so
        answer = b""
        while b"\0" not in answer and len(answer) < ANSWER_MOST:
            daemon.settimeout(_left(until))
            if not (more := daemon.recv(ANSWER_MOST)):
                break
            answer += more
    return answer.partition(b"\0")[0].decode("utf-8", "replace").strip()


def _connected(address: str, until: float) -> socket.socket:
    if address.startswith("unix:"):
        daemon = socket.socket(socket.AF_UNIX)
        try:
            daemon.settimeout(_left(until))
            daemon.connect(address.removeprefix("unix:"))
        except OSError:
            daemon.close()
            raise
        return daemon
    host, _, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=_left(until))


def _send(daemon: socket.socket, part: bytes, until: float) -> None:
    # The time left is for the whole talk: a daemon that takes one byte a second must not get it
    # anew with each chunk.
    daemon.settimeout(_left(until))
    daemon.sendall(part)


def _left(until: float) -> float:
    """Seconds; raises TimeoutError when there are none."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
