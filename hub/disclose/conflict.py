"""Find out how an organisation stands to the people an event names.

Loose where it narrows, exact where it widens: a wrong conflict costs a duty officer a telephone
call, a missed one can cost a life; and an organisation that is "named" by mistake gets what is
none of its business.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import lru_cache

from hub.disclose.names import Words, may_be_same, name_of, one_typo, words_of
from hub.disclose.pupils import CHILDREN, pupils
from hub.model.agency import AgencyId, AgencyType
from hub.model.event import Body, Value
from hub.model.recipient import Recipient, StaffMember

GUARDED = ("victims", "perpetrators", "unresolved")
"""Whoever stands in one case as a victim may stand in another as a perpetrator."""

CLOSE = frozenset(
    {"partner", "parent", "child", "sibling", "other_family", "household", "acquaintance"}
)
"""What somebody is to a suspect so that they count as an associate."""

KNOWN_PARTS = {"exact": 3, "month": 2, "year": 1}
"""How many of year, month, day of a birth are known; of an estimate, none."""

TYPO_FROM = 4
"""In a shorter name of a person one letter makes another name: Ann, Anna."""

Born = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """Organisations that must not receive what concerns somebody, should that person be a suspect.

    * `conflicts`: it employs the person, or somebody close. Colleagues could look, ask and tell.
    * `links`: the person is on its staff list, and could read what is sent.
    """

    conflicts: frozenset[AgencyId] = frozenset()
    links: frozenset[AgencyId] = frozenset()

    def __or__(self, other: "Bars") -> "Bars":
        return Bars(self.conflicts | other.conflicts, self.links | other.links)

    def __bool__(self) -> bool:
        return bool(self.conflicts or self.links)


NOBODY = Bars()


@dataclass(frozen=True, slots=True)
class _Described:
    """What of a person has to be compared."""

    employer: Words
    names: tuple[tuple[Words, Words], ...]
    born: Born


class Register:
    """The organisations of the register, made comparable once. `sha256` names what it says of them."""

    def __init__(self, recipients: Iterable[Recipient]) -> None:
        known = sorted(recipients, key=lambda each: each.id)
        content = json.dumps([asdict(each) for each in known], default=str)
        self.sha256 = hashlib.sha256(content.encode()).hexdigest()
        self._names = [(each.id, _known_names(each)) for each in known]
        self._staff = [(each.id, _member(one)) for each in known for one in each.staff]
        self._ids = frozenset(each.id for each in known)
        self._schools = {
            each.id: _known_names(each) for each in known if each.type is AgencyType.EDUCATION
        }
        self._bars_of = lru_cache(maxsize=8192)(self._compared)

    def bars(self, body: Body) -> dict[str, Bars]:
        """Give, by local id, whom each person in an event bars; who bars nobody is left out.

        Suspect or not: the role is for the caller to weigh, over all events. The employer of a
        victim is here too, and counts only if she is a suspect elsewhere.
        """
        found: dict[str, Bars] = {}
        for role in GUARDED:
            for person in _records(body.get(role)):
                local_id = _text(person.get("local_id"))
                found[local_id] = found.get(local_id, NOBODY) | self._bars_of(_described(person))
        for witness in _records(body.get("witnesses")):
            self._add_associate(witness, found)
        return {local_id: bars for local_id, bars in found.items() if bars}

    def named(self, body: Body) -> frozenset[AgencyId]:
        """Tell which organisations of the register the event names as having a part in it.

        By id if the id is registered, else by a name or alias that is the same: to be named opens,
        so a near miss names nobody. An employer or an address is no part: only `organisations`
        counts, and for a school that a child of the event goes there.
        """
        found = self._written(body)
        schools = {each for each in self._schools if self._pupils(each, body, found)}
        return (found - self._schools.keys()) | schools

    def share(self, organisation: AgencyId, body: Body) -> Body:
        """Give what of an event is an organisation's to be told of: to a school, its own pupils alone."""
        if organisation not in self._schools:
            return body
        return {**body, CHILDREN: self._pupils(organisation, body, self._written(body))}

    def _pupils(self, school: AgencyId, body: Body, written: frozenset[AgencyId]) -> list[Value]:
        is_meant = written & self._schools.keys() == {school}
        return pupils(body, self._schools[school], is_meant=is_meant)

    def _written(self, body: Body) -> frozenset[AgencyId]:
        """Give the organisations of the register that are among those of an event."""
        found = set()
        for each in _records(body.get("organisations")):
            given = AgencyId(_text(each.get("organisation_id")))
            if given in self._ids:
                found.add(given)
                continue
            name = name_of(_text(each.get("name")))
            found |= {id_ for id_, names in self._names if name in names}
        return frozenset(found)

    def _add_associate(self, person: Mapping[str, Value], found: dict[str, Bars]) -> None:
        """Count where somebody close to a suspect works, and what they could read, as a conflict."""
        bars = self._bars_of(_described(person))
        if not bars:
            return
        for each in _records(person.get("relationships")):
            other = _text(each.get("to"))
            if each.get("relation") in CLOSE and other in found:
                found[other] |= Bars(conflicts=bars.conflicts | bars.links)

    def _compared(self, one: _Described) -> Bars:
        links = frozenset(id_ for id_, member in self._staff if _is(one, member))
        employers = frozenset(
            id_
            for id_, names in self._names
            if any(may_be_same(one.employer, name) for name in names)
        )
        return Bars(links | employers, links)


def _is(one: _Described, member: tuple[Words, Words, Born]) -> bool:
    """Tell whether somebody may be a member of staff: names alike, and no birth that rules it out."""
    given, family, born = member
    known = min(len(one.born), len(born))
    if known and one.born[:known] != born[:known]:
        return False
    return any(
        _alike(family, their_family) and _alike(given[:1], their_given[:1])
        for their_given, their_family in one.names
    )


def _alike(one: Words, other: Words) -> bool:
    """Tell whether two names may be one: the same, run together, or one letter off in a longer one."""
    joined, joined_other = "".join(one), "".join(other)
    if joined == joined_other:
        return bool(joined)
    return min(len(joined), len(joined_other)) >= TYPO_FROM and one_typo(joined, joined_other)


def _described(person: Mapping[str, Value]) -> _Described:
    names = tuple(
        (words_of(_text(name.get("given"))), words_of(_text(name.get("family"))))
        for name in _records(person.get("names"))
    )
    known = KNOWN_PARTS.get(_text(person.get("born_accuracy")), 0)
    return _Described(
        employer=name_of(_text(person.get("employer"))),
        names=tuple((given, family) for given, family in names if given and family),
        born=_parts(person.get("born"))[:known],
    )


def _known_names(recipient: Recipient) -> frozenset[Words]:
    return frozenset(name_of(text) for text in (recipient.name, *recipient.aliases))


def _member(member: StaffMember) -> tuple[Words, Words, Born]:
    return words_of(member.given), words_of(member.family), _parts(member.born)


def _parts(born: Value) -> Born:
    return (born.year, born.month, born.day) if isinstance(born, date) else ()


def _records(value: Value) -> list[dict[str, Value]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""
