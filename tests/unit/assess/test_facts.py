"""What one event says, whatever version of a criterion will look at it."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.assess.facts import (
    ASSESSING,
    DISCLOSING,
    STATES,
    TELLING,
    TICKING,
    Facts,
    FactsUnreadable,
    facts_in,
    from_text,
    to_text,
)
from hub.bootstrap.county import load_county
from hub.model.event import Body, EventType, Value
from hub.stream.registry import event_names
from hub.synth.stream import smallest

ABOUT_RECORDS = {"identity-changed", "record-corrected", "record-retracted"}


def answers(*pairs: tuple[str, str]) -> Body:
    return {"answers": [{"code": code, "answer": answer} for code, answer in pairs]}


def lives_at(*postcodes: str | None, role: str = "victims") -> Body:
    addresses: list[Value] = [{"line1": None, "postcode": each} for each in postcodes]
    kept: Body = {"postcode": "ZH9 9ZZ"}
    return {role: [{"addresses": addresses, "safe_address": kept}]}


def child(born: date | None, accuracy: str) -> Body:
    return {"born": born, "born_accuracy": accuracy}


SAID: dict[str, tuple[str, Body, Facts]] = {
    "where she lives, roughly, and never where she is kept safe": (
        "incident-reported",
        lives_at("zf1 2ab", None, "ZD33AA", "ZZ99 3VZ", "ZF1"),
        Facts(kind="other", outcodes=frozenset({"ZF1", "ZD3"})),
    ),
    "where he lives is not where she does": (
        "incident-reported", lives_at("ZF1 2AB", role="perpetrators"), Facts(kind="other")
    ),
    "children by the month of their birth": (
        "incident-reported",
        {"children": [child(date(2015, 3, 9), "exact"), child(date(2018, 1, 1), "month"), child(date(2018, 1, 1), "year"), child(None, "unknown")]},
        Facts(kind="other", children=frozenset({"2015-03", "2018-01", "?"})),
    ),
    "that she is pregnant": ("attendance-recorded", {"pregnant": "yes"}, Facts(kind="other", pregnant=True)),
    "that she is not": ("attendance-recorded", {"pregnant": "no"}, Facts(kind="other")),
    "an instrument and its sum": (
        "risk-assessed",
        {"instrument": "dash", "score": 14},
        Facts(instrument="dash", yes=14),
    ),
    "a sum of nothing": ("risk-assessed", {"instrument": "dash", "score": 0}, Facts(instrument="dash", yes=0)),
    "answers, of which yes alone counts": (
        "risk-assessed",
        {"instrument": "dash", **answers(("D01", "yes"), ("D02", "no"), ("D03", "dont_know"), ("D04", "not_asked"))},
        Facts(instrument="dash", yes=1, items=frozenset({"D01"})),
    ),
    "an answer given twice": (
        "risk-assessed",
        {"instrument": "dash", **answers(("D01", "yes"), ("D01", "yes"))},
        Facts(instrument="dash", yes=1, items=frozenset({"D01"})),
    ),
    "a sum above what was itemised": (
        "risk-assessed",
        {"instrument": "dash", "score": 9, **answers(("D01", "yes"))},
        Facts(instrument="dash", yes=9, items=frozenset({"D01"})),
    ),
    "a sum below what was itemised": (
        "risk-assessed",
        {"instrument": "dash", "score": 0, **answers(("D01", "yes"))},
        Facts(instrument="dash", yes=1, items=frozenset({"D01"})),
    ),
    "a judgement and a grade": (
        "risk-assessed",
        {"instrument": "dash", "professional_judgement": True, "risk_grade": "high"},
        Facts(instrument="dash", judged=True, grade="high"),
    ),
    "ticks": ("referral-made", {"criteria": ["repeat"]}, Facts(ticks=frozenset({"repeat"}))),
    "abuse disclosed in hospital": (
        "attendance-recorded",
        {"kind": "emergency", "abuse_disclosed": "yes"},
        Facts(kind="emergency", disclosed=True),
    ),
    "abuse not disclosed": (
        "attendance-recorded",
        {"kind": "emergency", "abuse_disclosed": "unknown"},
        Facts(kind="emergency"),
    ),
    "a concern about abuse": (
        "concern-raised",
        {"kind": "school", "domestic_abuse": "yes", "state": "open"},
        Facts(kind="school", disclosed=True, state="open"),
    ),
    "a breach": ("order-recorded", {"kind": "bail", "state": "breached"}, Facts(kind="bail", state="breached")),
    "a meeting's outcome": ("case-heard", {"outcome": "deferred"}, Facts(state="deferred")),
    "the number of a crime, however it is spaced": (
        "incident-reported",
        {"kind": "violence", "crime_reference": " cr/1 26"},
        Facts(kind="violence", reference="CR/126"),
    ),
    "the number of an order, which is none of a crime": (
        "order-recorded",
        {"kind": "bail", "state": "breached", "order_reference": "CR/1"},
        Facts(kind="bail", state="breached"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("type_", "said", "facts"), SAID.values(), ids=SAID)
def test_facts_are_what_the_event_says(type_: str, said: Body, facts: Facts) -> None:
    assert facts_in(EventType(type_), {**smallest(type_), **said}) == facts


def test_no_sum_and_no_answers_are_no_nought() -> None:
    assert facts_in(EventType("risk-assessed"), smallest("risk-assessed")).yes is None


texts = st.text(max_size=9)
facts = st.builds(
    Facts,
    instrument=texts,
    yes=st.none() | st.integers(0, 30),
    items=st.frozensets(texts, max_size=4),
    judged=st.booleans(),
    ticks=st.frozensets(texts, max_size=4),
    grade=texts,
    disclosed=st.booleans(),
    state=texts,
    kind=texts,
    reference=texts,
)


@given(facts)
def test_what_is_kept_is_read_as_it_was(said: Facts) -> None:
    assert from_text(to_text(said)) == said


def test_no_facts_are_kept_as_nothing() -> None:
    assert to_text(Facts()) == "{}"


@pytest.mark.parametrize("text", ["", "[]", "1", '{"zebedee":1}', '{"items":1}'])
def test_what_is_no_set_of_facts_is_refused(text: str) -> None:
    with pytest.raises(FactsUnreadable, match="^not written by this hub$"):
        from_text(text)


def test_the_words_are_those_of_the_schemas() -> None:
    """A word that no event can say would never count, in silence."""
    registry = load_county().registry
    schemas = {name: registry.latest[name].text for name in event_names(registry)}

    assert set(TELLING) == schemas.keys() - ABOUT_RECORDS
    for type_, (name, words) in STATES.items():
        assert tuple(_field(schemas[type_], name)["type"]["symbols"]) == words  # type: ignore[index]
    for type_, name in DISCLOSING.items():
        assert _field(schemas[type_], name)
    for type_ in TICKING:
        assert _field(schemas[type_], "criteria")
    for type_ in ASSESSING:
        assert _field(schemas[type_], "instrument")


def _field(schema: str, name: str) -> dict[str, object]:
    return next(each for each in json.loads(schema)["fields"] if each["name"] == name)  # type: ignore[no-any-return]
