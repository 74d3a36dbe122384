"""Instants and small values as the tables hold them."""

import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)

Headers = tuple[tuple[str, bytes], ...]


def to_ms(moment: datetime) -> int:
    """Give an instant in milliseconds since 1970. Whole numbers all the way: a float would round."""
    return (moment - EPOCH) // _MS


def from_ms(moment: int) -> datetime:
    return EPOCH + moment * _MS


def headers_to_text(headers: Headers) -> str:
    return (
        json.dumps([[name, b64encode(value).decode()] for name, value in headers])
        if headers
        else ""
    )


def headers_from_text(text: str) -> Headers:
    return tuple((name, b64decode(value)) for name, value in json.loads(text)) if text else ()
