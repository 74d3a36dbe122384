"""Build deliveries of a council, table by table, as a database saves them."""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence

from connectors.connector import Reading
from connectors.registry import _mapped_formats
from connectors.social_services.ssd import SsdFormat
from hub.model.agency import AgencyId
from hub.model.event import Body
from hub.synth.ssd_tables import COLUMNS
from tests.unit.connectors.exports import RECEIVED_AT

COUNCIL = AgencyId("fenmarch-children")
(_only,) = _mapped_formats()[COUNCIL]
assert isinstance(_only, SsdFormat)
SSD: SsdFormat = _only

Rows = Sequence[Mapping[str, str]]

CHILD = {"pers_person_id": "C1", "pers_forename": "Cy", "pers_dob": "2016-03-02"}
MOTHER = {"pers_person_id": "A1", "pers_forename": "Ann", "pers_dob": "1990-02-03"}
MAN = {"pers_person_id": "A2", "pers_forename": "Bob", "pers_dob": "1988-12-01"}
BROTHER = {"pers_person_id": "C2", "pers_forename": "Di", "pers_dob": "2012-01-01"}
PEOPLE = [CHILD, MOTHER, MAN, BROTHER]
FAMILY = [{"fami_family_id": "F1", "fami_person_id": each} for each in ("C1", "A1", "A2", "C2")]
MOTHERS = [{"moth_person_id": "A1", "moth_childs_person_id": "C1"}]
EPISODE = {
    "cine_referral_id": "R1",
    "cine_person_id": "C1",
    "cine_referral_date": "2025-11-01 00:00:00",
    "cine_cin_primary_need_code": "N1",
    "cine_referral_nfa": "N",
}
ASSESSMENT = {
    "cina_assessment_id": "S1",
    "cina_person_id": "C1",
    "cina_assessment_start_date": "2025-11-02",
    "cina_assessment_auth_date": "2025-11-20 10:12:13.000",
}
FACTORS = {"cinf_assessment_id": "S1", "cinf_assessment_factors_json": '["3B", "4B"]'}
PLAN = {
    "cppl_cp_plan_id": "P1",
    "cppl_person_id": "C1",
    "cppl_cp_plan_start_date": "2025-12-05",
    "cppl_cp_plan_initial_category": "Neglect",
    "cppl_cp_plan_latest_category": "Emotional abuse",
}
FULL: dict[str, Rows] = {
    "ssd_person": PEOPLE,
    "ssd_family": FAMILY,
    "ssd_mother": MOTHERS,
    "ssd_cin_episodes": [EPISODE],
    "ssd_cin_assessments": [ASSESSMENT],
    "ssd_assessment_factors": [FACTORS],
    "ssd_cp_plans": [PLAN],
}
MORE_COLUMNS = {
    "ssd_cla_episodes": (
        "clae_cla_episode_id clae_person_id clae_cla_episode_start_date"
        " clae_cla_episode_ceased_date clae_cla_primary_need_code"
    ),
    "ssd_early_help_episodes": (
        "earl_episode_id earl_person_id earl_episode_start_date earl_episode_end_date"
        " earl_episode_reason"
    ),
}


def table(name: str, rows: Rows) -> bytes:
    out = io.StringIO(newline="")
    columns = {**COLUMNS, **MORE_COLUMNS}[name].split()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def delivery(**tables: Rows) -> bytes:
    """Zip tables; those that are not given are as in `FULL`."""
    return zipped({f"{name}.csv": table(name, rows) for name, rows in {**FULL, **tables}.items()})


def read(data: bytes) -> list[Reading]:
    return list(SSD.read_bytes(data, RECEIVED_AT))


def bodies(data: bytes) -> list[Body]:
    """Read a delivery all of which has to be readable."""
    readings = read(data)
    assert [reading.unreadable for reading in readings] == [None] * len(readings)
    return [reading.events[0].body for reading in readings]


def said(readings: Sequence[Reading]) -> list[str]:
    """Give what is said of what cannot be read."""
    found = [reading.unreadable for reading in readings]
    return [f"{fault.reason}: {fault.detail}" for fault in found if fault]


def people(body: Body, role: str) -> list[Body]:
    found = body[role]
    assert isinstance(found, list)
    return [each for each in found if isinstance(each, dict)]
