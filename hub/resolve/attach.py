"""Attach what an event says of its people to records, and records to people."""

from collections.abc import Callable, Collection, Iterable, Mapping

from hub.model.person import Identity, PersonId, RecordKey
from hub.resolve.identity import merged
from hub.resolve.keys import MOST, kind_of, marks
from hub.resolve.link import link, near, pairs, shared_marks
from hub.resolve.neighbourhood import Known, Neighbourhood, People

__all__ = ["Known", "People", "attach"]


def attach(
    said: Iterable[Identity], people: People, new_id: Callable[[], PersonId]
) -> set[PersonId]:
    """Keep what was said of records, link them, and give the people whom it touches.

    A person is touched when one of their records was spoken of, came to them or left them, or when
    a link begins or ends by which they may be somebody else. Who may be a touched person has to be
    decided afresh as well: `possibly_same` of the store names them.
    """
    spoken = _by_record(said)
    before = people.find(spoken.keys())
    now = {
        key: merged(before[key].identity, one) if key in before else one
        for key, one in spoken.items()
    }
    changed = [one for key, one in now.items() if key not in before or before[key].identity != one]
    world = Neighbourhood(people, before)
    world.identities |= now
    world.look(before)
    _compare(changed, world, people)
    # from all who were spoken of: who stands together in an event is two people
    touched = world.settle(spoken, (one.record for one in changed), new_id)
    return touched | {before[key].person for key in before}


def _by_record(said: Iterable[Identity]) -> dict[RecordKey, Identity]:
    found: dict[RecordKey, Identity] = {}
    for one in said:
        found[one.record] = merged(found.get(one.record) or Identity(one.record), one)
    return found


def _compare(changed: Collection[Identity], world: Neighbourhood, people: People) -> None:
    """Compare each record that changed with each that shares a key with it."""
    wanted = {mark for one in changed for mark in marks(one)}
    if not wanted:
        return
    sharing = people.sharing(wanted)
    world.meet(sharing.known)
    was = {mark: set(keys) for mark, keys in sharing.under.items()}
    under: dict[str, set[RecordKey]] = {mark: set(keys) for mark, keys in was.items()}
    new = [(mark, one.record) for one in changed for mark in marks(one)]
    for mark, key in new:
        under.setdefault(mark, set()).add(key)
    crowded = {mark for mark, keys in under.items() if len(keys) > MOST}
    world.changes.marks = [
        (mark, key)
        for mark, key in new
        if key not in was.get(mark, ())
        # what is crowded already finds nobody any more, so it need not grow
        and (kind_of(mark).is_sure or len(was.get(mark, ())) <= MOST)
    ]
    for pair, kinds in near(changed, under, crowded).items():
        cut = pair in world.cuts
        world.replace(pair, None if cut else link(pair, world.identities, kinds))
    for mark in sorted(crowded):
        if len(was.get(mark, ())) <= MOST:
            _loosen(under[mark], under, world, people)


def _loosen(
    keys: Collection[RecordKey],
    under: Mapping[str, Collection[RecordKey]],
    world: Neighbourhood,
    people: People,
) -> None:
    """Look again at the possible links of those whose key has become crowded just now."""
    world.look(keys)
    loose = [pair for pair in pairs(keys) if world.has_possible(pair)]
    shared = {mark for pair in loose for mark in shared_marks(pair, world.identities)}
    counted = {**people.sharing(shared - under.keys()).under, **under}
    crowded = {mark for mark in shared if len(counted.get(mark, ())) > MOST}
    for pair in loose:
        kinds = {kind_of(mark) for mark in shared_marks(pair, world.identities) - crowded}
        world.replace(pair, link(pair, world.identities, kinds))
