"""One suite for every event log: real Kafka, SQL on SQLite, SQL on a real PostgreSQL."""

import uuid
from collections.abc import Iterator

import pytest

from hub.model.position import Place
from hub.store.engine import open_engine
from hub.stream import sql_log
from hub.stream.kafka_log import KafkaLog
from hub.stream.log import EventLog, LogUnavailable, PositionLost, Record, partition_for
from hub.stream.sql_log import SqlLog

PARTITIONS = 3


@pytest.fixture(params=["kafka", "sqlite", "postgresql"])
def log(request: pytest.FixtureRequest) -> Iterator[EventLog]:
    if request.param == "kafka":
        found: EventLog = KafkaLog(request.getfixturevalue("kafka_address"))
        yield found
        found.close()
        return
    fixture = "postgres_url" if request.param == "postgresql" else "sqlite_url"
    engine = open_engine(request.getfixturevalue(fixture))
    sql_log.metadata.create_all(engine)
    yield SqlLog(engine)
    engine.dispose()


@pytest.fixture
def topic(log: EventLog) -> str:
    name = f"hub.test.{uuid.uuid4().hex[:8]}.v1"
    log.create({name: PARTITIONS})
    return name


def some(count: int, *, first: int = 0) -> list[Record]:
    return [
        Record(b"key-%d" % (n % 7), b"value-%d" % n, (("ce_id", b"%d" % n), ("other", b"\xff\x00")))
        for n in range(first, first + count)
    ]


def everything(log: EventLog, at: dict[Place, int], count: int) -> list[Record]:
    """Read on until so many have come; the log promises that they do."""
    found: list[Record] = []
    while len(found) < count:
        got = log.read(at, 1000, 10)
        assert got, f"only {len(found)} of {count} came"
        for place, records in got.items():
            assert [each.offset for each in records] == list(
                range(at[place], at[place] + len(records))
            )
            at[place] += len(records)
            found += records
    return found


def beginning(topic: str) -> dict[Place, int]:
    return {Place(topic, part): 0 for part in range(PARTITIONS)}


def test_what_was_appended_is_read_once_and_whole(log: EventLog, topic: str) -> None:
    sent = some(500)

    log.append(topic, sent[:200])
    log.append(topic, sent[200:])
    found = everything(log, beginning(topic), 500)

    assert sorted((r.key, r.value, r.headers) for r in found) == sorted(
        (r.key, r.value, r.headers) for r in sent
    )


def test_records_of_one_key_keep_their_order(log: EventLog, topic: str) -> None:
    sent = some(300)

    log.append(topic, sent)
    found = everything(log, beginning(topic), 300)

    for key in {each.key for each in sent}:
        assert [r.value for r in found if r.key == key] == [r.value for r in sent if r.key == key]


def test_a_key_goes_where_every_kafka_client_would_put_it(log: EventLog, topic: str) -> None:
    at = beginning(topic)

    log.append(topic, some(50))
    found = log.read(at, 1000, 10)
    while sum(map(len, found.values())) < 50:
        found = {place: log.read({place: 0}, 1000, 10)[place] for place in at}

    for place, records in found.items():
        assert {partition_for(each.key, PARTITIONS) for each in records} <= {place.partition}


def test_reading_begins_at_the_position_asked_for(log: EventLog, topic: str) -> None:
    log.append(topic, [Record(b"one", b"%d" % n) for n in range(10)])
    place = Place(topic, partition_for(b"one", PARTITIONS))

    later = log.read({place: 7}, 1000, 10)
    again = log.read({place: 2}, 1000, 10)

    assert [each.value for each in later[place]] == [b"7", b"8", b"9"]
    assert again[place][0].value == b"2"


def test_no_more_is_read_than_asked_for(log: EventLog, topic: str) -> None:
    log.append(topic, some(100))

    found = log.read(beginning(topic), 30, 10)

    assert 0 < sum(map(len, found.values())) <= 30


def test_nothing_new_is_an_empty_answer(log: EventLog, topic: str) -> None:
    log.append(topic, some(10))
    at = {Place(topic, part): end for part, end in log.end(topic).items()}

    found = log.read(at, 100, 0.1)

    assert found == {}


def test_start_and_end_tell_what_is_there(log: EventLog, topic: str) -> None:
    log.append(topic, some(50))

    assert sum(log.end(topic).values()) == 50
    assert log.ends([topic]) == {Place(topic, part): end for part, end in log.end(topic).items()}
    assert set(log.start(topic).values()) == {0}


def test_what_was_trimmed_is_gone_and_asking_for_it_is_an_error(log: EventLog, topic: str) -> None:
    place = Place(topic, partition_for(b"one", PARTITIONS))
    log.append(topic, [Record(b"one", b"%d" % n) for n in range(10)])

    log.trim(place, 4)

    assert log.start(topic)[place.partition] == 4
    assert log.read({place: 4}, 100, 10)[place][0].value == b"4"
    with pytest.raises(PositionLost):
        log.read({place: 1}, 100, 10)


def test_a_position_that_the_log_has_not_reached_is_an_error(log: EventLog, topic: str) -> None:
    log.append(topic, some(10))

    with pytest.raises(PositionLost):
        log.read({Place(topic, 0): 1000}, 100, 10)


def test_a_null_value_and_an_empty_one_are_two_things(log: EventLog, topic: str) -> None:
    log.append(topic, [Record(b"one", None), Record(b"one", b"")])

    found = everything(log, beginning(topic), 2)

    assert [each.value for each in found] == [None, b""]


def test_making_a_topic_again_changes_nothing_and_another_size_is_refused(
    log: EventLog, topic: str
) -> None:
    before = log.identities([topic])

    log.create({topic: PARTITIONS})

    assert log.identities([topic]) == before
    assert log.topics()[topic] == PARTITIONS
    with pytest.raises(ValueError, match="key order"):
        log.create({topic: PARTITIONS + 1})


def test_a_topic_that_is_not_there_is_no_place_to_write_or_read(log: EventLog) -> None:
    with pytest.raises(LogUnavailable, match="topics apply"):
        log.append("hub.test.nowhere.v1", some(1))
    with pytest.raises(LogUnavailable):
        log.identities(["hub.test.nowhere.v1"])


def test_two_topics_have_two_identities(log: EventLog, topic: str) -> None:
    other = f"hub.test.{uuid.uuid4().hex[:8]}.v1"
    log.create({other: 1})

    assert log.identities([topic])[topic] != log.identities([other])[other]


@pytest.mark.parametrize("fixture", ["sqlite_url", "postgres_url"])
def test_the_embedded_log_forgets_what_is_old_but_never_what_is_still_needed(
    request: pytest.FixtureRequest, fixture: str
) -> None:
    engine = open_engine(request.getfixturevalue(fixture))
    sql_log.metadata.create_all(engine)
    log, place, later = SqlLog(engine), Place("hub.test.old.v1", 0), 1 << 60
    log.create({place.topic: 1})
    log.append(place.topic, some(10))

    log.expire(place, 0)
    untouched = log.start(place.topic)
    log.expire(place, later, upto=4)
    unread = log.start(place.topic)
    log.expire(place, later)

    assert untouched == {0: 0}
    assert unread == {0: 4}
    assert log.start(place.topic) == {0: 9}
    assert log.read({place: 9}, 10, 0)[place][0].value == b"value-9"
    engine.dispose()
