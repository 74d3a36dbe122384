"""One file for each kind of topic, and one owner of each topic."""

import tomllib

import pytest

from hub.bootstrap.county import load_county
from hub.bootstrap.files import folder, texts
from hub.model.agency import AgencyId
from hub.stream.topics import KEYS, TopicsFault, all_topics, in_topic, out_topic, owner_of

FILES = texts(folder("schemas"))
ORGANISATIONS = load_county().organisations
POLICE = AgencyId("fenmarch-police")

OWNERS = {
    "hub.in.fenmarch-police.safeguarding.v1": POLICE,
    "hub.out.fenmarch-police.safeguarding.v1": None,
    "hub.dlq.connector": None,
    "hub.in.fenmarch-police.safeguarding.v2": None,
    "hub.in.fenmarch-police.safeguarding": None,
    "hub.in.fenmarch-police.other.v1": None,
    "hub.in.fenmarch.police.safeguarding.v1": None,
    "hub.in.fenmarch-police.safeguarding.v1.x": None,
    "x.hub.in.fenmarch-police.safeguarding.v1": None,
    "hub.in..safeguarding.v1": None,
    "hub.in": None,
    "": None,
}


@pytest.mark.parametrize(("topic", "owner"), OWNERS.items(), ids=OWNERS)
def test_only_an_agencys_own_topic_has_an_owner(topic: str, owner: AgencyId | None) -> None:
    assert owner_of(topic) == owner


def test_who_reports_has_an_input_and_who_receives_an_output() -> None:
    topics = {topic.name: topic for topic in all_topics(FILES, ORGANISATIONS)}

    assert topics.keys() == {
        *(in_topic(each.id) for each in ORGANISATIONS if each.source),
        *(out_topic(each.id) for each in ORGANISATIONS if each.receives),
        "hub.dlq.connector",
        "hub.dlq.ingest",
    }
    assert topics[in_topic(POLICE)].owner == POLICE
    assert topics[in_topic(POLICE)].readers == "hub"
    assert topics[out_topic(POLICE)].owner == "hub"
    assert topics[out_topic(POLICE)].readers == POLICE


def test_every_topic_is_declared_with_owner_readers_retention_and_compatibility() -> None:
    for topic in all_topics(FILES, ORGANISATIONS):
        assert topic.owner
        assert topic.readers
        assert topic.partitions > 0
        assert topic.retention_days > 0
        assert topic.compatibility in ("FULL_TRANSITIVE", "NONE")


@pytest.mark.parametrize("kind", ["in", "out", "dlq"])
@pytest.mark.parametrize("key", sorted(KEYS))
def test_a_declaration_with_a_key_missing_is_refused(kind: str, key: str) -> None:
    path = f"topics/{kind}.toml"
    lines = [line for line in FILES[path].splitlines() if not line.startswith(f"{key} ")]
    assert tomllib.loads("\n".join(lines)).keys() == KEYS - {key}

    with pytest.raises(TopicsFault, match=rf"schemas/{path}: {key} missing"):
        all_topics({**FILES, path: "\n".join(lines)}, ORGANISATIONS)


def test_a_declaration_with_a_key_too_many_is_refused() -> None:
    path = "topics/in.toml"

    with pytest.raises(TopicsFault, match="retention_ms"):
        all_topics({**FILES, path: FILES[path] + "\nretention_ms = 1\n"}, ORGANISATIONS)


def test_a_kind_that_nobody_declared_is_refused() -> None:
    files = {path: text for path, text in FILES.items() if path != "topics/out.toml"}

    with pytest.raises(TopicsFault, match=r"topics/out\.toml is missing"):
        all_topics(files, ORGANISATIONS)


def test_a_declaration_that_is_no_toml_is_refused_and_says_where() -> None:
    with pytest.raises(TopicsFault, match=r"topics/in\.toml"):
        all_topics({**FILES, "topics/in.toml": "topic ="}, ORGANISATIONS)
