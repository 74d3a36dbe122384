"""The disclosure matrix: for each type of agency, each event and each tag, what it may have and when.

It is made out of decisions, one in every context that the rules tell apart, and not out of the list
of rules: so what a forbid takes, a cap lowers or another rule gives anyway stands in it as it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from hub.disclose.boxes import Point, expand
from hub.disclose.cells import Cell, Cells
from hub.disclose.decide import Decision
from hub.disclose.domain import classes, contexts
from hub.disclose.where import Where, points_of, wheres
from hub.model.level import Level


@dataclass(frozen=True, slots=True)
class Outcome:
    """One level that a cell has, the rules that set it, and one product of words in which it has it.

    A cell that nobody is ever given anything of has one outcome, without a rule and without
    conditions. Else what no outcome speaks of is withheld because no rule gives it.
    """

    cell: Cell
    level: Level
    rules: tuple[str, ...]
    where: Where | None


def matrix(cells: Cells) -> list[Outcome]:
    """Give every outcome, sorted."""
    return [outcome for cell in cells for outcome in _outcomes(cell, cells)]


def _outcomes(cell: Cell, cells: Cells) -> Iterable[Outcome]:
    apart = cells.told_apart_by(cell)
    grid = classes(cell.agency, apart, cells.vocabulary)
    decided = {
        point: cells.decide(cell, context)
        for point, context in zip(
            points_of(grid), contexts(cell.agency, apart, cells.vocabulary), strict=True
        )
    }
    by_level: dict[Level, list[Point]] = {}
    for point, decision in decided.items():
        if decision.reasons:
            by_level.setdefault(decision.level, []).append(point)
    if max(by_level, default=Level.WITHHOLD) is Level.WITHHOLD:
        yield Outcome(cell, Level.WITHHOLD, (), None)
        return
    for level in sorted(by_level, reverse=True):
        for where, box in wheres(by_level[level], grid):
            yield Outcome(cell, level, _rules(decided[each] for each in expand([box])), where)


def _rules(decisions: Iterable[Decision]) -> tuple[str, ...]:
    """Name the rules that set the level in every context of a line; if no rule does, all that do in some."""
    sets = [frozenset(each.reasons) for each in decisions]
    return tuple(sorted(frozenset.intersection(*sets) or frozenset.union(*sets)))
