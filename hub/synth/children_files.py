"""What children's services deliver each month, all of it anew: the call site of `ssd_tables`."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from hub.synth.chance import chance_for, happens
from hub.synth.episodes import Episode
from hub.synth.inbox_book import Inbox
from hub.synth.places import CHILDRENS, LONDON
from hub.synth.plan import fetched_at, month_of
from hub.synth.recorded import Recorded
from hub.synth.ssd_tables import Assessment, Books, Client, Plan, upn_of, write_ssd
from hub.synth.ssd_tables import Episode as EpisodeRow
from hub.synth.told import Telling
from hub.synth.truth import Truth

FORMAT = "ssd"
FATHER_ELSEWHERE_KNOWN = 0.4
SOURCES = {"police": "6", "school": "2A", "health": "3D"}
ABUSE_OR_NEGLECT, FAMILY_TROUBLE = "N1", "N5"
CATEGORIES = {
    "EMO": "Emotional abuse", "NEG": "Neglect", "PHY": "Physical abuse", "MUL": "Multiple/not recommended",
}  # fmt: skip

Row = EpisodeRow | Assessment | Plan


@dataclass(frozen=True, slots=True)
class _Family:
    """A child with those grown-ups whom the council has in one family with it, the mother first."""

    child: int
    grown: tuple[int, ...]


@dataclass(slots=True)
class _Desk:
    """What the council has delivered so far: each record's newest content, and how many there were."""

    truth: Truth
    inbox: Inbox
    said: dict[str, tuple[object, int]] = field(default_factory=dict)

    def record(self, person: int) -> Recorded:
        return self.inbox.indexes[CHILDRENS].record(self.truth.people[person])

    def is_new(self, key: str, content: object) -> int | None:
        """Give the version that a record now has, if it says something that it did not say before."""
        before, version = self.said.get(key, (None, 0))
        if content == before:
            return None
        self.said[key] = content, version + 1
        return version + 1


def write_deliveries(folder: Path, truth: Truth, inbox: Inbox, *, until: date) -> None:
    """Write each month's delivery, from the first month with anything in it."""
    if not truth.episodes:
        return
    folder.mkdir(parents=True, exist_ok=True)
    desk = _Desk(truth, inbox)
    first = min(month_of(each.written_at) for each in truth.episodes)
    for month in range(first, until.year * 12 + until.month):
        at = fetched_at(month, CHILDRENS, FORMAT, until=until)
        known = [each for each in truth.episodes if month_of(each.written_at) <= month]
        file = folder / f"ssd-{month // 12}-{month % 12 + 1:02d}.zip"
        rows = list(_rows(desk, known, at.date()))
        file.write_bytes(write_ssd(_books(desk, known, [row for _, row in rows], at.date())))
        distinct = 0
        for episode, row in rows:
            distinct += _remember(desk, episode, row, file=file.name, at=at)
        inbox.deliver(at, CHILDRENS, file.name, FORMAT, rows=len(rows), distinct=distinct)


def _rows(desk: _Desk, known: list[Episode], day: date) -> Iterator[tuple[Episode, Row]]:
    """Give every record as it stands on the morning of a day: what is of that day is not in it yet."""
    for each in known:
        number, child = each.number + 1, desk.record(each.child).local_id
        need = ABUSE_OR_NEGLECT if each.plan_on else FAMILY_TROUBLE
        referral = f"CIN{number:06d}"
        closed = _by(each.closed_on, day)
        yield each, EpisodeRow(
            referral, child, each.opened_on, need, SOURCES[each.referred_by], closed_on=closed
        )  # fmt: skip
        assessed = _by(each.assessed_on, day)
        if assessed is not None:
            yield each, Assessment(
                f"ASM{number:06d}", child, referral, each.opened_on, assessed, each.factors
            )  # fmt: skip
        planned = _by(each.plan_on, day)
        if planned is not None and each.category is not None:
            category, ended = CATEGORIES[each.category], _by(each.plan_ended_on, day)
            yield each, Plan(
                f"CPP{number:06d}", child, referral, planned, category, category, ended
            )  # fmt: skip


def _books(desk: _Desk, known: list[Episode], rows: list[Row], day: date) -> Books:
    clients: dict[int, Client] = {}
    for each in known:
        family = _family(desk.truth, each)
        name = f"F{desk.truth.people[each.child].household:06d}"
        people = (each.child, *family.grown)
        for person in people:
            record = _as_of(desk.record(person), day)
            mother = desk.record(family.grown[0]).local_id if person == each.child else ""
            upn = upn_of(record.person) if person == each.child and record.person.school else ""
            clients.setdefault(person, Client(record, name, mother=mother, upn=upn))
    return Books(
        clients=tuple(clients[person] for person in sorted(clients)),
        episodes=tuple(row for row in rows if isinstance(row, EpisodeRow)),
        assessments=tuple(row for row in rows if isinstance(row, Assessment)),
        plans=tuple(row for row in rows if isinstance(row, Plan)),
    )


def _family(truth: Truth, episode: Episode) -> _Family:
    """Give the grown-ups of a child's family: who lives elsewhere is not always on the books."""
    child = truth.people[episode.child]
    parents = [
        each.person
        for each in truth.relations
        if each.to == child.number and each.relation == "parent"
    ]
    chance = chance_for(truth.seed, "family", child.household)
    is_known = happens(chance, FATHER_ELSEWHERE_KNOWN)
    grown = [
        person
        for person in parents
        if truth.people[person].household == child.household or is_known
    ]
    return _Family(child.number, tuple(grown))


def _as_of(record: Recorded, day: date) -> Recorded:
    """Give a record as it was on a day: who will move has not moved yet, and no refuge is written down."""
    person = replace(record.as_known(), refuge=None)
    if person.moved_on is not None and person.moved_on >= day:
        person = replace(person, moved_on=None, new_home=None)
    return replace(record, person=person)


def _remember(desk: _Desk, episode: Episode, row: Row, *, file: str, at: datetime) -> int:
    """Remember a record if it says something new; give how many times it does: once or not at all."""
    family = _family(desk.truth, episode)
    people = (family.child, *family.grown)
    moved = [_as_of(desk.record(person), at.date()).person.new_home for person in people]
    table, day = _where(row)
    key = f"{table}:{row.id}"
    version = desk.is_new(key, (row, moved))
    if version is None:
        return 0
    desk.inbox.told.tellings.append(
        Telling(
            agency=CHILDRENS,
            key=key,
            version=version,
            event_type="concern-raised",
            file=file,
            received_at=at,
            occurred_at=datetime.combine(day, datetime.min.time(), LONDON),
            victim=None,
            unresolved=family.grown,
            children=(family.child,),
            incident=episode.incident,
        )
    )
    for person in people:
        record = _as_of(desk.record(person), at.date())
        for home in filter(None, (record.person.home, record.person.new_home)):
            desk.inbox.told.write_down(CHILDRENS, record.local_id, record, postcode=home.postcode)
        desk.inbox.indexes[CHILDRENS].keys_used.add(record.local_id)
    return 1


def _where(row: Row) -> tuple[str, date]:
    """Give the table that a record is in, and the day that it is of."""
    match row:
        case EpisodeRow():
            return "cin_episodes", row.referred_on
        case Assessment():
            return "assessment_factors", row.done_on or row.started_on
        case Plan():
            return "cp_plans", row.started_on


def _by(day: date | None, until: date) -> date | None:
    return day if day is not None and day < until else None
