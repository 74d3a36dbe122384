"""Names for invented people: Faker's, and some that a plain alphabet cannot write.

Faker is slow, so it fills a pool once; names that it drew twice stay in the pool twice, as some
names are common.
"""

import unicodedata
from dataclasses import dataclass

from faker import Faker

GIVEN, FAMILIES = 200, 600
MORE_FEMALE = (
    "Zoë",
    "Chloë",
    "Siân",
    "Renée",
    "Małgorzata",
    "Agnieszka",
    "Ayesha",
    "Ioana",
    "Inês",
)
MORE_MALE = ("José", "André", "Seán", "Michał", "Paweł", "Łukasz", "Imran", "Ştefan", "João")
MORE_FAMILIES = (
    "Wójcik", "Wiśniewski", "Pawłowski", "Kowalczyk", "Núñez", "Müller", "Lefèvre", "Conceição",
    "O'Brien", "Ní Dhomhnaill", "Ahmed", "Khan", "Begum", "Okafor", "Nowak", "Radu", "Smith-Jones",
)  # fmt: skip
STROKES = str.maketrans({"ł": "l", "Ł": "L", "đ": "d", "Đ": "D"})


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a county's people are given."""

    female: tuple[str, ...]
    male: tuple[str, ...]
    families: tuple[str, ...]

    def given(self, gender: str) -> tuple[str, ...]:
        return self.male if gender == "male" else self.female


def draw_names(seed: int) -> Names:
    """Fill the pool: the same seed gives the same names."""
    faker = Faker("en_GB")
    faker.seed_instance(seed)
    return Names(
        female=(*(faker.first_name_female() for _ in range(GIVEN)), *MORE_FEMALE),
        male=(*(faker.first_name_male() for _ in range(GIVEN)), *MORE_MALE),
        families=(*(faker.last_name() for _ in range(FAMILIES)), *MORE_FAMILIES),
    )


def in_code_page(text: str) -> str:
    """Write a text as a system of the nineties would: what cp1252 lacks loses its accent."""
    if text.isascii():
        return text
    return "".join(map(_in_code_page, text))


def in_ascii(text: str) -> str:
    """Write a text in the letters of an e-mail address."""
    if text.isascii():
        return text
    bare = unicodedata.normalize("NFKD", text.translate(STROKES))
    return bare.encode("ascii", "ignore").decode()


def _in_code_page(letter: str) -> str:
    try:
        letter.encode("cp1252")
    except UnicodeEncodeError:
        return in_ascii(letter) or "?"
    return letter
