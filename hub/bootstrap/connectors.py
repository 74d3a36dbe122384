"""The connectors as the hub's own commands run them: each agency's side, in its own folder."""

from collections.abc import Sequence
from pathlib import Path

from connectors.connector import Format
from connectors.registry import agencies
from hub.model.agency import AgencyId
from hub.settings import Settings


class ConnectorUnknown(Exception):
    """No such agency or format has a connector. The text lists what there is."""


def formats_of(agency: str, name: str | None = None) -> Sequence[Format]:
    """Give an agency's formats, or the one of that name.

    Raises:
        ConnectorUnknown: there is none.
    """
    known = agencies()
    if agency not in known:
        raise ConnectorUnknown(f"no connector for {agency}; there are: {', '.join(sorted(known))}")
    found = [each for each in known[AgencyId(agency)] if name in (None, each.name)]
    if not found:
        names = ", ".join(each.name for each in known[AgencyId(agency)])
        raise ConnectorUnknown(f"{agency} has no format {name}; it has: {names}")
    return found


def home_of(settings: Settings, agency: str) -> Path:
    """Give the folder in which an agency's connector keeps its spool."""
    return settings.home / "connectors" / agency
