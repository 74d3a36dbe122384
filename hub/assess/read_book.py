"""Read criteria and instruments out of their tables, strictly."""

import re
from collections.abc import Iterable, Mapping

from hub.assess.book import (
    CODES,
    HIGH,
    PROFESSIONAL_JUDGEMENT,
    VISIBLE_HIGH_RISK,
    Book,
    Counted,
    Criterion,
    Dated,
    Entry,
    Escalation,
    Flagged,
    Instrument,
    Item,
    Repeat,
    fingerprint,
)
from hub.assess.facts import ASSESSING, DISCLOSING, STATES, TELLING, TICKING
from hub.model.agency import AgencyId, AgencyType
from hub.model.event import EventType
from hub.model.strict import EVERY, PolicyFault, Table, read

CRITERIA, INSTRUMENTS = "criteria/", "instruments/"
NEW_WORD = "Use a word that is known: what an event can say is in its schema"
ENTRY = ("version", "effective_from", "because", "source")
"""What every entry says of itself: which it is, from when it stands, why, and where it is from."""
ANCHORS = ("last_referral", "last_meeting")
BANDS = ("standard", "medium", HIGH)
CODE = re.compile(r"[A-Z]{1,4}[0-9]{2}")


def load_book(files: Mapping[str, str], types: Mapping[AgencyId, AgencyType] | None = None) -> Book:
    """Load the book from the files of `policies/`, by path inside it.

    Raises:
        PolicyFault: one fault anywhere refuses the whole.
    """
    criteria: dict[str, list[Criterion]] = {code: [] for code in CODES}
    for table in _entries(files, CRITERIA, "criterion", "code"):
        criterion = _criterion(table)
        criteria[criterion.code].append(_once(table, criterion, criteria[criterion.code]))
    for code in CODES:
        if not criteria[code]:
            raise PolicyFault(CRITERIA, code, "no version of it is there", "Add one.")
    by_name = _instruments(_entries(files, INSTRUMENTS, "instrument", "id"))
    ordered = {code: tuple(_oldest_first(criteria[code])) for code in CODES}
    instruments = {name: tuple(_oldest_first(by_name[name])) for name in sorted(by_name)}
    return Book(ordered, instruments, dict(types or {}), fingerprint(ordered, instruments))


def _entries(files: Mapping[str, str], folder: str, kind: str, named: str) -> Iterable[Table]:
    """Give every [[kind]] of the files in a folder; what else lies there is a mistake."""
    for file in sorted(files):
        if not file.startswith(folder):
            continue
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]*\.toml", file.removeprefix(folder)):
            raise PolicyFault(
                file, "", "no such file belongs here",
                f"Known are {folder}*.toml, named in lower-case words joined by hyphens.",
            )  # fmt: skip
        top = read(file, files[file], NEW_WORD)
        top.keys(must=(kind,))
        yield from top.tables(kind, named=named)


def _once(table: Table, entry: Entry, before: Iterable[Dated]) -> Entry:
    """Refuse two versions that begin on one day: nobody could tell which of them stands."""
    if any(each.effective_from == entry.effective_from for each in before):
        table.refuse(
            "another version of it stands from the same day",
            "Give it the day from which it takes the other's place.",
        )
    return entry


def _oldest_first(versions: Iterable[Entry]) -> list[Entry]:
    return sorted(versions, key=lambda each: each.effective_from)


def _criterion(table: Table) -> Criterion:
    match table.word("code", CODES, "criterion"):
        case "visible_high_risk":
            return _flagged(table, VISIBLE_HIGH_RISK, "assessed_in")
        case "professional_judgement":
            return _flagged(table, PROFESSIONAL_JUDGEMENT, "judged_in")
        case "escalation":
            return _escalation(table)
        case _:
            return _repeat(table)


def _flagged(table: Table, code: str, found_in: str) -> Flagged:
    table.keys(must=("code", *ENTRY, found_in, "ticked_in"))
    _account(table)
    return Flagged(
        code=code,
        version=table.text("version"),
        effective_from=table.day("effective_from"),
        found_in=frozenset(table.words(found_in, ASSESSING, "event that assesses")),
        ticked_in=frozenset(table.words("ticked_in", TICKING, "event with ticks")),
    )


def _escalation(table: Table) -> Escalation:
    table.keys(must=("code", *ENTRY, "count", "window_months", "agencies", "incident"))
    _account(table)
    every = table.content.get("agencies") == [EVERY]
    agencies = () if every else table.words("agencies", list(AgencyType), "type of agency")
    return Escalation(
        version=table.text("version"),
        effective_from=table.day("effective_from"),
        count=table.number("count"),
        window_months=table.number("window_months"),
        agencies=frozenset(AgencyType(each) for each in agencies),
        incidents=_incidents(table),
    )


def _repeat(table: Table) -> Repeat:
    table.keys(must=("code", *ENTRY, "window_months", "anchor", "incident"))
    _account(table)
    anchors: dict[str, Counted] = {}
    for each in table.tables("anchor"):
        each.keys(must=("name", "event"), may=("states",))
        name = each.word("name", ANCHORS, "anchor")
        if name in anchors:
            each.refuse(f"the anchor {name} is there twice", "Remove one of the two.")
        anchors[name] = _counted(each, (*TICKING, *STATES))
    if not anchors:
        table.refuse(
            "no anchor", "Say after what an incident is a repeat, in [[criterion.anchor]]."
        )
    return Repeat(
        version=table.text("version"),
        effective_from=table.day("effective_from"),
        window_months=table.number("window_months"),
        anchors={name: anchors[name] for name in sorted(anchors)},
        incidents=_incidents(table),
    )


def _incidents(table: Table) -> tuple[Counted, ...]:
    found: list[Counted] = []
    for each in table.tables("incident"):
        each.keys(must=("event",), may=("states", "disclosed"))
        counted = _counted(each, TELLING)
        if any(counted.event == other.event for other in found):
            each.refuse(f"{counted.event} is there twice", "Remove one of the two.")
        found.append(counted)
    if not found:
        table.refuse("nothing counts", "Say which events do, in [[criterion.incident]].")
    return tuple(sorted(found, key=lambda each: each.event))


def _counted(table: Table, known: Iterable[str]) -> Counted:
    event = table.word("event", known, "event")
    states: frozenset[str] = frozenset()
    if "states" in table:
        if event not in STATES:
            table.refuse(f"{event} has no state", f"Known are: {', '.join(STATES)}.")
        states = frozenset(table.words("states", STATES[event][1], "state"))
    disclosed = "disclosed" in table and table.flag("disclosed")
    if disclosed and event not in DISCLOSING:
        table.refuse(
            f"{event} does not say whether abuse was disclosed",
            f"Known are: {', '.join(DISCLOSING)}.",
        )
    return Counted(EventType(event), states, disclosed)


def _account(table: Table) -> None:
    """Hold an entry to saying why it stands and where it is from."""
    table.text("because")
    table.text("source")


def _instruments(tables: Iterable[Table]) -> dict[str, list[Instrument]]:
    """Read instruments by each of their names. One name means one instrument."""
    by_name: dict[str, list[Instrument]] = {}
    for table in tables:
        instrument = _instrument(table)
        for name in {instrument.id, *instrument.also}:
            before = by_name.setdefault(name, [])
            if any(each.id != instrument.id for each in before):
                table.refuse("a name of it is also another's", "Give each name to one of them.")
            before.append(_once(table, instrument, before))
    return by_name


def _instrument(table: Table) -> Instrument:
    table.keys(must=("id", "name", "area", "licence", *ENTRY), may=("also", "item", "band"))
    _account(table)
    items = tuple(_item(each) for each in table.tables("item"))
    codes = [item.code for item in items]
    if twice := sorted({code for code in codes if codes.count(code) > 1}):
        table.refuse(f"the item {twice[0]} is there twice", "Remove one of the two.")
    bands = _bands(table, sum(item.counts for item in items))
    return Instrument(
        id=table.slug("id"),
        version=table.text("version"),
        name=table.text("name"),
        area=table.text("area"),
        effective_from=table.day("effective_from"),
        also=tuple(sorted(_also(table))) if "also" in table else (),
        items=items,
        bands=bands,
        licence=table.text("licence"),
    )


def _item(table: Table) -> Item:
    table.keys(must=("code", "label", "counts"))
    code = table.text("code")
    if not CODE.fullmatch(code):
        table.refuse("an item's code is no code", "Write it as D01.")
    return Item(code, table.text("label"), table.flag("counts"))


def _bands(table: Table, most: int) -> dict[str, int]:
    """Read from how many yes answers on each band is: rising, and within what can be answered."""
    found: dict[str, int] = {}
    for each in table.tables("band"):
        each.keys(must=("name", "least"))
        found[each.word("name", BANDS, "band")] = each.number("least")
    least = [found[name] for name in BANDS if name in found]
    if len(least) != len(table.tables("band")) or least != sorted(set(least)):
        table.refuse("its bands do not rise", "Give each once, each higher than the one before.")
    if least and least[-1] > most:
        table.refuse(
            "a band that no answers reach", "Count again which items count, or lower the band."
        )
    return found


def _also(table: Table) -> list[str]:
    names = table.words("also", None, "name")
    for name in names:
        if name != name.strip().casefold():
            table.refuse(
                "another name with capitals or spaces around it", "Write it in small letters."
            )
    return list(names)
