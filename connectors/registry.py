"""Which agencies have a connector, and in which formats: found from the mapping files.

Adding a force or a charity is adding its mapping file.
"""

from collections.abc import Callable
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Protocol

from connectors.charities import referral_csv
from connectors.connector import Format, format_of
from connectors.csv_format import Column
from connectors.health import fhir_messages
from connectors.mapping import MappingFault
from connectors.police import pole_csv
from connectors.social_services import ssd
from hub.model.agency import AgencyId


class MappedFormat(Format, Protocol):
    """A format that a mapping file lays out."""

    def columns(self, file: Path) -> list[Column]:
        """Say which heading of a file goes where, which goes nowhere, and which is missing.

        Raises:
            SourceUnusable: the file has no heading that can be read.
        """
        ...


_KINDS: tuple[tuple[str, Callable[[str, str], tuple[MappedFormat, ...]]], ...] = (
    ("connectors.police", pole_csv.formats),
    ("connectors.charities", referral_csv.formats),
    ("connectors.health", fhir_messages.formats),
    ("connectors.social_services", ssd.formats),
)


class AgencyUnknown(Exception):
    """No mapping file names this agency."""


def agencies() -> dict[AgencyId, tuple[Format, ...]]:
    """Give each agency's formats.

    Raises:
        MappingFault: a mapping file is not as it should be.
    """
    return {agency: (*formats,) for agency, formats in _mapped_formats().items()}


def describe_mapping(agency: AgencyId, file: Path) -> list[Column]:
    """Say which heading of a file goes where, which goes nowhere, and which is missing.

    Raises:
        AgencyUnknown: there is no mapping for this agency.
        SourceUnusable: the file has no heading that can be read.
    """
    formats = _mapped_formats().get(agency)
    if formats is None:
        known = ", ".join(sorted(_mapped_formats()))
        raise AgencyUnknown(f"no mapping for agency {agency}; there is one for {known}")
    chosen = format_of(file, formats) or formats[0]
    return chosen.columns(file)


@cache
def _mapped_formats() -> dict[AgencyId, tuple[MappedFormat, ...]]:
    found: dict[AgencyId, tuple[MappedFormat, ...]] = {}
    for package, formats in _KINDS:
        folder = resources.files(package) / "mappings"
        for file in sorted(folder.iterdir(), key=lambda each: each.name):
            if file.name.endswith(".toml"):
                laid_out = formats(file.read_text("utf-8"), file.name)
                agency = laid_out[0].agency
                if agency in found:
                    raise MappingFault(f"{file.name}: {agency} has two mappings; remove one")
                found[agency] = laid_out
    return found
