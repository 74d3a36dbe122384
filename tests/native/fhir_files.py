"""Messages of a hospital with a canary in every leaf, written as the synthetic county writes them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from hub.synth.health_messages import Accused, Attendance, bundle
from hub.synth.people import Person
from hub.synth.places import Address
from tests.native.tokens import CHILD, Canaries

HOSPITAL, UNREAD = "osham-hospital", "note-that-nobody-reads"
MEANT = re.compile(
    r"resourceType|system|code|url|status|reference|fullUrl|id|type|use|gender|intent|profile"
    r"|definition|valueBoolean"
)
"""Keys whose text a computer reads: a canary there is out of place."""

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class FhirPlanter:
    """Plants messages about one patient. `named` are organisations that each message refers her to."""

    canaries: Canaries
    who: Mapping[str, str]
    patient_number: str
    named: tuple[str, ...]

    def sound(self) -> bytes:
        """Give a message as it should be, with something in each of its objects that nobody reads."""
        planted = self._planted(json.loads(bundle(self._attendance())), "", unread=True)
        return json.dumps(planted).encode()

    def odd(self) -> bytes:
        """Give a line for each kind of leaf that a computer reads: a message with a text in that leaf."""
        shape, done, lines = self._message(), set[Path](), list[str]()
        for path, kind in _leaves(shape):
            key = next(each for each in reversed(path) if isinstance(each, str))
            if MEANT.fullmatch(key) and kind not in done:
                done.add(kind)
                message = self._message()
                _put(message, path, self._text(f"{'.'.join(map(str, kind))}, out of place"))
                lines.append(json.dumps(message))
        return "\n".join(lines).encode()

    def _message(self) -> object:
        return self._planted(json.loads(bundle(self._attendance())), "", unread=False)

    def _planted(self, value: object, path: str, *, unread: bool) -> object:
        """Put a canary into each leaf that has none, and perhaps one that nobody reads into each object."""
        if isinstance(value, dict):
            more = {UNREAD: self._text(f"{path}.{UNREAD}")} if unread else {}
            return more | {
                key: self._planted(each, f"{path}.{key}", unread=unread)
                for key, each in value.items()
            }
        if isinstance(value, list):
            return [self._planted(each, path, unread=unread) for each in value]
        is_free = isinstance(value, str) and not MEANT.fullmatch(path.rpartition(".")[2])
        if not is_free or value in self.named or value in self.who.values():
            return value
        return value if self.canaries.found(str(value)) else self._text(path)

    def _attendance(self) -> Attendance:
        text, moment = self._text, self.canaries.moment
        times = sorted(moment(f"{HOSPITAL}: time {number}") for number in range(3))
        return Attendance(
            number=text("number"),
            version=text("version"),
            person=self._person("patient", date.fromisoformat(self.who["born"]), self.who),
            patient_number=self.patient_number,
            attended_at=times[0],
            written_at=times[1],
            sent_at=times[2],
            site=text("site"),
            reason=text("reason"),
            diagnoses=(text("diagnosis"), text("another diagnosis")),
            injuries=text("injuries"),
            flags=(("777996001", True), ("domestic-abuse-concern", True)),
            disclosed="yes",
            pregnant="yes",
            accompanied_by=text("came with"),
            gp_practice=text("practice"),
            referred_to=(*self.named, text("referred to")),
            crime_reference=text("crime number"),
            risk_grade="high",
            consent="given",
            note=text("note"),
            summary=text("summary"),
            accused=(
                Accused(
                    self._person("accused", self.canaries.day("accused: born")),
                    "ex_partner",
                    text("accused: number"),
                ),
            ),
            children=(self._person("child", self.canaries.day("child: born", CHILD)),),
            is_in_refuge=True,
        )

    def _person(self, role: str, born: date, who: Mapping[str, str] | None = None) -> Person:
        known = who or {}

        def text(name: str) -> str:
            return known.get(name) or self._text(f"{role}: {name}")

        return Person(
            number=0,
            household=0,
            gender="female",
            given=text("given"),
            family=text("family"),
            former=text("former"),
            alias=text("alias"),
            born=born,
            nhs_number=known.get("nhs") or self.canaries.nhs(f"{role}: nhs"),
            pnc=None,
            telephone=self.canaries.telephone(f"{role}: telephone"),
            safe_telephone=self.canaries.telephone(f"{role}: safe telephone"),
            safe_hours=text("safe hours"),
            email=f"{text('email')}@mail.example",
            occupation=None,
            employer=None,
            language=text("language"),
            school=None,
            home=self._address(f"{role}: home"),
            refuge=self._address(f"{role}: refuge") if who else None,
        )

    def _address(self, place: str) -> Address:
        line1, town = self._text(f"{place} line1"), self._text(f"{place} town")
        return Address(line1, town, self.canaries.postcode(f"{HOSPITAL}: {place} postcode"))

    def _text(self, place: str) -> str:
        return self.canaries.text(f"{HOSPITAL}: {place}")


def _leaves(value: object, path: Path = (), kind: Path = ()) -> Iterator[tuple[Path, Path]]:
    """Give each leaf's path, and its path without numbers: of what kind of resource, and which field."""
    if isinstance(value, dict):
        here = (value["resourceType"],) if "resourceType" in value else kind
        for key, each in value.items():
            yield from _leaves(each, (*path, key), (*here, key))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _leaves(each, (*path, number), kind)
    else:
        yield path, kind


def _put(message: Any, path: Path, text: str) -> None:
    for step in path[:-1]:
        message = message[step]
    message[path[-1]] = text
