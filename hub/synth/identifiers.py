"""Numbers that can be nobody's: NHS, PNC and telephone.

NHS numbers begin with 9, which is never issued. PNC ids are of the year 2099. Telephones are Ofcom's
drama numbers with digits added: one drama range holds 1,000 numbers, and a number with more than
five users would count as a shared one.

A series is a walk over a whole range that takes each number once and starts where the seed says, so
that no two people share one, and so that two seeds do not number their people alike.
"""

from collections.abc import Iterator
from itertools import count

from hub.synth.chance import chance_for

STRIDE = 2_147_483_647  # a prime, so that it has no factor in common with any of our sizes
NHS_BLOCK = 10**6  # numbers in the 999 block, before the check digit thins them out
NHS_REST = 99 * NHS_BLOCK  # the others that begin with 9: blocks 900 to 998
PNC_YEAR = "2099"
PNC_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"
MOBILE, LANDLINE = "07700 900", "01632 960"


def scattered(index: int, *, start: int, size: int) -> int:
    """Give the index-th number of a walk that takes each number below `size` once."""
    return (start + index * STRIDE) % size


def nhs_numbers(seed: int) -> Iterator[str]:
    """Give valid NHS numbers that begin with 9, each once: the 999 block first."""
    for digits in _nhs_blocks(seed):
        number = with_check_digit(digits)
        if number is not None and len(set(number)) > 1:
            yield number


def with_check_digit(digits: str) -> str | None:
    """Complete nine digits to an NHS number; None where no check digit fits."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True))
    check = (11 - total % 11) % 11
    return None if check == 10 else f"{digits}{check}"  # noqa: PLR2004 - ten is no digit


def pnc_ids(seed: int) -> Iterator[str]:
    """Give PNC ids in their long form, of a year that is still to come, each once."""
    for serial in _walk(seed, "pnc", 10**7):
        letter = PNC_LETTERS[int(f"{PNC_YEAR[2:]}{serial:07d}") % len(PNC_LETTERS)]
        yield f"{PNC_YEAR}/{serial:07d}{letter}"


def telephones(seed: int, what: str, *, prefix: str = MOBILE) -> Iterator[str]:
    """Give drama numbers with four digits added, each once."""
    for number in _walk(seed, what, 10**7):
        yield f"{prefix}{number:07d}"


def _walk(seed: int, what: str, size: int) -> Iterator[int]:
    start = chance_for(seed, what).randrange(size)
    return (scattered(index, start=start, size=size) for index in count())


def _nhs_blocks(seed: int) -> Iterator[str]:
    start = chance_for(seed, "nhs").randrange(NHS_BLOCK)
    for index in range(NHS_BLOCK):
        yield f"999{scattered(index, start=start, size=NHS_BLOCK):06d}"
    for index in count():
        yield f"9{scattered(index, start=start, size=NHS_REST):08d}"
