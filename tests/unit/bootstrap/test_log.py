"""What a log line may hold, and where it goes."""

import json

import pytest
import structlog

from hub.bootstrap.log import MAY_BE_LOGGED, log


@pytest.mark.parametrize("logger", [log, structlog.get_logger("hub")], ids=["ours", "the API's"])
def test_a_line_holds_nothing_but_what_may_be_logged(
    logger: structlog.types.FilteringBoundLogger, capsys: pytest.CaptureFixture[str]
) -> None:
    logger.warning("again", process="ingest", surname="Wren", error="Fenced")

    told = capsys.readouterr()
    line = json.loads(told.err)
    assert not told.out
    assert {"event", "process", "error", "level", "timestamp"} == set(line) <= MAY_BE_LOGGED
