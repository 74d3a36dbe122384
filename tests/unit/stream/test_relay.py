"""The relay goes by what readers can see, whatever its mark says."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.model.parcel import Parcel
from hub.model.position import Place
from hub.stream.log import LogReplaced, LogUnavailable
from hub.stream.relay import BATCH, STALE_S, OutputLost, Relay, RelayStale, Tail

A, B = Place("hub.out.a", 0), Place("hub.out.b", 0)


@dataclass
class Row:
    """A row of the outbox; `seq` once it was taken."""

    id: int
    place: Place
    value: bytes
    seq: int | None = None


class Outbox:
    """`hub.stream.relay.Outbox` in memory."""

    def __init__(self, *places: Place) -> None:
        self.rows: list[Row] = []
        self.known = dict.fromkeys(places, -1)
        self.ids: dict[str, str] = {}
        self.waited: list[float] = []
        self._numbers = itertools.count(1)

    def put(self, *places: Place) -> None:
        for place in places:
            number = next(self._numbers)
            self.rows.append(Row(number, place, b"value-%d" % number))

    def withdraw(self, id_: int) -> bool:
        """Take a row out, as ingest does where something is no longer permitted."""
        found = [row for row in self.rows if row.id == id_ and row.seq is None]
        self.rows = [row for row in self.rows if row not in found]
        return bool(found)

    def marks(self) -> dict[Place, int]:
        return dict(self.known)

    def identity(self, topic: str, topic_id: str) -> str:
        return self.ids.setdefault(topic, topic_id)

    def unseal(self, after: Mapping[Place, int]) -> None:
        for row in self.rows:
            if row.seq is not None and row.seq > after[row.place]:
                row.seq = None

    def sealed(self, place: Place, after: int, upto: int) -> list[Parcel]:
        found = [r for r in self.rows if r.place == place and r.seq is not None]
        found = [r for r in found if r.seq is not None and after < r.seq <= upto]
        return [_parcel(row) for row in sorted(found, key=lambda r: r.seq or 0)]

    def seal(self, at: Mapping[Place, int], limit: int) -> list[Parcel]:
        last = dict(at)
        waiting = [row for row in self.rows if row.seq is None][:limit]
        for row in waiting:
            last[row.place] += 1
            row.seq = last[row.place]
        return [_parcel(row) for row in waiting]

    def mark(self, at: Mapping[Place, int]) -> None:
        self.known |= at

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)


def _parcel(row: Row) -> Parcel:
    assert row.seq is not None
    return Parcel(row.id, row.place, row.seq, b"key", row.value, (("ce_id", b"%d" % row.id),))


class Crash(Exception):
    """The process ended here."""


class Output:
    """`hub.stream.relay.Output` in memory: what readers see of each place."""

    def __init__(self, *places: Place) -> None:
        self.seen: dict[Place, list[Parcel]] = {place: [] for place in places}
        self.emptied: set[Place] = set()
        self.ids = {place.topic: f"id of {place.topic}" for place in places}
        self.fails: list[str] = []
        self.sizes: list[int] = []

    def identity(self, topic: str) -> str:
        return self.ids[topic]

    def open(self, places: Sequence[Place]) -> dict[Place, Tail]:
        return {
            place: Tail(
                self.seen[place][-1].seq if self.seen[place] else None, place in self.emptied
            )
            for place in places
        }

    def send(self, parcels: Sequence[Parcel]) -> None:
        failing = self.fails.pop() if self.fails else ""
        self.sizes.append(len(parcels))
        if failing == "before":
            raise LogUnavailable("the broker did not commit")
        for parcel in parcels:
            self.seen[parcel.place].append(parcel)
        if failing == "after":
            raise Crash

    def lose(self, place: Place, count: int) -> None:
        """Lose the last records, as Kafka does with a commit that it acknowledged."""
        del self.seen[place][len(self.seen[place]) - count :]

    def close(self) -> None: ...


class Clock:
    def __init__(self, *times: float) -> None:
        self._times = list(times)

    def __call__(self) -> float:
        return self._times.pop(0) if len(self._times) > 1 else self._times[0]


def numbers(output: Output, place: Place) -> list[int]:
    return [parcel.seq for parcel in output.seen[place]]


def values(output: Output, place: Place) -> list[bytes]:
    return [parcel.value for parcel in output.seen[place]]


def started(outbox: Outbox, output: Output, *times: float) -> Relay:
    relay = Relay(outbox, output, Clock(*times or (0.0,)))
    relay.start()
    return relay


def test_what_waits_is_sent_in_order_and_marked() -> None:
    outbox, output = Outbox(A, B), Output(A, B)
    outbox.put(A, B, A)

    went = started(outbox, output).step()

    assert went == 3
    assert values(output, A) == [b"value-1", b"value-3"]
    assert (numbers(output, A), numbers(output, B)) == ([0, 1], [0])
    assert outbox.known == {A: 1, B: 0}


def test_nothing_is_sent_where_nothing_waits() -> None:
    outbox, output = Outbox(A), Output(A)
    relay = started(outbox, output)

    assert relay.step() == 0
    assert outbox.waited == []
    assert relay.step(0.5) == 0
    assert outbox.waited == [0.5]


def test_no_more_than_a_batch_is_sent_at_once_and_numbers_go_on() -> None:
    outbox, output = Outbox(A), Output(A)
    outbox.put(*[A] * (BATCH + 1))
    relay = started(outbox, output)

    assert (relay.step(), relay.step()) == (BATCH, 1)
    assert numbers(output, A) == list(range(BATCH + 1))


def test_a_relay_that_died_behind_the_logs_commit_sends_nothing_twice() -> None:
    outbox, output = Outbox(A), Output(A)
    outbox.put(A, A)
    output.fails = ["after"]
    with pytest.raises(Crash):
        started(outbox, output).step()
    assert outbox.known == {A: -1}
    outbox.put(A)

    relay = started(outbox, output)
    relay.step()

    assert numbers(output, A) == [0, 1, 2]
    assert values(output, A) == [b"value-1", b"value-2", b"value-3"]
    assert relay.refilled == 0
    assert outbox.known == {A: 2}


def test_a_relay_that_died_before_the_logs_commit_sends_it_under_the_same_numbers() -> None:
    outbox, output = Outbox(A), Output(A)
    outbox.put(A, A)
    output.fails = ["before"]
    with pytest.raises(LogUnavailable):
        started(outbox, output).step()
    assert output.seen[A] == []

    started(outbox, output).step()

    assert numbers(output, A) == [0, 1]


def test_what_was_taken_and_not_sent_can_be_withdrawn_after_the_next_start() -> None:
    outbox, output = Outbox(A), Output(A)
    outbox.put(A, A, A)
    output.fails = ["before"]
    with pytest.raises(LogUnavailable):
        started(outbox, output).step()
    assert not outbox.withdraw(2)

    relay = started(outbox, output)
    assert outbox.withdraw(2)
    relay.step()

    assert values(output, A) == [b"value-1", b"value-3"]
    assert numbers(output, A) == [0, 1]


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_what_the_log_lost_though_it_acknowledged_it_is_sent_again_to_the_byte(lost: int) -> None:
    outbox, output = Outbox(A, B), Output(A, B)
    outbox.put(A, A, A, B)
    started(outbox, output).step()
    before = list(output.seen[A])
    output.lose(A, lost)
    outbox.put(A)

    relay = started(outbox, output)
    assert output.seen[A] == before
    relay.step()

    assert relay.refilled == lost
    assert numbers(output, A) == [0, 1, 2, 3]
    assert numbers(output, B) == [0]


def test_more_than_a_batch_is_sent_again_in_batches() -> None:
    outbox, output = Outbox(A), Output(A)
    outbox.put(*[A] * (2 * BATCH + 5))
    relay = started(outbox, output)
    while relay.step():
        pass
    output.lose(A, 2 * BATCH + 5)

    again = started(outbox, output)

    assert again.refilled == 2 * BATCH + 5
    assert output.sizes == 2 * [BATCH, BATCH, 5]
    assert numbers(output, A) == list(range(2 * BATCH + 5))


def test_where_the_outbox_no_longer_has_what_was_lost_the_relay_halts() -> None:
    outbox, output = Outbox(A), Output(A)
    outbox.put(A, A, A)
    started(outbox, output).step()
    output.lose(A, 2)
    outbox.rows = [row for row in outbox.rows if row.seq != 1]

    with pytest.raises(OutputLost, match="ends at number 0, 2 were delivered"):
        started(outbox, output)

    assert numbers(output, A) == [0]


def test_where_all_of_what_was_lost_is_gone_the_relay_halts() -> None:
    outbox, output = Outbox(A), Output(A)
    outbox.put(A)
    started(outbox, output).step()
    output.lose(A, 1)
    outbox.rows = []

    with pytest.raises(OutputLost):
        started(outbox, output)


def test_a_log_that_retention_emptied_lost_nothing() -> None:
    outbox, output = Outbox(A), Output(A)
    outbox.put(A, A)
    started(outbox, output).step()
    output.lose(A, 2)
    output.emptied.add(A)
    outbox.rows = []
    outbox.put(A)

    relay = started(outbox, output)
    relay.step()

    assert relay.refilled == 0
    assert numbers(output, A) == [2]


def test_another_topic_of_the_same_name_halts_before_anything_is_sent() -> None:
    outbox, output = Outbox(A, B), Output(A, B)
    outbox.put(A)
    started(outbox, output).step()
    output.ids[A.topic] = "another"
    output.seen[A].clear()

    with pytest.raises(LogReplaced, match=A.topic):
        started(outbox, output)

    assert output.seen[A] == []


def test_a_relay_that_stood_still_between_taking_and_sending_does_not_send() -> None:
    outbox, output = Outbox(A), Output(A)
    outbox.put(A)
    relay = started(outbox, output, 0.0, STALE_S + 0.1)

    with pytest.raises(RelayStale):
        relay.step()

    assert output.seen[A] == []
    assert started(outbox, output).step() == 1
    assert numbers(output, A) == [0]


def test_a_relay_that_was_only_slow_does_send() -> None:
    outbox, output = Outbox(A), Output(A)
    outbox.put(A)

    assert started(outbox, output, 0.0, STALE_S - 0.1).step() == 1


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False))
def test_whatever_fails_each_row_is_seen_once_and_in_order(chance: Random) -> None:
    """Crashes before and behind the commit, lost commits, withdrawals, in any mixture."""
    outbox, output = Outbox(A, B), Output(A, B)
    withdrawn: set[int] = set()
    for _ in range(12):
        outbox.put(*chance.choices([A, B], k=chance.randrange(4)))
        waiting = [row.id for row in outbox.rows if row.seq is None]
        if waiting and chance.random() < 0.2:
            withdrawn |= {each for each in [chance.choice(waiting)] if outbox.withdraw(each)}
        output.fails = [chance.choice(["", "", "before", "after"])]
        try:
            started(outbox, output).step()
        except (LogUnavailable, Crash):
            place = chance.choice([A, B])
            if chance.random() < 0.5:
                output.lose(place, min(1, len(output.seen[place])))
    output.fails = []
    relay = started(outbox, output)
    while relay.step():
        pass

    for place in (A, B):
        wanted = [row.value for row in outbox.rows if row.place == place]
        assert values(output, place) == wanted
        assert numbers(output, place) == list(range(len(wanted)))
        assert len({parcel.id for parcel in output.seen[place]} & withdrawn) == 0
