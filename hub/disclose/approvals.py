"""Approvals: who signed that something is disclosed which was not disclosed before.

An approval is of one line of a comparison and holds what the line says, in the words that its signer
read, and the hash of the exact contexts. Once anything about the line is another, nobody has signed it.
"""

import json
from collections.abc import Iterable
from datetime import date

from hub.disclose.diff import Change
from hub.disclose.read_approvals import SAID, Approval, Signature


def signed(change: Change, approvals: Iterable[Approval]) -> Signature | None:
    """Say who signed a line; nobody did unless hash and words are those of the line."""
    for each in approvals:
        if (each.line, each.said, each.where) == (
            change["line"], _said(change), tuple(change["where"]),
        ):  # fmt: skip
            return each.signature
    return None


def unspent(new: Iterable[Approval], old: Iterable[Approval]) -> tuple[Approval, ...]:
    """Give the approvals that are not of an earlier time: what was taken back since is not signed for ever."""
    spent = set(old)
    return tuple(each for each in new if each not in spent)


def as_toml(change: Change, approved_by: str, email: str, on: date, because: str) -> str:
    """Write the approval of a line, as a file of `approvals/` holds it."""
    said = zip(SAID, _said(change), strict=True)
    lines = [
        "[[approval]]",
        f"line = {_text(change['line'])}",
        *(f"{key} = {_text(value)}" for key, value in said),
        "where = [",
        *(f"  {_text(each)}," for each in change["where"]),
        "]",
        f"approved_by = {_text(approved_by)}",
        f"email = {_text(email)}",
        f"approved_on = {on.isoformat()}",
        f"because = {_text(because)}",
    ]
    return "\n".join(lines) + "\n"


def _said(change: Change) -> tuple[str, ...]:
    return (
        change["agency"], change["step"], change["tag"], change["from"], change["to"], change["rule"],
    )  # fmt: skip


def _text(value: str) -> str:
    """Quote a text for TOML, whose texts escape as those of JSON do."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
