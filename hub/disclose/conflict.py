"""Find out how an organisation stands to the people an event names.

Loose where it narrows, exact where it widens: a wrong conflict costs a duty officer a telephone
call, a missed one can cost a life; and an organisation that is "named" by mistake gets what is
none of its business.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from hub.disclose.names import may_be_same, name_of, words_of
from hub.model.agency import AgencyId
from hub.model.event import Body, Value
from hub.model.recipient import Recipient, StaffMember

SUSPECT_ROLES = ("perpetrators", "unresolved")
"""Who may have done it. An unresolved person may turn out to be either: here they count as both."""

KNOWN_PARTS = {"exact": 3, "month": 2, "year": 1}
"""How many of year, month, day of a birth are known; of an estimate, none."""

Words = tuple[str, ...]
Born = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Suspect:
    """What of a person who may have caused harm has to be compared."""

    employer: Words
    names: tuple[tuple[Words, Words], ...]
    born: Born


def standing(body: Body, recipient: Recipient) -> tuple[bool, bool]:
    """Tell (conflict of interest, perpetrator link) of a recipient in one event."""
    return standing_of(suspects(body), recipient)


def standing_of(people: Iterable[Suspect], recipient: Recipient) -> tuple[bool, bool]:
    """Tell (conflict of interest, perpetrator link) once the event's suspects are at hand.

    * Employer of a suspect: a conflict. Colleagues could look, ask and tell; it is not known that
      the suspect can read, so it is no link. The employer of a victim is neither: she may need it.
    * A suspect on the staff list: both. That person could read what is sent.
    """
    names, staff = _known_names(recipient), _known_staff(recipient)
    linked = any(_is(one, member) for one in people for member in staff)
    employed = any(may_be_same(one.employer, name) for one in people for name in names)
    return linked or employed, linked


def suspects(body: Body) -> tuple[Suspect, ...]:
    """Give those whom the event names as perpetrators, or whose role nobody has judged yet."""
    return tuple(_suspect(person) for role in SUSPECT_ROLES for person in _records(body.get(role)))


def named(body: Body, recipients: Mapping[AgencyId, Recipient]) -> set[AgencyId]:
    """Tell which organisations of the register the event names as having a part in it.

    By id if the id is registered, else by a name or alias that is the same: to be named opens, so a
    near miss names nobody. An employer or an address is no part: only `organisations` counts.
    """
    found = set()
    for each in _records(body.get("organisations")):
        given = _text(each.get("organisation_id"))
        if given in recipients:
            found.add(AgencyId(given))
            continue
        name = name_of(_text(each.get("name")))
        found.update(key for key, known in recipients.items() if name in _known_names(known))
    return found


def _is(suspect: Suspect, member: tuple[Words, Words, Born]) -> bool:
    """Tell whether a suspect may be a member of staff: same names, and no birth that rules it out."""
    given, family, born = member
    known = min(len(suspect.born), len(born))
    if known and suspect.born[:known] != born[:known]:
        return False
    return any(
        family == their_family and given[:1] == their_given[:1]
        for their_given, their_family in suspect.names
    )


def _suspect(person: Mapping[str, Value]) -> Suspect:
    names = tuple(
        (words_of(_text(name.get("given"))), words_of(_text(name.get("family"))))
        for name in _records(person.get("names"))
    )
    known = KNOWN_PARTS.get(_text(person.get("born_accuracy")), 0)
    return Suspect(
        employer=name_of(_text(person.get("employer"))),
        names=tuple((given, family) for given, family in names if given and family),
        born=_parts(person.get("born"))[:known],
    )


@lru_cache(maxsize=4096)
def _known_names(recipient: Recipient) -> frozenset[Words]:
    return frozenset(name_of(text) for text in (recipient.name, *recipient.aliases))


@lru_cache(maxsize=4096)
def _known_staff(recipient: Recipient) -> tuple[tuple[Words, Words, Born], ...]:
    return tuple(_member(each) for each in recipient.staff)


def _member(member: StaffMember) -> tuple[Words, Words, Born]:
    return words_of(member.given), words_of(member.family), _parts(member.born)


def _parts(born: Value) -> Born:
    return (born.year, born.month, born.day) if isinstance(born, date) else ()


def _records(value: Value) -> list[dict[str, Value]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""
