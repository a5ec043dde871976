"""Confidential text is unreadable in a copied database file."""

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, text

from marketplace.models import ListingContent, sealing


@pytest.fixture
def raw(session):
    """level -> what the database itself holds."""

    def read():
        rows = session.execute(text('select level, "values" from listing_contents'))
        return {row.level: row[1] for row in rows}

    return read


def test_confidential_contact_and_staff_text_is_encrypted_public_text_is_not(make, raw):
    make.listing("offer", title_vi="public-title", know_how="secret", contact_name="Hoa")
    held = raw()
    assert "public-title" in held["public"]
    for level in ("confidential", "contact", "staff"):
        assert held[level].startswith('{"sealed"')


def test_it_reads_as_written(make, session):
    make.listing("offer", know_how="bí quyết")
    session.expire_all()
    values = session.scalar(
        select(ListingContent.values).where(ListingContent.level == "confidential")
    )
    assert values["know_how"] == "bí quyết"


def test_nothing_confidential_is_in_the_database_file(app, make, session, tmp_path):
    make.listing("offer", know_how="canary-know-how", title_vi="canary-title")
    files = b"".join(path.read_bytes() for path in tmp_path.glob("test.db*"))
    assert b"canary-title" in files
    assert b"canary-know-how" not in files


def test_an_old_key_still_opens_after_rotation_and_a_stranger_does_not(make, session):
    from conftest import CONTENT_KEY

    make.listing("offer", know_how="bí quyết")
    read = select(ListingContent.values).where(ListingContent.level == "confidential")
    try:
        sealing.use([sealing.new_key(), CONTENT_KEY])
        assert session.scalar(read)["know_how"] == "bí quyết"
        sealing.use([Fernet.generate_key()])
        with pytest.raises(sealing.SealBroken):
            session.scalar(read)
    finally:
        sealing.use([CONTENT_KEY])
