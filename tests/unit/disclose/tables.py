"""Rule tables made at random, as an author would write them: TOML, with all that TOML rules may say."""

import json
import random
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from hub.disclose.bundle import Bundle, load_bundle
from hub.model.enquiry import Context
from tests.unit.disclose.bodies import EVENTS, POLICY_FILES, TODAY, Json, context
from tests.unit.disclose.random_schemas import TAGS

VOCABULARY = POLICY_FILES["vocabulary.toml"]
WORDS: Json = tomllib.loads(VOCABULARY)
RANKED = ("risk", "involvement")
SETS = ("purpose", "lawful_basis", "consent")
FLAGS = ("conflict_of_interest", "perpetrator_link")
DAYS = (TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1), date(2027, 11, 30))
ACCOUNT = {"because": "It is a test.", "authority": "none", "owner": "nobody@example.gov.uk"}


def made_rules(
    chance: random.Random, count: int = 30, events: Sequence[str] = EVENTS
) -> list[Json]:
    """Make a table: permits so that much is given, and forbids and caps that take some of it again."""
    effects = chance.choices(("permit", "cap", "forbid"), (7, 2, 1), k=count)
    return [
        made_rule(chance, f"rule-{turn}", effect, events) for turn, effect in enumerate(effects)
    ]


def made_rule(
    chance: random.Random, name: str, effect: str, events: Sequence[str] = EVENTS
) -> Json:
    """Make one rule. The words of a permit are many, so that it often speaks of who is asked about."""
    wide = effect != "permit"
    rule: Json = {
        "id": name,
        "effect": effect,
        "to": {"agency": _some(chance, "agency", wide=wide)},
    }
    if chance.random() < 0.2:
        rule["to"]["role"] = _few(chance, WORDS["role"], 4)
    if effect != "cap" and chance.random() < 0.3:
        rule["events"] = ["*"] if wide and chance.random() < 0.3 else _few(chance, events, 3)
    else:
        rule["tags"] = ["*"] if wide and chance.random() < 0.3 else _few(chance, TAGS, 3)
        if effect != "forbid":
            levels = ["mask", "generalise", "full", "full"] if effect == "permit" else ["withhold", "mask", "generalise", "full"]  # fmt: skip
            rule["treatment"] = chance.choice(levels)
    when = _when(chance, 0.35 if wide else 0.15)
    if when:
        rule["when"] = when
    return rule | ACCOUNT | {"review_by": chance.choice(DAYS)}


def _when(chance: random.Random, share: float) -> Json:
    """Make conditions, each with this likelihood."""
    makers = {
        **{name: lambda name=name: _few(chance, WORDS[name], len(WORDS[name])) for name in SETS},
        **{f"{name}_at_least": lambda name=name: chance.choice(WORDS[name]) for name in RANKED},
        **dict.fromkeys(FLAGS, lambda: chance.random() < 0.5),
    }
    return {key: make() for key, make in makers.items() if chance.random() < share}


def _some(chance: random.Random, name: str, *, wide: bool) -> list[str]:
    return ["*"] if wide and chance.random() < 0.3 else _few(chance, WORDS[name], 6)


def _few(chance: random.Random, words: Sequence[str], most: int) -> list[str]:
    return chance.sample(words, chance.randint(1, min(most, len(words))))


def made_context(chance: random.Random) -> Context:
    """Make a context out of all words there are, flags unknown one time in five."""
    words = {name: chance.choice(WORDS[name]) for name in ("agency", "role", *SETS, *RANKED)}
    flags = {name: chance.choice((False, False, False, True, None)) for name in FLAGS}
    return replace(context(), **words, **flags)


def written(rules: Iterable[Json]) -> str:
    """Write rules as TOML."""
    return "\n".join("\n".join(("[[rule]]", *_lines(rule))) for rule in rules)


def _lines(table: Json, before: str = "") -> list[str]:
    lines = []
    for key, value in table.items():
        if isinstance(value, dict):
            lines += _lines(value, f"{before}{key}.")
        else:
            text = value.isoformat() if isinstance(value, date) else json.dumps(value)
            lines.append(f"{before}{key} = {text}")
    return lines


def loaded(*files: Iterable[Json], vocabulary: str = VOCABULARY) -> Bundle:
    """Load a bundle of these rules, one list a file."""
    texts = {f"rules/made-{turn}.toml": written(each) for turn, each in enumerate(files)}
    return load_bundle({"vocabulary.toml": vocabulary} | texts)
