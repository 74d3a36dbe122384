"""A council's delivery with a canary in every cell: the tables and columns that the synthetic county writes."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hub.synth.ssd_tables import COLUMNS, RECORDS
from tests.native.tokens import CHILD, EARLIER, Canaries

COUNCIL = "fenmarch-children"
MEANT = {
    "pers_sex": "F", "pers_gender": "02", "addr_address_type": "HOME",
    "cine_referral_nfa": "N", "cina_assessment_outcome_nfa": "N",
}  # fmt: skip
"""Columns whose words a computer reads."""
PEOPLE = {"child": CHILD, "mother": None, "other": None}
PERSON_OF = {
    "addr_person_id": "", "fami_person_id": "", "pers_person_id": "", "moth_person_id": "mother",
    "moth_childs_person_id": "child", "cine_person_id": "child", "cina_person_id": "child",
    "cppl_person_id": "child",
}  # fmt: skip

Cells = dict[str, str]


@dataclass
class SsdPlanter:
    """Plants one family: a child, its mother, who is the one that all agencies know, and another grown-up."""

    canaries: Canaries
    who: Mapping[str, str]
    ids: dict[str, str] = field(default_factory=dict)

    def file(self, *, odd: bool) -> bytes:
        out = io.BytesIO()
        tables: dict[str, list[Cells]] = {name: list(self._rows(name)) for name in COLUMNS}
        if odd:
            tables = {name: [*rows, *self._odd(name)] for name, rows in tables.items()}
        tables["ssd_assessment_factors"] += [
            self._factors(row["cina_assessment_id"]) for row in tables["ssd_cin_assessments"]
        ]
        with zipfile.ZipFile(out, "w") as archive:
            for name, rows in tables.items():
                archive.writestr(f"{name}.csv", self._table(name, rows))
        return out.getvalue()

    def _rows(self, table: str) -> Iterator[Cells]:
        """Give the rows of a table as they should be; factors come with their assessments."""
        if table in ("ssd_person", "ssd_address", "ssd_family"):
            for who in PEOPLE:
                yield self._row(table, who)
        elif table != "ssd_assessment_factors":
            yield self._row(table)

    def _odd(self, table: str) -> Iterator[Cells]:
        """Give a row for each column that takes no free text, with a text in it; and of a person one that cannot be read."""
        if table in (*RECORDS, "ssd_cin_assessments", "ssd_address"):
            for column in COLUMNS[table].split():
                if column in MEANT or column in PERSON_OF or column.endswith("_date"):
                    text = self._text(f"{column}, out of place")
                    yield {**self._row(table, "mother"), column: text}
        if table == "ssd_person":
            text = self._text("pers_dob, out of place")
            yield {**self._row(table, "nobody"), "pers_dob": text}

    def _row(self, table: str, who: str = "") -> Cells:
        return {column: self._cell(column, who) for column in COLUMNS[table].split()}

    def _cell(self, column: str, who: str) -> str:
        if column in MEANT:
            return MEANT[column]
        if column in PERSON_OF:
            return self._id(PERSON_OF[column] or who)
        if column == "fami_family_id":
            return self._id("family")
        place = f"{COUNCIL}: {who} {column}"
        if column.endswith(("_date", "_dob")):
            return f"{self._day(column, who, place)} 00:00:00.000"
        if column.endswith("_postcode"):
            return self.canaries.postcode(place).replace(" ", "")
        if column == "pers_single_unique_id":
            return self.who["nhs"] if who == "mother" else self.canaries.nhs(place)
        if column == "addr_address_json":
            keys = ("ROOM", "FLAT", "BUILDING", "HOUSE", "STREET", "TOWN", "UPRN")
            return json.dumps({key: self._text(f"{who} {column} {key}") for key in keys})
        known = {"pers_forename": "given", "pers_surname": "family"}.get(column)
        return self.who[known] if known and who == "mother" else self._text(f"{who} {column}")

    def _day(self, column: str, who: str, place: str) -> str:
        if column == "pers_dob":
            if who == "mother":
                return self.who["born"]
            first = PEOPLE.get(who)
            return (
                self.canaries.day(place, first) if first else self.canaries.day(place)
            ).isoformat()
        return self.canaries.day(place, EARLIER).isoformat()

    def _factors(self, assessment: str) -> Cells:
        codes = json.dumps(["3B", self._text("factor")])
        row = {"cinf_table_id": self._text("cinf_table_id"), "cinf_assessment_id": assessment}
        return row | {"cinf_assessment_factors_json": codes}

    def _id(self, who: str) -> str:
        if who not in self.ids:
            self.ids[who] = self._text(f"{who} id")
        return self.ids[who]

    def _text(self, place: str) -> str:
        return self.canaries.text(f"{COUNCIL}: {place}")

    def _table(self, name: str, rows: list[Cells]) -> bytes:
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, COLUMNS[name].split(), lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue().encode("utf-8-sig")
