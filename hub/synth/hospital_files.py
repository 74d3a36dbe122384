"""What the hospital sends, message by message as it writes them: the call site of `health_messages`."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from hub.synth.attendances import Attendance
from hub.synth.chance import chance_for, happens
from hub.synth.health_messages import Accused, bundle
from hub.synth.health_messages import Attendance as Message
from hub.synth.inbox_book import Inbox
from hub.synth.places import HOSPITAL, ORGANISATIONS
from hub.synth.recorded import Recorded
from hub.synth.sentences import summary
from hub.synth.told import Telling
from hub.synth.truth import Truth

FORMAT = "messages"
ON_THE_WAY, DAY_AFTER = timedelta(minutes=3), timedelta(days=1)
ACCUSED_NUMBERED, SENT_TWICE, TOLD_IDVA = 0.5, 0.03, 0.4
VICTIM_FLAG, CONCERN_FLAG = "domestic-abuse-victim", "domestic-abuse-concern"
CONSENTS = ("given", "given", "refused", "not_asked")


@dataclass(frozen=True, slots=True)
class _Version:
    """One message of an attendance. `tells`: the patient has said by then who or what did it."""

    number: int
    sent_at: datetime
    tells: bool
    is_withdrawn: bool = False


def write_messages(folder: Path, truth: Truth, inbox: Inbox, *, last: datetime) -> None:
    """Write every message of every attendance, each in a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for attendance in truth.attendances:
        for version in _versions(attendance):
            file = folder / f"{_number(attendance)}-{version.number}.json"
            message = _message(truth, inbox, attendance, version)
            file.write_text(bundle(message) + "\n", encoding="utf-8", newline="\n")
            at = version.sent_at + ON_THE_WAY
            inbox.deliver(at, HOSPITAL, file.name, FORMAT, rows=1, distinct=1)
            _remember(truth, inbox, attendance, version, file=file.name, at=at)
            chance = chance_for(truth.seed, "again", HOSPITAL, attendance.number, version.number)
            if happens(chance, SENT_TWICE) and at + DAY_AFTER <= last:
                again = file.with_stem(f"{file.stem}-again")
                again.write_bytes(file.read_bytes())
                inbox.deliver(at + DAY_AFTER, HOSPITAL, again.name, FORMAT, rows=1, distinct=0)


def _versions(attendance: Attendance) -> Iterator[_Version]:
    """Give the messages of an attendance: what was left out at first is told when the notes are mended."""
    tells = attendance.abuse_disclosed == "yes"
    sent = [(attendance.written_at, tells and attendance.amended_at is None, False)]
    if attendance.amended_at is not None:
        sent.append((attendance.amended_at, tells, False))
    if attendance.withdrawn_at is not None:
        sent.append((attendance.withdrawn_at, tells, True))
    sent.sort()
    for number, (sent_at, told, is_withdrawn) in enumerate(sent, 1):
        yield _Version(number, sent_at, told, is_withdrawn)
        if is_withdrawn:
            return


def _message(truth: Truth, inbox: Inbox, it: Attendance, version: _Version) -> Message:
    record = inbox.indexes[HOSPITAL].record(truth.people[it.patient])
    chance = chance_for(truth.seed, "message", it.number)
    consent, told_idva = chance.choice(CONSENTS), happens(chance, TOLD_IDVA)
    flag = VICTIM_FLAG if version.tells else CONCERN_FLAG
    kind = None if it.incident is None else truth.incidents[it.incident].kind
    reference = None if it.incident is None else truth.incidents[it.incident].crime_reference
    household = truth.households[record.person.household]
    return Message(
        number=_number(it),
        version=str(version.number),
        person=record.as_known(),
        patient_number=record.local_id,
        attended_at=it.arrived_at,
        written_at=it.written_at,
        sent_at=version.sent_at,
        site=it.site,
        kind=it.kind,
        reason=it.complaint,
        diagnoses=it.diagnoses if version.tells else it.diagnoses[:1],
        injuries=it.injuries,
        flags=((flag, True),),
        disclosed="yes" if version.tells else _untold(it),
        pregnant=it.pregnant,
        accompanied_by=it.accompanied_by,
        gp_practice=household.surgery,
        referred_to=(ORGANISATIONS["fenmarch-idva"],) if version.tells and told_idva else (),
        crime_reference=reference if it.states_crime_reference else None,
        risk_grade="high" if version.tells and it.named is not None else None,
        consent=consent,
        summary=summary(kind or "other", grade="medium", children_present="no"),
        accused=_accused(truth, inbox, it) if version.tells else (),
        is_traced=is_traced(record),
        withdrawn=version.is_withdrawn,
    )


def _accused(truth: Truth, inbox: Inbox, it: Attendance) -> tuple[Accused, ...]:
    if it.named is None or it.incident is None:
        return ()
    record = inbox.indexes[HOSPITAL].record(truth.people[it.named])
    dyad = truth.dyads[truth.incidents[it.incident].dyad]
    number = record.local_id if _is_numbered(truth, it) else None
    relation = {"parent": "child", "child": "parent"}.get(dyad.relation, dyad.relation)
    return (Accused(record.as_known(), relation, number),)


def is_traced(record: Recorded) -> bool:
    """Tell whether the number was checked with its issuer: a gap was filled in without, a slip fails."""
    return record.nhs_number in (record.person.nhs_number, record.person.borrowed_nhs)


def _remember(
    truth: Truth, inbox: Inbox, it: Attendance, version: _Version, *, file: str, at: datetime
) -> None:
    is_named = version.tells and it.named is not None
    inbox.told.tellings.append(
        Telling(
            agency=HOSPITAL,
            key=f"{FORMAT}:{_number(it)}",
            version=version.number,
            event_type="attendance-recorded",
            file=file,
            received_at=at,
            occurred_at=it.arrived_at,
            victim=it.patient if version.tells else None,
            perpetrators=(it.named,) if is_named and it.named is not None else (),
            unresolved=() if version.tells else (it.patient,),
            incident=it.incident,
            tells_abuse=version.tells,
            is_withdrawn=version.is_withdrawn,
        )
    )
    if version.is_withdrawn:  # it says that it was wrong, and nothing of anybody
        return
    _write_down(truth, inbox, it, it.patient, None)
    if is_named and it.named is not None:
        key = None if _is_numbered(truth, it) else f"{_number(it)}/related/1"
        _write_down(truth, inbox, it, it.named, key)


def _write_down(truth: Truth, inbox: Inbox, it: Attendance, who: int, key: str | None) -> None:
    index = inbox.indexes[HOSPITAL]
    record = index.record(truth.people[who])
    known = record.as_known()
    says = {"born", "nhs"} if who == it.patient and is_traced(record) else {"born"}
    home = known.home_on(it.arrived_at.date())
    inbox.told.write_down(
        HOSPITAL, key or record.local_id, replace(record, born=known.born), says=says,
        postcode=home.postcode,
    )  # fmt: skip
    if home != known.home and who == it.patient:  # the old address stands beside the new one
        inbox.told.write_down(
            HOSPITAL, record.local_id, record, says=(), postcode=known.home.postcode
        )
    if key is None:
        index.keys_used.add(record.local_id)
    else:
        inbox.nobody_s_key(HOSPITAL, _number(it), "related1", who)


def _is_numbered(truth: Truth, it: Attendance) -> bool:
    return happens(chance_for(truth.seed, "accused", it.number), ACCUSED_NUMBERED)


def _number(attendance: Attendance) -> str:
    return f"ED-{attendance.number + 1:06d}"


def _untold(attendance: Attendance) -> str:
    return "unknown" if attendance.abuse_disclosed == "yes" else attendance.abuse_disclosed
