"""The relay's output in the embedded log: one transaction makes a batch visible, or none of it."""

from collections.abc import Sequence

import sqlalchemy as sa

from hub.model.parcel import Parcel
from hub.model.position import Place
from hub.stream.log import Record
from hub.stream.relay import RelayStale, Tail
from hub.stream.sql_log import SqlLog


class SqlOutput:
    """Writes to the embedded log. A second relay is found out by the numbers, and undone."""

    def __init__(self, log: SqlLog, engine: sa.Engine) -> None:
        self._log, self._engine = log, engine
        self._last: dict[Place, int] = {}

    def identity(self, topic: str) -> str:
        return self._log.identities([topic])[topic]

    def open(self, places: Sequence[Place]) -> dict[Place, Tail]:
        tails = {place: self._tail(self._log, place) for place in places}
        self._last = {
            place: -1 if tail.last is None else tail.last for place, tail in tails.items()
        }
        return tails

    def send(self, parcels: Sequence[Parcel]) -> None:
        grouped: dict[Place, list[Parcel]] = {}
        for parcel in parcels:
            grouped.setdefault(parcel.place, []).append(parcel)
        with self._engine.begin() as conn:
            log = self._log.within(conn)
            for place, group in sorted(grouped.items()):
                records = [
                    Record(
                        parcel.key, parcel.value, (*parcel.headers, ("hub_seq", b"%d" % parcel.seq))
                    )
                    for parcel in group
                ]
                log.append(place.topic, records)
                before = self._tail(log, place, skip=len(group))
                if before.last is not None and before.last != group[0].seq - 1:
                    raise RelayStale  # another relay wrote to it: begin again behind what it wrote

    def close(self) -> None:
        """Nothing is held."""

    def _tail(self, log: SqlLog, place: Place, *, skip: int = 0) -> Tail:
        """Give the number of the last record but `skip`."""
        first, end = log.start(place.topic)[place.partition], log.end(place.topic)[place.partition]
        offset = end - 1 - skip
        if offset < first:
            return Tail(None, emptied=first > 0)
        (record,) = log.read({place: offset}, 1, 0)[place]
        return Tail(int(record.header("hub_seq")), emptied=False)
