"""Transforms: what each makes of a value, and that a failure says nothing."""

import hashlib
import hmac
from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.disclose.treat import TRANSFORMS, Run, age_band, outcode, pseudonym, treat
from hub.disclose.tree import Detail
from hub.model.event import Value
from tests.unit.disclose.bodies import EVENT_DATE, KEY


def run(name: str, value: Value, *, domain: str = "", at: date = EVENT_DATE) -> tuple[Value, int]:
    """What a transform gives, and how many failures it counted."""
    failed = Counter[str]()
    given = treat(TRANSFORMS[name], Detail(domain=domain))(value, Run(KEY, at, failed))
    return given, failed[name]


BANDS = [
    (0, "0-4"), (4, "0-4"), (5, "5-9"), (9, "5-9"), (10, "10-15"), (15, "10-15"), (16, "16-17"),
    (17, "16-17"), (18, "18-24"), (24, "18-24"), (25, "25-34"), (34, "25-34"), (35, "35-44"),
    (45, "45-54"), (55, "55-64"), (65, "65-74"), (74, "65-74"), (75, "75+"), (110, "75+"),
]  # fmt: skip


@pytest.mark.parametrize(("age", "band"), BANDS)
def test_an_age_falls_into_its_band(age: int, band: str) -> None:
    assert age_band(date(2000, 6, 15), date(2000 + age, 6, 15)) == band


def test_the_day_before_a_birthday_is_still_the_year_before() -> None:
    assert age_band(date(2000, 6, 15), date(2018, 6, 14)) == "16-17"
    assert age_band(date(2000, 2, 29), date(2018, 2, 28)) == "16-17"


@pytest.mark.parametrize(
    ("postcode", "outward"),
    [("ZA1 2BC", "ZA1"), ("za12bc", "ZA1"), (" ZB22  7QQ ", "ZB22"), ("Z1A 1AA", "Z1A")],
)
def test_a_postcode_gives_its_outward_half(postcode: str, outward: str) -> None:
    assert outcode(postcode) == outward


SAMPLES: list[tuple[str, Value, str]] = [
    ("age-band", date(1990, 2, 28), "35-44"),
    ("outcode", "ZF1 4AB", "ZF1"),
    ("day", datetime(2026, 3, 5, 23, 59, tzinfo=UTC), "2026-03-05"),
    ("day", datetime(2026, 3, 6, 0, 30, tzinfo=timezone(timedelta(hours=1))), "2026-03-05"),
    ("year", date(1990, 2, 28), "1990"),
    ("initial", "  éloise", "É"),
    ("fixed", "07700900123", "***"),
    ("fixed", 7, "***"),
]


@pytest.mark.parametrize(("name", "value", "expected"), SAMPLES)
def test_a_value_is_obscured_by_its_method(name: str, value: Value, expected: str) -> None:
    assert run(name, value) == ({"method": name, "value": expected}, 0)


def test_a_symbol_gives_the_group_it_is_of() -> None:
    detail = Detail(groups={"cut": "injury", "bruise": "injury", "none": "no injury"})
    group = treat(TRANSFORMS["group"], detail)

    found = [group(each, Run(KEY, EVENT_DATE, Counter())) for each in detail.groups]

    assert [each["value"] for each in found] == ["injury", "injury", "no injury"]  # type: ignore[index,call-overload]


@pytest.mark.parametrize(
    ("number", "band"),
    [(-3, "under 0"), (0, "0 to under 10"), (9, "0 to under 10"), (10, "10 or more"), (37, "10 or more")],
)  # fmt: skip
def test_a_number_gives_its_band_and_nothing_of_itself(number: int, band: str) -> None:
    given = treat(TRANSFORMS["band"], Detail(bands=(0, 10)))(
        number, Run(KEY, EVENT_DATE, Counter())
    )

    assert given == {"method": "band", "value": band}


FAILING: list[tuple[str, Value]] = [
    ("age-band", date(2026, 3, 6)),
    ("age-band", "1990-02-28"),
    ("age-band", datetime(1990, 2, 28, tzinfo=UTC)),
    ("outcode", "ZF1"),
    ("outcode", "flat 2, ZF1 4AB"),
    ("outcode", ""),
    ("day", datetime(2026, 3, 5)),  # noqa: DTZ001  # the failure is the point
    ("day", date(2026, 3, 5)),
    ("initial", "   "),
    ("hmac", 7),
    ("hmac", "\udcff"),
]


@pytest.mark.parametrize(("name", "value"), FAILING)
def test_what_cannot_be_treated_is_null_and_counted(name: str, value: Value) -> None:
    assert run(name, value) == (None, 1)


def test_a_pseudonym_is_the_keyed_hash_of_domain_and_value() -> None:
    whole = hmac.new(KEY, b"person\x1fN1", hashlib.sha256).hexdigest()

    assert pseudonym(KEY, "person", "N1") == whole[:24]
    assert run("hmac", "N1", domain="person") == ({"method": "hmac", "value": whole[:24]}, 0)


def test_another_key_domain_or_value_gives_another_pseudonym() -> None:
    found = {
        pseudonym(key, domain, value)
        for key in (KEY, b"another")
        for domain in ("person", "identifier")
        for value in ("N1", "N2")
    }

    assert len(found) == 8


@given(st.text(min_size=1).filter(str.strip), st.text(min_size=1).filter(str.strip))
def test_a_fixed_mask_tells_nothing_of_its_source(one: str, other: str) -> None:
    assert run("fixed", one) == run("fixed", other)


values = st.none() | st.text() | st.integers() | st.dates() | st.datetimes() | st.booleans()


@given(st.sampled_from(sorted(TRANSFORMS)), values | st.lists(st.text(), max_size=2))
def test_every_transform_is_total(name: str, value: Value) -> None:
    given, failures = run(name, value, domain="d")

    assert (given is None) == (failures == 1)
