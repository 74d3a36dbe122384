"""Referrals whose victim somebody names as perpetrator: they raise nothing until a person has judged.

Abusers refer themselves as victims. Who is named otherwise than in a referral is looked at first, so
that he cannot silence her own referral by being quicker with his: his is contested by then, and
what it says of her counts for nothing. The order of events plays no part.
"""

from collections.abc import Callable, Collection, Iterable

from hub.assess.timeline import REFERRAL, Telling
from hub.model.event import EventId
from hub.model.person import PersonId

MaybeSame = Callable[[PersonId], Collection[PersonId]]
"""Who somebody is, or may be: what narrows counts possible links too."""


def contested(
    tellings: Iterable[Telling], maybe_same: MaybeSame, accepted: Collection[EventId] = ()
) -> set[EventId]:
    """Give the referrals that wait for a judgement; `accepted` are those that were judged sound."""
    told = list(tellings)
    referrals = [each for each in told if each.type == REFERRAL and each.event not in accepted]
    sound = [each for each in told if each.type == REFERRAL and each.event in accepted]
    others = [each for each in told if each.type != REFERRAL]
    first = _about(referrals, _named(others, maybe_same), maybe_same)
    left = [each for each in referrals if each.event not in first]
    return first | _about(left, _named([*left, *sound], maybe_same), maybe_same)


def _named(tellings: Iterable[Telling], maybe_same: MaybeSame) -> set[PersonId]:
    """Give everybody who is, or may be, named as perpetrator."""
    named = {person for each in tellings for person in each.perpetrators}
    return named | {other for person in named for other in maybe_same(person)}


def _about(
    referrals: Iterable[Telling], named: Collection[PersonId], maybe_same: MaybeSame
) -> set[EventId]:
    return {
        each.event
        for each in referrals
        if any(other in named for victim in each.victims for other in (victim, *maybe_same(victim)))
    }
