"""A sheet: one agency's export of one format for one month, and how people are written on it."""

from dataclasses import dataclass
from datetime import date, datetime

from hub.synth.households import Household
from hub.synth.layout import Layout
from hub.synth.places import LONDON, Address
from hub.synth.recorded import AgencyIndex, Recorded
from hub.synth.truth import Truth

Cells = dict[str, str]
"""What a row says, by our word for the cell; a cell that is not there is empty."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: of which record, in which version, and when somebody typed it."""

    entered: datetime
    number: int
    version: int
    consent: str
    risk_grade: str
    suspect: str  # named, unknown or none: it may become known
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is needed to write a row: the truth, the agency's view of people, and its forms."""

    truth: Truth
    layout: Layout
    index: AgencyIndex
    month: int

    def day(self, day: date | None) -> str:
        return "" if day is None else day.strftime(self.layout.date_form(self.month))

    def local_day(self, instant: datetime) -> str:
        return self.day(instant.astimezone(LONDON).date())

    def instant(self, instant: datetime) -> str:
        """Write an instant as the clock on the wall showed it."""
        return instant.astimezone(LONDON).strftime(self.layout.time_form(self.month))

    def code(self, words: str, word: str) -> str:
        return self.layout.words[words][word]

    def record(self, person: int) -> Recorded:
        return self.index.record(self.truth.people[person])

    def household(self, record: Recorded) -> Household:
        return self.truth.households[record.person.household]


def person_cells(sheet: Sheet, who: str, record: Recorded, on: date) -> Cells:
    """Write all that an agency may know of somebody; the layout says what it has columns for."""
    person = record.person
    cells = {
        "given": record.given,
        "family": record.family,
        "former": record.former,
        "alias": record.alias,
        "born": sheet.day(record.born),
        "gender": sheet.code("gender", person.gender),
        "nhs": record.nhs_number,
        "pnc": person.pnc,
        "telephone": record.telephone,
        "email": person.email,
        "occupation": person.occupation,
        "employer": person.employer,
        "school": person.school,
    }
    written = {f"{who}_{name}": text for name, text in cells.items() if text}
    return {**written, f"{who}_id": record.local_id, **address_cells(who, record.home_on(on))}


def safety_cells(who: str, record: Recorded) -> Cells:
    """Write what only a victim is asked: where it is safe to ring, and in what language."""
    person = record.person
    return {
        f"{who}_safe_telephone": person.safe_telephone or "",
        f"{who}_safe_hours": person.safe_hours or "",
        f"{who}_language": person.language or "",
    }


def address_cells(who: str, address: Address) -> Cells:
    return {
        f"{who}_line1": address.line1,
        f"{who}_town": address.town,
        f"{who}_postcode": address.postcode,
    }
