"""The support notes of the county's two charities, each in the layout of its own spreadsheet."""

from hub.synth.charity_layouts import AMBER_TITLES, KESTREL_TITLES, WORDS
from hub.synth.layout import Layout, block
from hub.synth.places import AMBER, KESTREL

CLIENT = "id given family born nhs postcode safe_telephone safe_hours"

AMBER_SUPPORT = Layout(
    agency=AMBER,
    name="support",
    file="support",
    columns={
        "reference": "Note no", "recorded_at": "Date of note", "occurred_at": "Date of contact",
        "kind": "Type of support", "service": "Service",
        "abuse_disclosed": "Further abuse disclosed", "wishes": "Client wishes",
        "risk_grade": "Risk level", "consent": "Consent to share", "account": "Notes",
        "shareable_summary": "Summary for partners", "referred_to": "Referred to",
        **block("victim", "Client ", AMBER_TITLES, CLIENT),
    },
    newline="\r\n",
    encodings=("utf-8-sig",),
    dates=("%d/%m/%Y",),
    times=("%d/%m/%Y %H:%M",),
    words={
        **WORDS,
        "risk_grade": {"standard": "Standard", "medium": "Medium", "high": "High"},
        "kind": {
            "contact": "Phone call", "safety_plan": "Safety plan", "refuge": "Refuge",
            "advocacy": "Court support", "counselling": "Counselling", "helpline": "Helpline",
            "closed": "Case closed", "other": "Other",
        },
    },
)  # fmt: skip
KESTREL_SUPPORT = Layout(
    agency=KESTREL,
    name="support",
    file="notes",
    columns={
        "reference": "Note ref", "recorded_at": "Logged", "occurred_at": "Happened", "kind": "Kind",
        "service": "Service", "abuse_disclosed": "New abuse?", "wishes": "Wishes",
        "risk_grade": "Risk", "consent": "Consent?", "account": "What happened",
        "shareable_summary": "Summary", "referred_to": "Sent to",
        **block("victim", "Client ", KESTREL_TITLES, CLIENT),
    },
    newline="\r\n",
    encodings=("utf-8-sig",),
    dates=("%d/%m/%Y",),
    times=("%d/%m/%Y %H:%M",),
    words={
        **WORDS,
        "risk_grade": {"standard": "STD", "medium": "MED", "high": "HIGH"},
        "kind": {
            "contact": "Call back", "safety_plan": "Plan", "refuge": "Refuge", "advocacy": "IDVA",
            "counselling": "Counselling", "helpline": "Call", "closed": "Closed", "other": "Other",
        },
    },
)  # fmt: skip
