"""Load the policies as one bundle: whole and without a fault, or not at all.

A bundle is a value: the same rules and words are the same version, whatever the files are called,
in which order rules stand and what the comments say.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace

from hub.disclose.names import name_of
from hub.disclose.read_approvals import Approval, read_approval
from hub.disclose.read_recipients import read_recipient
from hub.disclose.read_rules import read_never, read_rule
from hub.disclose.read_tests import PolicyTest, read_test
from hub.disclose.rules import Never, Rule
from hub.disclose.treat import TRANSFORMS
from hub.disclose.vocabulary import Vocabulary, read_vocabulary
from hub.model.agency import AgencyId
from hub.model.recipient import Recipient
from hub.model.strict import PolicyFault, Table, read

__all__ = ["Bundle", "PolicyFault", "load_bundle"]

VOCABULARY = "vocabulary.toml"
NEVER = "never.toml"
APPROVALS = "approvals/"
FOLDER = re.compile(r"(rules|recipients|tests|approvals)/[a-z0-9][a-z0-9-]*\.toml")
GOLDEN = re.compile(
    r"golden/(matrix\.txt|signed/(vocabulary|(rules|approvals)/[a-z0-9][a-z0-9-]*)\.toml)"
)
"""What was signed last: it is compared with, and decides nothing."""
OURS = re.compile(r"(rules|recipients|tests|approvals|golden)/.*|[^/]*\.toml")
"""What lies in these places is policy or a mistake; other files (a README) are neither."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything that decides a disclosure, but for the case. Immutable, named by its content."""

    version: str
    sha256: str
    vocabulary: Vocabulary
    rules: tuple[Rule, ...]
    never: tuple[Never, ...]
    tests: tuple[PolicyTest, ...]
    recipients: Mapping[AgencyId, Recipient]
    approvals: tuple[Approval, ...] = ()


def load_bundle(files: Mapping[str, str]) -> Bundle:
    """Load a bundle from its files, by path inside `policies/`.

    Raises:
        PolicyFault: one fault anywhere refuses the whole.
    """
    tables = {file: read(file, files[file]) for file in sorted(files) if _is_policy(file)}
    vocabulary, rules = _read_table(tables)
    never = [read_never(each, vocabulary) for each in _entries(tables, NEVER, "never", "id")]
    tests = [read_test(each, vocabulary) for each in _entries(tables, "tests/", "test", "name")]
    recipients = [
        read_recipient(file, replace(table, rule=file[11:-5]), vocabulary)
        for file, table in tables.items()
        if file.startswith("recipients/")
    ]
    _once([(each.file, each.id) for each in rules] + [(each.file, each.id) for each in never])
    _once((each.file, each.name) for each in tests)
    _tell_apart(recipients)
    rules.sort(key=lambda rule: rule.id)
    sha256 = _sha256(vocabulary, rules)
    return Bundle(
        version=f"{vocabulary.version}+{sha256[:8]}",
        sha256=sha256,
        vocabulary=vocabulary,
        rules=tuple(rules),
        never=tuple(never),
        tests=tuple(tests),
        recipients={each.id: each for each in recipients},
        approvals=_read_approvals(tables),
    )


def load_table(files: Mapping[str, str]) -> tuple[Vocabulary, list[Rule]]:
    """Load the words and the rules of a bundle alone, whatever else there is of it.

    Raises:
        PolicyFault: they cannot be read.
    """
    names = [file for file in sorted(files) if file == VOCABULARY or file.startswith("rules/")]
    vocabulary, rules = _read_table({each: read(each, files[each]) for each in names})
    _once((each.file, each.id) for each in rules)
    return vocabulary, rules


def _read_table(tables: Mapping[str, Table]) -> tuple[Vocabulary, list[Rule]]:
    if VOCABULARY not in tables:
        raise PolicyFault(
            VOCABULARY, "", "the file is missing", "Every word comes from it: add it."
        )
    vocabulary = read_vocabulary(tables[VOCABULARY])
    return vocabulary, [
        read_rule(each, vocabulary) for each in _entries(tables, "rules/", "rule", "id")
    ]


def load_approvals(files: Mapping[str, str]) -> tuple[Approval, ...]:
    """Load what was signed, of a bundle's files.

    Raises:
        PolicyFault: a fault in one refuses all of them.
    """
    names = [file for file in sorted(files) if file.startswith(APPROVALS)]
    return _read_approvals({each: read(each, files[each]) for each in names})


def _read_approvals(tables: Mapping[str, Table]) -> tuple[Approval, ...]:
    return tuple(read_approval(each) for each in _entries(tables, APPROVALS, "approval", "line"))


def _is_policy(file: str) -> bool:
    if file in (VOCABULARY, NEVER) or FOLDER.fullmatch(file):
        return True
    if OURS.fullmatch(file) and not GOLDEN.fullmatch(file):
        raise PolicyFault(
            file, "", "no such file belongs to a bundle",
            "Known are vocabulary.toml, never.toml, rules/, recipients/, tests/ and approvals/ with *.toml,"
            " golden/matrix.txt and golden/signed/.",
        )  # fmt: skip
    return False


def _entries(tables: Mapping[str, Table], start: str, kind: str, named: str) -> Iterable[Table]:
    """Give every [[kind]] of the files whose path starts so."""
    for file, top in tables.items():
        if file.startswith(start):
            top.keys(must=(kind,))
            yield from top.tables(kind, named=named)


def _once(names: Iterable[tuple[str, str]]) -> None:
    seen: dict[str, str] = {}
    for file, name in names:
        if name in seen:
            raise PolicyFault(
                file,
                name,
                f"the name is already taken in {seen[name]}",
                "Give one of them another.",
            )
        seen[name] = file


def _tell_apart(recipients: Iterable[Recipient]) -> None:
    """Refuse two organisations that go by one name: being named opens, so it has to be sure."""
    seen: dict[tuple[str, ...], AgencyId] = {}
    for each in recipients:
        for name in {name_of(text) for text in (each.name, *each.aliases)}:
            if not name or seen.setdefault(name, each.id) != each.id:
                raise PolicyFault(
                    f"recipients/{each.id}.toml", each.id,
                    f"a name or alias is empty or also that of {seen.get(name, each.id)}",
                    "Give it a name that tells it apart once case, accents and words like Ltd are gone.",
                )  # fmt: skip


def _sha256(vocabulary: Vocabulary, rules: Iterable[Rule]) -> str:
    """Hash what decides: words, rules, transforms. Not files, comments, tests or who works where."""
    content = {
        "vocabulary": asdict(vocabulary),
        "rules": [{**asdict(rule), "file": ""} for rule in rules],
        "transforms": {each.name: each.version for each in TRANSFORMS.values()},
    }
    text = json.dumps(content, sort_keys=True, default=_plain, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    return sorted(value, key=str) if isinstance(value, frozenset) else str(value)
