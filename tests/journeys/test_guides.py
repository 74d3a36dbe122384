"""Each guide, done line by line as its reader would, on real processes."""

from pathlib import Path

import pytest

from tests.guides import blocks_of, follow, is_as_shown, script_of
from tests.harness import ROOT, until
from tests.real_parts.ports import free_ports

GUIDES = ROOT / "hub" / "guides"
PORTS = ("8080", "8081", "9464")
BROKER = "127.0.0.1:9092"


def ports_of_this_run() -> dict[str, str]:
    return dict(zip(PORTS, map(str, free_ports(len(PORTS))), strict=True))


@pytest.mark.usefixtures("curl_needed")
@pytest.mark.parametrize("name", ["push-a-referral", "prepare-a-meeting", "run-the-hub"])
def test_a_guide_does_what_it_says(name: str, tmp_path: Path) -> None:
    follow(GUIDES / f"{name}.md", tmp_path, ports_of_this_run())


@pytest.mark.usefixtures("curl_needed")
def test_the_guide_for_recipients_does_what_it_says_on_a_real_broker(
    empty_kafka: str, tmp_path: Path
) -> None:
    guide = GUIDES / "consume-your-topic.md"
    assert BROKER in guide.read_text("utf-8")
    follow(guide, tmp_path, {BROKER: empty_kafka, **ports_of_this_run()})


def test_every_guide_is_listed_and_followed() -> None:
    source = Path(__file__).read_text("utf-8")
    listed = (GUIDES / "README.md").read_text("utf-8")

    for guide in GUIDES.glob("*-*.md"):
        assert f"({guide.name})" in listed
        assert guide.stem in source
    assert len(list(GUIDES.glob("*.md"))) == 5


def test_a_line_that_fails_is_named_by_its_number(tmp_path: Path) -> None:
    guide = tmp_path / "guide.md"
    guide.write_text("# A guide\n\n```sh\necho one\nfalse\necho two\n```\n")

    with pytest.raises(AssertionError, match=r"one\nline 5 failed\n$"):
        follow(guide, tmp_path, {})


def test_another_output_than_the_one_shown_is_found(tmp_path: Path) -> None:
    guide = tmp_path / "guide.md"
    guide.write_text("```sh\necho one\n```\n\n```text\ntwo\n```\n")

    with pytest.raises(AssertionError, match="line 5, is not what was printed"):
        follow(guide, tmp_path, {})


def test_a_process_that_a_guide_leaves_behind_is_found_and_ended(tmp_path: Path) -> None:
    guide = tmp_path / "guide.md"
    guide.write_text("```sh\nsleep 60 &\necho $! > ../left\n```\n")

    with pytest.raises(AssertionError, match="leaves processes behind"):
        follow(guide, tmp_path, {})
    left = (tmp_path / "left").read_text().strip()
    until(lambda: not _is_running(left), seconds=5, what="it is gone")


def _is_running(pid: str) -> bool:
    state = Path("/proc", pid, "stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("block", ["```text\nx\n```", "```python\nx\n```", "```\nx\n```"])
def test_a_block_that_would_be_left_out_is_an_error(block: str) -> None:
    with pytest.raises(ValueError, match="line 3"):
        blocks_of(f"Some text.\n\n{block}\n")


def test_a_file_is_saved_under_the_name_that_stands_before_it() -> None:
    (block,) = blocks_of("Save this as `push.py`:\n\n```python\nprint(1)\n```\n")

    assert block.file == "push.py"
    assert script_of([block]).splitlines()[2:4] == [
        "cat > push.py <<'END_OF_GUIDE_FILE'",
        "print(1)",
    ]


def test_dots_stand_for_anything_and_nothing_else_does() -> None:
    assert is_as_shown(("a …", "…", "z"), "a 1\nb\nc\nz\n")
    assert not is_as_shown(("a.",), "ab\n")
    assert not is_as_shown(("a",), "a\nb\n")
