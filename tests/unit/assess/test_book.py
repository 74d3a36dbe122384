"""The shipped criteria and instruments are what they should be, and one fault refuses them all."""

from collections.abc import Callable

import pytest

from hub.assess.book import CODES
from hub.assess.criteria import load_book
from hub.assess.facts import Facts
from hub.model.strict import PolicyFault
from tests.unit.assess.told import BOOK, FILES, START

ESCALATION, REPEAT = "criteria/escalation.toml", "criteria/repeat.toml"
HIGH, JUDGED = "criteria/visible-high-risk.toml", "criteria/professional-judgement.toml"
POLICE, SAFELIVES = "instruments/police-dash.toml", "instruments/safelives-dash.toml"
NAMED = "instruments/known-by-name.toml"
OURS = {name: text for name, text in FILES.items() if name.startswith(("criteria/", "instruments"))}


def swap(file: str, old: str, new: str) -> Callable[[], dict[str, str]]:
    def changed() -> dict[str, str]:
        assert old in OURS[file]
        return OURS | {file: OURS[file].replace(old, new, 1)}

    return changed


def again(file: str, old: str = "", new: str = "") -> Callable[[], dict[str, str]]:
    """Add the file once more under another name, with one change."""
    return lambda: OURS | {file.replace(".toml", "-2.toml"): OURS[file].replace(old, new)}


FAULTS: dict[str, tuple[Callable[[], dict[str, str]], str, str]] = {
    "not TOML": (swap(REPEAT, "code =", "code"), REPEAT, ""),
    "another entry": (swap(REPEAT, "[[criterion]]", "[[criterium]]"), REPEAT, ""),
    "a criterion in the wrong folder": (lambda: OURS | {"instruments/x.toml": OURS[REPEAT]}, "instruments/x.toml", ""),
    "a file of no such name": (lambda: OURS | {"criteria/X y.toml": ""}, "criteria/X y.toml", ""),
    "a folder in it": (lambda: OURS | {"criteria/old/x.toml": ""}, "criteria/old/x.toml", ""),
    "a missing criterion": (lambda: {n: t for n, t in OURS.items() if n != REPEAT}, "criteria/", "repeat"),
    "an unknown criterion": (swap(REPEAT, '"repeat"', '"repeated"'), REPEAT, "repeated"),
    "a misspelt key": (swap(ESCALATION, "window_months", "window_month"), ESCALATION, "escalation"),
    "no reason": (swap(HIGH, "because = ", "because = ''\n#"), HIGH, "visible_high_risk"),
    "no source": (swap(JUDGED, "source =", "# source ="), JUDGED, "professional_judgement"),
    "no version": (swap(JUDGED, "version =", "# version ="), JUDGED, "professional_judgement"),
    "a day as text": (swap(REPEAT, "2026-01-01", '"2026-01-01"'), REPEAT, "repeat"),
    "a count of none": (swap(ESCALATION, "count = 3", "count = 0"), ESCALATION, "escalation"),
    "a count in quotes": (swap(ESCALATION, "count = 3", 'count = "3"'), ESCALATION, "escalation"),
    "a count of yes": (swap(ESCALATION, "count = 3", "count = true"), ESCALATION, "escalation"),
    "an unknown type of agency": (swap(ESCALATION, 'agencies = ["*"]', 'agencies = ["polis"]'), ESCALATION, "escalation"),
    "an unknown event": (swap(ESCALATION, '"incident-reported"', '"incident"'), ESCALATION, "escalation"),
    "an event about records": (swap(ESCALATION, '"incident-reported"', '"record-retracted"'), ESCALATION, "escalation"),
    "an unknown state": (swap(ESCALATION, '"breached"', '"broken"'), ESCALATION, "escalation"),
    "a state of what has none": (swap(ESCALATION, '"order-recorded"', '"risk-assessed"'), ESCALATION, "escalation"),
    "abuse disclosed to what does not say so": (swap(REPEAT, '"attendance-recorded"', '"outcome-recorded"'), REPEAT, "repeat"),
    "an event twice": (swap(REPEAT, '"attendance-recorded"', '"concern-raised"'), REPEAT, "repeat"),
    "nothing that counts": (lambda: OURS | {ESCALATION: OURS[ESCALATION].partition("[[criterion.incident]]")[0] + "incident = []"}, ESCALATION, "escalation"),
    "an unknown anchor": (swap(REPEAT, '"last_meeting"', '"last_call"'), REPEAT, "repeat"),
    "an anchor twice": (swap(REPEAT, '"last_meeting"', '"last_referral"'), REPEAT, "repeat"),
    "an anchor that is none": (swap(REPEAT, '"referral-made"', '"incident-reported"'), REPEAT, "repeat"),
    "a tick on what has none": (swap(HIGH, '["referral-made"]', '["risk-assessed"]'), HIGH, "visible_high_risk"),
    "two versions from one day": (again(REPEAT), "criteria/repeat.toml", "repeat"),
    "an instrument that is no slug": (swap(POLICE, '"dash-police-2009"', '"DASH 2009"'), POLICE, "DASH 2009"),
    "another name with capitals": (swap(POLICE, '"police-dash"', '"Police Dash"'), POLICE, "dash-police-2009"),
    "one name for two instruments": (swap(POLICE, '"police-dash"', '"safelives-dash"'), SAFELIVES, "dash-safelives-24"),
    "two instruments from one day": (again(POLICE), POLICE, "dash-police-2009"),
    "no licence": (swap(NAMED, "licence =", "# licence ="), NAMED, "dash-young-people"),
    "an item twice": (swap(POLICE, '"D02"', '"D01"'), POLICE, "dash-police-2009"),
    "an item without a code": (swap(POLICE, '"D02"', '"two"'), POLICE, "dash-police-2009"),
    "an item that may count": (swap(POLICE, "counts = true", 'counts = "true"'), POLICE, "dash-police-2009"),
    "an unknown band": (swap(POLICE, '"high"', '"red"'), POLICE, "dash-police-2009"),
    "a band twice": (swap(SAFELIVES, '"medium"', '"high"'), SAFELIVES, "dash-safelives-24"),
    "bands that do not rise": (swap(SAFELIVES, "least = 10", "least = 14"), SAFELIVES, "dash-safelives-24"),
    "a band that nothing reaches": (swap(SAFELIVES, "least = 14", "least = 25"), SAFELIVES, "dash-safelives-24"),
    "a band that only extra questions reach": (swap(POLICE, "least = 14", "least = 25"), POLICE, "dash-police-2009"),
}  # fmt: skip


@pytest.mark.parametrize(("files", "file", "entry"), FAULTS.values(), ids=FAULTS)
def test_one_fault_refuses_the_whole_and_says_where(
    files: Callable[[], dict[str, str]], file: str, entry: str
) -> None:
    with pytest.raises(PolicyFault) as caught:
        load_book(files())

    assert (caught.value.file, caught.value.rule) == (file, entry)
    assert caught.value.fault
    assert caught.value.remedy.endswith(".")


def test_the_shipped_book_has_the_four_criteria_and_the_instruments() -> None:
    assert tuple(BOOK.criteria) == CODES
    ids = {each.id for versions in BOOK.instruments.values() for each in versions}
    assert ids == {"dash-safelives-24", "dash-police-2009", "dash-young-people", "s-dash", "dara"}


@pytest.mark.parametrize("name", ["dash-safelives-24", "dash-police-2009"])
def test_a_dash_counts_its_24_questions_and_is_high_from_fourteen(name: str) -> None:
    dash = BOOK.instrument(name, START)

    assert dash is not None
    assert dash.counted == {f"D{number:02}" for number in range(1, 25)}
    assert not dash.reaches_high(Facts(yes=13))
    assert dash.reaches_high(Facts(yes=14))


@pytest.mark.parametrize("name", ["dara", "s-dash", "dash-young-people"])
def test_an_instrument_whose_threshold_is_not_settled_is_never_high_by_count(name: str) -> None:
    instrument = BOOK.instrument(name, START)

    assert instrument is not None
    assert not instrument.reaches_high(Facts(yes=1000))


def test_other_files_of_the_policies_are_none_of_its() -> None:
    assert load_book(FILES | {"rules/x.toml": "not TOML"}).sha256 == BOOK.sha256


def test_a_comment_changes_no_fingerprint_and_a_figure_does() -> None:
    commented = OURS | {REPEAT: OURS[REPEAT] + "\n# nothing\n"}
    changed = swap(ESCALATION, "count = 3", "count = 4")()
    renamed = {n.replace("repeat", "again"): text for n, text in reversed(OURS.items())}

    assert load_book(commented).sha256 == BOOK.sha256 == load_book(renamed).sha256
    assert load_book(changed).sha256 != BOOK.sha256
