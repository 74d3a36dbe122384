"""Read rules and assertions out of their tables, strictly."""

from collections.abc import Iterable

from hub.disclose.rules import Condition, Effect, Never, Rule, Step
from hub.disclose.vocabulary import Vocabulary
from hub.model.level import Level
from hub.model.strict import EVERY, Table

ACCOUNT = ("because", "authority", "owner")
"""Why a clause stands, on what paper, and who answers for it."""

LEVELS = {
    "withhold": Level.WITHHOLD,
    "mask": Level.MASK,
    "generalise": Level.GENERALISE,
    "full": Level.FULL,
}

SETS = ("purpose", "lawful_basis", "consent")
FLAGS = ("conflict_of_interest", "perpetrator_link")
AT_LEAST = {"risk_at_least": "risk", "involvement_at_least": "involvement"}
BELOW = {"risk_below": "risk", "involvement_below": "involvement"}
"""Only an assertion looks below a threshold: a permit that did would reward the lesser danger."""


def read_rule(table: Table, vocabulary: Vocabulary) -> Rule:
    table.keys(
        must=("id", "effect", "to", *ACCOUNT, "review_by"),
        may=("events", "tags", "treatment", "when", "county_wide_because"),
    )
    effect = Effect(table.word("effect", list(Effect), "effect"))
    wide = effect is not Effect.PERMIT
    step, on = _on(table, vocabulary, wide=wide)
    return Rule(
        id=table.slug("id"),
        file=table.file,
        effect=effect,
        step=step,
        on=on,
        conditions=(*_to(table, vocabulary, wide=wide), *_when(table, vocabulary, AT_LEAST)),
        level=_level(table, effect, step),
        because=table.text("because"),
        authority=table.text("authority"),
        owner=table.text("owner"),
        review_by=table.day("review_by"),
        county_wide_because=_county_wide(table, effect),
    )


def read_never(table: Table, vocabulary: Vocabulary) -> Never:
    table.keys(must=("id", "to", *ACCOUNT), may=("events", "tags", "above", "when"))
    step, on = _on(table, vocabulary, wide=True)
    if (step == "tag") != ("above" in table):
        table.refuse(
            "`above` goes with `tags`, and only with them",
            'Say above which level a tag never is, such as above = "withhold"; an event is or is not.',
        )
    levels = [word for word in LEVELS if word != "full"]
    return Never(
        id=table.slug("id"),
        file=table.file,
        step=step,
        on=on,
        conditions=(
            *_to(table, vocabulary, wide=True),
            *_when(table, vocabulary, AT_LEAST | BELOW),
        ),
        above=LEVELS[table.word("above", levels, "level")] if step == "tag" else Level.WITHHOLD,
        because=table.text("because"),
        authority=table.text("authority"),
        owner=table.text("owner"),
    )


def _on(table: Table, vocabulary: Vocabulary, *, wide: bool) -> tuple[Step, frozenset[str]]:
    if ("events" in table) == ("tags" in table):
        table.refuse(
            "it has to speak of `events` or of `tags`, one of the two",
            "Give exactly one of them; write a second rule for the other.",
        )
    if "events" in table:
        return "event", _words(table, "events", vocabulary.events, "event", wide=wide)
    return "tag", _words(table, "tags", vocabulary.tags, "tag", wide=wide)


def _words(
    table: Table, key: str, known: Iterable[str], kind: str, *, wide: bool
) -> frozenset[str]:
    """Give a list of words, or `*` where that can only narrow."""
    if table.content.get(key) == [EVERY]:
        if wide:
            return frozenset((EVERY,))
        table.refuse(
            f'`{table.path(key)}` is ["*"] in a permit',
            f"Name each {kind}: what is added next year must not be given by itself.",
        )
    return frozenset(table.words(key, known, kind))


def _to(table: Table, vocabulary: Vocabulary, *, wide: bool) -> list[Condition]:
    to = table.table("to")
    to.keys(must=("agency",), may=("role",))
    agencies = _words(to, "agency", vocabulary.words["agency"], "agency", wide=wide)
    conditions = [] if EVERY in agencies else [_among("agency", agencies)]
    if "role" in to:
        conditions.append(_among("role", to.words("role", vocabulary.words["role"], "role")))
    return conditions


def _when(table: Table, vocabulary: Vocabulary, thresholds: dict[str, str]) -> list[Condition]:
    if "when" not in table:
        return []
    when = table.table("when")
    when.keys(must=(), may=(*SETS, *thresholds, *FLAGS))
    conditions = [
        _among(name, when.words(name, vocabulary.words[name], name))
        for name in SETS
        if name in when
    ]
    for key, attribute in thresholds.items():
        if key in when:
            word = when.word(key, vocabulary.words[attribute], attribute)
            words = vocabulary.below if key in BELOW else vocabulary.at_least
            needs = f"below {word}" if key in BELOW else _or_more(attribute, word, vocabulary)
            conditions.append(Condition(attribute, words(attribute, word), needs))
    for name in FLAGS:
        if name in when:
            value = when.flag(name)
            conditions.append(Condition(name, frozenset((value,)), str(value).lower()))
    return conditions


def _or_more(attribute: str, word: str, vocabulary: Vocabulary) -> str:
    return word if word == vocabulary.words[attribute][-1] else f"{word} or more"


def _among(attribute: str, words: Iterable[str]) -> Condition:
    return Condition(attribute, frozenset(words), " or ".join(sorted(words)))


def _level(table: Table, effect: Effect, step: Step) -> Level:
    """Read the treatment that a permit on tags gives and a cap leaves; nothing else has one."""
    if effect is Effect.CAP and step == "event":
        table.refuse("a cap on events", "Cap tags, or forbid the event.")
    if effect is Effect.FORBID or step == "event":
        if "treatment" in table:
            table.refuse(
                "`treatment` where there is nothing to treat",
                "Remove it: an event is sent or not, and a forbid leaves nothing.",
            )
        return Level.WITHHOLD if effect is Effect.FORBID else Level.FULL
    level = LEVELS[table.word("treatment", LEVELS, "treatment")]
    if effect is Effect.PERMIT and level is Level.WITHHOLD:
        table.refuse(
            "a permit that gives nothing", "Remove the rule: what nothing permits is withheld."
        )
    return level


def _county_wide(table: Table, effect: Effect) -> str:
    if "county_wide_because" not in table:
        return ""
    if effect is not Effect.PERMIT:
        table.refuse("`county_wide_because` on what is no permit", "Remove it: only permits widen.")
    return table.text("county_wide_because")
