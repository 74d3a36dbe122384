"""Bodies without files fit the schemas to the last field, and read back from JSON as they were."""

import io
import json
import tomllib
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import fastavro
import nhs_number
import pytest
from county_files import ROOT

from hub.model.event import Body, Event, EventType, event_id, source_of
from hub.synth.examples import ExampleUnreadable, from_json, to_json, write_examples
from hub.synth.extremes import EVENT_TYPES, UnknownEventType
from hub.synth.places import AGENCIES, ORGANISATIONS
from hub.synth.stream import event_bodies, fullest, smallest

SCHEMAS = {
    name: json.loads((ROOT / f"schemas/{name}/v1.avsc").read_text("utf-8")) for name in EVENT_TYPES
}
PARSED = {
    name: fastavro.parse_schema(json.loads(json.dumps(each))) for name, each in SCHEMAS.items()
}


def round_trip(event_type: str, body: Body) -> Any:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, PARSED[event_type], body, strict=True)
    out.seek(0)
    return fastavro.schemaless_reader(out, PARSED[event_type], None)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    match value:
        case dict():
            for name, each in value.items():
                yield from leaves(each, f"{path}.{name}" if path else name)
        case list():
            for at, each in enumerate(value):
                yield from leaves(each, f"{path}[{at}]")
        case _:
            yield path, value


def in_schema(event_type: str) -> tuple[set[str], set[str], set[str]]:
    """Give the paths (without places) of all leaves, of the texts among them, and of all arrays."""
    named: dict[str, Any] = {}
    every, texts, arrays = set(), set(), set()

    def walk(kind: Any, path: str) -> None:
        if isinstance(kind, list):
            walk(kind[1], path)
        elif isinstance(kind, str) and kind in named:
            walk(named[kind], path)
        elif isinstance(kind, dict) and kind["type"] == "record":
            for field in kind["fields"]:
                walk(field["type"], f"{path}.{field['name']}" if path else field["name"])
        elif isinstance(kind, dict) and kind["type"] == "array":
            arrays.add(path)
            walk(kind["items"], path)
        else:
            if isinstance(kind, dict) and "name" in kind:
                named[kind["name"]] = kind
            every.add(path)
            if kind == "string":
                texts.add(path)

    walk(SCHEMAS[event_type], "")
    return every, texts, arrays


def bare(path: str) -> str:
    return path.replace("[0]", "").replace("[1]", "")


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_the_fullest_and_the_smallest_come_back_from_avro_as_they_were(event_type: str) -> None:
    for body in (fullest(event_type), smallest(event_type), fullest(event_type, "<{}>".format)):
        assert round_trip(event_type, body) == body


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_the_fullest_has_every_field_and_two_of_everything(event_type: str) -> None:
    every, _, arrays = in_schema(event_type)

    body = fullest(event_type)

    found = dict(leaves(body))
    assert {bare(path) for path in found} == every
    assert None not in found.values()
    assert {bare(path[: -len("[1]")]) for path, _ in every_array(body)} == arrays
    assert all(len(items) == 2 for _, items in every_array(body))


def every_array(value: Any, path: str = "") -> Iterator[tuple[str, list[Any]]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from every_array(each, f"{path}.{name}" if path else name)
    if isinstance(value, list):
        yield f"{path}[1]", value
        for at, each in enumerate(value):
            yield from every_array(each, f"{path}[{at}]")


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_every_text_of_the_fullest_is_marked_with_its_own_path(event_type: str) -> None:
    _, texts, _ = in_schema(event_type)

    body = fullest(event_type, "canary {}".format)

    marked = {
        path: each for path, each in leaves(body) if isinstance(each, str) and "canary" in each
    }
    assert marked == {path: f"canary {path}" for path in marked}
    assert {bare(path) for path in marked} == texts


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_no_plain_text_occurs_twice_but_where_one_person_points_to_another(event_type: str) -> None:
    _, texts, _ = in_schema(event_type)
    body = fullest(event_type)

    said = [each for path, each in leaves(body) if bare(path) in texts and not path.endswith(".to")]
    keys = {each for path, each in leaves(body) if path.endswith(".local_id")}
    assert len(said) == len(set(said))
    assert {each for path, each in leaves(body) if path.endswith(".to")} <= keys


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_the_smallest_has_nothing_that_may_be_left_out(event_type: str) -> None:
    body = smallest(event_type)

    schema = SCHEMAS[event_type]
    for field in schema["fields"]:
        if "default" in field:
            assert body[field["name"]] == field["default"]
    assert list(body) == [field["name"] for field in schema["fields"]]


def test_an_unknown_event_type_is_refused() -> None:
    for make in (fullest, smallest):
        with pytest.raises(UnknownEventType, match="incident-reported"):
            make("recall")


def test_a_stream_mixes_all_types_and_each_body_fits_its_schema() -> None:
    seen: Counter[str] = Counter()
    for event_type, body in event_bodies(1, 1700):
        seen[event_type] += 1
        assert round_trip(event_type, body) == body

    assert set(seen) == {
        "incident-reported", "risk-assessed", "referral-made", "attendance-recorded",
        "concern-raised", "support-recorded", "order-recorded", "outcome-recorded",
    }  # fmt: skip
    assert min(seen.values()) > 30


def test_a_stream_comes_from_four_kinds_of_agencies_and_names_those_of_all_eight() -> None:
    agencies: Counter[str] = Counter()
    named: set[str] = set()
    for _, body in event_bodies(1, 1000):
        source: Any = body["source"]
        agencies[source["agency"]] += 1
        organisations: Any = body["organisations"]
        named |= {each["name"] for each in organisations}

    assert set(agencies) == set(AGENCIES)
    assert min(agencies.values()) > 15
    assert {
        ORGANISATIONS[each]
        for each in (
            "fenmarch-police", "dunmoor-police", "amber-door", "kestrel-line", "fenmarch-children",
            "fenmarch-idva", "fenmarch-homes", "fenmarch-probation", "osham-primary", "osham-practice",
        )
    } <= named  # fmt: skip


def test_a_long_stream_needs_no_more_memory_than_a_short_one() -> None:
    tracemalloc.start()
    bodies = event_bodies(1)
    for _ in islice(bodies, 3000):
        pass
    early = tracemalloc.get_traced_memory()[0]
    for _ in islice(bodies, 9000):
        pass
    late = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()

    assert late < 1.5 * early + 1_000_000


def test_the_county_names_its_organisations_as_the_register_does() -> None:
    register = {
        each["id"]: {each["name"], *each.get("aliases", [])}
        for each in (
            tomllib.loads(file.read_text("utf-8"))
            for file in (ROOT / "policies/recipients").glob("*.toml")
        )
    }

    assert set(ORGANISATIONS) == set(register)
    assert all(name in register[agency] for agency, name in ORGANISATIONS.items())


def test_a_stream_is_the_same_for_a_seed_and_goes_on_without_a_count() -> None:
    counted = list(event_bodies(5, 60))

    assert counted == list(islice(event_bodies(5), 60))
    assert counted != list(event_bodies(6, 60))


def test_no_two_events_of_a_stream_have_one_name_and_two_seeds_share_none() -> None:
    ids = [event_id(source_of(body)) for seed in (1, 2) for _, body in event_bodies(seed, 1600)]

    assert len(set(ids)) == len(ids)


def test_people_come_back_within_a_block_and_keep_their_keys_apart_over_blocks() -> None:
    names: dict[str, str] = {}
    met = 0
    for _, body in event_bodies(3, 3200):
        for role in ("victims", "perpetrators", "unresolved"):
            people: Any = body[role]
            for person in people:
                key = person["local_id"]
                born = str(person["born"]) + str(person["names"])
                met += key in names
                assert names.setdefault(key, born) == born

    assert met > 1000


def test_a_stream_uses_numbers_that_are_nobody_s() -> None:
    values = [
        each
        for _, body in event_bodies(1, 200)
        for path, each in leaves(body)
        if path.endswith(".value") and ".identifiers[" in path
    ]

    assert values
    assert all(nhs_number.is_valid(each, for_region=nhs_number.REGION_SYNTHETIC) for each in values)


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_the_committed_examples_are_what_this_code_writes(event_type: str, tmp_path: Path) -> None:
    write_examples(tmp_path)

    for name in ("full", "smallest"):
        file = f"{event_type}/examples/{name}.json"
        assert (tmp_path / file).read_bytes() == (ROOT / "schemas" / file).read_bytes()


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_an_event_comes_back_from_json_as_it_was(event_type: str) -> None:
    for body in (fullest(event_type), smallest(event_type)):
        text = to_json(body)

        assert from_json(SCHEMAS[event_type], text) == body
        assert '"2026-11-18T22:14:00Z"' in text
        assert Event(EventType(event_type), body, datetime.now().astimezone()).id


def test_days_and_instants_are_read_by_their_schema() -> None:
    text = to_json(fullest("incident-reported"))

    body = from_json(SCHEMAS["incident-reported"], text)

    born = dict(leaves(body))["victims[0].born"]
    assert type(born) is date
    assert f'"born": "{born.isoformat()}"' in text


def test_what_may_be_left_out_gets_its_default() -> None:
    body = smallest("referral-made")
    for name in ("victims", "consent", "criteria", "account"):
        del body[name]

    assert from_json(SCHEMAS["referral-made"], to_json(body)) == smallest("referral-made")


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "unknown field": ({"secret-name": 1}, "event: unknown-field"),
    "no list": ({"victims": "Zoë"}, "victims: not-a-list"),
    "no symbol": ({"kind": "Zoë"}, "kind: not-a-symbol"),
    "no instant": ({"occurred_at": "18/11/2026"}, "occurred_at: not-an-instant"),
    "no zone": ({"occurred_at": "2026-11-18T22:14:00"}, "occurred_at: no-zone"),
    "no date": ({"born": "03/02/1990"}, r"victims\[0\].born: not-a-date"),
    "no object": ({"source": ["Zoë"]}, "source: not-an-object"),
    "no text": ({"account": 7}, "account: not-a-string"),
}


@pytest.mark.parametrize(("change", "message"), FAULTS.values(), ids=FAULTS)
def test_what_does_not_fit_is_refused_by_path_and_code_without_its_value(
    change: dict[str, Any], message: str
) -> None:
    event = json.loads(to_json(fullest("incident-reported")))
    assert from_json(SCHEMAS["incident-reported"], json.dumps(event))
    (event["victims"][0] if "born" in change else event).update(change)

    with pytest.raises(ExampleUnreadable, match=f"^{message}$") as refused:
        from_json(SCHEMAS["incident-reported"], json.dumps(event))

    assert "Zoë" not in str(refused.value)


def test_what_is_no_json_or_lacks_what_it_must_have_is_refused() -> None:
    with pytest.raises(ExampleUnreadable, match=r"^not-json$"):
        from_json(SCHEMAS["incident-reported"], "{")
    with pytest.raises(ExampleUnreadable, match=r"^source: missing$"):
        from_json(SCHEMAS["incident-reported"], "{}")
