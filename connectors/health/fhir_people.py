"""Read a patient or a related person, as far as an event has room for them.

Two things are taken more strictly than they are written. A temporary address may be a refuge: it is
read as the safe address, which only those have who may be victims. And a record that bears a security
label is one whose whereabouts somebody had a reason to hide.
"""

from dataclasses import dataclass
from datetime import datetime

from connectors.cells import telephones
from connectors.health.bundle import Resource
from connectors.health.fhir_times import Born, born, instant
from connectors.health.look import Look, Part
from connectors.health.trust import Trust
from connectors.people import Described
from hub.model.event import Body, Value
from hub.model.numbers import nhs_number, postcode

NHS = "https://fhir.nhs.uk/id/nhs-number"
VERIFICATION = "NHSNumberVerificationStatus"
VERIFIED = ("number-present-and-verified", "01")
INTERPRETER = "patient-interpreterRequired"
SELF = "ONESELF"

GENDERS = ("female", "male", "other", "unknown")
NAME_KINDS = {
    "official": "usual",
    "usual": "usual",
    "": "usual",
    "nickname": "alias",
    "temp": "alias",
    "old": "former",
    "maiden": "former",
}
TITLES = frozenset({"mr", "mrs", "miss", "ms", "mx", "dr", "prof", "rev", "sir", "master"})
SAFE, UNSAFE = "safe", "unsafe"


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads people of one message. `at` is when it happened: a name or number may have ended before."""

    look: Look
    trust: Trust
    at: datetime
    received_at: datetime

    def described(self, person: Resource) -> Described:
        """Read one person."""
        content, look = person.content, self.look
        is_hidden = bool(look.parts(look.part(content, "meta"), "security"))
        if is_hidden:
            look.doubt("restricted-record")
        birth = self._born(content)
        contacts, safe = self._contacts(content)
        homes, shelter = self._addresses(content, is_hidden=is_hidden)
        return Described(
            local_id=self._local_id(content),
            names=self._names(content),
            identifiers=self._identifiers(content),
            born=birth.day if birth else None,
            born_accuracy=birth.accuracy if birth else "unknown",
            gender=self._gender(content),
            contacts=[] if is_hidden else contacts,
            addresses=homes,
            occupation=None,
            employer=None,
            safe_contacts=safe,
            safe_address=shelter,
            language=self._language(content),
            school=None,
        )

    def name_in_words(self, person: Resource) -> str | None:
        """Give a person's usual name as one text."""
        for name in self._names(person.content):
            if isinstance(name, dict):
                return " ".join(str(name[part]) for part in ("given", "family") if name[part])
        return None

    def _local_id(self, content: Part) -> str:
        for each in self.look.parts(content, "identifier"):
            if self.look.words(each, "system") == self.trust.patient_numbers:
                return self.look.words(each, "value") or ""
        return ""

    def _identifiers(self, content: Part) -> list[Value]:
        found: dict[str, bool] = {}
        for each in self.look.parts(content, "identifier"):
            value = self.look.words(each, "value")
            if value is None or (self.look.words(each, "system") or "").casefold() != NHS:
                continue
            digits, is_right = nhs_number(value)
            if not is_right:
                self.look.doubt("nhs-check-digit" if digits else "not-an-nhs-number")
            if digits:
                found[digits] = found.get(digits, False) or (is_right and self._is_verified(each))
        if len(found) > 1:
            self.look.doubt("several-nhs-numbers")
        only = len(found) == 1
        return [
            {"scheme": "nhs_number", "value": digits, "verified": verified and only}
            for digits, verified in found.items()
        ]

    def _is_verified(self, identifier: Part) -> bool:
        """Tell whether the number was traced; whoever does not say so has not traced it."""
        said = [
            coding.code
            for each in self.look.parts(identifier, "extension")
            if VERIFICATION in (self.look.words(each, "url") or "")
            for coding in self.look.codings(each, "valueCodeableConcept")
        ]
        return bool(said) and all(code in VERIFIED for code in said)

    def _names(self, content: Part) -> list[Value]:
        """Read the usual name first, then former ones, then aliases."""
        found: dict[str, list[Value]] = {"usual": [], "former": [], "alias": []}
        for part in self.look.parts(content, "name"):
            use = self.look.words(part, "use") or ""
            kind = NAME_KINDS.get(use)
            if kind is None:
                self.look.doubt("name-unread")
                continue
            if kind == "usual" and self._is_over(part):
                kind = "former"
            given, family = self._name(part)
            if given or family:
                name: Body = {"kind": kind, "given": given, "family": family}
                if name not in found[kind]:
                    found[kind].append(name)
        return [*found["usual"], *found["former"], *found["alias"]]

    def _name(self, part: Part) -> tuple[str | None, str | None]:
        given = " ".join(self.look.texts(part, "given")) or None
        family = " ".join(self.look.texts(part, "family")) or None
        if given or family:
            return given, family
        words = [
            word
            for word in (self.look.words(part, "text") or "").split()
            if word.casefold().rstrip(".") not in TITLES
        ]
        if words:
            self.look.doubt("name-as-text")
        return " ".join(words[:-1]) or None, words[-1] if words else None

    def _born(self, content: Part) -> Born | None:
        text = self.look.words(content, "birthDate")
        if text is None:
            return None
        found = born(text)
        if found is None:
            self.look.doubt("not-a-date")
            return None
        self.look.warnings.extend(found.doubts)
        if found.day > self.received_at.date():
            self.look.doubt("unlikely-date")
        return found

    def _gender(self, content: Part) -> str:
        text = self.look.words(content, "gender")
        if text is None or text in GENDERS:
            return text or "unknown"
        self.look.doubt("unknown-code")
        return "unknown"

    def _contacts(self, content: Part) -> tuple[list[Value], list[Value]]:
        """Read how to reach them, and apart from it what they said is safe."""
        own = self.look.parts(content, "telecom")
        for each in self.look.parts(content, "contact"):
            if SELF in {coding.code for coding in self.look.codings(each, "relationship")}:
                own += self.look.parts(each, "telecom")
        plain: list[Value] = []
        safe: list[Value] = []
        for part in own:
            standing, hours = self._safety(part)
            if standing == UNSAFE or self.look.words(part, "use") == "old" or self._is_over(part):
                self.look.doubt("contact-unread")
                continue
            found = self._contact(part, hours)
            into = safe if standing == SAFE else plain
            into += [each for each in found if each not in into]
        return plain, safe

    def _contact(self, part: Part, hours: str | None) -> list[Value]:
        channel, value = self.look.words(part, "system"), self.look.words(part, "value")
        if value is None:
            return []
        if channel == "email" or (channel is None and "@" in value):
            if "@" in value:
                return [{"channel": "email", "value": value, "hours": hours}]
            self.look.doubt("not-an-email")
            return []
        if channel not in ("phone", "sms", None):
            self.look.doubt("contact-unread")
            return []
        numbers, words, doubts = telephones(value)
        self.look.warnings.extend(doubts)
        when = "; ".join(filter(None, (hours, words))) or None
        return [{"channel": "telephone", "value": each, "hours": when} for each in numbers]

    def _safety(self, part: Part) -> tuple[str | None, str | None]:
        """Tell whether somebody said that a contact is safe, and when. Nothing said is not safe."""
        for each in self.look.parts(part, "extension"):
            if self.look.words(each, "url") == self.trust.safe_contact:
                if each.get("valueBoolean") is False:
                    return UNSAFE, None
                hours = self.look.words(each, "valueString")
                if hours or each.get("valueBoolean") is True:
                    return SAFE, hours
        return None, None

    def _addresses(self, content: Part, *, is_hidden: bool) -> tuple[list[Value], Body | None]:
        """Read where they live, what is over last; and apart from it where they are for a time."""
        now: list[Value] = []
        before: list[Value] = []
        shelter: Body | None = None
        for part in self.look.parts(content, "address"):
            place = self._address(part)
            use = self.look.words(part, "use")
            if place is None or place in now or place in before:
                continue
            if use == "old" or self._is_over(part):
                before.append(place)
            elif is_hidden or use == "temp":
                if shelter is not None:
                    self.look.doubt("address-unread")
                shelter = shelter or place
            else:
                now.append(place)
        if shelter is not None and not is_hidden:
            self.look.doubt("temporary-address")
        return ([] if is_hidden else [*now, *before]), shelter

    def _address(self, part: Part) -> Body | None:
        code = self.look.words(part, "postalCode")
        if code:
            code, is_one = postcode(code)
            if not is_one:
                self.look.doubt("not-a-postcode")
        lines = self.look.texts(part, "line")
        if not lines and not code:
            lines = self.look.texts(part, "text")
        place: Body = {
            "line1": lines[0] if lines else None,
            "line2": ", ".join(lines[1:]) or None,
            "town": self.look.words(part, "city"),
            "postcode": code,
        }
        return place if any(place.values()) else None

    def _language(self, content: Part) -> str | None:
        """Give the language for which an interpreter is needed."""
        needed = any(
            each.get("valueBoolean") is True
            for each in self.look.parts(content, "extension")
            if (self.look.words(each, "url") or "").endswith(INTERPRETER)
        )
        spoken = self.look.parts(content, "communication") if needed else []
        spoken.sort(key=lambda each: each.get("preferred") is not True)
        said = (self.look.said(self.look.part(each, "language")) for each in spoken)
        return next((each for each in said if each), None)

    def _is_over(self, part: Part) -> bool:
        """Tell whether a name, number or address had ended by then."""
        end = self.look.words(self.look.part(part, "period"), "end")
        found = instant(end, self.trust.zone, self.received_at) if end else None
        return found is not None and found.at < self.at
