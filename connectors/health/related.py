"""Read those who stand beside the patient: children, who came along, who is said to have done it.

Each has a role only where a code says so. Who merely came along, or is to be called, is no part of
the event but for the words that say who came: it may be the very person that must not hear of it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from connectors import people
from connectors.health.bundle import Message, Resource
from connectors.health.fhir_people import Reader
from connectors.health.trust import Trust
from connectors.people import Described
from hub.model.event import Body, Value

CHILD_UNTIL_DAYS = 18 * 365.25
ESCORT = "ESC"


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose relations they are: the patient, under the key that the event has for them."""

    patient: Resource
    local_id: str
    key: str
    encounter: Resource | None


@dataclass(slots=True)
class Beside:
    """Those beside the patient, by role; who came along, in words; and what the patient is to them."""

    roles: dict[str, list[Value]] = field(
        default_factory=lambda: {"perpetrators": [], "children": [], "unresolved": []}
    )
    came_along: list[str] = field(default_factory=list)
    ties: list[Body] = field(default_factory=list)


def beside(message: Message, whose: Whose, reader: Reader) -> Beside:
    """Read the related persons of a message's patient."""
    found, look = Beside(), message.look
    escorts = _escorts(message, whose.encounter)
    for number, person in enumerate(message.of("RelatedPerson"), start=1):
        targets = [each for _, each in message.targets(person, "patient")]
        if any(each not in (None, whose.patient) for each in targets):
            look.doubt("about-another")
            continue
        standings, relation = _stated(person, reader)
        if "accompanied" in standings or person in escorts:
            found.came_along.append(_in_words(person, relation, reader))
            standings.discard("accompanied")
        elif not standings and relation != "child":
            look.doubt("related-person-unread")
        if not standings and relation != "child":
            continue
        who = reader.described(person)
        role = _role(standings, who, reader)
        if whose.patient not in targets and role is not None:
            look.doubt("subject-unclear")
            role = "unresolved"
        if role is not None:
            _place(found, role, who, relation, whose, number, reader)
    return found


def accuses(message: Message, trust: Trust) -> bool:
    """Tell whether a code says that somebody beside the patient has harmed, or is said to have."""
    stated = {
        trust.standings.get(each.key)
        for person in message.of("RelatedPerson")
        for each in message.look.codings(person.content, "relationship")
    }
    return not stated.isdisjoint(("perpetrator", "unresolved"))


def _stated(person: Resource, reader: Reader) -> tuple[set[str], str | None]:
    """Give what the codes of a relationship say: how somebody stands to it, and what they are."""
    codings = reader.look.codings(person.content, "relationship")
    standings = {reader.trust.standings.get(each.key) for each in codings}
    relations = [word for each in codings if (word := reader.trust.relations.get(each.key))]
    if codings and not relations and standings == {None}:
        reader.look.doubt("unknown-code")
    return {each for each in standings if each}, relations[0] if relations else None


def _role(standings: set[str], who: Described, reader: Reader) -> str | None:
    """Say among whom somebody belongs: a son or daughter among the children if they are young."""
    accused = standings - {"child"}
    if accused:
        if len(accused) > 1:
            reader.look.doubt("role-contested")
        return "perpetrators" if accused == {"perpetrator"} else "unresolved"
    is_said = "child" in standings
    if who.born is None:
        if not is_said:
            reader.look.doubt("age-unknown")
        return "children" if is_said else "unresolved"
    if (reader.at.date() - who.born).days < CHILD_UNTIL_DAYS:
        return "children"
    reader.look.doubt("unlikely-role" if is_said else "related-person-unread")
    return "unresolved" if is_said else None


def _place(
    found: Beside,
    role: str,
    who: Described,
    relation: str | None,
    whose: Whose,
    number: int,
    reader: Reader,
) -> None:
    if not who.is_named:
        reader.look.doubt("nobody-named")
        return
    who_id = who.local_id or f"{whose.key}/related/{number}"
    if who_id == whose.local_id:
        reader.look.doubt("about-another")
        return
    back = [people.relationship(whose.local_id, relation)] if relation else []
    found.roles[role].append(_MAKE[role](who, who_id, back))
    if relation:
        found.ties.append(people.relationship(who_id, people.inverse(relation)))


_MAKE: dict[str, Callable[[Described, str, list[Body]], Body]] = {
    "perpetrators": people.perpetrator,
    "children": people.child,
    "unresolved": people.unresolved,
}


def _escorts(message: Message, encounter: Resource | None) -> list[Resource]:
    """Give those whom the encounter names as having come along."""
    if encounter is None:
        return []
    look = message.look
    return [
        target
        for part in look.parts(encounter.content, "participant")
        if ESCORT in {coding.code for coding in look.codings(part, "type")}
        and (target := message.target(encounter, look.part(part, "individual"))) is not None
    ]


def _in_words(person: Resource, relation: str | None, reader: Reader) -> str:
    what = relation.replace("_", "-") if relation else "somebody"
    name = reader.name_in_words(person)
    return f"{what}: {name}" if name else what
