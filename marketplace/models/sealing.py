"""What not everybody may read is encrypted before it reaches the disk (SECURITY.md, "confidential
text ... encrypted at rest with a key outside the database"): text in a column of the database
(`SealedJSON`), the bytes of an uploaded file (`seal_bytes`, `open_bytes`).

A copied disk or backup without the key gives away nothing but public and members' text. Several
keys may be given: the first seals, all open, so keys can be rotated.
"""

import json

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import JSON, TypeDecorator

_MARK = "sealed"
_keys: MultiFernet | None = None


class SealBroken(RuntimeError):
    """None of the keys opens this: the key is missing, or what was sealed was tampered with."""


def use(keys) -> None:
    """Called once by the wiring with Fernet keys (32 random bytes, URL-safe base64)."""
    global _keys
    _keys = MultiFernet([Fernet(key) for key in keys])


def new_key() -> str:
    return Fernet.generate_key().decode()


def seal_bytes(content: bytes) -> bytes:
    """The content encrypted and signed, as base64: a third longer, wholly in memory."""
    return _keys.encrypt(content)


def open_bytes(sealed: bytes) -> bytes:
    """Raises SealBroken."""
    try:
        return _keys.decrypt(sealed)
    except InvalidToken as error:
        raise SealBroken("no CONTENT_KEY opens what was sealed") from error


class Secret(dict):
    """A dict that is stored encrypted."""


class SealedJSON(TypeDecorator):
    """JSON that is stored as {"sealed": token}: always, or (`always=False`) when it is a Secret."""

    impl = JSON
    cache_ok = True

    def __init__(self, always: bool = True):
        super().__init__()
        self.always = always

    def process_bind_param(self, value, dialect):
        if value is None or not (self.always or isinstance(value, Secret)):
            return value
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return {_MARK: seal_bytes(text.encode()).decode()}

    def process_result_value(self, value, dialect):
        if not isinstance(value, dict) or set(value) != {_MARK}:
            return value
        opened = json.loads(open_bytes(value[_MARK].encode()))
        return Secret(opened) if isinstance(opened, dict) else opened
