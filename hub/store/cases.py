"""Cases and the criteria that stand in them: what was found when their people were last touched."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from hub.afresh.values import Assessed
from hub.assess.criteria import Standing
from hub.model.person import PersonId
from hub.store import bulk
from hub.store.metadata import table

case = table(
    "marac_case",
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("victim", sa.Text, nullable=False, index=True),
    sa.Column("perpetrators", sa.Text, nullable=False),
    sa.Column("opened_on", sa.Text, nullable=False),
    retention="as the newest event of its victim",
)
"""`victim` and `perpetrators` are ids of people, the latter between spaces; days are ISO dates."""

criterion = table(
    "criterion",
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("anchor", sa.Text, primary_key=True),
    sa.Column("since", sa.Text, nullable=False),
    sa.Column("lapsed_on", sa.Text),
    sa.Column("events", sa.Text, nullable=False),
    retention="as its case",
)
"""`anchor` is empty where there is none; `events` are ids between spaces, the oldest first."""


def keep_cases(
    conn: sa.Connection,
    people: Collection[PersonId],
    found: Sequence[Assessed],
    new_id: Callable[[], str],
) -> None:
    """Keep what these people's cases are now. A case goes on under its id as long as one of its perpetrators does."""
    before = bulk.found(conn, sa.select(case), [case.c.victim], people)
    ids = _ids(before, found, new_id)
    now = {id_: _case_row(id_, each) for id_, each in zip(ids, found, strict=True)}
    was = {row.case_id: dict(row._mapping) for row in before}  # noqa: SLF001 - SQLAlchemy's own way
    changed = [id_ for id_ in was.keys() | now.keys() if was.get(id_) != now.get(id_)]
    bulk.erase(conn, case, [case.c.case_id], [id_ for id_ in changed if id_ in was])
    bulk.insert(conn, case, [now[id_] for id_ in sorted(changed) if id_ in now])
    standing = [
        _criterion_row(id_, each)
        for id_, one in zip(ids, found, strict=True)
        for each in one.standings
    ]
    stood = bulk.found(conn, sa.select(criterion), [criterion.c.case_id], was.keys() | now.keys())
    rows = {_name(row): row for row in standing}
    old = {_name(dict(row._mapping)): dict(row._mapping) for row in stood}  # noqa: SLF001 - as above
    moved = [name for name in rows.keys() | old.keys() if rows.get(name) != old.get(name)]
    columns = [criterion.c.case_id, criterion.c.code, criterion.c.anchor]
    bulk.erase(conn, criterion, columns, [name for name in moved if name in old])
    bulk.insert(conn, criterion, [rows[name] for name in sorted(moved) if name in rows])


def victims_with_criteria(conn: sa.Connection, day: date) -> list[PersonId]:
    """Give whose cases meet a criterion at the end of a day."""
    query = (
        sa.select(case.c.victim).distinct().join(criterion, criterion.c.case_id == case.c.case_id)
    )
    return [
        PersonId(id_) for id_ in conn.scalars(query.where(_stands(day)).order_by(case.c.victim))
    ]


def counted(conn: sa.Connection, day: date) -> tuple[int, int]:
    """Give how many cases there are, and in how many a criterion stands at the end of a day."""
    standing = sa.select(sa.func.count(sa.distinct(criterion.c.case_id))).where(_stands(day))
    every = sa.select(sa.func.count()).select_from(case)
    return conn.scalar(every) or 0, conn.scalar(standing) or 0


def _stands(day: date) -> sa.ColumnElement[bool]:
    on = day.isoformat()
    lasts = sa.or_(criterion.c.lapsed_on.is_(None), criterion.c.lapsed_on > on)
    return sa.and_(criterion.c.since <= on, lasts)


def _ids(
    before: Sequence[sa.Row[Any]], found: Sequence[Assessed], new_id: Callable[[], str]
) -> list[str]:
    """Give each case the id that it had: its victim's, with a perpetrator in common, else any of hers."""
    hers: dict[str, list[sa.Row[Any]]] = defaultdict(list)
    for row in sorted(before, key=lambda row: str(row.case_id)):
        hers[row.victim].append(row)
    ids = []
    for each in found:
        wanted, left = each.case.perpetrators, hers[each.case.victim]
        same = next((row for row in left if _goes_on(row, wanted)), None)
        if same is not None:
            left.remove(same)
        ids.append(new_id() if same is None else str(same.case_id))
    return ids


def _goes_on(row: sa.Row[Any], perpetrators: Collection[PersonId]) -> bool:
    return not (row.perpetrators and perpetrators) or any(
        one in perpetrators for one in row.perpetrators.split()
    )


def _case_row(id_: str, one: Assessed) -> dict[str, object]:
    return {
        "case_id": id_,
        "victim": one.case.victim,
        "perpetrators": " ".join(sorted(one.case.perpetrators)),
        "opened_on": one.case.opened.isoformat(),
    }


def _criterion_row(id_: str, one: Standing) -> dict[str, object]:
    return {
        "case_id": id_,
        "code": one.code,
        "anchor": one.anchor or "",
        "since": one.since.isoformat(),
        "lapsed_on": one.lapsed_on.isoformat() if one.lapsed_on else None,
        "events": " ".join(one.events),
    }


def _name(row: Mapping[str, object]) -> tuple[object, ...]:
    return row["case_id"], row["code"], row["anchor"]
