"""Choose the event log: the embedded one, or Kafka, whose client is loaded only where it is used."""

import sqlalchemy as sa

from hub.stream.log import EventLog
from hub.stream.relay import Output
from hub.stream.sql_log import SqlLog
from hub.stream.sql_output import SqlOutput


def kafka_log(address: str) -> EventLog:
    """Open the log of a broker."""
    from hub.stream.kafka_log import KafkaLog  # noqa: PLC0415 - see above

    return KafkaLog(address)


def output_of(log: EventLog, engine: sa.Engine) -> Output:
    """Give what the relay writes to, in the same log."""
    if isinstance(log, SqlLog):
        return SqlOutput(SqlLog(engine), engine)
    from hub.stream.kafka_log import KafkaLog  # noqa: PLC0415 - see above
    from hub.stream.kafka_output import KafkaOutput  # noqa: PLC0415 - likewise

    if not isinstance(log, KafkaLog):
        raise TypeError(f"a relay cannot write to {type(log).__name__}")
    return KafkaOutput(log)
