"""Whether this process may be sent calls: the database is there, as we want it, and decided by our policy."""

from sqlalchemy.exc import DBAPIError

from hub.afresh.needs import epoch_of
from hub.bootstrap.runtime import Runtime
from hub.disclose.plan import Planner
from hub.store import schema
from hub.store.pulse import InForce, in_force

DATABASE, MIGRATIONS, POLICY = "database", "migrations", "policy"


def waits_for(*, is_current: bool, there: InForce, ours: str) -> list[str]:
    """Name what has to be waited for. Before the first event nothing is in force, and that is well."""
    found = [] if is_current else [MIGRATIONS]
    if there.is_coming or there.policy not in (None, ours):
        found.append(POLICY)
    return found


def not_ready(runtime: Runtime) -> list[str]:
    """Look now."""
    county = runtime.county
    ours = epoch_of(Planner(county.bundle, runtime.now().date()), county.book, county.register)
    try:
        is_current = schema.current(runtime.engine) == schema.newest()
        with runtime.engine.connect().execution_options(reading=True) as conn, conn.begin():
            return waits_for(is_current=is_current, there=in_force(conn), ours=ours)
    except DBAPIError:
        return [DATABASE]
