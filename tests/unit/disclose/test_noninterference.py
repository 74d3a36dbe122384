"""Two runs: what a recipient may not see has no influence on a single byte of what it gets.

Two events are drawn. Everything in the first that the recipient may not see (values, lengths,
presence) is taken from the second; what goes out must be equal. What may not be seen comes from
`oracle`, which asks neither plan nor engine.
"""

import io
from datetime import date, timedelta

import fastavro
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.disclose.bundle import Bundle
from hub.disclose.plan import Planner
from hub.disclose.project import DisclosureHead, project
from hub.disclose.view import disclosed_schema
from hub.model.enquiry import Context
from hub.model.level import Level
from tests.unit.disclose.bodies import (
    AVRO,
    BUNDLE,
    KEY,
    SCHEMAS,
    TODAY,
    Json,
    bodies,
    context,
)
from tests.unit.disclose.made import giving
from tests.unit.disclose.oracle import may_have_event, shipped_level, unseen_swapped

EVENT = "incident-reported"
SCHEMA, SOURCE = SCHEMAS[EVENT], AVRO[EVENT]
VIEW = fastavro.parse_schema(disclosed_schema(SOURCE))
HEAD = DisclosureHead("d", "v", "p", "r")
PLANNER = Planner(BUNDLE, TODAY)

pairs = st.tuples(bodies(EVENT), bodies(EVENT))
asking = st.builds(
    lambda recipient, risk, consent, involvement: context(
        recipient, risk=risk, consent=consent, involvement=involvement
    ),
    st.sampled_from(sorted(BUNDLE.recipients)),
    st.sampled_from(["standard", "medium", "high"]),
    st.sampled_from(["given", "refused", "withdrawn", "not-asked"]),
    st.sampled_from(["none", "named", "supplied", "invited"]),
)
tags = sorted(SCHEMA.tags())
some_levels = st.builds(
    dict[str, Level],
    st.fixed_dictionaries(
        {
            tag: st.sampled_from([Level.FULL, *Level]) for tag in tags
        }  # full is as likely as two others
    ),
)


def wire(body: Json, planner: Planner, who: Context) -> bytes | None:
    """What goes out, if anything: the day of the event is the event's own."""
    plan = planner.plan(SCHEMA, who)
    if plan.outcome != "disclosed":
        return None
    day: date = body["occurred_at"].date()
    buffer = io.BytesIO()
    built = project(body, SCHEMA, plan, key=KEY, disclosure=HEAD, event_date=day)
    fastavro.schemaless_writer(buffer, VIEW, built)
    return buffer.getvalue()


@settings(max_examples=150, deadline=None)
@given(pairs, asking)
def test_under_the_shipped_rules(pair: tuple[Json, Json], who: Context) -> None:
    mine, other = pair
    mixed = unseen_swapped(SOURCE, mine, other, shipped_level(who, TODAY))

    sent = wire(mine, PLANNER, who)

    assert sent == wire(mixed, PLANNER, who)
    assert sent is None or may_have_event(who, EVENT, TODAY)


@settings(max_examples=150, deadline=None)
@given(pairs, some_levels)
def test_under_any_levels(pair: tuple[Json, Json], levels: dict[str, Level]) -> None:
    mine, other = pair
    made: Bundle = giving(levels)
    planner = Planner(made, TODAY)
    mixed = unseen_swapped(SOURCE, mine, other, lambda tag: int(levels[tag]))

    assert wire(mine, planner, context()) == wire(mixed, planner, context())


def alike(body: Json) -> Json:
    """Change what a transform must hide: days within an age band and an instant's hour, the inward half."""
    changed: Json = {}
    for name, value in body.items():
        match value:
            case {}:
                changed[name] = alike(value)
            case [{}, *_]:
                changed[name] = [alike(each) for each in value]
            case date() if name == "born":
                changed[name] = value + timedelta(days=1)
            case str() if name == "postcode":
                changed[name] = value.replace("2BC", "3XY")
            case str() if name in ("given", "family"):
                changed[name] = value and value + "x"
            case _:
                changed[name] = value
    return changed


GENERALISED = giving(
    dict.fromkeys(tags, Level.FULL)
    | {tag: Level.GENERALISE for tag in tags if tag.endswith(("IDENTITY", "LOCATION"))}
)


@settings(max_examples=20, deadline=None)
@given(bodies(EVENT))
def test_what_a_transform_hides_shows_in_no_byte(body: Json) -> None:
    far_from_birthdays = [date(1990, 6, 1), date(1950, 6, 1), date(2012, 6, 1)]
    for people in ("victims", "perpetrators", "children", "witnesses", "unresolved"):
        for turn, person in enumerate(body[people]):
            person["born"] = person["born"] and far_from_birthdays[turn]
            for name in person["names"]:
                name.update({part: name[part] and f"{name[part]}." for part in ("given", "family")})
    planner = Planner(GENERALISED, TODAY)

    assert wire(body, planner, context()) == wire(alike(body), planner, context())


def test_the_oracle_and_the_engine_agree_on_who_gets_the_event() -> None:
    for recipient in BUNDLE.recipients:
        for risk in ("standard", "high"):
            for consent in ("given", "refused"):
                for link in (False, True, None):
                    who = context(recipient, risk=risk, consent=consent, perpetrator_link=link)
                    permitted = PLANNER.decide_event(SCHEMA, who).level is Level.FULL
                    assert permitted == may_have_event(who, EVENT, TODAY)
