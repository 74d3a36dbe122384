"""What the environment and the command line may set.

Everything else is in `policies/` and `schemas/`, where it is read as a diff and signed.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hub.model.faults import WrongUse

KAFKA = "kafka://"
SQL = "sql:"
DEFAULT_HOME = "hub-data"
SUPERVISED = "HUB_SUPERVISED"
"""Set by `hub run` for the processes it starts: they end with it. Not for people."""
REFERENCE_PATH = "HUB_REFERENCE_PATH"
"""Set to 1, disclosures are written by the readable path: slower, and the same bytes."""
ISSUER = re.compile(
    r"https://[a-z0-9.-]+(:[0-9]{1,5})?|http://(127\.0\.0\.1|localhost)(:[0-9]{1,5})?"
)


class SettingsFault(WrongUse):
    """A setting cannot be used. The text says which, and what to write."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`db`: SQLAlchemy URL. `log`: `sql:` or `kafka://host:port`. `home`: the data folder.

    `inbox`: the folder with one inbox for each agency, None for no connectors.
    `issuer`: the URL at which clients reach the API, None for where it listens. `tls_terminated`: TLS
    ends in front of the API, at a proxy of ours.
    """

    db: str
    log: str
    home: Path
    issuer: str | None = None
    tls_terminated: bool = False
    inbox: Path | None = None

    @property
    def kafka(self) -> str | None:
        """The broker's address, or None for the embedded log."""
        return self.log.removeprefix(KAFKA).rstrip("/") if self.log.startswith(KAFKA) else None


def settings(
    *,
    db: str | None = None,
    log: str | None = None,
    home: str | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Settings:
    """Take each setting from the command line, else from HUB_DB, HUB_LOG, HUB_HOME, else its default.

    HUB_INBOX, HUB_ISSUER and HUB_TLS_TERMINATED are of a place, and come from the environment alone.

    Raises:
        SettingsFault: a setting is of no form that the hub knows.
    """
    folder = Path(home or environment.get("HUB_HOME") or DEFAULT_HOME)
    url = db or environment.get("HUB_DB") or f"sqlite:///{folder.absolute() / 'hub.sqlite'}"
    where = log or environment.get("HUB_LOG") or SQL
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise SettingsFault("HUB_DB (--db) has to begin with sqlite:/// or postgresql://")
    if where != SQL and not where.startswith(KAFKA):
        raise SettingsFault("HUB_LOG (--log) has to be sql: or kafka://host:port")
    tls_terminated = environment.get("HUB_TLS_TERMINATED") or "0"
    if tls_terminated not in ("0", "1"):
        raise SettingsFault("HUB_TLS_TERMINATED has to be 1, or not set")
    issuer = environment.get("HUB_ISSUER") or None
    if issuer is not None and not ISSUER.fullmatch(issuer):
        raise SettingsFault("HUB_ISSUER has to be https://host, without a path and in lower case")
    inbox = environment.get("HUB_INBOX") or None
    return Settings(
        url, where, folder, issuer, tls_terminated == "1", Path(inbox) if inbox else None
    )


def by_reference_path(environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether disclosures are to be written by the readable path.

    Raises:
        SettingsFault: the setting is neither 0 nor 1.
    """
    found = environment.get(REFERENCE_PATH) or "0"
    if found not in ("0", "1"):
        raise SettingsFault(f"{REFERENCE_PATH} has to be 1, or not set")
    return found == "1"
