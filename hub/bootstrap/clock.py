"""The clock. Nothing below reads it: time is an argument there."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC)
