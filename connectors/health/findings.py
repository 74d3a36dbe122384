"""Read what was found and said: flags, conditions, observations and answered questions.

What a code says of the patient stands in the trust's mapping. A flag that no longer stands, a
condition that was refuted or is not confirmed and a word in free text give nobody a role.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from connectors.connector import RecordUnreadable
from connectors.health.bundle import Message, Resource
from connectors.health.look import Coding, Look, Part
from connectors.health.trust import TEXT, TEXTS, Trust
from hub.model.dead_letter import Reason
from hub.model.event import Value

IN_ERROR = "entered-in-error"
NOT_SO = ("refuted", IN_ERROR)
OVER = ("inactive", "resolved", "remission")
ROLES = frozenset({"victim", "perpetrator", "concern"})


@dataclass(slots=True)
class Findings:
    """What a message says of its patient. `says` has the words that its codes stand for."""

    says: set[str] = field(default_factory=set)
    flags: dict[str, bool] = field(default_factory=dict)
    diagnoses: list[str] = field(default_factory=list)
    texts: dict[str, list[str]] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)

    @property
    def is_safeguarding(self) -> bool:
        """Tell whether anything in it is about safeguarding."""
        disclosed = self.answers.get("abuse_disclosed") == "yes"
        return bool(self.says & ROLES) or any(self.flags.values()) or disclosed

    def listed_flags(self) -> list[Value]:
        return [{"code": code, "active": active} for code, active in self.flags.items()]

    def text(self, name: str, join: str = "; ") -> str | None:
        return join.join(self.texts.get(name, [])) or None

    def add_text(self, name: str, text: str | None) -> None:
        texts = self.texts.setdefault(name, [])
        if text and text not in texts:
            texts.append(text)


def findings_of(message: Message, patient: Resource, trust: Trust) -> Findings:
    """Read everything that a message says of its patient.

    Raises:
        RecordUnreadable: what was said to sharing is in a word that nobody agreed on.
    """
    found, about = Findings(), _About(message, patient)
    for flag in message.of("Flag"):
        _add_flag(found, flag, about, trust)
    for condition in message.of("Condition"):
        _add_condition(found, condition, about, trust)
    for observation in message.of("Observation"):
        _add_observation(found, observation, about, trust)
    for response in message.of("QuestionnaireResponse"):
        _add_response(found, response, about, trust)
    if found.answers.get("abuse_disclosed") == "yes":
        found.says.add("victim")
    if "pregnant" in found.says:
        found.answers.setdefault("pregnant", "yes")
    return found


@dataclass(frozen=True, slots=True)
class _About:
    """Whom a resource is about."""

    message: Message
    patient: Resource

    @property
    def look(self) -> Look:
        return self.message.look

    def is_other(self, resource: Resource) -> bool:
        """Tell whether it is about somebody else, who is in the message too."""
        targets = self.message.targets(resource, "subject")
        is_other = any(each not in (None, self.patient) for _, each in targets)
        if is_other:
            self.look.doubt("about-another")
        return is_other

    def is_stated(self, resource: Resource) -> bool:
        """Tell whether it points at the patient: what points nowhere gives nobody a role."""
        is_stated = any(
            each is self.patient for _, each in self.message.targets(resource, "subject")
        )
        if not is_stated:
            self.look.doubt("subject-unclear")
        return is_stated


def _add_flag(found: Findings, flag: Resource, about: _About, trust: Trust) -> None:
    look, status = about.look, about.look.words(flag.content, "status")
    if about.is_other(flag):
        return
    if status == IN_ERROR:
        look.doubt(IN_ERROR)
        return
    codings = [each for each in look.codings(flag.content, "code") if each.code]
    if not _is_safeguarding(look, flag, codings, trust):
        return
    if status not in ("active", "inactive"):
        look.doubt("unknown-code")
    says = {each.code: trust.codes.get(each.key) for each in codings}
    if not codings:
        look.doubt("flag-without-code")
    is_active, is_stated = status == "active", about.is_stated(flag)
    for code, word in says.items():
        if word is None:
            look.doubt("unknown-code")
        if word == "nothing":
            continue
        found.flags[code] = found.flags.get(code, False) or is_active
        if is_active and is_stated and word:
            found.says.add(word)


def _is_safeguarding(look: Look, flag: Resource, codings: list[Coding], trust: Trust) -> bool:
    """Decide by its category, since most flags are about other things; without one, by its code."""
    categories = look.codings(flag.content, "category")
    kinds = {trust.flag_categories.get(each.key) for each in categories}
    if "safeguarding" in kinds:
        return True
    if "other" in kinds:
        return False
    look.doubt("flag-category-unknown" if categories else "flag-without-category")
    return any(each.key in trust.codes for each in codings)


def _add_condition(found: Findings, condition: Resource, about: _About, trust: Trust) -> None:
    look, content = about.look, condition.content
    if about.is_other(condition):
        return
    verified = {each.code for each in look.codings(content, "verificationStatus")}
    if verified.intersection(NOT_SO):
        look.doubt("refuted")
        return
    codings = [each for each in look.codings(content, "code") if each.code]
    diagnosis = _diagnosis(codings, trust)
    said = look.said(look.part(content, "code"))
    if diagnosis is None:
        look.doubt("condition-without-code")
        found.add_text("account", said)
    elif diagnosis not in found.diagnoses:
        found.diagnoses.append(diagnosis)
    over = {each.code for each in look.codings(content, "clinicalStatus")}
    is_so = verified <= {"confirmed"} and not over.intersection(OVER)
    stated = (*codings, *look.codings(content, "category"))
    words = {word for each in stated if (word := trust.codes.get(each.key))}
    if "injury" in words and not over.intersection(OVER):
        found.add_text("injuries", said)
    if words & ROLES and about.is_stated(condition):
        found.says |= words & ROLES if is_so else {"concern"}
    if "pregnant" in words and is_so:
        found.says.add("pregnant")


def _diagnosis(codings: list[Coding], trust: Trust) -> str | None:
    """Give one code of what was found, of the list that the trust prefers."""
    order = {system: place for place, system in enumerate(trust.diagnoses)}
    ranked = sorted(codings, key=lambda each: order.get(each.system, len(order)))
    return ranked[0].code if ranked else None


def _add_observation(found: Findings, seen: Resource, about: _About, trust: Trust) -> None:
    look, content = about.look, seen.content
    if about.is_other(seen):
        return
    if look.words(content, "status") in (IN_ERROR, "cancelled"):
        look.doubt(IN_ERROR)
        return
    asked = False
    for part in (content, *look.parts(content, "component")):
        for coding in look.codings(part, "code"):
            asks = trust.questions.get(coding.key)
            if asks and about.is_stated(seen):
                asked = True
                _answer(found, asks, [part], look, trust)
    if not asked:
        look.doubt("observation-unread")


def _add_response(found: Findings, response: Resource, about: _About, trust: Trust) -> None:
    look, content = about.look, response.content
    if about.is_other(response):
        return
    if look.words(content, "status") == IN_ERROR:
        look.doubt(IN_ERROR)
        return
    form = (look.words(content, "questionnaire") or "").partition("|")[0]
    for item in _items(look, content):
        asks = trust.questions.get((form, look.words(item, "linkId") or ""))
        if asks and about.is_stated(response):
            _answer(found, asks, look.parts(item, "answer"), look, trust)


def _items(look: Look, content: Part) -> Iterator[Part]:
    waiting = look.parts(content, "item")[::-1]
    while waiting:
        item = waiting.pop()
        yield item
        waiting += look.parts(item, "item")[::-1]


def _answer(found: Findings, asks: str, values: list[Part], look: Look, trust: Trust) -> None:
    """Take what was answered to one question. Of several words for one thing none is chosen."""
    for value in values:
        if asks in TEXTS:
            found.add_text(asks, look.text(value, "valueString") or _said(look, value))
            continue
        word = _word(look, value, trust)
        if word is None:
            if asks == "consent":
                raise RecordUnreadable(Reason.BAD_VALUE, "consent: unknown-code")
            look.doubt("unknown-code")
        elif found.answers.setdefault(asks, word) != word:
            look.doubt("answers-differ")
            found.answers[asks] = _of_two(asks, found.answers[asks], word)


def _of_two(asks: str, one: str, other: str) -> str:
    """Choose the graver of two grades, the narrower of two consents, and yes before no."""
    order = _GRAVEST.get(asks, ("yes", "no", "unknown"))
    return min((one, other), key=lambda each: order.index(each) if each in order else len(order))


_GRAVEST = {
    "risk_grade": ("high", "medium", "standard"),
    "consent": ("withdrawn", "refused", "not_asked", "given"),
}


def _word(look: Look, value: Part, trust: Trust) -> str | None:
    answered = value.get("valueBoolean")
    if isinstance(answered, bool):
        return "yes" if answered else "no"
    codings = look.codings(value, "valueCodeableConcept")
    codings += [look.coding(each) for each in look.parts(value, "valueCoding")]
    words = [trust.answers[each.key] for each in codings if each.key in trust.answers]
    text = look.words(value, "valueString")
    spoken = trust.answers.get((TEXT, text.casefold())) if text else None
    return next(iter(words), spoken)


def _said(look: Look, value: Part) -> str | None:
    return (
        look.said(look.part(value, "valueCodeableConcept"))
        or look.coding(look.part(value, "valueCoding")).display
    )
