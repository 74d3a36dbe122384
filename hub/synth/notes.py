"""What charities do with those who were referred to them: notes about the client alone."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hub.synth.chance import chance_for, happens, weighed
from hub.synth.incidents import Incident, window
from hub.synth.places import LONDON
from hub.synth.referrals import Referral

MOST = 4
KINDS = (
    ("contact", 40), ("safety_plan", 20), ("advocacy", 15), ("counselling", 10), ("helpline", 8),
    ("other", 7),
)  # fmt: skip
DISCLOSES = (("yes", 12), ("no", 60), ("unknown", 28))
CLOSED = 0.3


@dataclass(frozen=True, slots=True)
class SupportNote:
    """One thing that was done. `incident`: what she told of, if she told of something new."""

    number: int
    referral: int
    written_at: datetime
    kind: str
    abuse_disclosed: str
    incident: int | None
    happened_on: date


def draw_notes(
    seed: int,
    referrals: Sequence[Referral],
    incidents: Sequence[Incident],
    *,
    years: float,
    until: date,
) -> list[SupportNote]:
    """Draw the notes on each client; whoever refers himself is one like any other."""
    chance, drawn = chance_for(seed, "notes"), list[SupportNote]()
    _, last = window(years=years, until=until)
    by_dyad: dict[int, list[Incident]] = {}
    for incident in incidents:
        by_dyad.setdefault(incident.dyad, []).append(incident)
    for referral in referrals:
        when = referral.referred_at
        known = [] if referral.is_turned_round else by_dyad[referral.dyad]
        count = chance.randrange(MOST + 1)
        for turn in range(count):
            before, when = when, when + timedelta(minutes=chance.randrange(1440, 21 * 1440))
            if when > last:
                break
            is_last = turn == count - 1 and happens(chance, CLOSED)
            drawn.append(
                _note(
                    chance, referral, known,
                    number=len(drawn), since=before, when=when, is_closing=is_last,
                )
            )  # fmt: skip
    return drawn


def _note(
    chance: random.Random,
    referral: Referral,
    known: Sequence[Incident],
    *,
    number: int,
    since: datetime,
    when: datetime,
    is_closing: bool,
) -> SupportNote:
    """Draw one note: of further abuse she tells what happened since the last one, if anything did."""
    kind = "closed" if is_closing else weighed(chance, KINDS)
    if referral.in_refuge and not is_closing and happens(chance, 0.5):
        kind = "refuge"
    new = [each for each in known if since < each.occurred_at < when]
    disclosed = weighed(chance, DISCLOSES)
    if disclosed == "yes" and not new:
        disclosed = "unknown"
    told = new[-1] if disclosed == "yes" else None
    return SupportNote(
        number=number,
        referral=referral.number,
        written_at=when,
        kind=kind,
        abuse_disclosed=disclosed,
        incident=None if told is None else told.number,
        happened_on=(when if told is None else told.occurred_at).astimezone(LONDON).date(),
    )
