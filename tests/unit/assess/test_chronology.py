"""`hub chronology run`, as a reviewer uses it: one family, four agencies, days known beforehand."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hub.cli import main
from hub.model.event import Body, Value
from hub.synth.examples import to_json
from tests.harness import Parts, hub, hub_json
from tests.made_events import AMBER, CHILDREN, FENMARCH, NHS, OTHER_NHS, body_of, person, victim

HOSPITAL, MARAC = "osham-hospital", "fenmarch-police"
ANN = {
    FENMARCH: victim("P1", nhs=NHS),
    HOSPITAL: victim("H77", nhs=NHS),
    CHILDREN: victim("SSD5", nhs=NHS),
    AMBER: victim("C-1", nhs=NHS),
}
BOB = {
    FENMARCH: person("P2", "Bob", "Marsh", OTHER_NHS),
    HOSPITAL: person("H78", "Bob", "Marsh", OTHER_NHS),
    CHILDREN: person("SSD6", "Bob", "Marsh", OTHER_NHS),
    AMBER: person("C-2", "Bob", "Marsh", OTHER_NHS),
}


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return Parts("", "", tmp_path / "home")


class File:
    """A file of events, written line by line as they are told of."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: list[str] = []

    def tell(
        self,
        happened: str,
        type_: str = "incident-reported",
        agency: str = FENMARCH,
        *,
        key: str = "",
        version: str = "1",
        received: str = "",
        **fields: Value,
    ) -> int:
        """Tell of an event at noon, by default received on the same day; give its number."""
        number = len(self.lines) + 1
        people: dict[str, Value] = {}
        is_notice = type_ in {"record-retracted", "record-corrected"}
        if not is_notice:
            people = {"victims": [ANN[agency]], "perpetrators": [BOB[agency]]}
        body = body_of(
            key or f"K{number}", type_, agency=agency, version=version, **{**people, **fields}
        )
        if is_notice:
            del body["organisations"]
        body |= {"occurred_at": _noon(happened), "reported_at": _noon(happened)}
        self.write(
            number=number,
            agency=agency,
            type=type_,
            received_at=(_noon(received or happened) + timedelta(hours=1)).isoformat(),
            event=json.loads(to_json(body)),
        )
        return number

    def write(self, **line: object) -> None:
        self.lines.append(json.dumps(line))
        self.path.write_text("\n".join(self.lines) + "\n", "utf-8")


@pytest.fixture
def file(tmp_path: Path) -> File:
    return File(tmp_path / "family.jsonl")


def _noon(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)


def run(parts: Parts, file: File, *more: str) -> list[dict[str, Any]]:
    found = hub_json(parts, "chronology", "run", file.path, *more)
    assert all(each.pop("kind") == "criterion" for each in found)
    return found  # type: ignore[no-any-return]


def test_four_agencies_one_case_and_not_a_day_earlier(parts: Parts, file: File) -> None:
    file.tell("2025-01-10", crime_reference="CR/1/25")
    file.tell(
        "2025-03-02", "attendance-recorded", HOSPITAL, abuse_disclosed="yes", received="2025-03-04"
    )
    file.tell("2025-03-20", "concern-raised", CHILDREN, domestic_abuse="no")
    file.tell("2025-05-05", "support-recorded", AMBER, abuse_disclosed="yes", received="2025-05-20")
    file.tell("2025-05-21", "referral-made", AMBER, criteria=["professional_judgement"])
    file.tell("2025-05-01", received="2025-06-01", crime_reference="CR/2/25")
    file.tell("2025-06-12", "case-heard", MARAC, outcome="heard")
    file.tell("2025-08-01", "order-recorded", FENMARCH, state="breached")
    file.tell("2025-08-02", "risk-assessed", FENMARCH, instrument="dash-police-2009", score=14)

    assert run(parts, file) == [
        {"on": "2025-05-20", "code": "escalation", "events": [1, 2, 4], "case": 1, "lapsed_on": "2026-05-02"},
        {"on": "2025-05-21", "code": "professional_judgement", "events": [5], "case": 1},
        {"on": "2025-08-01", "code": "repeat", "events": [7, 8], "case": 1, "anchor": "last_meeting"},
        {"on": "2025-08-01", "code": "repeat", "events": [5, 8], "case": 1, "anchor": "last_referral"},
        {"on": "2025-08-02", "code": "visible_high_risk", "events": [9], "case": 1},
    ]  # fmt: skip


def test_the_order_of_lines_shows_nowhere(parts: Parts, file: File) -> None:
    test_four_agencies_one_case_and_not_a_day_earlier(parts, file)
    before = run(parts, file)

    file.path.write_text("\n".join(reversed(file.lines)), "utf-8")

    assert run(parts, file) == before


def test_it_stops_at_the_end_of_a_day(parts: Parts, file: File) -> None:
    for day in ("2025-01-10", "2025-03-02", "2025-05-01"):
        file.tell(day)

    assert run(parts, file, "--as-of", "2025-04-30") == []
    (stands,) = run(parts, file, "--as-of", "2025-05-01")
    assert "lapsed_on" not in stands
    (lapsed,) = run(parts, file, "--as-of", "2026-01-11")
    assert lapsed["lapsed_on"] == "2026-01-11"


def test_a_day_is_a_day_in_london(parts: Parts, file: File) -> None:
    file.tell("2025-07-01", "referral-made", AMBER, criteria=["visible_high_risk"])
    late = json.loads(file.lines.pop()) | {"received_at": "2025-07-01T23:30:00Z"}
    file.write(**late)

    assert run(parts, file)[0]["on"] == "2025-07-02"


def test_it_begins_again_after_a_lapse(parts: Parts, file: File) -> None:
    for day in ("2023-01-01", "2023-01-02", "2023-01-03", "2025-02-01", "2025-02-02", "2025-02-03"):
        file.tell(day)

    assert run(parts, file) == [
        {"on": "2023-01-03", "code": "escalation", "events": [1, 2, 3], "case": 1, "lapsed_on": "2024-01-02"},
        {"on": "2025-02-03", "code": "escalation", "events": [4, 5, 6], "case": 1, "lapsed_on": "2026-02-02"},
    ]  # fmt: skip


def test_each_repeat_has_its_entry(parts: Parts, file: File) -> None:
    file.tell("2025-01-01", "referral-made")
    file.tell("2025-02-01")
    file.tell("2025-02-01", "referral-made")
    file.tell("2025-09-01")

    assert [(each["on"], each["events"]) for each in run(parts, file)] == [
        ("2025-02-01", [1, 2]),
        ("2025-09-01", [3, 4]),
    ]


def test_a_dash_that_names_nobody_is_shown_as_unattributed(parts: Parts, file: File) -> None:
    file.tell(
        "2025-01-01", "risk-assessed", instrument="dash-police-2009", score=20, perpetrators=[]
    )
    file.tell("2025-02-01")

    assert run(parts, file) == [
        {"on": "2025-01-01", "code": "visible_high_risk", "events": [1], "case": 1, "unattributed": [1]}
    ]  # fmt: skip


def test_records_that_nothing_links_are_two_cases(parts: Parts, file: File) -> None:
    for agency, nhs in ((FENMARCH, NHS), (AMBER, None)):
        file.tell("2025-01-01", "referral-made", agency, criteria=["professional_judgement"], victims=[victim("X", nhs=nhs)])  # fmt: skip

    assert [each["case"] for each in run(parts, file)] == [1, 2]


def test_a_link_that_comes_later_joins_what_stood_apart(parts: Parts, file: File) -> None:
    unknown = victim("C-1")
    file.tell("2025-01-01", "referral-made", criteria=["professional_judgement"])
    file.tell(
        "2025-01-05", "referral-made", AMBER, criteria=["professional_judgement"], victims=[unknown]
    )
    file.tell("2025-01-09", "support-recorded", AMBER)

    assert run(parts, file) == [
        {"on": "2025-01-01", "code": "professional_judgement", "events": [1], "case": 1},
        {"on": "2025-01-05", "code": "professional_judgement", "events": [2], "case": 2, "joined_case": 1},
    ]  # fmt: skip


def test_what_was_retracted_stands_until_the_day_that_was_received(
    parts: Parts, file: File
) -> None:
    file.tell("2025-01-01", "risk-assessed", key="D1", instrument="dash-police-2009", score=20)
    file.tell("2025-02-01", "record-retracted", retracts={"system": "rms", "key": "D1", "version": None}, reason="wrong_person")  # fmt: skip

    (entry,) = run(parts, file)

    assert entry["until"] == "2025-02-01"
    assert "until" not in run(parts, file, "--as-of", "2025-01-31")[0]


def test_a_retraction_of_another_agencys_record_or_another_version_takes_nothing_back(
    parts: Parts, file: File
) -> None:
    file.tell("2025-01-01", "risk-assessed", key="D1", instrument="dash-police-2009", score=20)
    for agency, version in ((AMBER, None), (FENMARCH, "2")):
        file.tell("2025-02-01", "record-retracted", agency, retracts={"system": "rms", "key": "D1", "version": version}, reason="other")  # fmt: skip

    assert "until" not in run(parts, file)[0]


def test_what_stands_in_the_place_of_a_corrected_record_counts(parts: Parts, file: File) -> None:
    file.tell("2025-01-01", "risk-assessed", key="D1", instrument="dash-police-2009", score=20)
    file.tell("2025-01-02", "risk-assessed", key="D1", version="2", instrument="dash-police-2009", score=2, professional_judgement=True)  # fmt: skip
    file.tell("2025-02-01", "record-corrected", corrects={"system": "rms", "key": "D1", "version": None}, by={"system": "rms", "key": "D1", "version": "2"}, reason="wrong_value")  # fmt: skip

    assert run(parts, file) == [
        {"on": "2025-01-01", "code": "visible_high_risk", "events": [1], "case": 1, "until": "2025-02-01"},
        {"on": "2025-01-02", "code": "professional_judgement", "events": [2], "case": 1},
    ]  # fmt: skip


def self_referral(file: File) -> None:
    file.tell("2025-01-01")
    file.tell("2025-02-01", "referral-made", AMBER, criteria=["visible_high_risk"], victims=[{**ANN[AMBER], **BOB[AMBER]}], perpetrators=[_as_perpetrator(ANN[AMBER])])  # fmt: skip
    file.tell("2025-02-02", "referral-made", AMBER, criteria=["professional_judgement"])


def _as_perpetrator(one: Body) -> Body:
    return {name: value for name, value in one.items() if name in BOB[AMBER]}


def test_he_who_refers_himself_raises_nothing_until_somebody_has_judged_it(
    parts: Parts, file: File
) -> None:
    self_referral(file)

    assert [each["code"] for each in run(parts, file)] == ["professional_judgement"]
    accepted = [each["code"] for each in run(parts, file, "--accept", "2")]
    assert "visible_high_risk" in accepted


def test_the_reviewer_is_told_what_raises_nothing_and_why(
    file: File,
) -> None:
    self_referral(file)
    file.tell("2025-03-01", "risk-assessed", instrument="dash-2031", score=24)
    file.tell("2025-03-02", key="K4", type_="risk-assessed", instrument="dash-police-2009")
    told = _stderr(file)

    assert [line[:7] for line in told] == ["event 2", "event 4", "event 5"]


def _stderr(file: File) -> list[str]:
    return CliRunner().invoke(main, ["chronology", "run", str(file.path)]).stderr.splitlines()


def test_the_same_event_again_counts_once(parts: Parts, file: File) -> None:
    for day in ("2025-01-01", "2025-01-02"):
        file.tell(day)
    file.tell("2025-01-02", key="K2", received="2025-01-09")

    assert run(parts, file) == []
    assert _stderr(file) == []


def test_people_read_a_table(parts: Parts, file: File) -> None:
    file.tell("2025-01-01", "referral-made")
    file.tell("2025-02-01")

    lines = hub(parts, "chronology", "run", file.path).splitlines()

    assert lines[0].split() == ["on", "criterion", "case", "rests", "on"]
    assert lines[1].split() == ["2025-02-01", "repeat", "after", "the", "last_referral", "1", "1,", "2"]  # fmt: skip


def test_nothing_to_see_is_said(parts: Parts, file: File) -> None:
    file.path.write_text("\n", "utf-8")

    assert run(parts, file) == []
    assert hub(parts, "chronology", "run", file.path) == "no criterion stood at any time\n"


def test_it_keeps_nothing(parts: Parts, file: File) -> None:
    file.tell("2025-01-01")
    run(parts, file)

    assert [each.name for each in file.path.parent.iterdir()] == ["family.jsonl"]


WRONG = {
    "no JSON": ("Zebedee", "line 2: not-json"),
    "no object": ('["Zebedee"]', "line 2: not-an-object"),
    "a field too few": ({"number": None}, "line 2: number: missing"),
    "a field too many": ({"zebedee": 1}, "line 2: unknown-field"),
    "a number that is none": ({"number": "Zebedee"}, "line 2: number: not-a-whole-number"),
    "a number twice": ({"number": 1}, "line 2: number: taken-by-an-earlier-line"),
    "no such event": ({"type": "Zebedee"}, "line 2: type: no-such-event"),
    "another agency's": ({"agency": "zebedee"}, "line 2: agency: not-the-source-of-the-event"),
    "no instant": ({"received_at": "Zebedee"}, "line 2: received_at: not-an-instant"),
    "an instant nowhere": ({"received_at": "2025-01-01T12:00:00"}, "line 2: received_at: no-zone"),
    "another event's fields": ({"type": "risk-assessed"}, "line 2: event, event: unknown-field"),
    "no event": ({"event": "Zebedee"}, "line 2: event, event: not-an-object"),
}


@pytest.mark.parametrize(("change", "message"), WRONG.values(), ids=WRONG)
def test_a_line_that_is_no_event_is_named_without_what_is_in_it(
    file: File, change: str | dict[str, object], message: str
) -> None:
    file.tell("2025-01-01")
    file.tell("2025-01-02")
    line = json.loads(file.lines.pop())
    if isinstance(change, dict):
        changed = {name: value for name, value in (line | change).items() if value is not None}
        file.lines.append(json.dumps(changed))
    else:
        file.lines.append(change)
    file.path.write_text("\n".join(file.lines), "utf-8")

    done = CliRunner().invoke(main, ["chronology", "run", str(file.path), "--json"])

    assert done.exit_code == 2
    assert message in done.stderr
    assert "zebedee" not in done.output.lower()
    assert done.stdout == ""


def test_what_is_no_text_is_refused(parts: Parts, file: File) -> None:
    file.path.write_bytes(b"\xff\xfe\xff")

    hub(parts, "chronology", "run", file.path, code=2)


def test_only_a_number_in_the_file_can_be_accepted(parts: Parts, file: File) -> None:
    file.tell("2025-01-01")

    hub(parts, "chronology", "run", file.path, "--accept", "2", code=2)


def test_an_agency_may_be_named_by_its_type(parts: Parts, file: File) -> None:
    file.tell("2025-01-01", "referral-made", criteria=["professional_judgement"])
    file.lines = [json.dumps(json.loads(file.lines[0]) | {"agency": "police"})]
    file.path.write_text(file.lines[0], "utf-8")

    assert len(run(parts, file)) == 1
