"""The words of the promise: a version that was sent is never changed, and says what it must."""

import hashlib
import re
from string import Template

import pytest
from conftest import PROVINCE

from marketplace.services.confidential import nda

# version -> SHA-256 of the Vietnamese and of the English file. A change of words is a new version.
SHIPPED = {
    "1": (
        "c54c4d06d3489fc64b08f81803c37210f91f418b8e90c88de2ae2a9e64139fa0",
        "9b5dfcc4fdd9f2245dc7e3dae9061e62ca06204c8c0db79cecc026800b80cbdb",
    ),
}
VERSIONS = {each.version: each for each in nda.versions(PROVINCE.folder)}
PLACES = {
    "number", "day", "owner", "owner_en", "asker", "asker_organisation", "centre", "centre_en",
    "exchange", "exchange_en", "subject", "subject_en", "ref", "title", "purpose", "days",
}  # fmt: skip


def test_every_version_ever_shipped_is_there_as_it_was():
    found = {
        version: tuple(
            hashlib.sha256((PROVINCE.folder / "nda" / f"{version}.{tongue}.txt").read_bytes())
            .hexdigest()
            for tongue in ("vi", "en")
        )
        for version in VERSIONS
    }  # fmt: skip
    assert found == SHIPPED


@pytest.mark.parametrize("version", VERSIONS)
def test_a_version_asks_for_nothing_nobody_fills_in(version):
    assert set(Template(VERSIONS[version].words).get_identifiers()) == PLACES


@pytest.mark.parametrize("version", VERSIONS)
def test_the_translation_has_every_section_and_says_which_text_binds(version):
    vietnamese, english = VERSIONS[version].vi, VERSIONS[version].en
    sections = re.compile(r"^(\d+)\. ", re.MULTILINE)
    assert sections.findall(vietnamese) == sections.findall(english)
    assert len(sections.findall(vietnamese)) == 10
    assert "bản có giá trị" in vietnamese
    assert "for information only" in english


def test_the_latest_is_the_greatest_number_not_the_last_by_letter(tmp_path):
    (tmp_path / "nda").mkdir()
    for number in ("2", "10", "9"):
        for tongue in ("vi", "en"):
            (tmp_path / "nda" / f"{number}.{tongue}.txt").write_text(f"{number} {tongue}")
    assert nda.latest(tmp_path).version == "10"
    assert nda.latest(tmp_path).vi == "10 vi"


def test_a_province_without_a_text_opens_nothing(tmp_path):
    with pytest.raises(nda.NoText):
        nda.latest(tmp_path)
