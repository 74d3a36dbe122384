"""Tellings made by hand, and the shipped book with a shorter year."""

from collections.abc import Iterable
from datetime import date, timedelta

from hub.assess.cases import Case, cases_of
from hub.assess.criteria import Book, Standing, load_book, standings
from hub.assess.facts import Facts
from hub.assess.timeline import Telling
from hub.bootstrap.files import folder, texts
from hub.model.agency import AgencyId
from hub.model.event import EventId, EventType
from hub.model.person import PersonId

ANN, BOB, CAL, DEE = (PersonId(name) for name in ("ann", "bob", "cal", "dee"))
START = date(2026, 3, 1)
FILES = texts(folder("policies"))
BOOK = load_book(FILES)


def with_months(months: int) -> Book:
    """Give the shipped book with windows of so many months."""
    return load_book(
        {
            file: text.replace("window_months = 12", f"window_months = {months}")
            for file, text in FILES.items()
        }
    )


def day(number: int) -> date:
    return START + timedelta(days=number)


def telling(
    event: str,
    on: int,
    type_: str = "incident-reported",
    *,
    received: int | None = None,
    by: Iterable[PersonId] = (BOB,),
    of: Iterable[PersonId] = (ANN,),
    agency: str = "fenmarch-police",
    record: str | None = None,
    **facts: object,
) -> Telling:
    """Tell of an event on a day, by default received on that day, in which Bob harmed Ann."""
    received_on = day(on if received is None else received)
    return Telling(
        event=EventId(event),
        type=EventType(type_),
        agency=AgencyId(agency),
        record=record or event,
        occurred_on=day(on),
        reported_on=min(day(on), received_on),
        received_on=received_on,
        victims=frozenset(of),
        perpetrators=frozenset(by),
        facts=Facts(
            **{
                name: frozenset(value) if isinstance(value, set) else value
                for name, value in facts.items()
            }  # type: ignore[arg-type]
        ),
    )


def assessed(event: str, on: int, yes: int = 14, **more: object) -> Telling:
    return telling(
        event, on, "risk-assessed", **{"instrument": "dash-police-2009", "yes": yes, **more}
    )  # type: ignore[arg-type]


def referral(event: str, on: int, **more: object) -> Telling:
    return telling(event, on, "referral-made", agency="amber-door", **more)  # type: ignore[arg-type]


def heard(event: str, on: int, **more: object) -> Telling:
    return telling(event, on, "case-heard", **{"state": "heard", **more})  # type: ignore[arg-type]


def case_of(*tellings: Telling) -> Case:
    """Give Ann's one case."""
    (case,) = cases_of(ANN, tellings)
    return case


def stands(
    *tellings: Telling, as_of: int, book: Book = BOOK, contested: Iterable[str] = ()
) -> dict[str, Standing]:
    """Give what stands in Ann's one case, by code or anchor."""
    waiting = {EventId(each) for each in contested}
    return {
        each.anchor or each.code: each
        for each in standings(case_of(*tellings), book, day(as_of), waiting)
    }
