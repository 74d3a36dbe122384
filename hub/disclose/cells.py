"""A table of rules as cells: what is decided for one type of agency of one event or one tag.

Only the rules that speak of a cell are asked, so that all of them can be asked in every context.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from hub.disclose.decide import Decision, decide_event, decide_tag
from hub.disclose.domain import NO_EXPIRY, reaches
from hub.disclose.rules import Condition, Rule, Step
from hub.disclose.vocabulary import Vocabulary, outside
from hub.model.enquiry import Context
from hub.model.level import Level
from hub.model.strict import EVERY

NOTHING = Decision(Level.WITHHOLD)


class Cell(NamedTuple):
    """One type of agency, and an event or a tag. In order: events come before tags."""

    agency: str
    step: Step
    name: str


class Cells:
    """Rules and the words they use, by cell. Review dates do not count: every permit stands."""

    def __init__(self, vocabulary: Vocabulary, rules: Iterable[Rule]) -> None:
        self.vocabulary = vocabulary
        self.rules: Mapping[str, Rule] = {rule.id: rule for rule in rules}
        self._names: dict[Step, frozenset[str]] = {
            "event": frozenset(vocabulary.events),
            "tag": frozenset(vocabulary.tags),
        }
        found: dict[Cell, list[Rule]] = {cell: [] for cell in self}
        for rule in self.rules.values():
            names = self._names[rule.step] if EVERY in rule.on else rule.on
            for agency in vocabulary.words["agency"]:
                if reaches(rule.conditions, agency):
                    for name in names:
                        found[Cell(agency, rule.step, name)].append(rule)
        self._speaking_of = {cell: tuple(rules) for cell, rules in found.items()}

    def __iter__(self) -> Iterator[Cell]:
        for agency in sorted(self.vocabulary.words["agency"]):
            for step, names in self._names.items():
                for name in sorted(names):
                    yield Cell(agency, step, name)

    def speaking_of(self, cell: Cell) -> tuple[Rule, ...]:
        """Give the rules that may decide a cell; none of a cell that these words do not have."""
        return self._speaking_of.get(cell, ())

    def told_apart_by(self, cell: Cell) -> list[Condition]:
        return [each for rule in self.speaking_of(cell) for each in rule.conditions]

    @cached_property
    def conditions(self) -> list[Condition]:
        """Every condition of any rule."""
        return [each for rule in self.rules.values() for each in rule.conditions]

    def knows(self, cell: Cell) -> bool:
        return cell in self._speaking_of

    def decide(self, cell: Cell, context: Context) -> Decision:
        """Decide a cell. What is no word of these is refused, as the hub does."""
        if not self.knows(cell) or outside(context, self.vocabulary):
            return NOTHING
        decide = decide_event if cell.step == "event" else decide_tag
        return decide(context, cell.name, self.speaking_of(cell), NO_EXPIRY)
