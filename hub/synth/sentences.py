"""Invented sentences, as they stand in the free text of records: commas, quotes, accents, many lines.

An account may name people and places; a summary, written to be shared, never does.
"""

import random
from collections.abc import Sequence

from hub.synth.chance import happens

IN_LINES = 0.4
OPENINGS = {
    "violence": "{victim} said that {suspect} pushed hard against the door, then struck twice.",
    "sexual": "{victim} disclosed a sexual assault; a specialist officer will take the account.",
    "coercive_control": "{suspect} keeps {victim}'s bank card, checks the phone and times the way to the shops.",
    "stalking": "{suspect} waited outside {victim}'s work again, the fourth time this month.",
    "harassment": "{victim} has had 40 calls since Sunday from {suspect}, mostly at night.",
    "threats": '{suspect} said "you will be sorry, and so will your mother".',
    "damage": "{suspect} broke the front window and a chair; damage about £180.",
    "breach": "{suspect} came to {place}, although the order forbids it.",
    "honour_based": "{victim} fears being taken abroad by relatives after leaving.",
    "verbal": "Argument over money at {place}, no assault alleged.",
    "other": "{victim} asked for advice about {suspect}, who will not leave.",
}
MIDDLES = (
    'Neighbour heard shouting, a crash, and the words "get out".',
    "A former fiancée of {suspect} is said to have left for the same reason.",
    "They met at the café by the quay, to hand over some things.",
    "{victim} said in Polish \u201czostaw mnie, błagam\u201d; an interpreter was called.",
    "Alcohol was mentioned, by both.",
    "{victim} is afraid of what will happen when the tenancy ends.",
    "{suspect} has said that nobody will believe it \u2013 \u201cnobody at all\u201d.",
    "The music was turned up, so that nobody would hear.",
    "{victim} would rather not be rung at home; {suspect} answers the phone.",
    "There is a dog, it was kicked.",
    "Photographs were taken, of the hall and of {victim}'s arm.",
    "A sister, who lives near {place}, has offered a room.",
)
ENDINGS = (
    "Safety advice given.",
    "Advised to ring 999 if there is any more trouble.",
    "Follow-up call due, on the safe number only.",
    "Locks to be changed; landlord told.",
    "No further action wished at present.",
)
SUMMARIES = {
    "violence": "Physical assault reported",
    "sexual": "Sexual offence reported",
    "coercive_control": "Controlling behaviour reported",
    "stalking": "Stalking reported",
    "harassment": "Repeated unwanted contact reported",
    "threats": "Threats reported",
    "damage": "Damage to property reported",
    "breach": "Breach of an order reported",
    "honour_based": "Fear of family violence reported",
    "verbal": "Argument reported",
    "other": "Concern reported",
}
INJURIES = (
    "bruising to upper arm", "reddening to neck", "cut lip, swelling", "sprained wrist",
    "none visible, pain on moving", "two broken ribs; taken to hospital",
)  # fmt: skip
WISHES = (
    "Wants it to stop, does not want an arrest.", "Wants to move, near a sister.",
    "No marked cars at the house, please.", "Wants help with the locks and with a solicitor.",
    "Would speak to police, with the support worker present.",
)  # fmt: skip
NOT_SAFE = (
    "The mother-in-law, who has a key.", "Nobody at the house may answer.", "The neighbour at the corner.",
    "The brother \u2013 they work together.",
)  # fmt: skip
NO_CONSENT = (
    "High risk; to ask again would add to the danger.", "Could not be reached safely.",
    "Declined, but children are at risk.",
)  # fmt: skip
RATIONALES = (
    "Separation, control and violence together; the victim believes that it will end in death.",
    "Answers were guarded, the other was in the next room.",
    "Third force area in a year, each time a new partner.",
)
REVISIONS = (
    "Update: spoken to again, more frightened than at first.",
    "Update: further statement taken; it was worse than first thought.",
    "Update: consent and risk looked at again with the supervisor.",
)


def account(
    chance: random.Random,
    kind: str,
    *,
    victim: str,
    suspect: str,
    place: str,
) -> str:
    """Tell what happened, in one to four sentences, some each on a line of their own."""
    middles = chance.sample(MIDDLES, chance.choice((0, 1, 1, 2)))
    joint = "\n" if happens(chance, IN_LINES) else " "
    told = joint.join((OPENINGS[kind], *middles, chance.choice(ENDINGS)))
    return told.format(victim=victim, suspect=suspect, place=place)


def summary(kind: str, *, grade: str, children_present: str) -> str:
    """Tell what another agency needs, with no name and no place."""
    children = "; children were present" if children_present == "yes" else ""
    return f"{SUMMARIES[kind]}{children}. Graded {grade}."


def now_and_then(chance: random.Random, share: float, texts: Sequence[str]) -> str:
    """Give one of the texts in so many cases of a hundred, else an empty cell."""
    return chance.choice(texts) if happens(chance, share) else ""
