"""What came of incidents at law: arrests, charges and the rest, and the orders that courts make."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hub.synth.chance import chance_for, happens, weighed
from hub.synth.dyads import Dyad
from hub.synth.incidents import SLIGHT, Incident, window

ARRESTED = {1: 0.06, 2: 0.2, 3: 0.42, 4: 0.7, 5: 0.9}  # chance, by severity
ENDS = (
    ("charge", 22), ("no_further_action", 62), ("caution", 6), ("other", 10),
)  # fmt: skip
SUPPORTS = (("yes", 35), ("no", 45), ("unknown", 20))
REASONS = {"yes": "evidential difficulties, victim supports", "no": "victim does not support"}
CONVICTION = "conviction"
TRIED = ((CONVICTION, 55), ("acquittal", 15), ("discontinued", 30))
BAILED, PROTECTED, NON_MOLESTATION = 0.5, 0.14, 0.1
HOLDS_DAYS = {"bail": 90, "protection_notice": 2, "protection_order": 28, "non_molestation": 365}
BREACH = "breach"
SUPERVISED = timedelta(days=365)  # a community order of twelve months, or as long on licence


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one incident that police recorded."""

    number: int
    incident: int
    kind: str
    decided_at: datetime
    victim_supports: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Supervision:
    """Somebody who was convicted and reports to a probation officer for a time."""

    person: int
    since: datetime

    def holds_at(self, instant: datetime) -> bool:
        return self.since <= instant < self.since + SUPERVISED


@dataclass(frozen=True, slots=True)
class Order:
    """One thing that happened to an order: it was made, or broken (by which incident), or ended."""

    number: int
    order: int  # the same for all that happened to one order
    dyad: int
    incident: int  # that it was made after, or broken by
    kind: str
    state: str
    at: datetime
    recorded_at: datetime  # of a breach: when the police were told of the incident
    expires_on: date
    force: str


def draw_outcomes(
    seed: int, incidents: Sequence[Incident], *, years: float, until: date
) -> list[Outcome]:
    """Draw what came of each incident with a named suspect."""
    chance, drawn = chance_for(seed, "outcomes"), list[Outcome]()
    _, last = window(years=years, until=until)
    for incident in incidents:
        if incident.force is None or incident.suspect != "named" or incident.both_alleged:
            continue
        if not happens(chance, ARRESTED[incident.severity]):
            continue
        when = incident.reported_at + timedelta(minutes=chance.randrange(20, 600))
        for kind in ("arrest", *_course(chance)):
            if when > last:
                break
            supports = weighed(chance, SUPPORTS)
            reason = REASONS.get(supports) if kind == "no_further_action" else None
            drawn.append(Outcome(len(drawn), incident.number, kind, when, supports, reason))
            when += timedelta(minutes=chance.randrange(600, 60 * 1440))
    return drawn


def supervisions(
    outcomes: Sequence[Outcome], incidents: Sequence[Incident], dyads: Sequence[Dyad]
) -> list[Supervision]:
    """Give who is supervised from when: everybody who was convicted."""
    return [
        Supervision(dyads[incidents[each.incident].dyad].perpetrator, each.decided_at)
        for each in outcomes
        if each.kind == CONVICTION
    ]


def _course(chance: random.Random) -> tuple[str, ...]:
    end = weighed(chance, ENDS)
    return ("charge", weighed(chance, TRIED)) if end == "charge" else (end,)


def draw_orders(
    seed: int, incidents: Sequence[Incident], *, years: float, until: date
) -> list[Order]:
    """Draw the orders made after incidents, and which later incident broke one that still held."""
    chance, drawn = chance_for(seed, "orders"), list[Order]()
    _, last = window(years=years, until=until)
    standing: dict[int, Order] = {}
    orders = 0
    for incident in incidents:
        if incident.force is None or incident.suspect != "named" or incident.both_alleged:
            continue
        kept = standing.get(incident.dyad)
        holds = kept is not None and incident.occurred_at.date() <= kept.expires_on
        if kept is not None and holds and kept.at < incident.occurred_at:
            if incident.kind == BREACH or happens(chance, 0.5):
                drawn.append(
                    Order(
                        len(drawn), kept.order, incident.dyad, incident.number, kept.kind,
                        "breached", incident.occurred_at, incident.reported_at, kept.expires_on,
                        incident.force,
                    )
                )  # fmt: skip
            continue
        kind = _kind(chance, incident)
        made_at = incident.reported_at + timedelta(minutes=chance.randrange(120, 3 * 1440))
        if kind is None or made_at > last:
            continue
        expires = made_at.date() + timedelta(days=HOLDS_DAYS[kind])
        made = Order(
            len(drawn), orders, incident.dyad, incident.number, kind, "made", made_at, made_at,
            expires, incident.force,
        )  # fmt: skip
        drawn.append(made)
        standing[incident.dyad], orders = made, orders + 1
    return drawn


def _kind(chance: random.Random, incident: Incident) -> str | None:
    """Say what order, if any, an incident led to."""
    share = 1 if incident.severity > SLIGHT else 0.25
    if happens(chance, PROTECTED * share):
        return chance.choice(("protection_notice", "protection_order"))
    if happens(chance, NON_MOLESTATION * share):
        return "non_molestation"
    return "bail" if happens(chance, BAILED * 0.3 * share) else None
