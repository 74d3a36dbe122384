"""What a council's children's services deliver: tables of the Standard Safeguarding Dataset, in one zip.

The columns are the dataset's, filled or not, and one of the council's own for the school. What stands
in them is given as plain values; whoever draws it says what is true.
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from hub.synth.people import Person
from hub.synth.places import Address
from hub.synth.recorded import Recorded

COLUMNS: Mapping[str, str] = {
    "ssd_person": (
        "pers_legacy_id pers_person_id pers_upn pers_forename pers_surname pers_sex pers_gender"
        " pers_ethnicity pers_dob pers_single_unique_id pers_upn_unknown pers_send_flag"
        " pers_expected_dob pers_death_date pers_is_mother pers_nationality pers_school"
    ),
    "ssd_address": (
        "addr_table_id addr_person_id addr_address_type addr_address_start_date"
        " addr_address_end_date addr_address_postcode addr_address_json"
    ),
    "ssd_family": "fami_table_id fami_family_id fami_person_id",
    "ssd_mother": "moth_table_id moth_person_id moth_childs_person_id moth_childs_dob",
    "ssd_cin_episodes": (
        "cine_referral_id cine_person_id cine_referral_date cine_cin_primary_need_code"
        " cine_referral_source_code cine_referral_source_desc cine_referral_outcome_json"
        " cine_referral_nfa cine_close_reason cine_close_date cine_referral_team"
        " cine_referral_worker_id"
    ),
    "ssd_cin_assessments": (
        "cina_assessment_id cina_person_id cina_referral_id cina_assessment_start_date"
        " cina_assessment_child_seen cina_assessment_auth_date cina_assessment_outcome_json"
        " cina_assessment_outcome_nfa cina_assessment_team cina_assessment_worker_id"
    ),
    "ssd_assessment_factors": "cinf_table_id cinf_assessment_id cinf_assessment_factors_json",
    "ssd_cp_plans": (
        "cppl_cp_plan_id cppl_referral_id cppl_icpc_id cppl_person_id cppl_cp_plan_start_date"
        " cppl_cp_plan_end_date cppl_cp_plan_ola cppl_cp_plan_initial_category"
        " cppl_cp_plan_latest_category"
    ),
}
"""By table, in the order in which they are written."""

RECORDS = ("ssd_cin_episodes", "ssd_assessment_factors", "ssd_cp_plans")
"""The tables in which each row reports something."""

SEX = {"female": "F", "male": "M"}
GENDER = {"female": "02", "male": "01", "non_binary": "09"}
PROTECTED = "CON"

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Client:
    """Somebody whom the council has on its books, child or grown-up, and to which family they belong."""

    record: Recorded
    family: str
    mother: str = ""
    upn: str = ""


@dataclass(frozen=True, slots=True)
class Episode:
    """A referral, and whether there was anything to do."""

    id: str
    child: str
    referred_on: date
    need: str
    source: str = ""
    no_further_action: bool = False
    closed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """What was found when a child was looked at; without `done_on` it is still going on."""

    id: str
    child: str
    referral: str
    started_on: date
    done_on: date | None
    factors: tuple[str, ...]
    no_further_action: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """A child protection plan."""

    id: str
    child: str
    referral: str
    started_on: date
    category: str
    latest_category: str
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class Books:
    """All that the council knows on one day: a delivery says everything anew."""

    clients: tuple[Client, ...]
    episodes: tuple[Episode, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    plans: tuple[Plan, ...] = ()


def write_ssd(books: Books) -> bytes:
    """Write a delivery: the same books give the same bytes.

    The tables are stored and not deflated, since other versions of zlib would give other bytes.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for table, rows in ssd_rows(books).items():
            entry = zipfile.ZipInfo(f"{table}.csv")
            entry.create_system = 3  # the same on every machine
            archive.writestr(entry, _csv(table, rows))
    return out.getvalue()


def ssd_rows(books: Books) -> dict[str, list[Row]]:
    """Give the rows of each table."""
    mothers = frozenset(client.mother for client in books.clients)
    return {
        "ssd_person": [_person(client, mothers) for client in books.clients],
        "ssd_address": _numbered(
            "addr_table_id", (row for client in books.clients for row in _addresses(client.record))
        ),
        "ssd_family": _numbered(
            "fami_table_id",
            (
                {"fami_family_id": client.family, "fami_person_id": client.record.local_id}
                for client in books.clients
                if client.family
            ),
        ),
        "ssd_mother": _numbered(
            "moth_table_id",
            (
                {
                    "moth_person_id": client.mother,
                    "moth_childs_person_id": client.record.local_id,
                    "moth_childs_dob": _day(client.record.born),
                }
                for client in books.clients
                if client.mother
            ),
        ),
        "ssd_cin_episodes": [_episode(each) for each in books.episodes],
        "ssd_cin_assessments": [_assessment(each) for each in books.assessments],
        "ssd_assessment_factors": _numbered(
            "cinf_table_id",
            (
                {
                    "cinf_assessment_id": each.id,
                    "cinf_assessment_factors_json": json.dumps(each.factors),
                }
                for each in books.assessments
                if each.done_on
            ),
        ),
        "ssd_cp_plans": [_plan(each) for each in books.plans],
    }


def upn_of(person: Person) -> str:
    """Give a child's Unique Pupil Number, of an authority that there is not: its number is 000."""
    return f"Z000{person.number:09d}"


def _person(client: Client, mothers: frozenset[str]) -> Row:
    record = client.record
    return {
        "pers_person_id": record.local_id,
        "pers_upn": client.upn,
        "pers_forename": record.given,
        "pers_surname": record.family,
        "pers_sex": SEX.get(record.person.gender, "U"),
        "pers_gender": GENDER.get(record.person.gender, "00"),
        "pers_dob": _day(record.born),
        "pers_single_unique_id": record.nhs_number,
        "pers_is_mother": "Y" if record.local_id in mothers else "N",
        "pers_school": record.person.school or "",
    }


def _addresses(record: Recorded) -> Iterator[Row]:
    """Give homes, the first first, and a refuge as a place that is protected."""
    person = record.person
    moved = person.new_home is not None and not record.has_old_address
    yield _address(record, "HOME", person.home, end=person.moved_on if moved else None)
    if moved and person.new_home is not None:
        yield _address(record, "HOME", person.new_home, start=person.moved_on)
    if person.refuge is not None:
        yield {
            "addr_person_id": record.local_id,
            "addr_address_type": "TEMPORARY",
            "addr_address_postcode": PROTECTED,
            "addr_address_json": _as_json("", "", ""),
        }


def _address(
    record: Recorded,
    kind: str,
    home: Address,
    *,
    start: date | None = None,
    end: date | None = None,
) -> Row:
    house, _, street = home.line1.partition(" ")
    return {
        "addr_person_id": record.local_id,
        "addr_address_type": kind,
        "addr_address_start_date": _day(start),
        "addr_address_end_date": _day(end),
        "addr_address_postcode": home.postcode.replace(" ", ""),
        "addr_address_json": _as_json(house, street, home.town),
    }


def _as_json(house: str, street: str, town: str) -> str:
    """Write an address with every key that the dataset has, be it filled or not."""
    empty = dict.fromkeys(("ROOM", "FLOOR", "FLAT", "BUILDING"), "")
    rest = dict.fromkeys(("UPRN", "EASTING", "NORTHING"), "")
    return json.dumps({**empty, "HOUSE": house, "STREET": street, "TOWN": town, **rest})


def _episode(episode: Episode) -> Row:
    return {
        "cine_referral_id": episode.id,
        "cine_person_id": episode.child,
        "cine_referral_date": _day(episode.referred_on),
        "cine_cin_primary_need_code": episode.need,
        "cine_referral_source_code": episode.source,
        "cine_referral_nfa": "Y" if episode.no_further_action else "N",
        "cine_close_date": _day(episode.closed_on),
    }


def _assessment(assessment: Assessment) -> Row:
    return {
        "cina_assessment_id": assessment.id,
        "cina_person_id": assessment.child,
        "cina_referral_id": assessment.referral,
        "cina_assessment_start_date": _day(assessment.started_on),
        "cina_assessment_child_seen": "Y",
        "cina_assessment_auth_date": _day(assessment.done_on),
        "cina_assessment_outcome_nfa": "Y" if assessment.no_further_action else "N",
    }


def _plan(plan: Plan) -> Row:
    return {
        "cppl_cp_plan_id": plan.id,
        "cppl_referral_id": plan.referral,
        "cppl_person_id": plan.child,
        "cppl_cp_plan_start_date": _day(plan.started_on),
        "cppl_cp_plan_end_date": _day(plan.ended_on),
        "cppl_cp_plan_ola": "N",
        "cppl_cp_plan_initial_category": plan.category,
        "cppl_cp_plan_latest_category": plan.latest_category,
    }


def _numbered(name: str, rows: Iterable[Row]) -> list[Row]:
    return [{name: str(number), **row} for number, row in enumerate(rows, 1)]


def _day(day: date | None) -> str:
    """Write a date as SQL Server exports a datetime."""
    return "" if day is None else f"{day:%Y-%m-%d} 00:00:00.000"


def _csv(table: str, rows: Iterable[Row]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS[table].split(), restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")
