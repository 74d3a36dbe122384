"""What the documents say is there: commands, files, words."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from hub.cli import main
from tests.harness import ROOT

WITH_COMMANDS = (
    "README.md",
    "hub/README.md",
    "connectors/README.md",
    "schemas/README.md",
    "policies/README.md",
    "hub/guides/push-a-referral.md",
    "hub/guides/consume-your-topic.md",
    "hub/guides/prepare-a-meeting.md",
    "hub/guides/run-the-hub.md",
)
DECISIONS = ROOT / "hub" / "decisions"
GLOSSARY = ROOT / "hub" / "GLOSSARY.md"

FENCE = re.compile(r"^ *```[a-z]*\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
COMMAND_LINE = re.compile(r"^\s*(?:\S*/)?hub (.+)$")
END_OF_COMMAND = {"|", ">", "<", "&&", ";", "…"}


def documents() -> list[Path]:
    found = [ROOT / "README.md"]
    for folder in ("hub", "connectors", "schemas", "policies"):
        found += sorted((ROOT / folder).rglob("*.md"))
    return found


def commands_in(text: str) -> Iterator[str]:
    """Give every command line of the hub's in a document, without the `hub`."""
    for block in FENCE.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            if found := COMMAND_LINE.match(line):
                yield found[1]
    for span in SPAN.findall(FENCE.sub("", text)):
        if found := COMMAND_LINE.match(span):
            yield found[1]


def words_of(line: str) -> list[str]:
    """Split a command line as a shell does, up to a pipe, a comment or what was left out."""
    words: list[str] = []
    for word in shlex.split(line, comments=True):
        if word in END_OF_COMMAND:
            break
        words.append(word)
    return words


def fault_in(line: str) -> str | None:
    """Say what the hub would not know in a command line: its command, or an option."""
    command: click.Command = main
    words = words_of(line)
    while isinstance(command, click.Group) and words:
        name = words.pop(0)
        found = command.get_command(click.Context(command), name)
        if found is None:
            return f"no command {name}"
        command = found
    known = {
        text
        for each in command.params
        for text in (*each.opts, *each.secondary_opts)
        if isinstance(each, click.Option)
    } | {"--help", "-h"}
    unknown = [
        word for word in words if word.startswith("-") and word.partition("=")[0] not in known
    ]
    return f"no option {', '.join(unknown)}" if unknown else None


@pytest.mark.parametrize("name", WITH_COMMANDS)
def test_every_command_in_a_document_exists_with_its_options(name: str) -> None:
    lines = list(commands_in((ROOT / name).read_text("utf-8")))

    faults = {line: fault for line in lines if (fault := fault_in(line))}

    assert lines, f"{name} names no command: does this test still find them?"
    assert not faults


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("demo --once", None),
        ("connector run AGENCY --inbox DIR | less", None),
        ("connector run AGENCY --in DIR", "no option --in"),
        ("connector stop", "no command stop"),
        ("policy explain …", None),
        ("ledger list", "no command ledger"),
    ],
)
def test_a_wrong_command_would_be_found(line: str, fault: str | None) -> None:
    assert fault_in(line) == fault


def test_every_make_target_in_a_document_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {
        name
        for file in documents()
        for code in (*SPAN.findall(file.read_text("utf-8")), *_block_lines(file))
        if (found := re.match(r"make ([a-z]+)$", code.strip()))
        for name in [found[1]]
    }

    assert {"demo", "test"} <= named
    assert not named - targets


@pytest.mark.parametrize("file", documents(), ids=lambda file: file.relative_to(ROOT).as_posix())
def test_every_relative_link_leads_somewhere(file: Path) -> None:
    text = FENCE.sub("", file.read_text("utf-8"))
    broken = [target for target in LINK.findall(text) if not _leads_somewhere(file, target)]

    assert not broken


def test_every_section_that_a_message_sends_somebody_to_is_there() -> None:
    sent_to = {
        found
        for file in _python()
        for found in re.findall(r"(\S+/README\.md),? '([^']+)'", file.read_text("utf-8"))
    }

    assert ("hub/README.md", "A lost log") in sent_to
    for name, title in sent_to:
        assert f"\n## {title}\n" in (ROOT / name).read_text("utf-8"), (name, title)


def test_the_messages_that_a_lost_log_explains_are_those_of_the_code() -> None:
    text = (ROOT / "hub" / "README.md").read_text("utf-8")
    section = text.partition("## A lost log")[2].partition("**Never**")[0]
    rows = "".join(re.findall(r"^\| (`.+?) \| ", section, re.MULTILINE))
    parts = [
        part.strip()
        for span in SPAN.findall(rows)
        for part in re.split(r"…|\b[A-Z]\b|,", span)
        if len(part.split()) > 1
    ]
    messages = re.sub(r'"\s+f?"', "", "".join(file.read_text("utf-8") for file in _python()))

    assert len(parts) > 5
    assert [part for part in parts if part not in messages] == []


def test_every_decision_is_listed_and_bears_its_number() -> None:
    files = {each.name for each in DECISIONS.glob("*.md")} - {"README.md"}
    listed = LINK.findall((DECISIONS / "README.md").read_text("utf-8"))

    assert sorted(files) == listed
    assert [name[:4] for name in listed] == [f"{n:04}" for n in range(1, len(listed) + 1)]


@pytest.mark.parametrize("file", sorted(DECISIONS.glob("0*.md")), ids=lambda file: file.stem)
def test_a_decision_says_what_why_and_what_it_costs(file: Path) -> None:
    text = file.read_text("utf-8")

    assert text.startswith(f"# {file.name[:4]} ")
    for part in ("**Question.**", "**What we do.**", "**Why.**", "**What it costs.**"):
        assert text.count(part) == 1, part


def test_every_word_of_the_glossary_is_in_use() -> None:
    used = "\n".join(
        file.read_text("utf-8")
        for file in (*_python(), *documents())
        if file not in (GLOSSARY, DECISIONS / "README.md")
    )

    unused = [word for word in glossary_words() if not _is_in(word, used)]

    assert not unused


def test_the_glossary_has_each_word_once_and_in_order() -> None:
    words = glossary_words()

    assert len(words) > 40
    assert len(set(words)) == len(words)
    assert words == sorted(words)


def glossary_words() -> list[str]:
    cells = re.findall(r"^\| (\*\*.+?) \|", GLOSSARY.read_text("utf-8"), re.MULTILINE)
    return [re.findall(r"\*\*(.+?)\*\*", cell)[0] for cell in cells]


def _is_in(word: str, text: str) -> bool:
    """Look for a word however it is joined: lawful basis, lawful_basis, lawful-basis, LawfulBasis."""
    pattern = r"[ _\n-]?".join(map(re.escape, word.split()))
    return re.search(rf"(?<![a-z]){pattern}(?:s|es|d)?(?![a-z])", text, re.IGNORECASE) is not None


def _leads_somewhere(file: Path, target: str) -> bool:
    if "://" in target:
        return True
    path, _, heading = target.partition("#")
    there = (file.parent / path).resolve() if path else file
    if not there.exists():
        return False
    return not heading or heading in _headings(there)


def _headings(file: Path) -> set[str]:
    """Give the anchors of a document, as hosts of Markdown make them of headings."""
    lines = re.findall(r"^#+ (.+)$", FENCE.sub("", file.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", line.lower()).replace(" ", "-") for line in lines}


def _block_lines(file: Path) -> list[str]:
    return [line for block in FENCE.findall(file.read_text("utf-8")) for line in block.splitlines()]


def _python() -> list[Path]:
    return [file for folder in ("hub", "connectors") for file in (ROOT / folder).rglob("*.py")]
