"""The log of our processes: JSON Lines on standard error, with nothing in them but words of ours.

It is set up as soon as it is imported, so that no line can be written any other way.
"""

import sys

import structlog

WORDS = ("event", "process", "agency", "reason", "error", "level", "timestamp")
FIGURES = ("count", "method", "route", "status", "ms")
MAY_BE_LOGGED = frozenset((*WORDS, *FIGURES))
"""What a log line may hold. Anything else is dropped: a person's data cannot slip in."""


def _only_what_may_be_logged(
    _logger: object, _method: str, entry: structlog.types.EventDict
) -> structlog.types.EventDict:
    return {name: value for name, value in entry.items() if name in MAY_BE_LOGGED}


structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _only_what_may_be_logged,
        structlog.processors.JSONRenderer(),
    ],
    logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
)

log = structlog.get_logger("hub")
