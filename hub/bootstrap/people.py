"""Look into a person's file, and take it apart where it mixes two people."""

import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from hub.bootstrap.deciding import Turn
from hub.bootstrap.runtime import Runtime
from hub.model.agency import AgencyId
from hub.model.person import Judgement, PersonId, RecordKey
from hub.resolve.part import across
from hub.store.decision_log import Decision, decisions, shown_to
from hub.store.keys import recipient_keys
from hub.store.records import AUTO_LINK, CANNOT_LINK, POSSIBLE_LINK, SqlPeople

SHORT = 8
"""So many hexadecimal figures name a record to whom it does not belong: enough within one file."""


NOBODY = "nobody is known under this id"


class NobodyThere(Exception):
    """No person is known under this id, and nobody went by it before."""


@dataclass(frozen=True, slots=True)
class Unmerged:
    """What an unmerge made of a file: the people it is now, and who had been shown something of it."""

    people: list[PersonId]
    moved_records: int
    shown_to: list[AgencyId]


def unmerge_file(
    runtime: Runtime,
    person: PersonId,
    records: Collection[RecordKey],
    judgement: Judgement,
    *,
    of: AgencyId,
) -> Unmerged:
    """Part these records from the others of a person's file, and decide afresh what that bears on.

    `of` is the organisation of whoever judges.

    Raises:
        NobodyThere: no such person.
        CannotPart: these records do not make one side of this file.
        OtherPolicy: another policy is in force than the one that was read.
    """
    with runtime.deciding().turn() as turn:
        people = turn.people
        found = _current(people, person)
        before = people.owners(people.file(found))
        seen_by = shown_to(turn.conn, before)
        _check_not_barred(turn, found, of)
        pairs = across(people.file(found), records)
        touched = people.cut(pairs, judgement, lambda: PersonId(turn.hub.wire.new_id()))
        turn.afresh(touched, [])
        after = people.owners(before)
    return Unmerged(
        people=sorted(set(after.values())),
        moved_records=sum(after[key] != person_then for key, person_then in before.items()),
        shown_to=seen_by,
    )


@dataclass(frozen=True, slots=True)
class File:
    """A person's file: whose records, how they hang together, and who the person may also be."""

    person: PersonId
    records: Sequence[RecordKey]
    links: Sequence[Decision]
    possible: Sequence[tuple[Decision, PersonId]]
    cuts: Sequence[Decision]
    log: Sequence[Decision]


def read_file(runtime: Runtime, person: PersonId, *, of: AgencyId) -> File:
    """Read a person's file for somebody of an organisation.

    Raises:
        NobodyThere: no such person, or the organisation must not know: the two look alike.
        OtherPolicy: another policy is in force than the one that was read.
    """
    with runtime.deciding().turn() as turn:
        people = turn.people
        found = _current(people, person)
        _check_not_barred(turn, found, of)
        records = people.file(found)
        log = decisions(turn.conn, records)
        standing = [each for each in log if each.ended_at is None]
        owners = people.owners({key for each in standing for key in (each.a, each.b)})
    of_kind = {
        kind: [each for each in standing if each.kind == kind]
        for kind in (AUTO_LINK, POSSIBLE_LINK, CANNOT_LINK)
    }
    inside = [each for each in of_kind[AUTO_LINK] if owners[each.a] == owners[each.b]]
    others = [
        (each, owners[each.b] if owners[each.a] == found else owners[each.a])
        for each in of_kind[POSSIBLE_LINK]
    ]
    possible = [(each, other) for each, other in others if other != found]
    return File(found, records, inside, possible, of_kind[CANNOT_LINK], log)


class Names:
    """How records are named to one organisation: its own as it knows them, others by a pseudonym."""

    def __init__(self, runtime: Runtime, organisation: AgencyId) -> None:
        self._organisation = organisation
        self._key = recipient_keys(runtime.engine, [organisation])[organisation]

    def record(self, key: RecordKey) -> dict[str, object]:
        is_own = key.agency == self._organisation
        text = "\x1f".join(("record", *key)).encode()
        pseudonym = hmac.digest(self._key, text, "sha256").hex()[:SHORT]
        return {
            "agency": key.agency,
            "record": key.local_id if is_own else pseudonym,
            "own": is_own,
        }

    def decision(self, each: Decision) -> dict[str, object]:
        """Tell a decision. A person's reason is in their own words: it stays in their organisation."""
        by_us = each.actor.rpartition("@")[2] == self._organisation
        return {
            "at": each.at.isoformat(),
            "kind": each.kind,
            "a": self.record(each.a),
            "b": self.record(each.b),
            "actor": each.actor,
            "reason": each.reason if by_us or each.kind != CANNOT_LINK else None,
            "ended_at": None if each.ended_at is None else each.ended_at.isoformat(),
        }


def _check_not_barred(turn: Turn, person: PersonId, organisation: AgencyId) -> None:
    """Keep a file from those whom a conflict or a perpetrator bars from anything it bears on."""
    if any(organisation in barred for barred in turn.barred([], people=[person]).values()):
        raise NobodyThere(NOBODY)


def _current(people: SqlPeople, person: PersonId) -> PersonId:
    found = people.current(person)
    if found is None:
        raise NobodyThere(NOBODY)
    return found
