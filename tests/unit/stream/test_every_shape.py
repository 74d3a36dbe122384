"""Every type that Avro has, in schemas made at random: nothing withheld shows, and both paths give the same bytes."""

import json
import os
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.disclose.plan import Plan, Planner
from hub.disclose.project import DisclosureHead, project
from hub.disclose.schema import SourceSchema
from hub.disclose.treat import Run
from hub.disclose.tree import Again, Choice, Group, Keyed, Leaf, Many, nodes_of
from hub.disclose.view import disclosed_schema
from hub.model.level import Level
from hub.stream.codec import Codec
from hub.stream.registry import Registered, Registry
from tests.unit.disclose.bodies import KEY, TODAY, Json, context
from tests.unit.disclose.made import giving
from tests.unit.disclose.oracle import unseen_swapped
from tests.unit.disclose.random_schemas import TAGS, Made, event_day

HEAD = DisclosureHead("d", "v", "p", "r")
NAME = "incident-reported"
EXAMPLES = 10_000 if os.environ.get("ASSURE") else 1500

seeds = st.integers(0, 2**32)
levels = st.fixed_dictionaries({tag: st.sampled_from([Level.FULL, Level.FULL, *Level]) for tag in TAGS})  # fmt: skip


class Both:
    """A made schema with its two writers."""

    def __init__(self, schema: Json) -> None:
        view = json.dumps(disclosed_schema(schema))
        self.view = Registered("made.disclosed", 1, 1, view)
        registry = Registry({1: self.view}, {})
        self.source = SourceSchema.parse(NAME, schema)
        self.quick, self.readable = Codec(registry), Codec(registry, by_reference=True)

    def plan(self, given_: dict[str, Level]) -> Plan:
        return Planner(giving(dict(given_)), TODAY).plan(self.source, context())

    def written(
        self, plan: Plan, body: Json, codec: Codec | None = None
    ) -> tuple[bytes, Counter[str]]:
        failed = Counter[str]()
        write = (codec or self.quick).disclosing(self.view, self.source, plan)
        return write(HEAD, body, Run(KEY, event_day(body), failed)), failed


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(seeds, levels)
def test_nothing_withheld_shows_in_any_shape_on_either_path(
    seed: int, given_: dict[str, Level]
) -> None:
    made = Made(seed)
    both = Both(made.schema)
    plan = both.plan(given_)
    if plan.outcome != "disclosed":
        return
    mine, other = made.body(), made.body()
    mixed = unseen_swapped(made.schema, mine, other, lambda tag: int(given_[tag]))

    sent, failed = both.written(plan, mine)

    assert both.written(plan, mine, both.readable) == (sent, failed)
    assert both.written(plan, mixed)[0] == sent
    read: Any = both.quick.decode(sent)
    assert read == project(mine, both.source, plan, key=KEY, disclosure=HEAD, event_date=event_day(mine))  # fmt: skip


def test_a_type_of_which_nothing_is_left_is_null_on_both_paths() -> None:
    """A record whose only given field happens to be null is as one that was never there."""
    word = {"name": "word", "type": ["null", "string"], "confluent:tags": ["RISK"]}
    kinds = [{"type": "record", "name": name, "fields": [word]} for name in ("One", "Two")]
    here = {"name": "here", "type": ["null", *kinds], "confluent:tags": ["RISK"]}
    both = Both({"type": "record", "name": "Made", "fields": [here]})
    plan = both.plan(dict.fromkeys(TAGS, Level.FULL))

    empty, _ = both.written(plan, {"here": ("Two", {"word": None})})

    assert both.written(plan, {"here": ("Two", {"word": None})}, both.readable)[0] == empty
    assert both.written(plan, {"here": None})[0] == empty
    assert both.written(plan, {"here": ("Two", {"word": "w"})})[0] != empty


def test_the_schemas_have_every_shape() -> None:
    """Or the test above would hold of less than it says."""
    shapes: Counter[type] = Counter()
    kinds: Counter[str] = Counter()
    for seed in range(400):
        schema = SourceSchema.parse(NAME, Made(seed).schema)
        for node in nodes_of(schema.children):
            shapes[type(node)] += 1
            if isinstance(node, Leaf):
                kinds[node.kind] += 1

    assert shapes.keys() == {Leaf, Group, Again, Many, Keyed, Choice}
    assert min(shapes.values()) > 20
    assert kinds.keys() == {
        "string", "int", "long", "float", "double", "boolean", "bytes", "fixed", "decimal", "date", "time",
        "timestamp", "local-timestamp", "uuid", "enum", "list", "map", "union",
    }  # fmt: skip


def test_a_type_of_a_union_of_which_nothing_is_given_is_null() -> None:
    given_, withheld = (
        {"type": "record", "name": name, "fields": [{"name": "x", "type": "string", "confluent:tags": [tag]}]}
        for name, tag in (("Given", "VICTIM"), ("Withheld", "RISK"))
    )  # fmt: skip
    kinds = ["null", given_, withheld]
    both = Both({
        "type": "record", "name": "Top",
        "fields": [{"name": "one", "type": kinds, "confluent:tags": ["CHILD"]}, {"name": "two", "type": "string", "confluent:tags": ["VICTIM"]}],
    })  # fmt: skip
    plan = both.plan({"CHILD": Level.FULL, "VICTIM": Level.FULL})

    for body in ({"one": ("Withheld", {"x": "no"}), "two": "t"}, {"one": None, "two": "t"}):
        for codec in (both.quick, both.readable):
            read = codec.decode(both.written(plan, body, codec)[0])
            assert (read["one"], read["two"]) == (None, "t")
    shown = both.quick.decode(both.written(plan, {"one": ("Given", {"x": "yes"}), "two": "t"})[0])
    assert shown["one"] == ("disclosed.Given", {"x": "yes"})
