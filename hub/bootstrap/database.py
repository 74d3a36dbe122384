"""Open the database, and say in our own words that it cannot be used."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from hub.model.faults import Refusal
from hub.store.engine import open_engine


class DatabaseUnusable(Refusal):
    """The database does not do what it is asked. Of the cause it has the kind alone: the text may hold data."""

    told = "the database cannot be used ({}): check --db, and `hub db upgrade`"


@contextmanager
def opened(url: str) -> Iterator[sa.Engine]:
    """Open a database while the block runs.

    Raises:
        DatabaseUnusable: it cannot be used, and the block did not wait for it.
    """
    engine = open_engine(url)
    try:
        yield engine
    except DBAPIError as error:
        raise DatabaseUnusable(type(error).__name__) from None
    finally:
        engine.dispose()
