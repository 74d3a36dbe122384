"""A person judges that a file mixes two people: some of its records go to one side, the rest to the other.

Both sides are named in full, each record of one with each of the other. With one pair alone, a
later record that resembles both could pull a third one over to the wrong side.
"""

from collections.abc import Callable, Collection

from hub.model.person import Judgement, PersonId, RecordKey
from hub.resolve.link import Pair
from hub.resolve.neighbourhood import Neighbourhood, People


class CannotPart(Exception):
    """These records do not make one side of that file."""


def across(file: Collection[RecordKey], named: Collection[RecordKey]) -> set[Pair]:
    """Give each pair across the cut between the named records of a file and its others.

    Raises:
        CannotPart: a record is not in the file, or no record is left on one side.
    """
    if not named or not set(named) <= set(file):
        raise CannotPart("not every record that was named is in this person's file")
    others = set(file) - set(named)
    if not others:
        raise CannotPart("every record of the file was named: nothing is left on the other side")
    return {frozenset((one, other)) for one in named for other in others}


def part(
    pairs: Collection[Pair], judgement: Judgement, people: People, new_id: Callable[[], PersonId]
) -> set[PersonId]:
    """Keep that the two of each pair are not one person, for ever, and give the people it touches.

    Links between them end. Nothing else does: what hangs on either side stays there, and what hangs
    between the two is held until somebody judges it.
    """
    ends = {key for pair in pairs for key in pair}
    world = Neighbourhood(people, people.find(ends))
    world.look(ends)
    new = sorted(set(pairs) - world.cuts, key=sorted)
    world.cuts |= set(new)
    world.changes.cuts, world.changes.judgement = new, judgement
    for pair in new:
        world.replace(pair, None)
    return world.settle(ends, (), new_id)
