"""Postcodes and NHS numbers as everybody who takes them in writes them, whatever they came through."""

import re

NHS_DIGITS = 10

_POSTCODE = re.compile(r"([A-Z]{1,2}\d[A-Z\d]?)(\d[A-Z]{2})", re.ASCII)


def postcode(text: str) -> tuple[str, bool]:
    """Give a postcode in capitals with one space before its last three, and whether it is one."""
    tidy = "".join(text.upper().split())
    found = _POSTCODE.fullmatch(tidy)
    return (f"{found[1]} {found[2]}", True) if found else (" ".join(text.upper().split()), False)


def nhs_number(text: str) -> tuple[str | None, bool]:
    """Give an NHS number's ten digits, and whether its check digit is right; none if it has not ten."""
    digits = re.sub(r"[\s-]", "", text)
    if len(digits) != NHS_DIGITS or not (digits.isascii() and digits.isdigit()):
        return None, False
    is_right = _check_digit(digits) == int(digits[-1]) and len(set(digits)) > 1
    return digits, is_right


def _check_digit(digits: str) -> int:
    """Give the modulus 11 check digit of the first nine; 10 is no digit, and fits none."""
    total = sum(
        weight * int(digit) for weight, digit in zip(range(10, 1, -1), digits, strict=False)
    )
    return (11 - total % 11) % 11
