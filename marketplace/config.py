"""Settings: the one reader of the environment. README lists every name below."""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parent.parent


SEARCH_ENGINES = ("auto", "whoosh", "tantivy")  # auto, the first: by the size of the collection
_CLAMD = re.compile(r"unix:/.+|(?:[\w.-]+|\[[0-9a-fA-F:]+\]):\d{1,5}")


class SettingsError(SystemExit):
    """The environment does not allow a safe start; the text says what to set."""


@dataclass(frozen=True)
class Province:
    """What makes this exchange this province's: data in a folder, not code."""

    folder: Path
    code: str
    slug: str
    short: str
    name: str
    name_en: str
    exchange_name: str
    exchange_name_en: str
    centre_name: str
    centre_name_en: str
    department_name: str
    department_name_en: str
    hotline: str
    zalo: str
    email: str
    address: str
    address_en: str
    host: str
    lat: float
    lon: float

    @classmethod
    def read(cls, folder: Path) -> "Province":
        """Raises SettingsError when the folder holds no province.json."""
        path = folder / "province.json"
        if not path.is_file():
            raise SettingsError(f"PROVINCE_FOLDER: no province.json in {folder}")
        return cls(folder=folder, **json.loads(path.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Settings:
    secret_key: str = field(repr=False)  # no default: a guessable key is worse than a crash
    sample: bool
    instance: Path
    database_url: str = field(repr=False)
    province: Province
    base_url: str  # links in mails: scheme and host as visitors see them
    content_keys: tuple[str, ...] = field(repr=False)  # the first seals confidential text, all open
    rankers: Path | None = None  # None: a folder of the instance
    encoder: str | None = None  # None: the model bundled in a package
    search_engine: str = SEARCH_ENGINES[0]  # which engine keeps the full-text index: by size
    sample_listings: int = 0  # 0: the whole sample
    smtp_url: str = field(default="", repr=False)  # smtp://user:password@host:587?tls=1
    mail_from: str = ""
    secure_cookies: bool = True
    trusted_hosts: tuple[str, ...] = ()
    proxy_hops: int = 0
    upload_limit_mb: int = 10
    clamd: str = ""  # unix:/path or host:port of the virus scanner; "": none
    rate_limits: bool = True
    testing: bool = False

    @property
    def rankers_folder(self) -> Path:
        """Where learned rankers are kept; no web page writes there."""
        return self.rankers or self.instance / "rankers"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Raises SettingsError with a sentence that says what is missing."""
        sample = environ.get("EXCHANGE_MODE", "production") == "sample"
        instance = Path(environ.get("INSTANCE_FOLDER") or ROOT / "instance")
        instance.mkdir(parents=True, exist_ok=True)
        province = Province.read(
            Path(environ.get("PROVINCE_FOLDER") or ROOT / "marketplace/provinces/hung_yen")
        )
        secret = environ.get("SECRET_KEY") or (
            _kept(instance / "sample-secret", lambda: secrets.token_urlsafe(48)) if sample else ""
        )
        if len(secret) < 32:
            raise SettingsError(
                "SECRET_KEY is missing or shorter than 32 characters. Set it, for example to the "
                'output of: python -c "import secrets; print(secrets.token_urlsafe(48))"'
            )
        keys = tuple(filter(None, environ.get("CONTENT_KEY", "").split(",")))
        if not keys and sample:
            keys = (_kept(instance / "sample-content-key", lambda: Fernet.generate_key().decode()),)
        if not keys:
            raise SettingsError(
                "CONTENT_KEY is missing: it encrypts confidential text and uploaded files. Keep it "
                "apart from backups. Make one with: python -c "
                '"from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
            )
        port = environ.get("PORT", "8000")
        base_url = environ.get("BASE_URL") or (
            f"http://127.0.0.1:{port}" if sample else f"https://{province.host}"
        )
        if not sample and not environ.get("SMTP_URL"):
            raise SettingsError(
                "SMTP_URL is missing: without mail nobody can verify an address. "
                "Example: smtp://user:password@mail.example:587?tls=1"
            )
        clamd = environ.get("CLAMD", "").strip()
        if clamd and not _CLAMD.fullmatch(clamd):
            raise SettingsError(
                "CLAMD is neither a socket nor a host with a port. Examples: "
                "unix:/run/clamav/clamd.ctl or 127.0.0.1:3310. Leave it empty for no virus scan."
            )
        search_engine = environ.get("SEARCH_ENGINE") or SEARCH_ENGINES[0]
        if search_engine not in SEARCH_ENGINES:
            raise SettingsError(
                f"SEARCH_ENGINE is none of {', '.join(SEARCH_ENGINES)}. Leave it empty for auto: "
                "Whoosh for small collections, tantivy for large ones."
            )
        rankers = Path(environ.get("RANKERS_FOLDER") or instance / "rankers")
        for uploads in (instance / "files", instance / "imports"):
            if rankers.resolve().is_relative_to(uploads.resolve()):
                raise SettingsError(
                    "RANKERS_FOLDER lies inside a folder of uploaded files. What decides the "
                    "order of suggestions must not stand where visitors can write. "
                    "Leave it empty for the default."
                )
        return cls(
            secret_key=secret,
            sample=sample,
            instance=instance,
            database_url=environ.get("DATABASE_URL") or f"sqlite:///{instance / 'exchange.db'}",
            province=province,
            base_url=base_url.rstrip("/"),
            content_keys=keys,
            rankers=rankers,
            encoder=environ.get("ENCODER") or None,
            search_engine=search_engine,
            sample_listings=int(environ.get("SAMPLE_LISTINGS", "0")),
            smtp_url=environ.get("SMTP_URL", ""),
            mail_from=environ.get("MAIL_FROM") or province.email,
            secure_cookies=base_url.startswith("https://"),
            trusted_hosts=tuple(filter(None, environ.get("TRUSTED_HOSTS", "").split(","))),
            proxy_hops=int(environ.get("PROXY_HOPS", "0")),
            upload_limit_mb=int(environ.get("UPLOAD_LIMIT_MB", "10")),
            clamd=clamd,
            rate_limits=environ.get("RATE_LIMITS", "on") != "off",
        )


def _kept(path: Path, make) -> str:
    """A random secret of this sample installation, kept so that a restart changes nothing."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(make(), encoding="ascii")
    return path.read_text(encoding="ascii").strip()
