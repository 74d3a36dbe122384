"""The MARACs: which area each serves, who prepares it, and who sits there, as data."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal, TypeAlias, get_args

from hub.model.agency import AgencyId
from hub.model.strict import PolicyFault, Table, read

FOLDER = "maracs/"
NEW_WORD = "Only an organisation of the register can be invited: add it there first"

Reason: TypeAlias = Literal["pregnant", "school-age-child"]
"""Why somebody is invited who does not always sit there (the conditional members of SafeLives)."""


@dataclass(frozen=True, slots=True)
class Also:
    """An organisation that is invited to a case for a reason of its own."""

    organisation: AgencyId
    when: Reason


@dataclass(frozen=True, slots=True)
class Marac:
    """One MARAC. `postcode_areas` are the letters that postcodes in its area begin with.

    `takes_unknown`: it hears the cases of which nobody knows where the victim lives.
    `closes_days_before`: so many working days before the meeting the list is closed.
    """

    id: str
    name: str
    coordinator: AgencyId
    postcode_areas: tuple[str, ...]
    takes_unknown: bool
    minutes_per_case: int
    closes_days_before: int
    core: tuple[AgencyId, ...]
    also: tuple[Also, ...]

    def serves(self, outcodes: Collection[str]) -> bool:
        """Tell whether a victim who lives there is this MARAC's; nobody knows where: one takes her."""
        if not outcodes:
            return self.takes_unknown
        return any(_letters(each) in self.postcode_areas for each in outcodes)


def load_maracs(files: Mapping[str, str], known: Collection[AgencyId]) -> dict[str, Marac]:
    """Load every MARAC from the files of `policies/`, by path inside it.

    Raises:
        PolicyFault: one fault anywhere refuses the whole.
    """
    found: dict[str, Marac] = {}
    for file in sorted(files):
        if file.startswith(FOLDER):
            marac = _marac(file, read(file, files[file], NEW_WORD), known)
            found[marac.id] = marac
    takers = [each.id for each in found.values() if each.takes_unknown]
    if found and len(takers) != 1:
        raise PolicyFault(
            FOLDER, "", "not exactly one MARAC has `takes_unknown = true`",
            "Say which one hears the cases whose victim's home nobody knows.",
        )  # fmt: skip
    _check_apart(found.values())
    return found


def _marac(file: str, top: Table, known: Collection[AgencyId]) -> Marac:
    top.keys(
        must=("id", "name", "coordinator", "postcode_areas", "takes_unknown", "minutes_per_case",
              "closes_days_before", "core"),
        may=("also",),
    )  # fmt: skip
    if file != f"{FOLDER}{top.slug('id')}.toml":
        top.refuse("the file is not named by its `id`", f"Name it {top.slug('id')}.toml.")
    return Marac(
        id=top.slug("id"),
        name=top.text("name"),
        coordinator=AgencyId(top.word("coordinator", known, "organisation")),
        postcode_areas=top.words("postcode_areas", None, "postcode area"),
        takes_unknown=top.flag("takes_unknown"),
        minutes_per_case=top.number("minutes_per_case"),
        closes_days_before=top.number("closes_days_before"),
        core=tuple(map(AgencyId, top.words("core", known, "organisation"))),
        also=tuple(_also(each, known) for each in top.tables("also")),
    )


def _also(table: Table, known: Collection[AgencyId]) -> Also:
    table.keys(must=("organisation", "when"))
    when = table.word("when", get_args(Reason), "reason")
    reason: Reason = "pregnant" if when == "pregnant" else "school-age-child"
    return Also(AgencyId(table.word("organisation", known, "organisation")), reason)


def _check_apart(maracs: Collection[Marac]) -> None:
    areas: dict[str, str] = {}
    for each in maracs:
        for area in each.postcode_areas:
            if area in areas:
                raise PolicyFault(
                    f"{FOLDER}{each.id}.toml", "", f"postcode area {area} is also {areas[area]}'s",
                    "Let one MARAC hear it.",
                )  # fmt: skip
            areas[area] = each.id


def _letters(outcode: str) -> str:
    return "".join(takewhile(str.isalpha, outcode))
