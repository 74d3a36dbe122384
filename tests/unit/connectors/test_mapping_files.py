import re
from importlib import resources
from pathlib import Path

import pytest

from connectors.charities import referral_csv
from connectors.mapping import MappingFault
from connectors.police import pole_csv
from connectors.registry import AgencyUnknown, agencies, describe_mapping
from connectors.social_services import ssd
from hub.model.agency import AgencyId
from tests.unit.connectors.exports import AMBER, DASHES, FENMARCH, INCIDENTS, REFERRALS, export

POLICE = resources.files("connectors.police") / "mappings" / "fenmarch-police.toml"
TEXT = POLICE.read_text("utf-8")

FAULTS = {
    "a key nobody knows": ('system = "rms"', 'system = "rms"\nsytem = "x"', "sytem: unknown key"),
    "a format nobody knows": ("[dash]\n", "[dahs]\n", "dahs: unknown key"),
    "a number of no scheme": (
        'traced = ["nhs_number", "pnc"]',
        'traced = ["nino"]',
        "traced: nino",
    ),
    "a key is missing": ('zone = "Europe/London"', "", "zone: missing"),
    "another type": ('dates = ["%d/%m/%Y"]', 'dates = "%d/%m/%Y"', "dates: missing, or no list"),
    "an empty list": ('dates = ["%d/%m/%Y"]', "dates = []", "dates: an empty list"),
    "another sender": ('sender = "fenmarch-police"', 'sender = "x"', "sender: is not the file's"),
    "an encoding nobody knows": ('"utf-8-sig"', '"utf-16"', "encodings: utf-16 is unknown"),
    "a zone nobody knows": ('"Europe/London"', '"Europe/Fenmarch"', "zone: no such zone"),
    "a two-digit year": ('["%d/%m/%Y"]', '["%d/%m/%y"]', "dates: a form needs"),
    "an hour in a date": ('["%d/%m/%Y"]', '["%d/%m/%Y %H:%M"]', "dates: a date has no hour"),
    "minutes without an hour": ("%Y %H:%M", "%Y %M", "times: a form needs %H and %M"),
    "a column nobody reads": ('V_SURNAME"', 'V_SURNAME"\nvictim_shoe = "V"', "victim_shoe: inc"),
    "a suspect's safe number": ('S_SEX"', 'S_SEX"\nsuspect_safe_telephone = "S"', "reads no such"),
    "one heading for two": (
        'victim_id = "V_NOMINAL"',
        'victim_id = "OCC_NO"',
        "has the heading of",
    ),
    "one heading for two answers": ('D01 = "Q1"', 'D01 = "Q2"', "D01: has the heading of another"),
    "no item": ('D01 = "Q1"', 'first = "Q1"', "first: no item"),
    "a required column is not there": ('"kind"]', '"kind", "upn"]', "upn is not among"),
    "what must be required is not": ('"reported_at", "kind"]', '"kind"]', "reported_at is missing"),
    "a word no schema has": ('S = "standard"', 'S = "low"', "S: stands for an unknown word"),
    "two words that differ in case": ('NB = "non', 'f = "male"\nNB = "non', "differ in case alone"),
    "words nobody knows": ("[incidents.values.role]", "[incidents.values.rule]", "rule: unknown"),
    "no words for a column": ("[dash.values.consent]", "[dash.values.yesno2]", "yesno2: unknown"),
    "no TOML": ('zone = "Eur', "zone = Eur", "not TOML at line"),
}


@pytest.mark.parametrize(("old", "new", "said"), FAULTS.values(), ids=FAULTS)
def test_a_fault_refuses_the_file_and_says_what_to_do(old: str, new: str, said: str) -> None:
    assert old in TEXT

    with pytest.raises(MappingFault, match=r"^fenmarch-police\.toml: ") as fault:
        pole_csv.formats(TEXT.replace(old, new), POLICE.name)

    assert said in str(fault.value)


def test_a_column_of_words_needs_to_be_told_what_they_stand_for() -> None:
    text = re.sub(r"\[dash\.values\.consent\]\n(.+\n)+", "", TEXT)

    with pytest.raises(MappingFault, match=r"consent: holds words; add \[dash\.values\.consent\]"):
        pole_csv.formats(text, POLICE.name)


def test_a_mapping_may_lay_out_one_format_alone() -> None:
    formats = pole_csv.formats(TEXT[: TEXT.index("[dash]")], POLICE.name)

    assert [each.name for each in formats] == ["incidents"]


def test_a_mapping_without_a_format_is_refused() -> None:
    with pytest.raises(MappingFault, match="none is there; add the section"):
        referral_csv.formats(TEXT[: TEXT.index("[incidents]")], POLICE.name)


def test_each_mapping_file_is_an_agency() -> None:
    found = {agency: [each.name for each in formats] for agency, formats in agencies().items()}

    assert found == {
        "amber-door": ["support", "referrals"],
        "kestrel-line": ["support", "referrals"],
        "dunmoor-police": ["incidents", "dash", "outcomes", "orders"],
        "fenmarch-police": ["incidents", "dash", "outcomes", "orders"],
        "fenmarch-children": ["ssd"],
        "osham-hospital": ["messages"],
    }


CLAIMED = {
    "incidents.csv": INCIDENTS,
    "INCIDENTS_2026.CSV": INCIDENTS,
    "dash-1.csv": DASHES,
    "anything.csv": REFERRALS,
}


@pytest.mark.parametrize(("name", "of"), CLAIMED.items())
def test_a_format_knows_its_files_by_name(name: str, of: object) -> None:
    claiming = [each for each in (INCIDENTS, DASHES, REFERRALS) if each.claims(Path(name))]

    assert of in claiming
    assert INCIDENTS not in claiming or DASHES not in claiming


def test_the_mapping_of_a_file_is_described(tmp_path: Path) -> None:
    file = tmp_path / "other-name.csv"
    data = export(INCIDENTS, {}, without=["victim_nhs", "kind"])
    file.write_bytes(data.replace(b"V_SURNAME", b"V_LASTNAME"))

    columns = describe_mapping(FENMARCH, file)

    missing = {column.name: column.is_required for column in columns if column.heading is None}
    assert [column.heading for column in columns if column.name is None] == ["V_LASTNAME"]
    assert missing == {"kind": True, "victim_nhs": False, "victim_family": False}
    assert ("OCC_NO", "reference", True) in [
        (column.heading, column.name, column.is_required) for column in columns
    ]


def test_the_mapping_of_a_file_is_found_by_its_heading(tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_bytes(export(DASHES, {}))

    columns = describe_mapping(FENMARCH, file)

    assert all(column.heading and column.name for column in columns)
    assert "D24" in [column.name for column in columns]


def test_an_agency_without_a_mapping_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AgencyUnknown, match="no mapping for agency nobody; there is one for amber"):
        describe_mapping(AgencyId("nobody"), tmp_path / "x.csv")

    assert AMBER in agencies()


COUNCIL = resources.files("connectors.social_services") / "mappings" / "fenmarch-children.toml"

TABLES = {
    "nobody": (r"\[person\]", "person: missing; nobody is known"),
    "nothing to report": (
        r"\[early_help_episodes\]|\[cin_episodes\]|\[assessment_factors\]|\[cp_plans\]|\[cla_episodes\]",
        "no table of episodes, factors or plans",
    ),
    "nobody's factors": (r"\[cin_assessments\]", "cin_assessments: missing; it says whose"),
}


@pytest.mark.parametrize(("section", "said"), TABLES.values(), ids=TABLES)
def test_a_council_lays_out_the_tables_without_which_nothing_can_be_read(
    section: str, said: str
) -> None:
    parts = re.split(r"(?m)^(?=\[\w+\]$|\[\w+\]\s+#)", COUNCIL.read_text("utf-8"))
    text = "".join(part for part in parts if not re.match(section, part))

    with pytest.raises(MappingFault, match=said):
        ssd.formats(text, COUNCIL.name)


def test_the_name_of_a_table_is_a_name_with_a_star() -> None:
    text = COUNCIL.read_text("utf-8").replace("ssd_person*.csv", "ssd_person?.csv")

    with pytest.raises(MappingFault, match=r"person\.files: write it as a name with a star"):
        ssd.formats(text, COUNCIL.name)
