"""Parcels: what leaves, numbered in its output partition."""

from dataclasses import dataclass

from hub.model.position import Place


@dataclass(frozen=True, slots=True)
class Parcel:
    """A row of the outbox with its number, which has no gaps within a place."""

    id: int
    place: Place
    seq: int
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]
