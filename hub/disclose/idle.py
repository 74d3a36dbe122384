"""Find where a rule changes nothing, and who decides there instead."""

from collections.abc import Iterator
from typing import NamedTuple

from hub.disclose.cells import Cell, Cells
from hub.disclose.decide import decide_event, decide_tag
from hub.disclose.domain import NO_EXPIRY, contexts
from hub.disclose.rules import Rule
from hub.model.enquiry import Context
from hub.model.recipient import Recipient


class Idle(NamedTuple):
    """A cell that a rule speaks of in vain. `others` set the level wherever it applies."""

    cell: Cell
    others: tuple[str, ...]


def spoken_of(rule: Rule, cells: Cells) -> list[Cell]:
    return [cell for cell in cells if rule in cells.speaking_of(cell)]


def idle(rule: Rule, cells: Cells) -> list[Idle]:
    """Give the cells in which no decision would be another without a rule."""
    return [
        Idle(cell, _others(rule, cell, cells))
        for cell in spoken_of(rule, cells)
        if not any(_differ(rule, cell, cells))
    ]


def can_meet(rule: Rule, organisation: Recipient) -> bool:
    """Tell whether an organisation could ever ask in a context that a rule is about."""
    can_be = {
        "agency": (str(organisation.type),),
        "role": organisation.roles,
        "purpose": organisation.purposes,
        "lawful_basis": organisation.bases,
    }
    return all(
        not each.allowed.isdisjoint(can_be[each.attribute])
        for each in rule.conditions
        if each.attribute in can_be
    )


def _differ(rule: Rule, cell: Cell, cells: Cells) -> Iterator[bool]:
    rules = cells.speaking_of(cell)
    others = [each for each in rules if each.id != rule.id]
    decide = decide_event if cell.step == "event" else decide_tag
    for context in _where(rule, cell, cells):
        ours = decide(context, cell.name, rules, NO_EXPIRY)
        yield ours.level != decide(context, cell.name, others, NO_EXPIRY).level


def _others(rule: Rule, cell: Cell, cells: Cells) -> tuple[str, ...]:
    reasons = {
        each
        for context in _where(rule, cell, cells)
        for each in cells.decide(cell, context).reasons
    }
    return tuple(sorted(reasons - {rule.id}))


def _where(rule: Rule, cell: Cell, cells: Cells) -> Iterator[Context]:
    """Give the contexts in which a rule applies."""
    apart = [
        each
        for other in cells.speaking_of(cell)
        if other.id != rule.id
        for each in other.conditions
    ]
    return contexts(cell.agency, apart, cells.vocabulary, within=rule.conditions)
