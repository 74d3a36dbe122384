import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.connector import SourceUnusable
from connectors.health import fhir_messages
from connectors.publish import DEAD_LETTERS
from connectors.registry import agencies, describe_mapping
from connectors.reread import reread
from connectors.run import run_once
from hub.model.dead_letter import DeadLetter, Reason, Stage
from tests.unit.connectors.exports import BOM, RECEIVED_AT, MemoryLog, files_in, header, keys
from tests.unit.connectors.messages import (
    MESSAGES,
    OSHAM,
    TRUST,
    VICTIM,
    Json,
    body_of,
    doubts_of,
    encoded,
    fault_of,
    flag,
    message,
    reading_of,
    readings,
)


def numbered(*numbers: int) -> list[Json]:
    system = f"{TRUST}/Id/attendance-number"
    return [
        message(encounter={"identifier": [{"system": system, "value": f"ED{number}"}]})
        for number in numbers
    ]


def collection(*resources: object) -> Json:
    entries = [{"resource": each} for each in resources]
    return {"entry": entries, "type": "collection", "resourceType": "Bundle"}


def keys_of(data: bytes) -> list[str]:
    return [event.source.key for reading in readings(data) for event in reading.events]


def test_a_file_holds_a_message_or_one_on_each_line_or_a_collection() -> None:
    several = numbered(1, 2)

    assert keys_of(json.dumps(several[0], indent=2).encode()) == ["ED1"]
    assert keys_of(encoded(*several)) == ["ED1", "ED2"]
    assert keys_of(BOM + encoded(*several) + b"\r\n\r\n") == ["ED1", "ED2"]
    assert keys_of(json.dumps(collection(*several), indent=2).encode()) == ["ED1", "ED2"]
    assert keys_of(encoded(collection(*several), collection(*several))) == ["ED1", "ED2"] * 2


def test_a_truncated_line_costs_only_itself(tmp_path: Path) -> None:
    lines = encoded(*numbered(1, 2, 3)).split(b"\n")
    file = tmp_path / "today.ndjson"
    file.write_bytes(b"\n".join([lines[0][:100], lines[1], b"", lines[2]]))

    first, *others = MESSAGES.read(file, RECEIVED_AT)

    assert first.unreadable is not None
    assert first.unreadable.detail.startswith("line 1, line 1, column ")
    assert first.raw == lines[0][:100]
    assert [event.source.key for each in others for event in each.events] == ["ED2", "ED3"]


def test_a_collection_may_be_longer_than_any_message() -> None:
    data = encoded(collection(*numbered(*range(2001))))

    assert len(keys_of(data)) == 2001


def test_what_is_set_aside_of_a_collection_is_the_smallest_file_that_holds_it() -> None:
    broken = message(without=["patient"], note="zoë \\ud83d")
    text = json.dumps(collection(numbered(1)[0], broken, numbered(2)[0]), ensure_ascii=False)

    first, bad, last = readings(text.encode())

    assert bad.unreadable is not None
    assert bad.unreadable.detail == "entry[1], Bundle.entry: no-patient"
    assert json.dumps(broken, ensure_ascii=False).encode() in bad.raw
    assert fault_of(bad.raw).endswith("entry[0], Bundle.entry: no-patient")
    assert keys_of(first.raw) + keys_of(last.raw) == ["ED1", "ED2"]


DEEP = b'{"resourceType":"Bundle","type":"message","entry":' + b"[" * 10_000
NO_TIME = message(encounter={"period": {}}, timestamp=None)
SET_ASIDE: dict[str, tuple[bytes, str]] = {
    "not JSON": (b"ISA*00*", "bad_format: line 1, column 1: not-json"),
    "half of one": (encoded(message())[:-5], "bad_format: line 1, column "),
    "a comma too many": (b'{"resourceType": "Bundle",}', "bad_format: line 1, column 27: not-json"),
    "not a number": (b'{"resourceType": NaN}', "bad_format: message: not-a-number"),
    "a number of 10,000 digits": (b"[" + b"9" * 10_000 + b"]", "bad_format: message: not-a-number"),
    "not UTF-8": ('{"a": "Zoë"}'.encode("cp1252"), "bad_format: byte 9: not-utf-8"),
    "UTF-16": (encoded(message()).decode().encode("utf-16"), "bad_format: byte 0: not-utf-8"),
    "no object": (b"[1, 2]", "bad_format: message: no-object"),
    "no bundle": (b'{"resourceType": "Patient"}', "bad_format: resourceType: no-bundle"),
    "a search set": (encoded(message(type="searchset")), "bad_format: Bundle.type: no-message"),
    "an empty collection": (encoded(collection()), "bad_format: Bundle.entry: missing"),
    "an entry of a collection without one": (
        encoded(collection({}))[:-1].replace(b'"resource"', b'"resuorce"') + b"}",
        "bad_format: entry[0], resource: missing",
    ),
    "10,000 deep": (DEEP + b"]" * 10_000 + b"}", "too_large: message: nested-too-deep"),
    "10,000 deep and open": (DEEP, "too_large: message: nested-too-deep"),
    "65 deep": (
        encoded(message(x=json.loads("[" * 64 + "]" * 64))),
        "too_large: message: nested-too-deep",
    ),
    "no patient": (encoded(message(without=["patient"])), "bad_value: Bundle.entry: no-patient"),
    "two patients and no word of whom": (
        encoded(message({"resourceType": "Patient"}, encounter={"subject": {}})),
        "bad_value: MessageHeader.focus: patient-unclear",
    ),
    "no time": (
        encoded(NO_TIME),
        "bad_value: Encounter.period.start, Bundle.timestamp: missing",
    ),
    "no number": (
        encoded(message(encounter={"identifier": []})),
        "bad_value: Encounter.identifier, Bundle.identifier: missing",
    ),
    "more entries than any message": (
        encoded(message(entry=[{}] * 2001)),
        "too_large: message: list-too-long",
    ),
    "a hundred thousand telephones": (
        encoded(message(patient={"telecom": [{"value": f"0{n}"} for n in range(100_000)]})),
        "too_large: message: list-too-long",
    ),
    "a string of 5 MB": (
        encoded(message(id="x" * 5_000_000)),
        "too_large: message: too-large",
    ),
}


@pytest.mark.parametrize(("data", "said"), SET_ASIDE.values(), ids=SET_ASIDE)
def test_what_cannot_be_read_is_set_aside_and_says_where(data: bytes, said: str) -> None:
    assert fault_of(data).startswith(said)


def test_63_deep_is_read() -> None:
    assert body_of(message(x=json.loads("[" * 63 + "]" * 63)))


FROM_GP_CONNECT: dict[str, Json] = {
    "by the name of the source": {"header": {"source": {"name": "GP Connect consumer"}}},
    "by its software": {"header": {"source": {"software": "GPConnect-Adaptor"}}},
    "by its address": {"header": {"source": {"endpoint": "https://x.example/gpconnect/1"}}},
    "by the event": {
        "header": {"eventCoding": {"system": "https://x.example/gp-connect", "code": "c"}}
    },
    "by the message's profile": {
        "meta": {"profile": ["https://x.example/CareConnect-GPC-Bundle-1"]}
    },
    "by a resource's profile": {
        "patient": {"meta": {"profile": ["https://x.example/CareConnect-GPC-Patient-1"]}}
    },
    "by where a resource was drawn": {"patient": {"meta": {"source": "urn:GP-Connect:record"}}},
}


@pytest.mark.parametrize("changed", FROM_GP_CONNECT.values(), ids=FROM_GP_CONNECT)
def test_what_was_drawn_from_gp_connect_is_refused(changed: dict[str, Any]) -> None:
    said = fault_of(encoded(message(flag(VICTIM), **changed)))

    assert said.startswith("policy: ")
    assert said.endswith(": gp-connect")


def test_what_was_drawn_from_gp_connect_never_leaves_the_agency(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    data = encoded(message(header={"source": {"name": "GP Connect"}}))
    (tmp_path / "inbox" / "one.json").write_bytes(data)
    log = MemoryLog()

    run_once(
        OSHAM, agencies()[OSHAM], tmp_path / "inbox", tmp_path / "home", log, lambda: RECEIVED_AT
    )

    (letter,) = log.letters
    assert letter.value == b""
    assert (tmp_path / "home" / "oversize" / header(letter, "dlq_held")).read_bytes() == data


DOUBTS: dict[str, tuple[Json, list[str]]] = {
    "nothing": (message(flag(VICTIM)), []),
    "a resource that nobody reads": (
        message(flag(VICTIM), {"resourceType": "CarePlan"}),
        ["resource-unread"],
    ),
    "a resource that tells nothing": (message(flag(VICTIM), {"resourceType": "Practitioner"}), []),
    "a header without an event": (
        message(flag(VICTIM), header={"eventCoding": None}),
        ["no-event"],
    ),
    "a header that points nowhere": (
        message(flag(VICTIM), header={"focus": [{"reference": "urn:uuid:none"}]}),
        ["no-focus", "no-focus"],
    ),
    "an entry that is none": (message(flag(VICTIM), {"no": "type"}), ["entry-unread"]),
    "the role of nobody": (message(), ["role-unstated"]),
}


def test_a_message_without_its_header_is_read_for_safeguarding() -> None:
    assert doubts_of(message(flag(VICTIM), without=["header"])) == ["no-header"]
    assert reading_of(message(without=["header"])).events == ()


@pytest.mark.parametrize(
    ("content", "doubts"),
    DOUBTS.values(),
    ids=DOUBTS,
)
def test_what_is_read_with_a_doubt_is_counted(content: Json, doubts: list[str]) -> None:
    assert sorted(set(doubts_of(content))) == sorted(set(doubts))


def test_a_key_that_is_said_twice_is_counted_and_the_last_one_stands() -> None:
    data = encoded(message()).replace(b'"gender": "female"', b'"gender": "male", "gender": "other"')

    (found,) = readings(data)

    assert "duplicate-key" in found.warnings
    assert found.events[0].body["unresolved"][0]["gender"] == "other"  # type: ignore[index,call-overload]


def test_an_entry_that_comes_twice_counts_once() -> None:
    twice = message(flag(VICTIM))
    twice["entry"].append(twice["entry"][-1])

    assert len(body_of(twice)["flags"]) == 1  # type: ignore[arg-type]
    assert "duplicate-entry" in doubts_of(twice)


POINTING: dict[str, tuple[Json, str]] = {
    "relative": ({"id": "7"}, "Patient/7"),
    "absolute": ({"id": "7"}, "https://x.example/fhir/Patient/7"),
    "of a version": ({"id": "7"}, "Patient/7/_history/3"),
    "by full address": ({}, "urn:uuid:patient"),
}


@pytest.mark.parametrize(("own", "reference"), POINTING.values(), ids=POINTING)
def test_a_reference_is_followed_however_it_is_written(own: Json, reference: str) -> None:
    said = flag(VICTIM, subject={"reference": reference})

    assert body_of(message(said, patient=own))["victims"]


def test_a_reference_by_number_is_followed() -> None:
    own = {"system": f"{TRUST}/Id/patient-number", "value": "P1"}

    assert body_of(message(flag(VICTIM, subject={"identifier": own})))["victims"]


def test_a_contained_resource_is_read() -> None:
    inside = {
        "contained": [{"resourceType": "Organization", "id": "s", "name": "Osham General"}],
        "serviceProvider": {"reference": "#s"},
    }

    assert body_of(message(encounter=inside))["site"] == "Osham General"


def test_halves_of_characters_and_nul_are_replaced() -> None:
    said = message(flag(VICTIM), patient={"name": [{"family": "Ma\ud800rsh\x00"}]})

    names = body_of(said)["victims"][0]["names"]  # type: ignore[index,call-overload]

    assert names == [{"kind": "usual", "given": None, "family": "Ma\ufffdrsh\ufffd"}]
    assert "unwritable-character" in doubts_of(said)


def test_no_value_of_the_data_is_in_what_is_said_of_it() -> None:
    canary = "Zyxw"
    said = message(
        flag(canary, system=canary, category=canary),
        {"resourceType": canary},
        patient={"birthDate": canary, "gender": canary, "identifier": [{"value": canary}]},
        encounter={"class": {"code": canary}, "period": {"start": canary}},
    )
    details = [fault_of(encoded(said | {"timestamp": canary}))]

    assert canary not in str([*doubts_of(said), *details])


def test_a_naive_time_of_receipt_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="zone"):
        list(MESSAGES.read_bytes(encoded(message()), datetime(2026, 1, 5)))  # noqa: DTZ001 - on purpose


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"", Reason.BAD_FORMAT), (b" \n", Reason.BAD_FORMAT), (b" " * 17_000_000, Reason.TOO_LARGE)],
)
def test_a_file_with_nothing_or_too_much_in_it_is_unusable(data: bytes, reason: Reason) -> None:
    with pytest.raises(SourceUnusable) as fault:
        readings(data)

    assert fault.value.reason == reason


def test_a_file_is_known_by_its_name_or_by_how_it_begins(tmp_path: Path) -> None:
    assert MESSAGES.claims(Path("ED-2026.JSON"))
    assert MESSAGES.claims(Path("a.ndjson"))
    assert not MESSAGES.claims(Path("a.csv"))
    for data, known in ((BOM + encoded(message()), True), (b"a,b\n", False), (b"{}", False)):
        (tmp_path / "x").write_bytes(data)
        with (tmp_path / "x").open("rb") as stream:
            assert MESSAGES.recognises(stream) is known


def test_the_runner_takes_messages_in(tmp_path: Path) -> None:
    inbox, home, log = tmp_path / "inbox", tmp_path / "home", MemoryLog()
    inbox.mkdir()
    (inbox / "a.json").write_bytes(json.dumps(numbered(1)[0], indent=1).encode())
    (inbox / "b.ndjson").write_bytes(encoded(*numbered(2), message(without=["patient"])))
    (inbox / "c.json").write_bytes(b"{")
    (inbox / "d.json").write_bytes(b" " * 17_000_000)
    (inbox / "e.json").write_bytes(encoded(message(header={"eventCoding": {"code": "booking"}})))

    report = run_once(OSHAM, agencies()[OSHAM], inbox, home, log, lambda: RECEIVED_AT)

    assert keys(log.events) == ["ED1", "ED2"]
    assert (report.files, report.read, report.accepted, report.published) == (5, 6, 3, 2)
    assert report.dead_letters == {Reason.BAD_VALUE: 1, Reason.BAD_FORMAT: 1, Reason.TOO_LARGE: 1}
    assert report.formats == ("messages",)
    assert report.events == {"attendance-recorded": 2}
    assert all(header(event, "ce_time") == RECEIVED_AT.isoformat() for event in log.events)
    assert files_in(inbox) == []
    assert {letter.topic for letter in log.letters} == {DEAD_LETTERS}


def test_a_mended_message_goes_through() -> None:
    letter = DeadLetter(
        stage=Stage.CONNECTOR,
        agency=OSHAM,
        reason=Reason.BAD_VALUE,
        detail="Bundle.entry: no-patient",
        format="messages",
        value=encoded(numbered(1)[0]),
        received_at=RECEIVED_AT,
    )

    (event,) = reread(letter, agencies()[OSHAM])

    assert event.source.key == "ED1"


def test_the_mapping_of_a_file_is_described(tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    file.write_bytes(encoded(message(flag(VICTIM), patient={"maritalStatus": {"text": "x"}})))

    columns = describe_mapping(OSHAM, file)

    mapped = {column.heading: column.name for column in columns if column.heading}
    assert mapped["Patient.birthDate"] == "born"
    assert mapped["Patient.maritalStatus.text"] is None
    assert mapped["Encounter.period.start"] == "occurred_at"
    assert [each.name for each in columns if each.heading is None and each.is_required] == []
    missing = [each.name for each in columns if each.heading is None]
    assert "organisations (Patient.generalPractitioner)" in missing


def test_a_file_that_is_not_json_has_no_mapping(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_bytes(b"{")

    with pytest.raises(SourceUnusable, match="no message in it can be read"):
        describe_mapping(OSHAM, tmp_path / "one.json")


def test_a_line_over_the_limit_is_kept_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = encoded(*numbered(1, 2, 3)).split(b"\n")
    lines[1] = lines[1].replace(b'"type"', b'"x": "' + b"x" * 3000 + b'", "type"')
    monkeypatch.setattr(fhir_messages, "MAX_MESSAGE_BYTES", 2500)

    first, large, last = readings(b"\n".join(lines))

    assert large.unreadable is not None
    assert large.unreadable.detail == "line 2, message: too-large"
    assert large.raw == lines[1]
    assert [each.events[0].source.key for each in (first, last)] == ["ED1", "ED3"]
