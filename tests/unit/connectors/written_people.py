"""Three people as an agency has them on its books: a mother, a man, and a child."""

from datetime import date

from hub.synth.people import Person
from hub.synth.places import Address
from hub.synth.recorded import Recorded

HOME = Address("12 Sedge Road", "Osham", "ZF1 1AB")


def recorded(
    number: int, given: str, born: date, *, school: str | None = None, nhs: str = ""
) -> Recorded:
    person = Person(
        number=number,
        household=1,
        gender="female" if number == 1 else "male",
        given=given,
        family="Łee-Ó'Neil",
        former=None,
        alias=None,
        born=born,
        nhs_number="9990000018",
        pnc="2099/1Z",
        telephone="07700 900001",
        safe_telephone="01632 960001",
        safe_hours="mornings",
        email=None,
        occupation=None,
        employer="Sedge Foods",
        language=None,
        school=school,
        home=HOME,
    )
    return Recorded(
        person=person,
        local_id=f"P{number}",
        given=given,
        family="Lee",
        former="",
        alias="",
        born=born,
        nhs_number=nhs,
        telephone="07700 900001",
        has_old_address=False,
    )


ANN = recorded(1, "Ann", date(1990, 2, 3), nhs="9990000018")
BOB = recorded(2, "Bob", date(1988, 12, 1))
CY = recorded(3, "Cy", date(2016, 3, 2), school="Osham Primary School")
