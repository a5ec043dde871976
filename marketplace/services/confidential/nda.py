"""The promise to keep a secret: the province's text, filled in for two sides, and its hash.

A version of the text lies in the province's folder as `nda/<version>.vi.txt` and `.en.txt`. One
that was ever sent is never changed: a change of words is a new version (tests/test_nda.py).
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from string import Template

from marketplace.domain.cleaning import one_line
from marketplace.domain.errors import DomainError
from marketplace.models import AccessRequest
from marketplace.services.trail import HERE

_RULE = "\n\n" + "—" * 20 + "\n\n"


class NoText(DomainError):
    """The province has no text to sign, so nothing can be opened."""

    status = 500


@dataclass(frozen=True)
class Nda:
    """The words of one version, with ${places} to be filled."""

    version: str
    vi: str
    en: str

    @property
    def words(self) -> str:
        """Both languages, as they are shown one below the other."""
        return self.vi.strip() + _RULE + self.en.strip() + "\n"


def versions(folder: Path) -> list[Nda]:
    """Every version in the province's folder, the latest last."""
    return [
        Nda(
            path.name.removesuffix(".vi.txt"),
            path.read_text(encoding="utf-8"),
            path.with_name(path.name.replace(".vi.", ".en.")).read_text(encoding="utf-8"),
        )
        for path in sorted(
            (folder / "nda").glob("*.vi.txt"), key=lambda p: int(p.name.split(".")[0])
        )
    ]


def latest(folder: Path) -> Nda:
    """The version sent from now on. Raises NoText."""
    found = versions(folder)
    if not found:
        raise NoText
    return found[-1]


def digest(text: str) -> str:
    """SHA-256 of the text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def filled(nda: Nda, request: AccessRequest, province, *, owner: tuple[str, str], now) -> str:
    """The whole text for one request. `owner` names the disclosing side in Vietnamese and in
    English; `province` is a config.Province."""
    listing, organisation, file = request.listing, request.organisation, request.attachment
    return Template(nda.words).substitute(
        number=request.number,
        day=now.astimezone(HERE).strftime("%d/%m/%Y"),
        owner=owner[0],
        owner_en=owner[1],
        asker=one_line(request.asker.name),
        asker_organisation=f", {one_line(organisation.name)}" if organisation is not None else "",
        centre=province.centre_name,
        centre_en=province.centre_name_en,
        exchange=province.exchange_name,
        exchange_en=province.exchange_name_en,
        # A file by its hash: its name is kept secret as well.
        subject="Các mục giữ kín" if file is None else f"Tệp giữ kín (SHA-256: {file.sha256})",
        subject_en="The confidential fields"
        if file is None
        else f"The confidential file (SHA-256: {file.sha256})",
        ref=listing.ref,
        title=one_line(listing.title),
        purpose=request.purpose,
        days=request.days,
    )
