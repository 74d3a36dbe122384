"""Exports of police and charities with a canary in every cell, laid out as the synthetic county lays them out."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from connectors.charities.referral_csv import REFERRALS
from connectors.charities.support_csv import SUPPORT
from connectors.police.pole_csv import DASH, INCIDENTS, ORDERS, OUTCOMES
from hub.synth.layout import DASH_ITEMS, Layout
from tests.native.tokens import AHEAD, CHILD, Canaries

CODED = {
    each.name: {**each.coded, **(dict.fromkeys(DASH_ITEMS, "answer") if each.answers else {})}
    for each in (INCIDENTS, DASH, OUTCOMES, ORDERS, REFERRALS, SUPPORT)
}
CHOSEN = {
    "consent": "given",
    "risk_grade": "high",
    "state": "made",
    "yesno": "yes",
    "answer": "yes",
}
ROLES = {"victim_role": "P_004", "suspect_role": "P_002"}
SCHOOL_NAME = "Osham Primary School"
UNREAD = ("Colour", "Officer's own note")
"""Columns that no mapping has."""

Who = Mapping[str, str]
"""What all agencies know alike of the one who is harmed: given, family, born, nhs."""


@dataclass(frozen=True)
class Row:
    """One row: the canary of each heading. `odd` is the column in which a text stands out of place."""

    cells: Mapping[str, str]
    odd: str = ""


@dataclass(frozen=True)
class Planter:
    """Plants the rows of one format. `named` are organisations that each row names as told."""

    layout: Layout
    canaries: Canaries
    who: Who
    named: str

    def rows(self, *, odd: bool) -> Iterator[Row]:
        """Give a row in which all is as it should be; then one for each column that takes no free text, with a text in it."""
        yield Row(self._cells())
        for name in self.layout.columns if odd else ():
            if self._kind(name) or self._typed(name, "") is not None:
                place = self._place(f"{name}, out of place")
                yield Row({**self._cells(), name: self.canaries.text(place)}, name)

    def file(self, rows: list[Row]) -> bytes:
        """Write the file, two columns of it unknown to every mapping, and a row that lacks most of its cells."""
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator=self.layout.newline)
        first, last = UNREAD
        writer.writerow([first, *self.layout.columns.values(), last])
        for row in rows:
            writer.writerow(
                [
                    row.cells[first],
                    *(row.cells[name] for name in self.layout.columns),
                    row.cells[last],
                ]
            )
        writer.writerow([self.canaries.text(self._place("too few cells")) for _ in range(3)])
        return out.getvalue().encode(self.layout.encoding(0))

    def _cells(self) -> dict[str, str]:
        cells = {name: self._cell(name) for name in self.layout.columns}
        return cells | {name: self.canaries.text(self._place(name)) for name in UNREAD}

    def _cell(self, name: str) -> str:
        if name == "child1_school":
            return SCHOOL_NAME
        if kind := self._kind(name):
            words = self.layout.words.get(kind, {})
            return ROLES.get(name) or words.get(CHOSEN.get(kind, "")) or next(iter(words.values()))
        who = name.removeprefix("victim_")
        if who != name and who in self.who:
            return self.who[who] if who != "born" else self._day(self.who[who])
        typed = self._typed(name, self._place(name))
        return typed if typed is not None else self._free(name)

    def _free(self, name: str) -> str:
        text = self.canaries.text(self._place(name))
        if name in ("notified", "referred_to"):
            return f"{text}; {self.named}"
        return f"{text}@mail.example" if name.endswith("_email") else text

    def _typed(self, name: str, place: str) -> str | None:
        """Give a canary for a column that takes no free text; with no place, only tell that it is one."""
        if name.endswith("_born") or name == "expires_on":
            first = AHEAD if name == "expires_on" else CHILD if name.startswith("child") else None
            found = self.canaries.day(place, *filter(None, [first])) if place else None
            return self._day(found.isoformat()) if found else ""
        if name.endswith("_at"):
            return f"{self.canaries.moment(place):{self.layout.time_form(0)}}" if place else ""
        makers = {
            r"\w+_nhs": self.canaries.nhs,
            r"\w+_telephone": self.canaries.telephone,
            r"\w+_postcode": self.canaries.postcode,
        }
        make = next((each for form, each in makers.items() if re.fullmatch(form, name)), None)
        return None if make is None else make(place) if place else ""

    def _kind(self, name: str) -> str:
        coded = CODED[self.layout.name].items()
        return next((kind for pattern, kind in coded if re.fullmatch(pattern, name)), "")

    def _day(self, iso: str) -> str:
        year, month, day = iso.split("-")
        form = self.layout.date_form(0)
        return form.replace("%Y", year).replace("%m", month).replace("%d", day)

    def _place(self, name: str) -> str:
        return f"{self.layout.agency}/{self.layout.name}: {name}"
