"""Cases: the same victim and the same perpetrators (SafeLives).

An event that names no perpetrator is of the victim and of nobody else: it shows in each of her
cases as unattributed. It is never given to a perpetrator by guess, and never makes a case of its
own, or each call of an unknown voice would be one.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from hub.assess.timeline import Telling
from hub.model.person import PersonId

Item = TypeVar("Item", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Case:
    """What was told of a victim and of those who were named together as having harmed her.

    `opened` is the day on which it came to be: when one of them was first named, and for those who
    were named before anybody else, her first day, since theirs goes on the case without a name.
    """

    victim: PersonId
    perpetrators: frozenset[PersonId]
    attributed: tuple[Telling, ...]
    unattributed: tuple[Telling, ...]
    opened: date = date.min


def cases_of(victim: PersonId, tellings: Iterable[Telling]) -> list[Case]:
    """Give a victim's cases, by what was told. Events about others count for nothing."""
    events = {each.event: each for each in tellings if victim in each.victims}
    hers = sorted(events.values(), key=in_order)
    unattributed = tuple(each for each in hers if not named(victim, each))
    together = groups(named(victim, each) for each in hers)
    if not together:
        opened = min((each.received_on for each in hers), default=date.min)
        return [Case(victim, frozenset(), (), unattributed, opened)] if hers else []
    found = []
    for perpetrators in together:
        attributed = tuple(each for each in hers if perpetrators & named(victim, each))
        found.append(Case(victim, perpetrators, attributed, unattributed, _opened(attributed)))
    first, earliest = min(case.opened for case in found), min(each.received_on for each in hers)
    return [
        Case(victim, case.perpetrators, case.attributed, unattributed, earliest)
        if case.opened == first
        else case
        for case in found
    ]


def named(victim: PersonId, telling: Telling) -> frozenset[PersonId]:
    """Give those whom an event names as having harmed her. Nobody is their own perpetrator."""
    return telling.perpetrators - {victim}


def in_order(telling: Telling) -> tuple[date, date, str]:
    """Order what was told by the day it happened, then by the day it came."""
    return telling.on, telling.received_on, telling.event


def groups(sets: Iterable[frozenset[Item]]) -> list[frozenset[Item]]:
    """Join sets that have something in common; give the joined ones in a fixed order."""
    joined: dict[Item, set[Item]] = {}
    for each in sets:
        meeting = {id(joined[item]): joined[item] for item in each if item in joined}
        whole = set(each).union(*meeting.values())
        joined.update(dict.fromkeys(whole, whole))
    apart = {id(group): group for group in joined.values()}
    return sorted(map(frozenset, apart.values()), key=lambda group: min(map(repr, group)))


def _opened(attributed: Sequence[Telling]) -> date:
    return min(each.received_on for each in attributed)
