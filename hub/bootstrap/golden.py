"""What was signed last, in `policies/golden/`, and who signed what, in `policies/approvals/`.

`matrix.txt` is for people; `signed/` has the words and rules that it was made from, so that what is
compared is the same thing on both sides, and the approvals that went into it, which are spent.
"""

from collections.abc import Mapping
from datetime import date
from difflib import unified_diff
from functools import cached_property
from pathlib import Path

from hub.bootstrap.files import folder, texts
from hub.disclose.approvals import unspent
from hub.disclose.bundle import APPROVALS, VOCABULARY, load_approvals, load_table
from hub.disclose.cells import Cells
from hub.disclose.matrix import matrix
from hub.disclose.read_approvals import Approval
from hub.disclose.render import as_text
from hub.model.faults import WrongUse

MATRIX = "golden/matrix.txt"
SIGNED = "golden/signed"


class NothingSigned(WrongUse):
    """There is no signed matrix to compare with."""

    def __init__(self) -> None:
        super().__init__(
            f"policies/{SIGNED}/ is missing: put it back as it was committed. For the very first one, copy"
            " vocabulary.toml and rules/ into it, which is to sign all that they give"
        )


class Golden:
    """The signed matrix of one folder of policies, and the rules of that folder."""

    def __init__(self, policies: Path | None) -> None:
        self._root = policies or folder("policies")
        self._files = texts(self._root)
        self.now = Cells(*load_table(self._files))

    @cached_property
    def signed(self) -> Mapping[str, str]:
        """The files as they were signed, by their path in a bundle.

        Raises:
            NothingSigned: there are none.
        """
        start = f"{SIGNED}/"
        found = {
            name.removeprefix(start): text
            for name, text in self._files.items()
            if name.startswith(start)
        }
        if not found:
            raise NothingSigned
        return found

    def approvals(self, old: Mapping[str, str]) -> tuple[Approval, ...]:
        """Give what was signed since the files of an older bundle."""
        return unspent(load_approvals(self._files), load_approvals(old))

    @property
    def text(self) -> str:
        return as_text(matrix(self.now), self.now)

    def drift(self) -> list[str]:
        """Give the lines of the matrix that are not, or no more, in the one that is checked in."""
        file = self._root / MATRIX
        there = file.read_text("utf-8") if file.is_file() else ""
        found = unified_diff(there.splitlines(), self.text.splitlines(), n=0, lineterm="")
        return [each for each in found if not each.startswith(("---", "+++", "@@"))]

    def renew(self) -> None:
        """Make what is now the signed one. Whether it may be is asked before."""
        place = self._root / SIGNED
        ours = {
            name: text
            for name, text in self._files.items()
            if name == VOCABULARY or name.startswith(("rules/", APPROVALS))
        }
        for name in self.signed.keys() - ours.keys():
            (place / name).unlink()
        for name, text in ours.items():
            _write(place / name, text)
        _write(self._root / MATRIX, self.text)

    def add(self, approvals: list[str], on: date) -> str:
        """Write approvals down, and give the name of their file.

        Raises:
            PolicyFault: one of them could not be read back; nothing is written.
        """
        name = f"{APPROVALS}{on.isoformat()}.toml"
        text = "\n".join([*filter(None, [self._files.get(name, "")]), *approvals])
        load_approvals({name: text})
        _write(self._root / name, text)
        return name


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8", newline="\n")
