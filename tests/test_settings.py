"""The environment: what a start demands outside the sample mode, and what the sample mode makes."""

import json
import re
import stat

import pytest
from cryptography.fernet import Fernet

from marketplace.config import Province, Settings, SettingsError

SECRET = "x7#kQ9!mZ2$w" * 4
KEY = Fernet.generate_key().decode()
SMTP = "smtp://user:secret-word@mail.example:587?tls=1"


def production(tmp_path, **over):
    values = {
        "INSTANCE_FOLDER": str(tmp_path),
        "SECRET_KEY": SECRET,
        "CONTENT_KEY": KEY,
        "SMTP_URL": SMTP,
    } | over
    return {name: value for name, value in values.items() if value is not None}


@pytest.mark.parametrize("name", ["SECRET_KEY", "CONTENT_KEY", "SMTP_URL"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_secret_stops_the_start_with_its_name_and_an_example(tmp_path, name, value):
    with pytest.raises(SettingsError) as refusal:
        Settings.from_environ(production(tmp_path, **{name: value}))
    assert str(refusal.value).startswith(f"{name} is missing")
    assert re.search("xample|Make one with", str(refusal.value))
    assert isinstance(refusal.value, SystemExit)  # a sentence and exit code 1, no traceback


def test_a_short_secret_is_no_secret(tmp_path):
    with pytest.raises(SettingsError, match="shorter than 32"):
        Settings.from_environ(production(tmp_path, SECRET_KEY="changeme"))


def test_production_is_what_is_meant_when_nothing_is_said(tmp_path):
    settings = Settings.from_environ(production(tmp_path))
    assert not settings.sample
    assert settings.secure_cookies
    assert settings.base_url.startswith("https://")
    assert settings.rate_limits
    for secret in (SECRET, KEY, "secret-word"):
        assert secret not in repr(settings)


def test_the_sample_mode_makes_a_secret_of_its_own_and_keeps_it(tmp_path):
    environ = {"EXCHANGE_MODE": "sample", "INSTANCE_FOLDER": str(tmp_path)}
    first, second = Settings.from_environ(environ), Settings.from_environ(environ)
    assert len(first.secret_key) >= 48
    assert first.secret_key == second.secret_key
    assert stat.S_IMODE((tmp_path / "sample-secret").stat().st_mode) == 0o600
    elsewhere = Settings.from_environ(environ | {"INSTANCE_FOLDER": str(tmp_path / "b")})
    assert elsewhere.secret_key != first.secret_key


def test_no_sample_secret_is_made_for_production(tmp_path):
    with pytest.raises(SettingsError):
        Settings.from_environ(production(tmp_path, SECRET_KEY=None))
    with pytest.raises(SettingsError):
        Settings.from_environ(production(tmp_path, CONTENT_KEY=None))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_a_province_says_so(tmp_path):
    with pytest.raises(SettingsError, match="PROVINCE_FOLDER"):
        Settings.from_environ(production(tmp_path, PROVINCE_FOLDER=str(tmp_path)))


def test_another_province_is_another_folder(tmp_path):
    here = Province.read(Settings.from_environ(production(tmp_path)).province.folder)
    data = {name: getattr(here, name) for name in here.__dataclass_fields__ if name != "folder"}
    (tmp_path / "province.json").write_text(
        json.dumps(data | {"exchange_name": "Sàn Bắc Ninh", "host": "san.bacninh.example"}),
        encoding="utf-8",
    )
    settings = Settings.from_environ(production(tmp_path, PROVINCE_FOLDER=str(tmp_path)))
    assert settings.province.exchange_name == "Sàn Bắc Ninh"
    assert settings.base_url == "https://san.bacninh.example"


@pytest.mark.parametrize(
    "address", ["", "unix:/run/clamav/clamd.ctl", "127.0.0.1:3310", "clamd:3310", "[::1]:3310"]
)
def test_a_virus_scanner_is_a_socket_or_a_host_with_a_port(tmp_path, address):
    assert Settings.from_environ(production(tmp_path, CLAMD=address)).clamd == address


@pytest.mark.parametrize("address", ["clamd", "/run/clamd.ctl", "unix:", ":3310", "a:b", "::1:x"])
def test_a_virus_scanner_that_is_neither_stops_the_start(tmp_path, address):
    with pytest.raises(SettingsError, match="CLAMD is neither"):
        Settings.from_environ(production(tmp_path, CLAMD=address))
