"""Looking through words: recorded identifiers in recorded spellings, and nothing that the recipient is given anyway."""

from typing import Any

import pytest

from hub.disclose.plan import Planner
from hub.disclose.scan import Scanner
from hub.model.level import Level
from tests.unit.disclose.bodies import BUNDLE, EVENTS, SCHEMAS, TODAY, Json, context, typical
from tests.unit.disclose.made import giving

SCHEMA = SCHEMAS["incident-reported"]
SCANNER = Scanner(BUNDLE.vocabulary)
EVERYTHING = dict.fromkeys(BUNDLE.vocabulary.tags, Level.FULL)
SAID = {
    "a name": ("Then Mirela left.", "victims.names.given"),
    "a name in capitals": ("MIRELA left", "victims.names.given"),
    "a name between commas": ("with,Okonjo,there", "victims.names.family"),
    "a telephone number": ("ring 07700900456", "victims.contacts.value"),
    "a telephone number in groups": ("ring 07700 900 456.", "victims.contacts.value"),
    "a telephone number with hyphens": ("07700-900-456", "victims.contacts.value"),
    "a postcode": ("in ZF1 4AB", "victims.addresses.postcode"),
    "a postcode without its space": ("zf14ab", "victims.addresses.postcode"),
    "a street": ("at 12 Sedge  Lane, upstairs", "victims.addresses.line1"),
    "a number": ("NHS 999 000 0018", "victims.identifiers.value"),
    "an employer": ("works for Sedge Foods", "perpetrators.employer"),
}
NOT_SAID = [
    "",
    "nobody is named",
    "Mirelas",
    "Mirela_x",
    "the Okonjoes",
    "0770090045",
    "Sedge Lanes",
]


def event(**words: Any) -> Json:
    return {**typical(), "account": "-", "shareable_summary": "-", **words}


def without(*tags: str) -> dict[str, Level]:
    return {**EVERYTHING, **dict.fromkeys(tags, Level.WITHHOLD)}


def hits(body: Json, levels: dict[str, Level]) -> list[str]:
    plan = Planner(giving(levels), TODAY).plan(SCHEMA, context())
    assert plan.outcome == "disclosed"
    return SCANNER.hits(SCANNER.said(body, SCHEMA), body, SCHEMA, plan.treatments)


@pytest.mark.parametrize(("words", "field"), SAID.values(), ids=SAID)
def test_what_identifies_is_found_in_words(words: str, field: str) -> None:
    found = SCANNER.said(event(account=words), SCHEMA)

    assert {each.words for each in found} == {"account"}
    assert any(field in each.fields for each in found)


@pytest.mark.parametrize("words", NOT_SAID)
def test_what_is_another_word_is_not(words: str) -> None:
    assert SCANNER.said(event(account=words), SCHEMA) == []


def test_accents_and_case_do_not_hide_a_name() -> None:
    body = event(account="Siân and Zoë")
    body["victims"][0]["names"][0]["given"] = "Zoe"
    body["perpetrators"][0]["names"][0]["given"] = "SIÂN"

    assert len(SCANNER.said(body, SCHEMA)) == 2


def test_a_name_of_two_letters_is_not_looked_for() -> None:
    body = event(account="Jo is in every sentence")
    body["victims"][0]["names"][0]["given"] = "Jo"

    assert SCANNER.said(body, SCHEMA) == []


def test_it_is_a_hit_only_where_the_words_go_out_and_the_value_does_not() -> None:
    body = event(account="Mirela rang.")

    assert hits(body, without("VICTIM_IDENTITY")) == ["account"]
    assert hits(body, EVERYTHING) == []
    assert hits(body, without("VICTIM_IDENTITY", "FREE_TEXT")) == []


def test_both_fields_of_words_are_looked_through() -> None:
    body = event(account="Mirela rang.", shareable_summary="Mirela rang.")

    assert hits(body, without("VICTIM_IDENTITY")) == ["account", "shareable_summary"]


def test_a_value_that_is_given_in_another_field_is_no_hit() -> None:
    """The family name of both: who is told of him by name is told it."""
    body = event(account="The Okonjo family.")
    body["perpetrators"][0]["names"][0]["family"] = "Okonjo"

    assert hits(body, without("VICTIM_IDENTITY", "CHILD_IDENTITY")) == []


def test_what_a_recipient_is_not_told_of_at_all_is_not_given_to_it() -> None:
    """A school hears of its own pupils: a brother's name in words is none that it has."""
    body = event(account="Wren and Kit were there.")
    body["children"].append({**body["children"][0], "names": [{"kind": "usual", "given": "Kit", "family": "Okonjo"}]})  # fmt: skip
    share = {**body, "children": body["children"][:1]}
    plan = Planner(giving(EVERYTHING), TODAY).plan(SCHEMA, context())
    said = SCANNER.said(body, SCHEMA)

    assert SCANNER.hits(said, body, SCHEMA, plan.treatments) == []
    assert SCANNER.hits(said, share, SCHEMA, plan.treatments) == ["account"]


def test_a_masked_value_is_a_hit_too() -> None:
    levels = {**EVERYTHING, "VICTIM_LOCATION": Level.MASK, "INCIDENT_LOCATION": Level.GENERALISE}

    body = event(account="at 9 Mill Row")
    body["victims"][0]["addresses"] = [
        {"line1": "9 Mill Row", "line2": None, "town": "T", "postcode": "ZF9 9ZZ"}
    ]
    assert hits(body, levels) == ["account"]


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_with_words_has_something_that_identifies_beside_them(name: str) -> None:
    """Or the tags that say so were forgotten in a schema."""
    words, names = SCANNER._sorted(SCHEMAS[name])

    assert not words or names
    assert not words & names


def test_a_withheld_field_of_words_is_nothing_to_ask_about() -> None:
    plan = Planner(giving(without("FREE_TEXT", "SHAREABLE_SUMMARY", "THIRD_PARTY")), TODAY).plan(
        SCHEMA, context()
    )

    assert not SCANNER.gives_words(SCHEMA, plan.treatments)
