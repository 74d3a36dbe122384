"""`hub policy render`, `diff` and `approve`: what widens is stopped until somebody signs it."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hub.cli import main
from tests.unit.disclose.bodies import ROOT

POLICIES = ROOT / "policies"
SAFETY = "rules/safety.toml"
ME = ("--by", "Ann Example", "--email", "ann@example.gov.uk", "--because", "ISA-2026-07 s.9")


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    """Our policies with one agency less in one forbid, which looks like tidying."""
    place = tmp_path / "policies"
    shutil.copytree(POLICIES, place)
    swap(place / SAFETY, '["idva", "charity", "health"]', '["idva", "charity"]')
    return place


def swap(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def policy(*words: str | Path, code: int = 0) -> Result:
    found = CliRunner().invoke(main, ["policy", *map(str, words)])
    assert found.exit_code == code, found.output
    return found


def document(*words: str | Path, code: int = 0) -> Any:
    return json.loads(policy(*words, "--json", code=code).stdout)


def lines(place: Path) -> list[str]:
    return [each["line"] for each in document("diff", POLICIES, place, code=1)["widens"]]


def test_what_widens_is_stopped_until_it_is_signed(edited: Path) -> None:
    assert len(lines(edited)) == 2
    shown = policy("render", "--check", "--policies", edited, code=1)
    assert shown.stdout.count("WIDENS health/") == 2
    assert "sign each WIDENS line" in shown.stderr

    first, second = (each[:12] for each in lines(edited))
    told = document("approve", first, *ME, "--as-of", "2026-11-24", "--policies", edited)
    assert (told["file"], told["open"]) == ("approvals/2026-11-24.toml", 1)
    policy("diff", POLICIES, edited, code=1)
    policy("render", "--renew", "--policies", edited, code=1)

    policy("approve", second, *ME, "--as-of", "2026-11-24", "--policies", edited)
    found = document("diff", POLICIES, edited)
    assert {each["approved"]["by"] for each in found["widens"]} == {
        "Ann Example <ann@example.gov.uk>"
    }
    assert (
        "renew it: hub policy render --renew"
        in policy("render", "--check", "--policies", edited, code=1).stderr
    )
    policy("render", "--renew", "--policies", edited)
    policy("render", "--check", "--policies", edited)


def test_a_matrix_that_is_merely_written_anew_signs_nothing(edited: Path) -> None:
    text = policy("render", "--policies", edited).stdout
    (edited / "golden" / "matrix.txt").write_text(text, "utf-8")

    found = document("render", "--check", "--policies", edited, code=1)

    assert found["drift"] == []
    assert len(found["widens"]) == 2


def test_golden_is_not_renewed_while_something_is_not_signed(edited: Path) -> None:
    before = {file: file.read_bytes() for file in edited.rglob("*") if file.is_file()}

    found = document("render", "--renew", "--policies", edited, code=1)

    assert found["renewed"] is False
    assert {file: file.read_bytes() for file in edited.rglob("*") if file.is_file()} == before


def test_what_was_taken_back_has_to_be_signed_again(edited: Path) -> None:
    tidied = (edited / SAFETY).read_text("utf-8")
    policy("approve", *lines(edited), *ME, "--policies", edited)
    policy("render", "--renew", "--policies", edited)
    shutil.copy(POLICIES / SAFETY, edited / SAFETY)
    policy("render", "--renew", "--policies", edited)  # narrower: nobody has to sign

    (edited / SAFETY).write_text(tidied, "utf-8")

    assert len(document("render", "--check", "--policies", edited, code=1)["widens"]) == 2
    policy("render", "--renew", "--policies", edited, code=1)


def test_an_approval_that_the_older_bundle_has_too_is_spent(edited: Path, tmp_path: Path) -> None:
    policy("approve", *lines(edited), *ME, "--policies", edited)
    older = tmp_path / "older"
    shutil.copytree(POLICIES, older)
    shutil.copytree(edited / "approvals", older / "approvals")

    assert [each["approved"] for each in document("diff", older, edited, code=1)["widens"]] == [
        None,
        None,
    ]


def test_an_approval_does_not_cover_a_wider_edit(edited: Path) -> None:
    policy("approve", *lines(edited), *ME, "--policies", edited)
    swap(edited / SAFETY, 'consent = ["refused", "withdrawn"]', 'consent = ["refused"]')

    open_ = [
        each
        for each in document("diff", POLICIES, edited, code=1)["widens"]
        if each["approved"] is None
    ]

    assert {each["agency"] for each in open_} == {"idva"}
    care = edited / "rules" / "care.toml"
    rule = care.read_text("utf-8").partition('id = "health-injuries-for-care"')
    care.write_text(
        rule[0] + rule[1] + rule[2].replace('to.role = ["clinician"]\n', "", 1), "utf-8"
    )
    wider = document("diff", POLICIES, edited, code=1)["widens"]
    assert {(each["tag"], each["approved"] is None) for each in wider if each["agency"] == "health"} == {
        ("HEALTH_DATA", True), ("SOCIAL_CARE", False),
    }  # fmt: skip


def test_what_narrows_is_renewed_without_a_signature(edited: Path) -> None:
    shutil.copy(POLICIES / SAFETY, edited / SAFETY)
    swap(edited / SAFETY, '["refused", "withdrawn"]', '["refused", "withdrawn", "not-asked"]')

    assert "narrows idva/HEALTH_DATA" in policy("diff", POLICIES, edited).stdout
    assert "renew it" in policy("render", "--check", "--policies", edited, code=1).stderr
    policy("render", "--renew", "--policies", edited)
    policy("render", "--check", "--policies", edited)


def test_another_split_into_files_is_no_change_and_the_old_names_go(edited: Path) -> None:
    shutil.copy(POLICIES / SAFETY, edited / SAFETY)
    (edited / SAFETY).rename(edited / "rules" / "invariants.toml")

    policy("render", "--check", "--policies", edited)
    policy("render", "--renew", "--policies", edited)

    signed = edited / "golden" / "signed" / "rules"
    assert {each.name for each in signed.iterdir()} == {
        each.name for each in (edited / "rules").iterdir()
    }


def test_a_review_date_stands_in_the_matrix(edited: Path) -> None:
    shutil.copy(POLICIES / SAFETY, edited / SAFETY)
    swap(edited / SAFETY, "2027-11-30", "2028-11-30")

    found = document("render", "--check", "--policies", edited, code=1)

    assert (found["widens"], found["narrows"], len(found["drift"])) == ([], [], 2)


def test_a_line_that_is_none_is_not_signed(edited: Path) -> None:
    for name in ("0" * 64, lines(edited)[0][:7]):
        assert "names no line" in policy("approve", name, *ME, "--policies", edited, code=1).stderr
    assert not (edited / "approvals").exists()


def test_a_line_is_signed_once(edited: Path) -> None:
    line = lines(edited)[0]
    policy("approve", line, *ME, "--policies", edited)

    policy("approve", line, *ME, "--policies", edited, code=1)


def test_an_approval_can_be_of_any_older_bundle(edited: Path, tmp_path: Path) -> None:
    older = tmp_path / "older"
    shutil.copytree(POLICIES, older)
    policy("approve", *lines(edited), *ME, "--against", older, "--policies", edited)

    policy("diff", older, edited)


def test_an_approval_that_could_not_be_read_back_is_not_written(edited: Path) -> None:
    wrong = ("--by", "Ann", "--email", "nowhere", "--because", "x")

    found = policy("approve", lines(edited)[0], *wrong, "--policies", edited, code=2)

    assert json.loads(found.stdout)["fault"] == "`email` is no address"
    assert not (edited / "approvals").exists()


def test_the_first_matrix_has_to_be_signed_by_hand(edited: Path) -> None:
    shutil.rmtree(edited / "golden")

    for option in ("--check", "--renew"):
        assert (
            "golden/signed/ is missing"
            in policy("render", option, "--policies", edited, code=2).stderr
        )


def test_a_comparison_needs_words_and_rules_alone(edited: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    shutil.copy(edited / "vocabulary.toml", small)
    shutil.copytree(edited / "rules", small / "rules")
    expired = small / "rules" / "care.toml"
    expired.write_text(expired.read_text("utf-8").replace("2027-11-30", "2020-11-30"), "utf-8")

    assert len(document("diff", POLICIES, small, code=1)["widens"]) == 2


def test_a_fault_says_on_which_side_it_is(edited: Path) -> None:
    swap(edited / SAFETY, "HEALTH_DATA", "HEALT_DATA")

    found = policy("diff", POLICIES, edited, code=2)

    assert found.stderr.startswith(f"in {edited.name}:")
    fault = json.loads(found.stdout)
    assert (fault["file"], fault["rule"]) == (SAFETY, "forbid-care-and-help-against-her-word")
    assert "Did you mean `HEALTH_DATA`?" in fault["remedy"]


def test_the_matrix_is_shown_in_each_form() -> None:
    assert policy("render").stdout == (POLICIES / "golden" / "matrix.txt").read_text("utf-8")
    assert policy("render", "--format", "markdown").stdout.startswith("# Disclosure matrix")
    assert policy("render", "--format", "html").stdout.startswith("<!doctype html>")
    found = document("render")
    some = next(each for each in found["outcomes"] if each["level"] == "full")
    assert set(some) == {"agency", "step", "tag", "level", "rules", "where", "conditions"}
    assert re.fullmatch(r"\d{4}\.\d+\.\d+", found["version"])


def test_check_and_renew_are_not_one() -> None:
    policy("render", "--check", "--renew", code=2)
