"""What every table shares: one metadata, and a rule that says how long its rows are kept."""

from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData()

Key = sa.Text
Moment = sa.BigInteger
"""An instant in milliseconds since 1970, UTC: the same in SQLite and PostgreSQL."""


def table(name: str, *columns: Any, retention: str) -> sa.Table:  # noqa: ANN401 - SQLAlchemy's own
    """Give a table. `retention` says in words how long its rows stay; nothing is kept without."""
    return sa.Table(name, metadata, *columns, info={"retention": retention})
