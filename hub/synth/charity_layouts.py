"""The referrals of the county's two charities, as each saves them out of a spreadsheet."""

from hub.synth.layout import Layout, block
from hub.synth.places import AMBER, KESTREL

CLIENT = (
    "id given family former born gender nhs line1 town postcode telephone email safe_telephone "
    "safe_hours safe_line1 safe_town safe_postcode occupation employer language"
)
PERPETRATOR = (
    "id given family alias born gender relationship line1 town postcode occupation employer"
)
CHILD = "given family born gender school"
CHILDREN = range(1, 5)
PERPETRATORS = range(1, 3)

WORDS = {
    "consent": {"given": "Yes", "refused": "No", "withdrawn": "Withdrawn", "not_asked": "Not asked"},
    "yesno": {"yes": "Yes", "no": "No", "unknown": "Don't know"},
    "gender": {"female": "Female", "male": "Male", "non_binary": "Non-binary"},
    "criteria": {
        "visible_high_risk": "High risk", "professional_judgement": "Professional judgement",
        "escalation": "Escalation", "repeat": "Repeat",
    },
    # What the perpetrator is to the client, by what the client is to the perpetrator.
    "relationship": {
        "partner": "Partner", "ex_partner": "Ex-partner", "parent": "Son or daughter", "child": "Parent",
        "sibling": "Sibling", "other_family": "Other family", "acquaintance": "Acquaintance",
    },
}  # fmt: skip
AMBER_TITLES = {
    "id": "ID", "given": "first name", "family": "surname", "former": "previous surname",
    "alias": "also known as", "born": "date of birth", "gender": "gender", "nhs": "NHS number",
    "relationship": "relationship to client", "line1": "address", "town": "town", "postcode": "postcode",
    "telephone": "phone", "email": "email", "safe_telephone": "safe phone", "safe_hours": "safe times",
    "safe_line1": "safe address", "safe_town": "safe town", "safe_postcode": "safe postcode",
    "occupation": "job", "employer": "employer", "language": "language", "school": "school",
}  # fmt: skip
KESTREL_TITLES = {
    "id": "number", "given": "forename", "family": "family name", "former": "maiden name",
    "alias": "alias", "born": "DOB", "gender": "gender", "nhs": "NHS no", "relationship": "relationship",
    "line1": "address", "town": "town", "postcode": "postcode", "telephone": "telephone",
    "email": "email", "safe_telephone": "safe number", "safe_hours": "safe hours",
    "safe_line1": "current safe address", "safe_town": "current safe town",
    "safe_postcode": "current safe postcode", "occupation": "occupation", "employer": "employer",
    "language": "language", "school": "school",
}  # fmt: skip


def _several(
    who: str, heading: str, titles: dict[str, str], cells: str, places: range
) -> dict[str, str]:
    return {
        name: title
        for place in places
        for name, title in block(f"{who}{place}", f"{heading} {place} ", titles, cells).items()
    }


AMBER_REFERRALS = Layout(
    agency=AMBER,
    name="referrals",
    file="referrals",
    columns={
        "reference": "Referral no", "referred_at": "Date of referral",
        "occurred_at": "Date of last incident", "criteria": "MARAC criteria", "risk_grade": "Risk level",
        **block("victim", "Client ", AMBER_TITLES, CLIENT),
        "consent": "Consent to share", "no_consent_reason": "If no consent, why",
        "victim_aware": "Client knows of referral", "wishes": "Client wishes",
        "not_safe_to_tell": "Not safe to tell",
        **_several("perpetrator", "Perpetrator", AMBER_TITLES, PERPETRATOR, PERPETRATORS),
        **_several("child", "Child", AMBER_TITLES, CHILD, CHILDREN),
        "landlord": "Landlord", "school": "School named", "referred_to": "Referred to",
        "shareable_summary": "Summary for partners", "account": "Notes",
    },
    newline="\r\n",
    encodings=("utf-8-sig",),
    dates=("%d/%m/%Y",),
    times=("%d/%m/%Y %H:%M",),
    words={**WORDS, "risk_grade": {"standard": "Standard", "medium": "Medium", "high": "High"}},
)  # fmt: skip
KESTREL_REFERRALS = Layout(
    agency=KESTREL,
    name="referrals",
    file="kestrel-referrals",
    columns={
        "reference": "Ref", "referred_at": "Referred on",
        **block("victim", "Client ", KESTREL_TITLES, CLIENT), "occurred_at": "Last incident",
        **_several("perpetrator", "Alleged perpetrator", KESTREL_TITLES, PERPETRATOR, PERPETRATORS),
        "criteria": "Criteria", "risk_grade": "Risk", "consent": "Consent?",
        "no_consent_reason": "Reason no consent", "victim_aware": "Aware?", "wishes": "Wishes",
        "not_safe_to_tell": "Do not contact", "account": "What happened",
        **_several("child", "Child", KESTREL_TITLES, CHILD, CHILDREN), "shareable_summary": "Summary",
        "landlord": "Landlord", "school": "Education setting", "referred_to": "Sent to",
    },
    newline="\r\n",
    encodings=("utf-8-sig",),
    dates=("%d/%m/%Y",),
    times=("%d/%m/%Y %H:%M",),
    words={**WORDS, "risk_grade": {"standard": "STD", "medium": "MED", "high": "HIGH"}},
)  # fmt: skip
