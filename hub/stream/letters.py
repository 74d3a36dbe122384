"""Connectors' dead letters on the log: original bytes as the value, everything else in the headers."""

from datetime import datetime

from hub.model.agency import AgencyId
from hub.model.dead_letter import MAX_DETAIL, DeadLetter, Reason, Stage, labels
from hub.stream.log import Record


def to_record(letter: DeadLetter) -> Record:
    return Record(letter.id.encode(), letter.value, labels(letter))


def from_record(record: Record) -> DeadLetter:
    """Read a connector's dead letter from the log.

    Raises:
        ValueError: the headers are not those of a dead letter that a connector may write.
    """
    if any(b"\x00" in value for _, value in record.headers):
        raise ValueError("a header holds a zero, which no text in PostgreSQL may")
    if record.header("dlq_stage") != Stage.CONNECTOR:
        raise ValueError("what was set aside at another stage is not a connector's to report")
    received_at = datetime.fromisoformat(record.header("dlq_received_at"))
    if received_at.tzinfo is None:
        raise ValueError("dlq_received_at has no zone")
    return DeadLetter(
        stage=Stage.CONNECTOR,
        agency=AgencyId(record.header("dlq_agency")),
        reason=Reason(record.header("dlq_reason")),
        detail=record.header("dlq_error")[:MAX_DETAIL],
        format=record.header("dlq_format"),
        value=record.value or b"",
        received_at=received_at,
        held=record.header("dlq_held"),
    )
