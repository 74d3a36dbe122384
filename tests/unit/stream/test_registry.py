"""Every schema has its id for ever, and what stands in the files is what is registered."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.bootstrap.county import load_county
from hub.bootstrap.files import folder, texts
from hub.stream.registry import (
    RegistryFault,
    event_names,
    fingerprint,
    load_registry,
    new_ids,
    schemas_in,
)
from hub.synth.extremes import EVENT_TYPES
from schemas.draft.__main__ import draft
from schemas.draft.events import EVENTS as EVENTS_DRAFTED

FILES = texts(folder("schemas"))
EVENTS = sorted(EVENT_TYPES)
NEW = json.dumps({"type": "record", "name": "New", "fields": [
    {"name": "a", "type": "string", "confluent:tags": ["HUB_NOTICE"]}]})  # fmt: skip


def with_ids(files: dict[str, str]) -> dict[str, str]:
    return {**files, "ids.json": json.dumps(new_ids(files))}


def test_every_committed_schema_has_an_id_and_every_id_is_given_once() -> None:
    ids = json.loads(FILES["ids.json"])

    assert {fingerprint(text) for _, _, text in schemas_in(FILES)} <= ids.keys()
    assert sorted(ids.values()) == list(range(1, len(ids) + 1))
    assert new_ids(FILES) == ids


def test_the_committed_schemas_are_what_the_draft_writes() -> None:
    written = {f"{name}/v1.avsc": draft(name) for name in EVENTS_DRAFTED}

    assert written == {path: text for path, text in FILES.items() if path.endswith(".avsc")}


def test_each_event_has_a_view_and_the_notice_has_none() -> None:
    registry = load_county().registry

    assert event_names(registry) == EVENTS
    assert sorted(registry.latest) == sorted(
        [*EVENTS, *(f"{name}.disclosed" for name in EVENTS), "recall"]
    )
    for name in EVENTS:
        view = registry.view_of(registry.latest[name])
        assert (view.subject, view.version) == (f"{name}.disclosed", 1)
        assert registry.by_id[view.id] == view


def test_a_new_schema_gets_the_next_ids_and_what_was_given_stays() -> None:
    files = {**FILES, "a-new-event/v1.avsc": NEW}
    before = json.loads(FILES["ids.json"])

    after = new_ids(files)

    assert {text: after[text] for text in before} == before
    assert sorted(after.values()) == list(range(1, len(before) + 3))


def test_a_schema_that_was_dropped_leaves_its_id_behind() -> None:
    files = {path: text for path, text in FILES.items() if not path.startswith("recall/")}

    assert new_ids(files) == json.loads(FILES["ids.json"])


def test_a_second_version_is_the_latest_and_the_first_can_still_be_read() -> None:
    second = json.loads(FILES["recall/v1.avsc"])
    second["doc"] = "Take it back."
    files = with_ids({**FILES, "recall/v2.avsc": json.dumps(second)})

    registry = load_registry(files)

    assert [each.version for each in registry.versions("recall")] == [1, 2]
    assert registry.latest["recall"].version == 2
    assert registry.by_id[load_county().registry.latest["recall"].id].version == 1


def test_the_tenth_version_is_later_than_the_ninth() -> None:
    files = dict(FILES)
    for number in range(2, 11):
        files[f"recall/v{number}.avsc"] = json.dumps(
            {**json.loads(FILES["recall/v1.avsc"]), "doc": f"The {number}th."}
        )

    assert load_registry(with_ids(files)).latest["recall"].version == 10


CHANGES = {
    "a tag": ('"HUB_NOTICE"', '"RISK"'),
    "a doc": ("The disclosure", "That disclosure"),
    "a name": ('"disclosure_id"', '"disclosure"'),
}


@pytest.mark.parametrize(("old", "new"), CHANGES.values(), ids=CHANGES)
def test_a_released_file_that_was_changed_has_no_id(old: str, new: str) -> None:
    text = FILES["recall/v1.avsc"]
    assert old in text

    with pytest.raises(RegistryFault, match=r"recall v1 has no id: run `hub schema register`"):
        load_registry({**FILES, "recall/v1.avsc": text.replace(old, new)})


def test_spaces_and_the_order_of_keys_do_not_count() -> None:
    text = json.dumps(json.loads(FILES["recall/v1.avsc"]), sort_keys=True, indent=7)

    registry = load_registry({**FILES, "recall/v1.avsc": text})

    assert registry.latest["recall"].id == load_county().registry.latest["recall"].id


def test_one_id_for_two_schemas_is_a_fault() -> None:
    """Two branches give the next id each; merged, both lines stay."""
    ids = new_ids({**FILES, "a-new-event/v1.avsc": NEW})
    ids[fingerprint(NEW)] = 1

    with pytest.raises(RegistryFault, match="twice"):
        load_registry({**FILES, "a-new-event/v1.avsc": NEW, "ids.json": json.dumps(ids)})


def test_a_version_that_says_the_same_as_an_earlier_one_is_a_fault() -> None:
    with pytest.raises(RegistryFault, match="same"):
        load_registry({**FILES, "recall/v2.avsc": FILES["recall/v1.avsc"]})


@pytest.mark.parametrize("path", ["recall/v01.avsc", "Recall/v1.avsc", "recall/1.avsc", "x.avsc"])
def test_a_file_of_another_name_is_a_fault(path: str) -> None:
    with pytest.raises(RegistryFault, match="rename it"):
        load_registry({**FILES, path: NEW})


def test_a_folder_without_ids_is_a_fault() -> None:
    files = {path: text for path, text in FILES.items() if path != "ids.json"}

    with pytest.raises(RegistryFault, match="register"):
        load_registry(files)


@given(st.lists(st.sampled_from("abcdef"), unique=True, max_size=6))
def test_ids_once_given_never_change_whatever_comes_after(names: list[str]) -> None:
    files: dict[str, str] = {}
    given_: dict[str, int] = {}
    for name in names:
        files[f"{name}/v1.avsc"] = NEW.replace("New", name.upper())
        after = new_ids({**files, "ids.json": json.dumps(given_)})
        assert given_.items() <= after.items()
        assert len(set(after.values())) == len(after) == 2 * len(files)
        given_ = after
