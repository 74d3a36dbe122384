"""Hold words that say what is withheld, until whoever wrote them has decided. The event itself goes at once.

Withheld are whole fields, by a plan like any other: nothing is cut out of a text.
"""

from collections.abc import Collection
from dataclasses import replace

from hub.afresh.needs import Hub
from hub.afresh.values import Surroundings, Task, TaskKind
from hub.disclose.scan import Said
from hub.disclose.verdict import Verdict
from hub.model.agency import AgencyId
from hub.model.event import Body, EventId

RELEASE = "release"
"""The verdict on held words by which they go out as they stand."""


class Words:
    """What the words of events say, looked for once for each event and then asked for each recipient.

    `asked` are the questions that have to be answered before words go out.
    """

    def __init__(self, around: Surroundings, hub: Hub) -> None:
        self._around, self._hub = around, hub
        self._pairs = {(task.event, task.recipient) for task in around.held}
        self._said: dict[EventId, list[Said]] = {}
        self.asked: list[Task] = []

    def were_asked(self, verdict: Verdict) -> bool:
        """Tell whether there was a question before about what a recipient may have of an event."""
        return (verdict.event.id, verdict.recipient.id) in self._pairs

    def cleared(self, verdict: Verdict, body: Body) -> Verdict:
        """Give a verdict without the words that say what is withheld, save for those that were released."""
        event, schema = verdict.event, self._hub.schemas[verdict.event.type]
        scanner = self._hub.planner.scanner
        if not scanner.gives_words(schema, verdict.plan.treatments):
            return verdict
        if event.id not in self._said:
            self._said[event.id] = scanner.said(body, schema)
        share = self._hub.register.share(verdict.recipient.id, body)
        found = scanner.hits(self._said[event.id], share, schema, verdict.plan.treatments)
        held = unreleased(self._around, event.id, verdict.recipient.id, found)
        if not held:
            return verdict
        self.asked.append(
            Task(TaskKind.HELD_WORDS, event.id, verdict.recipient.id, words=" ".join(held))
        )
        return without(verdict, held, self._hub)

    def settled(self) -> list[Task]:
        """Give the open questions about events in question that have settled themselves."""
        return [
            task
            for task, verdict in self._around.held.items()
            if not verdict and task.event in self._around.decide and task not in self.asked
        ]


def unreleased(
    around: Surroundings, event: EventId, recipient: AgencyId, words: Collection[str]
) -> list[str]:
    """Give those fields of words that nobody released to this recipient."""
    released = {
        path
        for task, verdict in around.held.items()
        if (task.event, task.recipient, verdict) == (event, recipient, RELEASE)
        for path in task.words.split()
    }
    return sorted(set(words) - released)


def without(verdict: Verdict, words: Collection[str], hub: Hub) -> Verdict:
    """Give a verdict whose plan withholds these fields too."""
    schema = hub.schemas[verdict.event.type]
    return replace(verdict, plan=hub.planner.without(schema, verdict.plan, words))
