"""Tables of rules drawn at random, over the words that are shipped."""

from collections.abc import Iterator, Sequence
from itertools import product
from random import Random

from hypothesis import strategies as st

from hub.disclose.cells import Cell, Cells
from hub.disclose.decide import decide_event, decide_tag
from hub.disclose.domain import FLAGS, NO_DAY, NO_EXPIRY
from hub.disclose.rules import Effect, Rule
from hub.disclose.vocabulary import LISTS, Vocabulary, outside
from hub.model.enquiry import Context
from hub.model.level import Level
from tests.unit.disclose.bodies import BUNDLE
from tests.unit.disclose.made import rule

WORDS = BUNDLE.vocabulary
AGENCIES = ("police", "housing", "charity")
TAGS, EVENTS = ("VICTIM", "CHILD", "RISK"), ("recall", "case-heard")
GIVEN = (Level.MASK, Level.GENERALISE, Level.FULL)
CONDITIONS = ("role", "purpose", "consent", "risk", "involvement")


def words_of(name: str) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(WORDS.words[name]), min_size=1, max_size=3)


@st.composite
def drawn_rule(draw: st.DrawFn, name: str) -> Rule:
    effect = draw(st.sampled_from(Effect))
    step = draw(st.sampled_from(("event", "tag"))) if effect is not Effect.CAP else "tag"
    names = EVENTS if step == "event" else TAGS
    wide = effect is not Effect.PERMIT and draw(st.booleans())
    on = ("*",) if wide else draw(st.sets(st.sampled_from(names), min_size=1))
    when: dict[str, object] = {
        each: draw(words_of(each)) for each in CONDITIONS if draw(st.integers(0, 3)) == 0
    }
    when |= {each: draw(st.booleans()) for each in FLAGS if draw(st.integers(0, 5)) == 0}
    if not wide:
        when["agency"] = draw(st.frozensets(st.sampled_from(AGENCIES), min_size=1))
    level = draw(st.sampled_from(GIVEN)) if step == "tag" else Level.FULL
    return rule(name, effect, *on, level=level, step=step, **when)  # type: ignore[arg-type]


@st.composite
def tables(draw: st.DrawFn, most: int = 6) -> tuple[Rule, ...]:
    return tuple(draw(drawn_rule(f"rule-{at}")) for at in range(draw(st.integers(0, most))))


def level_of(cell: Cell, context: Context, rules: Sequence[Rule], words: Vocabulary) -> Level:
    """Decide the plain way: every rule is asked, and a word that is in no list is refused."""
    known = words.events if cell.step == "event" else words.tags
    if outside(context, words) or cell.name not in known:
        return Level.WITHHOLD
    decide = decide_event if cell.step == "event" else decide_tag
    return decide(context, cell.name, rules, NO_EXPIRY).level


def some_contexts(agency: str, words: Vocabulary, count: int, seed: int = 1) -> Iterator[Context]:
    """Give contexts out of all words, not of classes."""
    lists = [words.words[name] for name in LISTS if name != "agency"]
    every = list(product(*lists, (False, True), (False, True)))
    for values in Random(seed).sample(every, min(count, len(every))):
        told = dict(
            zip((*(name for name in LISTS if name != "agency"), *FLAGS), values, strict=True)
        )
        yield Context(agency=agency, event_date=NO_DAY, **told)  # type: ignore[arg-type]


def cells_of(rules: Sequence[Rule], words: Vocabulary = WORDS) -> Cells:
    return Cells(words, rules)
