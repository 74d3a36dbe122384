"""The people of a pushed referral, field by field. What is written here is what a sender learns from.

Texts are taken as they come, save for blanks at their ends; no field is guessed out of another. A fault
is a fixed word: what was sent may be somebody's name.
"""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from hub.model.numbers import nhs_number

FEWEST_DIGITS, MOST_DIGITS = 6, 20
FIRST_YEAR, LAST_YEAR = 1850, 2199
NO_CONTROLS = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)

Relation: TypeAlias = Literal[
    "partner", "ex_partner", "parent", "child", "sibling", "other_family", "household", "carer",
    "acquaintance", "stranger", "unknown",
]  # fmt: skip


def fault(code: str) -> PydanticCustomError:
    """Give what a validator raises: a fixed word, and nothing of the input."""
    return PydanticCustomError(code, "not as described")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _stated_as_day(value: object) -> object:
    """Take text alone: pydantic would read a number as seconds since 1970."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise fault("not_a_day")
    return value


def _stated_as_instant(value: object) -> object:
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise fault("not_an_instant")
    return value


def _likely(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise fault("unlikely_year")
    return day


def _in_utc(instant: datetime) -> datetime:
    _likely(instant)
    return instant.astimezone(UTC)


Words = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=NO_CONTROLS),
    AfterValidator(_one_line),
]
Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000, pattern=NO_CONTROLS),
]
Day = Annotated[date, BeforeValidator(_stated_as_day), AfterValidator(_likely)]
Instant = Annotated[AwareDatetime, BeforeValidator(_stated_as_instant), AfterValidator(_in_utc)]


class Part(BaseModel):
    """A part of a referral: a field that is not described is refused, not passed over."""

    model_config = ConfigDict(extra="forbid")


class Name(Part):
    """A name. Give former names, aliases and other spellings too: they find what one alone does not."""

    kind: Literal["usual", "former", "alias"] = "usual"
    given: Words | None = Field(default=None, examples=["Ada"])
    family: Words | None = Field(default=None, examples=["Marsh"])

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.given or self.family):
            raise fault("empty")
        return self


class Identifier(Part):
    """A number by which others know this person."""

    scheme: Literal["nhs_number", "pnc", "upn", "other"]
    value: Words = Field(examples=["9990000018"])
    checked: bool = Field(
        default=False,
        strict=True,
        description="You checked it with whoever gives it out. Only such a number joins records by itself",
    )

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if self.scheme == "nhs_number" and nhs_number(self.value)[0] is None:
            raise fault("nhs_number")
        return self


class Contact(Part):
    """A telephone number or an e-mail address."""

    channel: Literal["telephone", "email"]
    value: Words = Field(examples=["07700 900123456"], description="The number or address alone")
    hours: Words | None = Field(
        default=None, examples=["weekdays before ten"], description="When it may be used, in words"
    )

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if self.channel == "email" and "@" not in self.value:
            raise fault("email")
        digits = sum(each.isdecimal() for each in self.value)
        has_words = any(each.isalpha() for each in self.value)
        if self.channel == "telephone" and (
            has_words or not FEWEST_DIGITS <= digits <= MOST_DIGITS
        ):
            raise fault("telephone")
        return self


class Address(Part):
    """An address, or what is known of it."""

    line1: Words | None = Field(default=None, examples=["1 Sedge Street"])
    line2: Words | None = None
    town: Words | None = Field(default=None, examples=["Osham"])
    postcode: Words | None = Field(default=None, examples=["ZF1 1AB"])

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.line1 or self.line2 or self.town or self.postcode):
            raise fault("empty")
        return self


class Somebody(Part):
    """What you know of one person. Leave out what you do not know."""

    id: Words | None = Field(
        default=None,
        examples=["C-1041"],
        description="Your own key for this person: the same one each time, so that what you report "
        "of one person is known to be of one person",
    )
    names: list[Name] = Field(default=[], max_length=20, description="The usual one first")
    born: Day | None = Field(default=None, examples=["1990-02-03"], description="Date of birth")
    born_accuracy: Literal["exact", "month", "year", "estimated"] = Field(
        default="exact", description="How much of `born` is known"
    )
    age: int | None = Field(
        default=None,
        strict=True,
        ge=0,
        le=120,
        description="Years, where no date of birth is known. Not both",
    )
    gender: Literal["female", "male", "non_binary", "other", "unknown"] = "unknown"
    identifiers: list[Identifier] = Field(default=[], max_length=20)
    contacts: list[Contact] = Field(
        default=[],
        max_length=20,
        description="Ways to reach them; nothing says that these are safe",
    )
    addresses: list[Address] = Field(default=[], max_length=20, description="The newest first")
    occupation: Words | None = None
    employer: Words | None = Field(
        default=None, description="Whoever works where this is read must not read it: say it"
    )

    @model_validator(mode="after")
    def _is_of_one_age(self) -> Self:
        if self.born is not None and self.age is not None:
            raise fault("born_and_age")
        return self

    @property
    def is_named(self) -> bool:
        """Somebody with neither a name nor a number or key is nobody in particular."""
        return bool(self.id or self.names or self.identifiers)

    @property
    def is_empty(self) -> bool:
        """Nothing is said: a gender alone makes nobody."""
        return not self.model_dump(exclude_defaults=True, exclude={"gender", "born_accuracy"})


class Victim(Somebody):
    """Who is said to be harmed."""

    safe_to_contact: Literal["yes", "no"] | None = Field(
        default=None, description="Whether it is safe to contact this person at all"
    )
    safe_contacts: list[Contact] = Field(
        default=[],
        max_length=20,
        description="Ways that this person said are safe. Everything else may be seen by whoever harms them",
    )
    no_safe_contact_reason: Text | None = Field(
        default=None, description="Why there is none, if there is none"
    )
    safe_address: Address | None = Field(
        default=None, description="Where this person is kept safe, if that is another place"
    )
    language: Words | None = Field(
        default=None, examples=["Polish, spoken"], description="Where an interpreter is needed"
    )

    @property
    def is_empty(self) -> bool:
        said = self.model_dump(exclude_defaults=True)
        return not said.keys() - {
            "gender",
            "born_accuracy",
            "safe_to_contact",
            "no_safe_contact_reason",
        }


class Perpetrator(Somebody):
    """Who is said to cause harm."""

    relationship: Relation | None = Field(
        default=None, description="What this person is to the victim", examples=["ex_partner"]
    )


class Child(Somebody):
    """A child of the household, or one that was present. An empty one is a child of whom nothing is known."""

    relationship: Relation = Field(default="child", description="What the child is to the victim")
    to_perpetrators: list[Relation] = Field(
        default=[],
        max_length=9,
        description="What the child is to each perpetrator, in their order",
    )
    school: Words | None = Field(default=None, examples=["Osham Primary School"])
