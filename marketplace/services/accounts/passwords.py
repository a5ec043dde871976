"""Passwords: what may be one (ASVS v5.0.0-6.2), and how it is kept."""

import hashlib
import re
import string
import threading
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from marketplace.domain.errors import N_, Invalid
from marketplace.models import User
from marketplace.services.vocabularies import fold

# 19 MiB, 2 passes: OWASP's argon2id profile; 34 ms here, where the library's default takes 400.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_hashing = threading.BoundedSemaphore(2)  # more at once would let sign-ins exhaust the machine

SHORTEST, LONGEST = 12, 128
UNUSABLE = "!"  # no password has this hash: the person has yet to choose one

# What an unknown address is checked against, so that it takes as long as a known one: argon2id of
# a random text nobody kept, with the parameters of `_hasher`.
NOBODY = (
    "$argon2id$v=19$m=19456,t=2,p=1$LAGt9JP8lZocn0ORfQMODg"
    "$vYPGno4qGfPFW3TTlt4QQYJO4Sp8PnclBgYZBkzoCR0"
)

# Words this site's users think of first. A password made of nothing but these, digits and runs of
# the keyboard is guessed soon, however long.
_EXPECTED = (
    *("password", "matkhau", "welcome", "xinchao", "admin", "administrator", "quantri"),
    *("iloveyou", "anhyeuem", "emyeuanh", "vietnam", "hungyen", "thaibinh", "phohien", "hanoi"),
    *("nhanlong", "sangiaodich", "hoptacxa", "congty", "khoahoc", "test", "abcdef", "abc"),
    *("qwertyuiop", "qwerty", "asdfghjkl", "asdfgh", "zxcvbnm", "zxcvbn", "1qaz2wsx", "1q2w3e4r"),
)
_DISGUISES = str.maketrans("@0$3!", "aosei")  # p@ssw0rd
_MADE_OF_EXPECTED = re.compile(rf"(?:{'|'.join(_EXPECTED)}|\d|[!@#$%.?_*-])+")


def hash_password(password: str) -> str:
    with _hashing:
        return _hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password belongs to the hash; None, nobody's hash, takes as long and is wrong.

    An over-long password is wrong without being hashed: hashing megabytes is an attack.
    """
    if len(password) > LONGEST:
        return False
    if password_hash == UNUSABLE:
        password_hash = None
    with _hashing:
        try:
            return _hasher.verify(password_hash or NOBODY, password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False


def outdated(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return password_hash != UNUSABLE and _hasher.check_needs_rehash(password_hash)


_LISTS = Path(__file__).resolve().parents[2] / "vocabularies"
_ADDED = string.digits + string.punctuation  # what people put around a word to make it longer


@cache
def _common() -> frozenset[str]:
    return frozenset((_LISTS / "common-passwords.txt").read_text(encoding="utf-8").split())


@cache
def _leaked() -> frozenset[str]:
    """Digests of the words that stolen passwords are made of; the file says how it was made."""
    lines = (_LISTS / "leaked-passwords.txt").read_text(encoding="ascii").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


def digest(word: str) -> str:
    """What stands in the list for a word: it tells no visitor of the file what others typed."""
    return hashlib.sha256(word.encode()).hexdigest()[:10]


def cores(bare: str) -> set[str]:
    """The password and the word inside it: football2026!, f00tball and football are one."""
    word = bare.strip(_ADDED)
    plain = bare.translate(_DISGUISES).strip(_ADDED)
    return {bare, word, word.translate(_DISGUISES), plain} - {""}


def check_password(password: str, *about: str) -> str:
    """The password, if it may be used; raises Invalid with what to do.

    Length instead of composition rules, nothing common, nothing of the person (`about`: names and
    addresses). Any character counts, and the password is kept as it was typed.
    """
    if len(password) < SHORTEST:
        raise Invalid(
            N_("Mật khẩu cần ít nhất %(length)s ký tự. Một câu ngắn dễ nhớ là tốt nhất."),
            "password",
            length=SHORTEST,
        )
    if len(password) > LONGEST:
        raise Invalid(N_("Mật khẩu tối đa %(length)s ký tự."), "password", length=LONGEST)
    bare = fold(password).replace(" ", "")
    # Letters of one or two kinds, or one short piece over and over, are no sentence.
    monotonous = len(set(password.casefold())) < 5 or re.fullmatch(r"(.{1,4}?)\1+.{0,3}", bare)
    expected = any(_MADE_OF_EXPECTED.fullmatch(b) for b in (bare, bare.translate(_DISGUISES)))
    leaked = any(digest(core) in _leaked() for core in cores(bare))
    if bare in _common() or monotonous or expected or leaked:
        raise Invalid(N_("Mật khẩu này quá phổ biến, dễ bị đoán. Hãy chọn câu khác."), "password")
    for text in about:
        word = fold(text.split("@")[0]).replace(" ", "")
        if len(word) > 3 and word in bare:
            raise Invalid(N_("Mật khẩu không nên chứa tên hoặc địa chỉ thư của bạn."), "password")
    return password


def awaits_password(user: User) -> bool:
    """Whether the person was invited and has not chosen a password yet."""
    return user.password_hash == UNUSABLE


def keep_password(user: User, password_hash: str, *, now) -> None:
    """Give the user a new password; sessions older than it are dead from now on."""
    user.password_hash, user.password_changed_at = password_hash, now
