"""Which cases there are on a day, and which tellings belong to them.

A case is one victim and those who were named together as having harmed her: whoever stands beside
another on one telling is of one case with him from then on. What names the victim and nobody else is
unattributed, and so is what leaves open who harmed whom: it shows in each of her cases.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from hub.synth.told import Telling

REFERRAL = "referral-made"


@dataclass(frozen=True, slots=True)
class ExpectedCase:
    """One case. `told_twice` are the tellings of one incident, where there are several."""

    number: int
    victim: int
    perpetrators: tuple[int, ...]
    events: tuple[str, ...]
    unattributed: tuple[str, ...]
    contested: tuple[str, ...]
    told_twice: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What had been received by the end of a day, without what was taken back by then.

    `versions` are all that were received, `newest` the newest of each record, and `contested` the
    names of referrals that wait for somebody to judge them.
    """

    day: date
    versions: tuple[Telling, ...]
    newest: tuple[Telling, ...]
    contested: frozenset[str]


def known_on(tellings: Iterable[Telling], day: date) -> Known:
    received = sorted(
        (each for each in tellings if each.received_on <= day),
        key=lambda each: (each.event, each.version),
    )
    newest = {each.event: each for each in received}
    standing = {event: each for event, each in newest.items() if not each.is_withdrawn}
    return Known(
        day=day,
        versions=tuple(each for each in received if each.event in standing),
        newest=tuple(standing.values()),
        contested=_contested(standing.values()),
    )


def _contested(newest: Iterable[Telling]) -> frozenset[str]:
    """Name the referrals of people whom somebody else names as perpetrator.

    What another referral says counts only if that one is not contested itself: whoever is quicker to
    refer himself must not silence her.
    """
    told = list(newest)
    referrals = [each for each in told if each.event_type == REFERRAL]
    accused = {who for each in told if each.event_type != REFERRAL for who in each.perpetrators}
    sound = [each for each in referrals if each.victim not in accused]
    accused |= {who for each in sound for who in each.perpetrators}
    return frozenset(each.event for each in referrals if each.victim in accused)


def expected_cases(known: Known) -> list[ExpectedCase]:
    """Give all cases of a day, in the order of their people."""
    of_her: dict[int, list[Telling]] = defaultdict(list)
    unattributed: dict[int, list[str]] = defaultdict(list)
    for telling in known.newest:
        if telling.victim is not None and telling.perpetrators:
            of_her[telling.victim].append(telling)
            continue
        for person in telling.unresolved if telling.victim is None else (telling.victim,):
            unattributed[person].append(telling.event)
    cases: list[ExpectedCase] = []
    for victim, told in sorted(of_her.items()):
        for together in together_in(each.perpetrators for each in told):
            mine = [each for each in told if together & set(each.perpetrators)]
            sound = [each for each in mine if each.event not in known.contested]
            cases.append(
                ExpectedCase(
                    number=len(cases),
                    victim=victim,
                    perpetrators=tuple(sorted(together)),
                    events=tuple(each.event for each in sound),
                    unattributed=tuple(unattributed[victim]),
                    contested=tuple(each.event for each in mine if each not in sound),
                    told_twice=_told_twice(sound),
                )
            )
    return cases


def together_in(named: Iterable[Iterable[int]]) -> list[frozenset[int]]:
    """Give those who were named together, directly or by way of others, each set once."""
    sets: list[frozenset[int]] = []
    for each in named:
        people = frozenset(each)
        met = [known for known in sets if known & people]
        sets = [known for known in sets if not known & people]
        sets.append(people.union(*met))
    return sorted((each for each in sets if each), key=min)


def cases_as_json(cases: Iterable[ExpectedCase]) -> Iterator[Mapping[str, object]]:
    for case in cases:
        yield {
            "case": case.number,
            "victim": case.victim,
            "perpetrators": list(case.perpetrators),
            "events": list(case.events),
            "unattributed": list(case.unattributed),
            "contested": list(case.contested),
            "told_twice": [list(each) for each in case.told_twice],
        }


def _told_twice(tellings: Sequence[Telling]) -> tuple[tuple[str, ...], ...]:
    """Give the tellings of each incident that was told more than once, its assessment included."""
    by_incident: dict[int, list[str]] = defaultdict(list)
    for telling in tellings:
        if telling.incident is not None and telling.tells_abuse:
            by_incident[telling.incident].append(telling.event)
    return tuple(tuple(events) for _, events in sorted(by_incident.items()) if len(events) > 1)
