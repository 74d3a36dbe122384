"""Every cell of every agency's own files holds a canary, and a recipient gets those that the rules permit it.

Police rows, a hospital's messages, a council's tables and charities' sheets go through the real connectors,
ingest and relay. What may be given is worked out from rules and schemas alone (`tests/native/permitted.py`).
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.harness import Parts, hub
from tests.native.county import Planted, plant, take_in
from tests.native.permitted import decoded
from tests.native.shown import Allowed, Sent, faults, sent, sent_on

TODAY = date(2026, 11, 20)
Column = tuple[str, str]
LOG, SEALED = ("log_record", "value"), ("dead_letter", "value")
NAMED_FOR_THEM = re.compile(r"/dash: incident$")
"""Read for what it is for: it is part of no event yet."""


@dataclass(frozen=True)
class Story:
    """All that came of the planted files."""

    planted: Planted
    said: str
    messages: list[Sent]
    allowed: Allowed
    kept: set[str]
    columns: dict[str, set[Column]]
    letters: str
    parts: Parts

    def place(self, form: str) -> str:
        return self.planted.canaries.places[form]

    def given(self, message: Sent) -> set[str]:
        canaries = self.planted.canaries
        return canaries.found(message.value) | canaries.found(message.decoded)


def story_of(
    parts: Parts, inboxes: Path, read: Callable[[], Iterator[Sent]], *, odd: bool
) -> Story:
    planted = plant(inboxes, odd=odd)
    said = take_in(parts, inboxes, planted)
    engine = sa.create_engine(parts.db)
    with engine.connect() as conn:
        events = conn.execute(sa.text("select * from event")).all()
        bodies = [decoded(row.type, bytes(row.value)) for row in events]
        allowed, columns = Allowed(conn, TODAY), where(conn, planted)
        letters = json.dumps([*map(list, conn.execute(sa.text(
            "select letter_id, stage, agency, reason, detail, format, headers from dead_letter"
        )))])  # fmt: skip
    engine.dispose()
    kept = planted.canaries.found(json.dumps(bodies, default=lambda each: each.isoformat()))
    messages = [each for each in read() if not each.headers["ce_type"].endswith(b".recall")]
    return Story(planted, said, messages, allowed, kept, columns, letters, parts)


def where(conn: sa.Connection, planted: Planted) -> dict[str, set[Column]]:
    """Say of each canary in which columns of the database its text stands."""
    metadata, found = sa.MetaData(), dict[str, set[Column]]()
    metadata.reflect(conn)
    for table in metadata.sorted_tables:
        for row in conn.execute(sa.select(table)).mappings():
            for column, value in row.items():
                if isinstance(value, str | bytes | memoryview):
                    text = value if isinstance(value, str) else bytes(value)
                    for form in planted.canaries.found(text):
                        found.setdefault(form, set()).add((table.name, column))
    return found


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("native")
    parts = Parts(f"sqlite:///{folder}/hub.sqlite", "sql:", folder / "home")
    return story_of(parts, folder / "inbox", lambda: sent(parts), odd=True)


def test_every_cell_of_a_sound_row_becomes_part_of_an_event(story: Story) -> None:
    lost = {story.place(form) for form in story.planted.sound - story.kept}

    assert not {place for place in lost if not NAMED_FOR_THEM.search(place)}
    by_agency = Counter(re.split("[/:]", story.place(form))[0] for form in story.kept)
    assert min(by_agency[agency] for agency in story.planted.agencies) > 20


def test_a_recipient_gets_the_canaries_that_the_rules_permit_and_no_other(story: Story) -> None:
    wrong = [
        fault
        for message in story.messages
        for fault in faults(message, story.allowed.of(message), story.planted.canaries)
    ]

    assert wrong == []
    given = Counter(each.recipient for each in story.messages)
    assert len(given) == 11
    assert min(given.values()) > 20


NEVER = {
    "osham-primary": r"^(?!child_(given|family|born)$)",
    "osham-practice": r"suspect|perpetrator|accused|witness|line1|town|postcode|home|employer|school"
    r"|account|note|summary|_nhs|_email|victim_telephone|crime|offence",
    "osham-hospital": r"suspect|perpetrator|accused|witness|line1|town|postcode|home|employer|school"
    r"|account|note|_nhs|_email|victim_telephone|crime|offence|injuries|diagnosis",
    "fenmarch-probation": r"victim_(?!alias|language)|child|witness|line1|town|postcode|home|school|account"
    r"|note|summary|wishes|safe|telephone|knows her number",
    "fenmarch-homes": r"child|witness|line1|town|postcode|home|account|note|_nhs|school|injuries|wishes"
    r"|telephone|crime|offence",
    "amber-door": r"witness|line1|town|postcode|home|account|note|_nhs|school|injuries|crime|offence",
}
"""By hand, of the agencies' own cells: what these may not have whatever else they are told."""


@pytest.mark.parametrize("recipient", NEVER)
def test_cells_that_somebody_may_never_have_are_not_among_theirs(
    story: Story, recipient: str
) -> None:
    mine = [each for each in story.messages if each.recipient == recipient]
    got = set().union(*map(story.given, mine))
    cells = {re.sub(r"^.*?: |\d", "", story.place(form)) for form in got}

    assert cells
    assert not {cell for cell in cells if re.search(NEVER[recipient], cell)}


def test_where_she_is_kept_safe_reaches_the_forces_that_have_the_case_and_nobody_else(
    story: Story,
) -> None:
    safe = re.compile(r"safe_(line1|town|postcode)$|refuge")
    planted = {form for form in story.kept if safe.search(story.place(form))}
    told = {each.recipient for each in story.messages if planted & story.given(each)}

    assert len(planted) > 10
    assert told == {"fenmarch-police", "dunmoor-police"}


def test_what_no_mapping_reads_is_nowhere_but_in_what_was_set_aside(story: Story) -> None:
    unread = story.planted.unread
    standing = {form: story.columns[form] for form in unread if form in story.columns}

    assert len(unread) > 300
    assert len(standing) < len(unread), "all of it was set aside: then this proves nothing"
    assert all(columns == {LOG, SEALED} for columns in standing.values())


def test_what_was_set_aside_is_in_its_sealed_original_alone(story: Story) -> None:
    sealed = {form for form, columns in story.columns.items() if SEALED in columns}
    alone = sealed - story.kept

    assert len(alone) > 500
    assert all(story.columns[form] <= {LOG, SEALED} for form in alone)
    assert not story.planted.canaries.found(story.letters)
    hub(story.parts, "topics", "read", "hub.dlq.connector", "--as", "ann@amber-door",
        "--purpose", "safeguarding", code=1)  # fmt: skip


def test_no_line_that_was_printed_or_logged_holds_a_canary(story: Story) -> None:
    assert '"dead_letters": {"bad_value"' in story.said
    assert not {story.place(form) for form in story.planted.canaries.found(story.said)}


def test_a_connector_keeps_nothing_of_what_it_sent(story: Story) -> None:
    files = [each for each in (story.parts.home / "connectors").rglob("*") if each.is_file()]

    assert len(files) >= 6
    assert not [each for each in files if story.planted.canaries.found(each.read_bytes())]


def leaks(message: Sent, form: str) -> Iterator[Sent]:
    """Give a message with a canary in each place where one could slip out."""
    ascii_ = form.encode()
    yield replace(message, key=message.key + ascii_)
    yield replace(message, headers=message.headers | {"traceparent": ascii_})
    yield replace(message, value=message.value + ascii_)
    yield replace(message, decoded=message.decoded[:-1] + f', "more": "{form.upper()}"' + "}")


def test_one_canary_too_many_is_noticed_wherever_it_stands(story: Story) -> None:
    message = next(each for each in story.messages if each.recipient == "osham-primary")
    may, canaries = story.allowed.of(message), story.planted.canaries
    hidden = story.kept - canaries.found(may.whole)
    kinds = {re.sub("[a-z0-9]", "0", form[:3]) + str(len(form)): form for form in sorted(hidden)}
    postcode = next(form for form in sorted(hidden) if " " in form)
    outward = replace(message, decoded=f'["{postcode.split()[0].upper()}"]')

    assert len(kinds) >= 5, "texts, numbers, telephones, postcodes, days, instants"
    for form in kinds.values():
        for leak in leaks(message, form):
            assert [each for each in faults(leak, may, canaries) if "lacks" not in each], form
    assert [each for each in faults(outward, may, canaries) if "outward half" in each]
    assert faults(message, may, canaries) == []


def test_it_is_the_same_on_a_real_broker_and_a_real_database(
    empty_kafka: str, postgres_url: str, tmp_path: Path
) -> None:
    parts = Parts(postgres_url, f"kafka://{empty_kafka}", tmp_path / "home")

    story = story_of(parts, tmp_path / "inbox", lambda: sent_on(empty_kafka), odd=False)

    canaries = story.planted.canaries
    wrong = [
        each for one in story.messages for each in faults(one, story.allowed.of(one), canaries)
    ]
    assert wrong == []
    assert len({each.recipient for each in story.messages}) == 11
    assert not canaries.found(story.said)
    assert not {
        form
        for form in story.planted.unread
        if form in story.columns and SEALED not in story.columns[form]
    }
