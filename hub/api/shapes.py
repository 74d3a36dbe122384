"""What the API answers about meetings and cases, described so that one can learn it from here."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Meeting(BaseModel):
    """A MARAC meeting."""

    id: str
    marac: str = Field(examples=["fenmarch"])
    name: str = Field(examples=["Fenmarch MARAC"])
    held_on: str = Field(examples=["2026-12-17"])
    closes_on: str = Field(description="After this day no case is added", examples=["2026-12-07"])
    minutes: int = Field(description="How long it may sit")
    version: int = Field(description="Rises with each change; also its ETag")


class MeetingPage(BaseModel):
    """Meetings, the latest first."""

    meetings: list[Meeting]
    next: str | None = Field(description="State it as `cursor` for what follows; null: that is all")


class Change(BaseModel):
    """What a change of a meeting did."""

    meeting: Meeting
    listed: int = Field(description="Cases put on the agenda")
    invited: int = Field(description="Invitations made")


class Minutes(BaseModel):
    """What the cases you see take of the time."""

    capacity: int
    used: int
    over: int = Field(description="Minutes too many; 0 if they fit")


class Criterion(BaseModel):
    """A MARAC criterion that the case meets, or met until it lapsed."""

    code: str = Field(
        examples=["visible_high_risk"],
        description="visible_high_risk, professional_judgement, escalation or repeat",
    )
    standing_since: str = Field(examples=["2026-11-02"])
    stands: bool | None = None
    lapsed_on: str | None = None
    anchor: str | None = Field(
        default=None, description="What a repeat came after: last_referral or last_meeting"
    )
    events: list[str] = Field(
        description="The events it rests on, as far as you may see them", examples=[["e1", "e4"]]
    )


class Reason(BaseModel):
    """Why a case ranks where it does."""

    code: str = Field(examples=["incidents_in_12_months"])
    count: int | None = None
    days_ago: int | None = None


class Invited(BaseModel):
    """An organisation that is invited to a case."""

    organisation_id: str
    name: str
    ring: str = Field(description="Its duty desk's telephone", examples=["01632 960114"])


class AgendaCase(BaseModel):
    """A case on the agenda."""

    number: int
    ref: str = Field(description="Read it at /v1/cases/{ref}")
    children: bool = Field(description="It is in the block that is heard first")
    criteria: list[Criterion]
    reasons: list[Reason]
    invited: list[Invited] | None = Field(
        default=None, description="Who is invited, where the policy lets you know"
    )


class Agenda(BaseModel):
    """What a meeting hears, as you may see it."""

    meeting: Meeting
    minutes: Minutes
    cases: list[AgendaCase]


class Reached(BaseModel):
    """Ways to somebody, as one event states them: agencies' records may have been joined wrongly."""

    said_in: str = Field(examples=["e1"])
    safe_contacts: list[dict[str, Any]] | None = None
    safe_address: dict[str, Any] | None = None
    contacts: list[dict[str, Any]] | None = Field(
        default=None, description="Nothing says that these are safe"
    )
    addresses: list[dict[str, Any]] | None = None


class Somebody(BaseModel):
    """A person, with everything that is shown of them, once."""

    model_config = ConfigDict(extra="allow")

    person: str = Field(examples=["p1"])
    names: list[dict[str, Any]] | None = None
    born: list[Any] | None = None
    reached_by: list[Reached] | None = Field(default=None, description="Safe ways first")


class Happened(BaseModel):
    """An event as you may see it; its own fields stand beside these."""

    model_config = ConfigDict(extra="allow")

    event: str = Field(examples=["e1"])
    type: str = Field(examples=["incident-reported"])


class Withheld(BaseModel):
    """Fields of a kind of event that the policy holds back from you, whatever is in them."""

    type: str
    fields: dict[str, str] = Field(examples=[{"victims.safe_address": "withhold"}])


class Case(BaseModel):
    """A case as you may see it: made of what was disclosed to you and of nothing else."""

    ref: str
    meeting: str
    purpose: str
    as_of: str
    criteria: list[Criterion]
    reasons: list[Reason]
    people: dict[str, list[Somebody]] = Field(description="By role")
    timeline: list[Happened]
    organisations: list[dict[str, Any]]
    withheld: list[Withheld]
    invited: list[Invited] | None = None
