"""What a meeting will ask for and a referral does not say.

A gap is told to the sender, with the reason why it is asked for, and turns nothing away. Where a field
is empty for a reason, the reason fills the gap.
"""

from collections.abc import Iterator

from hub.api.referral_form import NewReferral
from hub.api.referral_people import Victim
from hub.model.referral import Missing

MISSING, UNEXPLAINED, CONTRADICTED, UNNAMED = (
    "missing",
    "reason_missing",
    "contradicted",
    "not_named",
)

WHY = {
    "/referrer": "A meeting that cannot ask you defers the case.",
    "/referrer/contacts": "Without a way to reach you a question waits until the meeting.",
    "/victim/names": "Every agency looks its records through by name.",
    "/victim/born": "A date of birth, or an age, tells people of one name apart.",
    "/victim/safe_to_contact": "Somebody may ring while whoever causes harm listens.",
    "/victim/safe_contacts": "State a safe way, or in no_safe_contact_reason why there is none.",
    "/perpetrators": "Name who causes harm, or state in perpetrator_unknown_reason why you cannot.",
    "/children": "Cases with children are heard first; an empty list says that there are none.",
    "/reason": "A meeting hears what happened and what you fear; a judgement rests on it alone.",
    "/criteria": "Any one criterion brings a case to the meeting; an empty list says that none is met.",
    "/victim_aware": "Whoever speaks with the victim has to know what the victim knows.",
    "/not_aware_reason": "State why the victim does not know of it.",
    "/consent": "What the victim said to sharing is recorded, whatever it is.",
    "/no_consent_reason": "Sharing without consent wants its reason on record.",
}
"""Why each is asked for. A perpetrator's name is asked for as a victim's is."""


def gaps(form: NewReferral) -> tuple[Missing, ...]:
    """Give the gaps, in the order of the form."""
    return (
        *_of_referrer(form),
        *_of_victim(form.victim or Victim()),
        *_of_others(form),
        *_of_case(form),
    )


def why(gap: Missing) -> str:
    """Say why something is asked for."""
    return WHY["/victim/names" if gap.code == UNNAMED else gap.pointer]


def _of_referrer(form: NewReferral) -> Iterator[Missing]:
    if form.referrer is None:
        yield Missing("/referrer", MISSING)
    elif not form.referrer.contacts:
        yield Missing("/referrer/contacts", MISSING)


def _of_victim(victim: Victim) -> Iterator[Missing]:
    if not victim.names:
        yield Missing("/victim/names", MISSING)
    if victim.born is None and victim.age is None:
        yield Missing("/victim/born", MISSING)
    if victim.safe_to_contact is None:
        yield Missing("/victim/safe_to_contact", MISSING)
    if victim.safe_contacts and victim.safe_to_contact == "no":
        yield Missing("/victim/safe_contacts", CONTRADICTED)
    if not victim.safe_contacts and not victim.no_safe_contact_reason:
        yield Missing("/victim/safe_contacts", MISSING)


def _of_others(form: NewReferral) -> Iterator[Missing]:
    if not form.perpetrators and not form.perpetrator_unknown_reason:
        yield Missing("/perpetrators", MISSING)
    if not form.perpetrator_unknown_reason:
        for index, each in enumerate(form.perpetrators or []):
            if not each.names:
                yield Missing(f"/perpetrators/{index}/names", UNNAMED)
    if form.children is None:
        yield Missing("/children", MISSING)


def _of_case(form: NewReferral) -> Iterator[Missing]:
    if form.reason is None:
        is_judged = "professional_judgement" in (form.criteria or [])
        yield Missing("/reason", UNEXPLAINED if is_judged else MISSING)
    if form.criteria is None:
        yield Missing("/criteria", MISSING)
    if form.victim_aware in (None, "unknown"):
        yield Missing("/victim_aware", MISSING)
    if form.victim_aware == "no" and form.not_aware_reason is None:
        yield Missing("/not_aware_reason", UNEXPLAINED)
    if form.consent is None:
        yield Missing("/consent", MISSING)
    elif form.consent != "given" and form.no_consent_reason is None:
        yield Missing("/no_consent_reason", UNEXPLAINED)
