"""Nothing of a case reaches the abuser: not his employer, nor who took his self-referral, nor his other home.

Two hubs read the same, save for everything that is told of her. What the three receive, in bytes, in
number and in order, is the same in both: from what they get they cannot tell whether she exists.
"""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.afresh.values import Recalled
from hub.disclose.project import DisclosureHead
from hub.disclose.verdict import Verdict
from hub.model.agency import AgencyId
from hub.model.event import Body, Event
from hub.stream.wire import AvroWire
from tests.made_events import (
    AMBER,
    CHILDREN,
    DUNMOOR,
    FENMARCH,
    HOMES,
    IDVA,
    KESTREL,
    NHS,
    OTHER_NHS,
    body_of,
    event_of,
    person,
    victim,
)
from tests.unit.ingest.memory import HubInMemory, Wire, county

HIS = "9990000042"
BARRED = (HOMES, KESTREL, AMBER)


class Written(Wire):
    """Writes disclosures as they go out, save for their random ids."""

    def __init__(self) -> None:
        super().__init__()
        keys = {each.id: each.id.encode().ljust(32, b"k") for each in county().recipients}
        self._avro = AvroWire(county().codec, county().schemas, keys)

    def disclosure(self, verdict: Verdict, body: Body, head: DisclosureHead) -> bytes:
        return self._avro.disclosure(verdict, body, replace(head, disclosure_id="0" * 36))


def him(local_id: str, employer: str | None = None) -> Body:
    return person(local_id, "Rex", "Holt", HIS, employer=employer)


def where_he_works() -> Event:
    """Probation told the police once where he works: it is known before anything else."""
    there = [him("D-9", "Fenmarch Homes")]
    return event_of(body_of("works", agency=DUNMOOR, victims=[], perpetrators=there))


def his_referral(key: str) -> Event:
    """He refers himself to a charity as the victim, and names her."""
    fields: Body = {
        "victims": [victim("K-9", "Rex", "Holt", HIS)],
        "perpetrators": [person("K-1", "Ann", nhs=NHS)],
        "criteria": ["visible_high_risk"],
        "consent": "given",
    }
    body = body_of(key, "referral-made", agency=KESTREL, named=[HOMES, IDVA], **fields)
    return event_of(body, "referral-made")


def of_his_other_home(key: str, grade: str) -> Event:
    """Bea has a case of her own, which a charity reported."""
    fields: Body = {
        "victims": [victim("A-2", "Bea", "Other", OTHER_NHS)],
        "perpetrators": [him("A-9")],
        "risk_grade": grade,
        "consent": "given",
    }
    body = body_of(key, "referral-made", agency=AMBER, named=[HOMES, IDVA, CHILDREN], **fields)
    return event_of(body, "referral-made")


@st.composite
def of_her(draw: st.DrawFn) -> Event:
    """Draw what police or children's services tell of her; it names anybody but the two charities."""
    agency = draw(st.sampled_from([FENMARCH, DUNMOOR]))
    kind = draw(st.sampled_from(["incident-reported", "risk-assessed"]))
    fields: Body = {
        "victims": [victim(f"{agency[:1]}-1", "Ann", "Example", NHS)],
        "perpetrators": [him(f"{agency[:1]}-9", draw(st.sampled_from([None, "Fenmarch Homes"])))],
        "risk_grade": draw(st.sampled_from([None, "medium", "high"])),
        "consent": draw(st.sampled_from([None, "given", "refused"])),
        "account": draw(st.text(max_size=8)),
    }
    if kind == "risk-assessed":
        fields["score"] = draw(st.integers(0, 24))
    named = draw(st.sets(st.sampled_from([HOMES, IDVA, CHILDREN])))
    body = body_of(
        f"her-{draw(st.integers(0, 99))}", kind, agency=agency, named=sorted(named), **fields
    )
    return event_of(body, kind)  # fmt: skip


def received(events: Sequence[Event], recipient: str) -> list[tuple[str, object, int]]:
    """Give what a recipient gets: each message in its order, with whose it is, counted as they come up."""
    hub = HubInMemory()
    hub.wire = Written()
    hub.hub = replace(hub.hub, wire=hub.wire)
    for each in events:
        hub.take(each)
    keys: dict[bytes, int] = {}
    ids: dict[str, int] = {}
    found: list[tuple[str, object, int]] = []
    for one in hub.dispatch.sent:
        if one.verdict.recipient.id != AgencyId(recipient):
            continue
        number = ids.setdefault(one.disclosure_id, len(ids))
        whose = keys.setdefault(one.key, len(keys))
        content: object = number if isinstance(one, Recalled) else one.value
        found.append((type(one).__name__, content, whose))
    return found


@settings(max_examples=60, deadline=None)
@given(
    st.lists(of_her(), max_size=6, unique_by=lambda each: each.source.key),
    st.lists(st.sampled_from(["his", "medium", "high"]), max_size=4),
    st.randoms(use_true_random=False),
)
def test_whoever_is_close_to_him_receives_the_same_whether_or_not_anything_is_told_of_her(
    hers: list[Event], others: list[str], chance: object
) -> None:
    rest = [
        his_referral(f"his-{n}") if what == "his" else of_his_other_home(f"bea-{n}", what)
        for n, what in enumerate(others)
    ]
    mixed = [*hers, *rest]
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    without = [each for each in mixed if each not in hers]

    for recipient in BARRED:
        assert received([where_he_works(), *mixed], recipient) == received(
            [where_he_works(), *without], recipient
        )


def test_those_who_may_be_told_are(  # or the property would hold of a hub that tells nobody anything
) -> None:
    body = body_of(
        "her", agency=FENMARCH, named=[HOMES, IDVA, CHILDREN],
        victims=[victim("F-1", "Ann", "Example", NHS)], perpetrators=[him("F-9")],
        risk_grade="high", consent="given",
    )  # fmt: skip
    events = [where_he_works(), event_of(body)]

    assert received(events, CHILDREN)
    assert received(events, IDVA)
    assert not received(events, HOMES)
