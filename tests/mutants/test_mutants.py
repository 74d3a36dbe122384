"""Every mutant of the policy engine that is listed here dies: the suite would see the mistake.

Each is a mistake that somebody could make and that would tell somebody what they must not know, or
that would make nonsense of a rule. `lists/` has them by the file that they are in.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutants.trial import (
    ALL_WELL,
    FAILED,
    ROOT,
    Mutant,
    changed,
    copy_of_the_hub,
    mutants,
    run,
    trial,
)

AT_ONCE = 2
DECIDING = (
    "decide rules read_rules vocabulary domain conflict verdict pupils plan project treat"
    " read_schema tree schema view"
)
HELD = {
    *(f"hub/disclose/{name}.py" for name in DECIDING.split()),
    "hub/stream/compiled.py",
    "hub/stream/avro_bytes.py",
}
"""What decides a disclosure, or writes it."""

MUTANTS = mutants()


def test_whatever_decides_or_writes_a_disclosure_has_mutants_each_of_its_own() -> None:
    counts = Counter(each.file for each in MUTANTS)
    made = {(each.file, changed((ROOT / each.file).read_text("utf-8"), each)) for each in MUTANTS}

    assert counts.keys() == HELD
    assert min(counts.values()) >= 3
    assert len(made) == len(MUTANTS)


def test_every_mutant_dies_and_the_hub_as_it_is_lives(tmp_path: Path) -> None:
    killers = tuple(sorted({each for mutant in MUTANTS for each in mutant.killers}))
    pristine = copy_of_the_hub(tmp_path / "pristine")

    as_it_is = run(pristine, killers)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        tried = [
            pool.submit(trial, each, pristine, tmp_path / f"mutant-{turn}")
            for turn, each in enumerate(MUTANTS)
        ]
    lived = [
        told(each, ended.said)
        for each, ended in zip(MUTANTS, (each.result() for each in tried), strict=True)
        if ended.code != FAILED
    ]

    assert as_it_is.code == ALL_WELL, as_it_is.said
    assert not lived, "\n\n".join(lived)


def told(mutant: Mutant, said: str) -> str:
    return f"{mutant.file} lives, though {mutant.breaks}:\n{mutant.before}\n{mutant.after}\n{said}"
