"""The tables that are read, and what a mapping may say of each.

The names are those of the Standard Safeguarding Dataset, without `ssd_`. Each row of a table in
`RECORDS` is a record; the rows of the others are what a record needs to be understood.
"""

import re
from dataclasses import dataclass

from connectors.mapping import Shape
from connectors.people import GENDERS

PLACES = frozenset({"home", "other"})
"""Kinds of address. Only a home is read: where a child was placed is nobody's to pass on."""

YES_NO = frozenset({"yes", "no"})


@dataclass(frozen=True, slots=True)
class Concern:
    """What a row of a table reports: a concern of which kind."""

    shape: Shape
    kind: str


def _shape(name: str, columns: str, must: str, **coded: str) -> Shape:
    values = {"gender": GENDERS, "place": PLACES, "yesno": YES_NO}
    return Shape(
        name=name,
        columns=re.compile(columns),
        must=frozenset(must.split()),
        values={kind: values[kind] for kind in coded.values()},
        coded=coded,
    )


_SPAN = "reference|person_id|start|end|category|first_category"

PERSON = _shape(
    "person",
    "person_(?:id|given|family|gender|sex|born|nhs|upn|school)|expected_born",
    "person_id",
    person_gender="gender",
    person_sex="gender",
)
ADDRESS = _shape("address", "person_id|type|start|end|postcode|text", "person_id", type="place")
FAMILY = _shape("family", "family_id|person_id", "family_id person_id")
MOTHER = _shape("mother", "person_id|child_id", "person_id child_id")
ASSESSMENT = _shape(
    "cin_assessments",
    "reference|person_id|start|end|no_further_action",
    "reference person_id",
    no_further_action="yesno",
)
FACTORS = _shape("assessment_factors", "reference|factors", "reference factors")

CONTEXT = (PERSON, ADDRESS, FAMILY, MOTHER, ASSESSMENT)
RECORDS = (
    Concern(_shape("early_help_episodes", _SPAN, "reference person_id start"), "early_help"),
    Concern(
        _shape(
            "cin_episodes",
            f"{_SPAN}|no_further_action",
            "reference person_id start",
            no_further_action="yesno",
        ),
        "child_in_need",
    ),
    Concern(FACTORS, "child_in_need"),
    Concern(_shape("cp_plans", _SPAN, "reference person_id start"), "child_protection"),
    Concern(_shape("cla_episodes", _SPAN, "reference person_id start"), "looked_after"),
)
"""In the order in which a delivery is read."""

SHAPES = (*CONTEXT, *(concern.shape for concern in RECORDS))
