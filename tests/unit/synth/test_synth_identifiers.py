"""Identifiers can be nobody's, and no two people share one."""

import re
from itertools import islice
from math import gcd
from pathlib import Path
from typing import Any

import nhs_number
from county_files import exports, json_lines
from hypothesis import given
from hypothesis import strategies as st

from hub.synth.identifiers import (
    NHS_BLOCK,
    NHS_REST,
    STRIDE,
    _nhs_blocks,
    nhs_numbers,
    pnc_ids,
    scattered,
    with_check_digit,
)

POSTCODE = re.compile(r"(Z[A-Z])[1-9][0-9]? [0-9][ABD-HJLNP-UW-Z]{2}")
DRAMA = re.compile(r"(07700 900|01632 960)\d{7}")
REAL_OR_NO_FIXED_ABODE = {"ZE", "ZZ"}


def all_values(county: Path, ending: str) -> list[str]:
    """Give every value of cells and of the truth whose name ends so."""
    cells = [
        text
        for export in exports(county)
        for row in export.rows
        for name, text in row.items()
        if name.endswith(ending) and text
    ]
    return [*cells, *_in_truth(county, ending)]


def _in_truth(county: Path, ending: str) -> list[str]:
    def walk(name: str, value: Any) -> list[str]:
        if isinstance(value, dict):
            return [text for key, each in value.items() for text in walk(key, each)]
        return [value] if name.endswith(ending) and isinstance(value, str) else []

    return [text for line in json_lines(county / "truth/people.jsonl") for text in walk("", line)]


def test_every_nhs_number_is_valid_and_was_never_issued(county: Path) -> None:
    numbers = all_values(county, "_nhs") + all_values(county, "nhs_number")

    assert len(numbers) > 2500
    assert all(
        nhs_number.is_valid(each, for_region=nhs_number.REGION_SYNTHETIC) for each in numbers
    )
    assert all(each.startswith("9") for each in numbers)


def test_no_two_people_share_a_number(county: Path) -> None:
    people = json_lines(county / "truth/people.jsonl")

    assert len({person["nhs_number"] for person in people}) == len(people)
    assert len({person["email"] for person in people} - {None}) == sum(
        person["email"] is not None for person in people
    )


def test_no_postcode_is_of_a_real_area(county: Path) -> None:
    postcodes = all_values(county, "postcode")

    areas = {match[1] for each in postcodes if (match := POSTCODE.fullmatch(each))}
    assert all(POSTCODE.fullmatch(each) for each in postcodes)
    assert len(areas) > 3
    assert not areas & REAL_OR_NO_FIXED_ABODE


def test_every_telephone_is_a_drama_number_with_digits_added(county: Path) -> None:
    telephones = all_values(county, "telephone")

    assert len(telephones) > 2000
    assert all(DRAMA.fullmatch(each) for each in telephones)


def test_every_email_is_of_a_domain_that_nobody_has(county: Path) -> None:
    emails = all_values(county, "email")

    assert emails
    assert all(each.endswith("@example.org") and each.isascii() for each in emails)


def test_every_pnc_id_is_of_a_year_to_come(county: Path) -> None:
    ids = all_values(county, "pnc")

    assert ids
    assert all(re.fullmatch(r"2099/\d{7}[A-Z]", each) for each in ids)


def test_the_999_block_comes_first_and_then_the_other_numbers_beginning_with_9() -> None:
    blocks = _nhs_blocks(7)

    first, then = list(islice(blocks, NHS_BLOCK)), list(islice(blocks, 5000))

    assert {digits[:3] for digits in first} == {"999"}
    assert len(set(first)) == NHS_BLOCK
    assert "999" not in {digits[:3] for digits in then}
    assert len({digits[:3] for digits in then}) > 50
    assert len(set(then)) == len(then)


def test_another_seed_numbers_its_people_otherwise() -> None:
    assert next(nhs_numbers(1)) != next(nhs_numbers(2))
    assert next(pnc_ids(1)) != next(pnc_ids(2))


@given(st.text("0123456789", min_size=9, max_size=9))
def test_the_check_digit_is_the_one_of_the_nhs(digits: str) -> None:
    expected = nhs_number.calculate_checksum(digits)

    assert with_check_digit(digits) == (None if expected == 10 else f"{digits}{expected}")


@given(st.integers(0, 999), st.sampled_from([10, 99, 100, 990, 1000]))
def test_a_walk_takes_each_number_once(start: int, size: int) -> None:
    walk = [scattered(index, start=start, size=size) for index in range(size)]

    assert sorted(walk) == list(range(size))


def test_no_walk_closes_before_it_has_taken_every_number() -> None:
    assert all(gcd(STRIDE, size) == 1 for size in (NHS_BLOCK, NHS_REST, 10**7))
