"""The rules said in Cedar, and asked of its engine: a second implementation, by other authors.

What is exported are the tables as their authors wrote them in TOML, and no code of `hub.disclose` takes
part: a threshold, a `*` or a review date that the hub reads wrongly is read rightly here. One request is
put for each tag, since Cedar lets any of a resource's groups permit; the strictest tag is then ours to
take. Whatever Cedar reports as an error fails the test: by itself it would skip the clause, forbids too.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import cedarpy

from hub.model.enquiry import Context
from tests.unit.disclose.bodies import Json

LEVELS = ("mask", "generalise", "full")
"""Cedar's actions on a tag, the lowest first. The one on an event is `receive`."""

SETS = {"purpose": "Purpose", "lawful_basis": "Basis", "consent": "Consent"}
RANKS = ("risk", "involvement")
FLAGS = {"conflict_of_interest": "Flag", "perpetrator_link": "Flag"}
SAYS = {True: "true", False: "false", None: "unknown"}
COUNTS_AS = {True: ("true", "unknown"), False: ("false",)}
"""By which flags a condition is met: what nobody knows counts as true."""

Request = dict[str, object]


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to decide: a tag, or an event."""

    context: Context
    kind: str
    name: str


class Oracle:
    """Cedar's engine with one rule table, as it stands on a day."""

    def __init__(self, words: Json, rules: Iterable[Json], today: date) -> None:
        self._words = words
        self.policies = "\n".join(_policy(rule, words) for rule in rules if _stands(rule, today))
        schema = _schema(words)
        found = cedarpy.validate_policies(self.policies, schema)
        if not found:
            raise AssertionError([str(each) for each in found.errors])
        self._table = (
            cedarpy.PolicySet.from_str(self.policies),
            cedarpy.Entities.from_json_str(json.dumps(list(_recipients(words))), schema),
            cedarpy.Schema.from_str(schema),
        )

    def levels(self, questions: Sequence[Question]) -> list[int]:
        """Give the level of each, 0 to 3; of an event 0 or 3."""
        requests = [each for question in questions for each in self._requests(question)]
        answers = iter(cedarpy.is_authorized_batch(requests, *self._table))
        return [_level(question, answers) for question in questions]

    def _requests(self, question: Question) -> Iterator[Request]:
        asking = question.context
        for action in _actions(question.kind):
            yield {
                "principal": _uid("Recipient", f"{asking.agency} {asking.role}"),
                "action": _uid("Action", action),
                "resource": _uid(question.kind, question.name),
                "context": self._context(asking),
            }

    def _context(self, asking: Context) -> str:
        words = {name: _ref(kind, getattr(asking, name)) for name, kind in SETS.items()}
        flags = {name: _ref(kind, SAYS[getattr(asking, name)]) for name, kind in FLAGS.items()}
        ranks = {name: self._words[name].index(getattr(asking, name)) for name in RANKS}
        return json.dumps(words | flags | ranks)


def _level(question: Question, answers: Iterator[cedarpy.AuthzResult]) -> int:
    """Read the answers on one question: whoever may have more may have less."""
    allowed = []
    for action in _actions(question.kind):
        answer = next(answers)
        if answer.diagnostics.errors or answer.decision is cedarpy.Decision.NoDecision:
            raise AssertionError([question, action, answer.diagnostics.errors])
        allowed.append(answer.decision is cedarpy.Decision.Allow)
    if allowed != sorted(allowed, reverse=True):
        raise AssertionError([question, "more is allowed, and less is not", allowed])
    return sum(allowed) if question.kind == "Tag" else 3 * sum(allowed)


def _actions(kind: str) -> tuple[str, ...]:
    return LEVELS if kind == "Tag" else ("receive",)


def _stands(rule: Json, today: date) -> bool:
    return rule["effect"] != "permit" or not rule["review_by"] < today


def _policy(rule: Json, words: Json) -> str:
    head = "permit" if rule["effect"] == "permit" else "forbid"
    conditions = [*_on(rule), *_to(rule["to"]), *_when(rule.get("when", {}), words)]
    when = f" when {{ {' && '.join(conditions)} }}" if conditions else ""
    return (
        f'@id("{rule["id"]}") {head}(principal, action in [{_covered(rule)}], resource){when};'
        if _covered(rule)
        else f"// {rule['id']} is a cap that takes nothing away"
    )


def _covered(rule: Json) -> str:
    """Name the actions that a clause speaks of: a permit those up to its level, a cap those above."""
    if "events" in rule:
        return 'Action::"receive"'
    place = {"withhold": 0, "mask": 1, "generalise": 2, "full": 3}
    match rule["effect"]:
        case "permit":
            actions = LEVELS[: place[rule["treatment"]]]
        case "cap":
            actions = LEVELS[place[rule["treatment"]] :]
        case _:
            actions = LEVELS
    return ", ".join(f'Action::"{each}"' for each in actions)


def _on(rule: Json) -> Iterator[str]:
    kind, names = ("Tag", rule["tags"]) if "tags" in rule else ("Event", rule["events"])
    if names != ["*"]:
        yield f"{_among(kind, names)}.contains(resource)"


def _to(to: Json) -> Iterator[str]:
    if to["agency"] != ["*"]:
        yield f"{_among('Agency', to['agency'])}.contains(principal.agency)"
    if "role" in to:
        yield f"{_among('Role', to['role'])}.contains(principal.role)"


def _when(when: Json, words: Json) -> Iterator[str]:
    for key, wanted in when.items():
        name = key.removesuffix("_at_least")
        if name in RANKS:
            yield f"context.{name} >= {words[name].index(wanted)}"
        elif name in FLAGS:
            yield f"{_among('Flag', COUNTS_AS[wanted])}.contains(context.{name})"
        else:
            yield f"{_among(SETS[name], wanted)}.contains(context.{name})"


def _among(kind: str, words: Iterable[str]) -> str:
    return f"[{', '.join(f'{kind}::{json.dumps(word)}' for word in words)}]"


def _schema(words: Json) -> str:
    """Every word as an enum, so that Cedar finds one that is misspelt."""
    enums = {
        "Agency": words["agency"], "Role": words["role"], "Purpose": words["purpose"],
        "Basis": words["lawful_basis"], "Consent": words["consent"], "Flag": list(SAYS.values()),
        "Tag": list(words["tag"]), "Event": words["event"],
    }  # fmt: skip
    context = {**SETS, **dict.fromkeys(RANKS, "Long"), **FLAGS}
    lines = [f"entity {name} enum {json.dumps(each)};" for name, each in enums.items()]
    fields = ", ".join(f"{name}: {kind}" for name, kind in context.items())
    for actions, resource in ((LEVELS, "Tag"), (("receive",), "Event")):
        asked = f"principal: [Recipient], resource: [{resource}], context: Asking"
        lines.append(f"action {', '.join(actions)} appliesTo {{ {asked} }};")
    return "\n".join(
        (
            *lines,
            "entity Recipient = { agency: Agency, role: Role };",
            f"type Asking = {{ {fields} }};",
        )
    )


def _recipients(words: Json) -> Iterator[Json]:
    for agency in words["agency"]:
        for role in words["role"]:
            yield {
                "uid": _uid("Recipient", f"{agency} {role}"),
                "attrs": {"agency": _ref("Agency", agency), "role": _ref("Role", role)},
                "parents": [],
            }


def _uid(kind: str, name: str) -> dict[str, str]:
    return {"type": kind, "id": name}


def _ref(kind: str, name: str) -> dict[str, dict[str, str]]:
    return {"__entity": _uid(kind, name)}
