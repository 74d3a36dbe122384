"""A referral as a sender pushes it: the core of the form that MARAC referrals agree on.

Two things alone have to be there, your reference and the date. Everything else may be missing and is
asked for afterwards: a referral about danger is not turned away because a field is empty.
"""

from datetime import date
from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from hub.api.referral_people import (
    Child,
    Contact,
    Day,
    Instant,
    Part,
    Perpetrator,
    Somebody,
    Text,
    Victim,
    Words,
    fault,
)

YesNo = Literal["yes", "no", "unknown"]


class Referrer(Part):
    """Whom to ask about this referral, at your agency."""

    name: Words = Field(examples=["Sam Teasel"])
    contacts: list[Contact] = Field(
        default=[], max_length=5, description="How to reach them at work"
    )


class Organisation(Part):
    """An organisation that has a part in it."""

    part: Literal["landlord", "school", "gp", "notified", "referred_to", "refuge", "other"]
    name: Words = Field(
        description="As you write it; the hub finds out who it is", examples=["Fenmarch Homes"]
    )


class HeardElsewhere(Part):
    """Another MARAC that heard of these people."""

    marac: Words = Field(examples=["Dunmoor"])
    heard_on: Day | None = None


COMPLETE: dict[str, Any] = {
    "reference": "R-2026-0041",
    "version": 1,
    "referred_at": "2026-11-24T09:30:00Z",
    "occurred_at": "2026-11-22T21:00:00Z",
    "occurred_accuracy": "about",
    "referrer": {
        "name": "Sam Teasel",
        "contacts": [{"channel": "telephone", "value": "01632 960111222"}],
    },
    "victim": {
        "id": "C-1041",
        "names": [{"given": "Ada", "family": "Marsh"}, {"kind": "former", "given": "Ada", "family": "Reed"}],
        "born": "1990-02-03",
        "gender": "female",
        "identifiers": [{"scheme": "nhs_number", "value": "999 000 0018", "checked": True}],
        "addresses": [{"line1": "1 Sedge Street", "town": "Osham", "postcode": "ZF1 1AB"}],
        "safe_to_contact": "yes",
        "safe_contacts": [
            {"channel": "telephone", "value": "07700 900123456", "hours": "weekdays before ten"}
        ],
    },
    "perpetrators": [
        {"names": [{"given": "Rex", "family": "Harrier"}], "age": 36, "gender": "male", "relationship": "ex_partner"}
    ],
    "children": [
        {"names": [{"given": "Kit", "family": "Marsh"}], "born": "2018-05-04", "school": "Osham Primary School"}
    ],
    "reason": "He waits outside her work, and said that she would not see the summer.",
    "criteria": ["professional_judgement"],
    "victim_aware": "yes",
    "consent": "given",
    "wishes": "That nobody comes to the house.",
    "not_safe_to_tell": "His sister, who lives with them.",
}  # fmt: skip
"""Everything that a meeting asks for."""

SMALLEST: dict[str, Any] = {
    "reference": "R-2026-0042",
    "referred_at": "2026-11-24T09:40:00Z",
    "victim": {"names": [{"given": "Bea", "family": "Osier"}]},
    "reason": "She asked for help at the desk and left before we could ask more.",
}
"""Accepted as incomplete: send it again with `version` 2 when you know more."""


class NewReferral(Part):
    """A referral to a MARAC.

    Send it again with the same `reference` and a higher `version` to complete or correct it: the newest
    version stands. What you do not know you leave out. **This is no emergency service: in danger ring 999.**
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [COMPLETE, SMALLEST]})

    reference: Words = Field(
        max_length=100, description="Your own key for this referral. It is in no URL and no answer"
    )
    version: int = Field(
        default=1, strict=True, ge=1, le=1_000_000, description="Raise it with each change"
    )
    system: str = Field(
        default="api",
        pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$",
        description="Your system that the reference is of, if you have several",
    )
    referred_at: Instant = Field(description="When the referral was made, with its zone")
    occurred_at: Instant | None = Field(
        default=None, description="When it happened last; the referral's own time if left out"
    )
    occurred_accuracy: Literal["exact", "day", "about"] = Field(
        default="exact", description="How much of `occurred_at` is known"
    )
    referrer: Referrer | None = None
    victim: Victim | None = None
    perpetrators: list[Perpetrator] | None = Field(
        default=None, max_length=9, description="Everybody who is said to cause harm"
    )
    perpetrator_unknown_reason: Text | None = Field(
        default=None, description="Why nobody can be named, if nobody can be"
    )
    children: list[Child] | None = Field(
        default=None,
        max_length=30,
        description="Left out: not known. An empty list: there are no children. Cases with children are heard first",
    )
    reason: Text | None = Field(
        default=None, description="Why you refer, in your words: what happened, what you fear"
    )
    shareable_summary: Text | None = Field(
        default=None, description="Words that you wrote to be shared: the reason itself goes to few"
    )
    criteria: (
        list[Literal["visible_high_risk", "professional_judgement", "escalation", "repeat"]] | None
    ) = Field(
        default=None,
        max_length=4,
        description="The criteria of a MARAC that you tick; an empty list: none of them. "
        "Professional judgement wants its concern written out in `reason`",
    )
    risk_grade: Literal["standard", "medium", "high"] | None = Field(
        default=None, description="How you grade the risk"
    )
    earlier_referral_on: Day | None = Field(
        default=None, description="When the same case was referred before"
    )
    heard_elsewhere: list[HeardElsewhere] = Field(default=[], max_length=10)
    victim_aware: YesNo | None = Field(
        default=None, description="The victim knows of this referral"
    )
    not_aware_reason: Text | None = Field(default=None, description="Why not, if not")
    consent: Literal["given", "refused", "withdrawn", "not_asked"] | None = Field(
        default=None, description="What the victim said to sharing"
    )
    no_consent_reason: Text | None = Field(
        default=None, description="Why it is shared all the same, if it was not given"
    )
    wishes: Text | None = Field(
        default=None, description="What the victim wants, and does not want"
    )
    fears: Text | None = Field(default=None, description="Whom the victim fears: everybody")
    safe_to_tell: Text | None = Field(default=None, description="Whom it is safe to talk to")
    not_safe_to_tell: Text | None = Field(
        default=None, description="Whom it is not safe to talk to"
    )
    organisations: list[Organisation] = Field(default=[], max_length=30)

    @model_validator(mode="after")
    def _keeps_people_apart(self) -> Self:
        """Refuse one key for two people, and a child that is something to somebody who is not there."""
        people: list[Somebody] = [*(self.perpetrators or []), *(self.children or [])]
        keys = [each.id for each in (*people, self.victim) if each and each.id]
        if len(keys) != len(set(keys)):
            raise fault("id_of_two_people")
        most = len(self.perpetrators or [])
        if any(len(each.to_perpetrators) > most for each in self.children or []):
            raise fault("to_nobody")
        return self

    @property
    def referred_on(self) -> date:
        return self.referred_at.date()
