"""What each agency told, and when the hub had it: the bridge from the files to what is expected of them.

One `Telling` is one version of one record, with what it says in the truth's own numbers for people and
incidents. Nothing here is read back out of a file: the story says who was told what.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from hub.synth.incidents import Incident
from hub.synth.places import LONDON
from hub.synth.recorded import Recorded
from hub.synth.sheet import Cells, Entry, Sheet

MANY = 10  # more of a kind than any row has places for


@dataclass(frozen=True, slots=True)
class Telling:
    """One version of one record. People and incidents are the truth's numbers.

    `tells_abuse`: it says that `victim` was harmed at `occurred_at`; a plan or a court's order does not.
    """

    agency: str
    key: str  # format:reference, as the agency's records are called for ever
    version: int
    event_type: str
    file: str
    received_at: datetime
    occurred_at: datetime
    victim: int | None
    perpetrators: tuple[int, ...] = ()
    unresolved: tuple[int, ...] = ()
    children: tuple[int, ...] = ()
    incident: int | None = None
    tells_abuse: bool = False
    ticks: int = 0
    is_judged: bool = False
    criteria: tuple[str, ...] = ()
    referred_on: date | None = None
    is_withdrawn: bool = False

    @property
    def event(self) -> str:
        return f"{self.agency}/{self.key}"

    @property
    def occurred_on(self) -> date:
        return self.occurred_at.astimezone(LONDON).date()

    @property
    def received_on(self) -> date:
        return self.received_at.astimezone(LONDON).date()


@dataclass(slots=True)
class Written:
    """What one agency has written of one person under one key, over all its rows."""

    agency: str
    local_id: str
    person: int
    given: str
    family: str
    former: str
    born: date | None
    nhs_number: str
    pnc: str
    postcodes: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Told:
    """All tellings, in the order in which they were written, and all that was written of people."""

    tellings: list[Telling] = field(default_factory=list)
    written: dict[tuple[str, str], Written] = field(default_factory=dict)

    def write_down(
        self, agency: str, local_id: str, record: Recorded, *, pnc: str, postcode: str
    ) -> None:
        """Remember that an agency has written of somebody, under a key."""
        mark = agency, local_id
        if mark not in self.written:
            self.written[mark] = Written(
                agency, local_id, record.person.number, record.given, record.family, record.former,
                record.born, record.nhs_number, pnc,
            )  # fmt: skip
        self.written[mark].pnc = self.written[mark].pnc or pnc
        if postcode:
            self.written[mark].postcodes.add(postcode)


def remember_row(
    told: Told, sheet: Sheet, entry: Entry, cells: Cells, *, file: str, received_at: datetime
) -> None:
    """Remember one row of a CSV export and everybody on it."""
    reading = _referral if sheet.layout.name == "referrals" else _police
    telling, people = reading(sheet, entry, cells, file=file, received_at=received_at)
    told.tellings.append(telling)
    for who, person in people.items():
        local_id = cells.get(f"{who}_id") or derived_id(cells["reference"], who)
        told.write_down(
            sheet.layout.agency,
            local_id,
            sheet.record(person),
            pnc=cells.get(f"{who}_pnc", ""),
            postcode=cells.get(f"{who}_postcode", ""),
        )


def derived_id(reference: str, who: str) -> str:
    """Give the key of somebody to whom the agency gives none: the row's, and the place on it."""
    role = who.rstrip("0123456789")
    number = who.removeprefix(role) or "1"
    return f"{reference}/{'perpetrator' if role == 'suspect' else role}/{number}"


def _police(
    sheet: Sheet, entry: Entry, cells: Cells, *, file: str, received_at: datetime
) -> tuple[Telling, Mapping[str, int]]:
    incident = sheet.truth.incidents[entry.number]
    dyad = sheet.truth.dyads[incident.dyad]
    is_dash = sheet.layout.name == "dash"
    people = {"victim": dyad.victim}
    if entry.suspect == "named":
        people["suspect"] = dyad.perpetrator
    if not is_dash:
        people |= _children(incident.children, cells)
        if incident.witness is not None:
            people["witness1"] = incident.witness
    both = (dyad.victim, dyad.perpetrator) if incident.both_alleged else ()
    named = () if both or entry.suspect != "named" else (dyad.perpetrator,)
    dash = incident.dash if is_dash else None
    telling = Telling(
        agency=sheet.layout.agency,
        key=f"{sheet.layout.name}:{cells['reference']}",
        version=entry.version,
        event_type="risk-assessed" if is_dash else "incident-reported",
        file=file,
        received_at=received_at,
        occurred_at=incident.occurred_at,
        victim=None if both else dyad.victim,
        perpetrators=named,
        unresolved=both,
        children=() if is_dash else tuple(_children(incident.children, cells).values()),
        incident=incident.number,
        tells_abuse=True,
        ticks=dash.ticks if dash else 0,
        is_judged=bool(dash and dash.judged_high),
    )
    return telling, people


def _referral(
    sheet: Sheet, entry: Entry, cells: Cells, *, file: str, received_at: datetime
) -> tuple[Telling, Mapping[str, int]]:
    referral = sheet.truth.referrals[entry.number]
    incident = sheet.truth.incidents[referral.incident]
    children = _children(referral.children, cells)
    people = {
        "victim": referral.victim,
        **{f"perpetrator{place}": each for place, each in enumerate(referral.perpetrators, 1)},
        **children,
    }
    telling = Telling(
        agency=sheet.layout.agency,
        key=f"{sheet.layout.name}:{cells['reference']}",
        version=entry.version,
        event_type="referral-made",
        file=file,
        received_at=received_at,
        occurred_at=_day_of(incident),
        victim=referral.victim,
        perpetrators=referral.perpetrators,
        children=tuple(children.values()),
        incident=None if referral.is_turned_round else referral.incident,
        tells_abuse=True,
        criteria=referral.criteria,
        is_judged="professional_judgement" in referral.criteria,
        referred_on=referral.referred_at.astimezone(LONDON).date(),
    )
    return telling, people


def _children(children: tuple[int, ...], cells: Cells) -> dict[str, int]:
    """Name those children for whom the row had places."""
    named = {f"child{place}": each for place, each in enumerate(children, 1) if place < MANY}
    return {who: each for who, each in named.items() if cells.get(f"{who}_given")}


def _day_of(incident: Incident) -> datetime:
    """Give the beginning of the day: a charity states no hour of an incident."""
    local = incident.occurred_at.astimezone(LONDON)
    return local.replace(hour=0, minute=0, second=0)
