"""The exports of the county's two police forces: incidents, and Dash assessments."""

from hub.synth.layout import DASH_ITEMS, Layout, block
from hub.synth.places import DUNMOOR, FENMARCH

VICTIM = (
    "id given family alias born gender nhs line1 town postcode telephone email safe_telephone "
    "safe_hours occupation employer language"
)
SUSPECT = (
    "id given family alias born gender pnc nhs line1 town postcode telephone occupation employer"
)
CHILD = "id given family born gender school"
WITNESS = "id given family telephone line1 town postcode"
DASH_VICTIM = (
    "id given family born gender nhs line1 town postcode telephone safe_telephone safe_hours"
)
DASH_SUSPECT = "id given family born gender pnc employer"

KINDS = {
    "violence": "Violence", "sexual": "Sexual", "coercive_control": "Coercive control",
    "stalking": "Stalking", "harassment": "Harassment", "threats": "Threats", "damage": "Damage",
    "breach": "Breach", "honour_based": "HBA", "verbal": "Verbal", "other": "Other",
}  # fmt: skip
BONDS = {
    "partner": "Partner", "ex_partner": "Ex-partner", "parent": "Parent", "child": "Child",
    "sibling": "Sibling", "other_family": "Other family", "acquaintance": "Acquaintance",
}  # fmt: skip
SUSPECT_ROLES = {"charged": "P_001", "named": "P_002", "unknown": "P_003", "none": ""}

FENMARCH_TITLES = {
    "id": "NOMINAL", "given": "FORENAME", "family": "SURNAME", "alias": "AKA", "born": "DOB",
    "gender": "SEX", "nhs": "NHS", "pnc": "PNC", "line1": "STREET", "town": "TOWN", "postcode": "PCODE",
    "telephone": "TEL", "email": "EMAIL", "safe_telephone": "SAFE_TEL", "safe_hours": "SAFE_HOURS",
    "occupation": "OCCUPATION", "employer": "EMPLOYER", "language": "LANGUAGE", "school": "SCHOOL",
}  # fmt: skip
FENMARCH_WORDS = {
    "kind": KINDS,
    "relationship": BONDS,
    "suspect_role": SUSPECT_ROLES,
    "risk_grade": {"standard": "S", "medium": "M", "high": "H"},
    "consent": {"given": "Y", "refused": "N", "withdrawn": "W", "not_asked": "NA"},
    "yesno": {"yes": "Y", "no": "N", "unknown": "U"},
    "gender": {"female": "F", "male": "M", "non_binary": "NB"},
    "answer": {"yes": "Y", "no": "N", "dont_know": "DK", "not_asked": ""},
}
DUNMOOR_TITLES = {
    "id": "Person ID", "given": "Given Name", "family": "Surname", "alias": "Alias",
    "born": "Date of Birth", "gender": "Gender", "nhs": "NHS Number", "pnc": "PNC ID",
    "line1": "Street", "town": "Town", "postcode": "Postcode", "telephone": "Telephone",
    "email": "Email", "safe_telephone": "SAFE Number", "safe_hours": "SAFE Hours",
    "occupation": "Occupation", "employer": "Employer", "language": "Language", "school": "School",
}  # fmt: skip
DUNMOOR_WORDS = {
    "kind": KINDS,
    "relationship": BONDS,
    "suspect_role": SUSPECT_ROLES,
    "risk_grade": {"standard": "Standard", "medium": "Medium", "high": "High"},
    "consent": {
        "given": "Given", "refused": "Refused", "withdrawn": "Withdrawn", "not_asked": "Not asked",
    },
    "yesno": {"yes": "Yes", "no": "No", "unknown": "Not Known"},
    "gender": {"female": "Female", "male": "Male", "non_binary": "Non-Binary"},
    "answer": {"yes": "Yes", "no": "No", "dont_know": "Don't know", "not_asked": ""},
}  # fmt: skip

FENMARCH_INCIDENTS = Layout(
    agency=FENMARCH,
    name="incidents",
    file="incidents",
    columns={
        "reference": "OCC_NO", "version": "OCC_VERSION", "occurred_at": "OCCURRED",
        "reported_at": "REPORTED", "kind": "CRIME_TYPE", "offence_code": "HO_CLASS",
        "crime_reference": "CRIME_NO", "place_line1": "LOC_STREET", "place_town": "LOC_TOWN",
        "place_postcode": "LOC_PCODE", "weapon_used": "WEAPON", "injuries": "INJURIES",
        "children_present": "CHILDREN", "victim_role": "V_ROLE",
        **block("victim", "V_", FENMARCH_TITLES, VICTIM),
        "relationship": "V_REL_TO_S", "suspect_role": "S_ROLE",
        **block("suspect", "S_", FENMARCH_TITLES, SUSPECT),
        **block("child1", "C1_", FENMARCH_TITLES, CHILD),
        **block("child2", "C2_", FENMARCH_TITLES, CHILD),
        **block("child3", "C3_", FENMARCH_TITLES, CHILD),
        **block("witness1", "W1_", FENMARCH_TITLES, WITNESS),
        "risk_grade": "GRADE", "consent": "CONSENT", "landlord": "LANDLORD", "notified": "NOTIFIED",
        "account": "NARRATIVE", "shareable_summary": "SUMMARY",
    },
    newline="\r\n",
    encodings=("utf-8-sig", "utf-8"),
    dates=("%d/%m/%Y",),
    times=("%d/%m/%Y %H:%M",),
    words=FENMARCH_WORDS,
)  # fmt: skip
FENMARCH_DASH = Layout(
    agency=FENMARCH,
    name="dash",
    file="dash",
    columns={
        "reference": "DASH_NO", "version": "DASH_VERSION", "incident": "OCC_NO",
        "occurred_at": "OCCURRED", "assessed_at": "ASSESSED",
        **block("victim", "V_", FENMARCH_TITLES, DASH_VICTIM),
        **block("suspect", "S_", FENMARCH_TITLES, DASH_SUSPECT),
        **{item: f"Q{place}" for place, item in enumerate(DASH_ITEMS, 1)},
        "professional_judgement": "PROF_JUDGEMENT", "judgement_rationale": "RATIONALE",
        "risk_grade": "GRADE", "consent": "CONSENT", "landlord": "LANDLORD", "notified": "NOTIFIED",
        "account": "NARRATIVE", "shareable_summary": "SUMMARY",
    },
    newline="\r\n",
    encodings=("utf-8-sig", "utf-8"),
    dates=("%d/%m/%Y",),
    times=("%d/%m/%Y %H:%M",),
    words=FENMARCH_WORDS,
)  # fmt: skip
DUNMOOR_INCIDENTS = Layout(
    agency=DUNMOOR,
    name="incidents",
    file="occurrences",
    columns={
        "reference": "Incident Reference", "version": "Revision", "reported_at": "Date Time Reported",
        "occurred_at": "Date Time From", "kind": "Category", "offence_code": "HO Class",
        "crime_reference": "Crime Reference", "risk_grade": "Risk", "consent": "Consent",
        "place_line1": "Location Street", "place_town": "Location Town",
        "place_postcode": "Location Postcode", "weapon_used": "Weapon Used", "injuries": "Injuries",
        "children_present": "Children Present", "account": "MO", "shareable_summary": "Shareable Summary",
        "landlord": "Landlord", "notified": "Agencies Notified", "victim_role": "Victim Role",
        **block("victim", "Victim ", DUNMOOR_TITLES, VICTIM), "suspect_role": "Suspect Role",
        **block("suspect", "Suspect ", DUNMOOR_TITLES, SUSPECT), "relationship": "Relationship",
        **block("child1", "Child 1 ", DUNMOOR_TITLES, CHILD),
        **block("child2", "Child 2 ", DUNMOOR_TITLES, CHILD),
        **block("child3", "Child 3 ", DUNMOOR_TITLES, CHILD),
        **block("witness1", "Witness 1 ", DUNMOOR_TITLES, WITNESS),
    },
    newline="\n",
    encodings=("cp1252",),
    dates=("%Y-%m-%d", "%d-%m-%Y"),
    times=("%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"),
    words=DUNMOOR_WORDS,
)  # fmt: skip
DUNMOOR_DASH = Layout(
    agency=DUNMOOR,
    name="dash",
    file="risk",
    columns={
        "reference": "DASH Reference", "version": "Revision", "incident": "Incident Reference",
        "occurred_at": "Date Time From", "assessed_at": "Date Time Assessed", "risk_grade": "Risk",
        "professional_judgement": "Professional Judgement", "judgement_rationale": "Rationale",
        **{item: f"DASH {place}" for place, item in enumerate(DASH_ITEMS, 1)},
        "consent": "Consent", "account": "MO", "shareable_summary": "Shareable Summary",
        "landlord": "Landlord", "notified": "Agencies Notified",
        **block("victim", "Victim ", DUNMOOR_TITLES, DASH_VICTIM),
        **block("suspect", "Suspect ", DUNMOOR_TITLES, DASH_SUSPECT),
    },
    newline="\n",
    encodings=("cp1252",),
    dates=("%Y-%m-%d", "%d-%m-%Y"),
    times=("%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"),
    words=DUNMOOR_WORDS,
)  # fmt: skip
