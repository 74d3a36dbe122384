"""What each event reports of its own."""

from schemas.draft.parts import DATE, TIME, Schema, enum, field, many, maybe, record, yes_no
from schemas.draft.people import address, head, people, tail


def incident_reported() -> Schema:
    kind = enum(
        "IncidentKind", "violence", "sexual", "coercive_control", "stalking", "harassment", "threats",
        "damage", "breach", "honour_based", "verbal", "other",
    )  # fmt: skip
    return record(
        "IncidentReported",
        *head(),
        field("kind", kind, "What kind of incident.", "ALLEGATION"),
        field("crime_reference", maybe("string"), "Crime or incident number.", "CRIME_REFERENCE"),
        field("offence_code", maybe("string"), "Home Office class, if a crime was recorded.", "CRIMINAL_RECORD"),
        field("place", maybe(address("IncidentPlace", "the place of the incident", "INCIDENT_LOCATION", "VICTIM_LOCATION")),
              "Where it happened; mostly the victim's home.", "INCIDENT_LOCATION", "VICTIM_LOCATION"),
        field("weapon_used", yes_no(), "A weapon or an object was used.", "ALLEGATION"),
        field("injuries", maybe("string"), "Injuries seen.", "HEALTH_DATA"),
        field("children_present", "YesNo", "Children saw or heard it.", "CHILD"),
        *tail(),
    )  # fmt: skip


def risk_assessed() -> Schema:
    answer = record(
        "RiskAnswer",
        field("code", "string", "Item of the instrument: D01, P25.", "RISK_DETAIL"),
        field(
            "answer",
            enum("Answer", "yes", "no", "dont_know", "not_asked"),
            "What was answered.",
            "RISK_DETAIL",
        ),
    )
    return record(
        "RiskAssessed",
        *head(),
        field(
            "instrument", "string", "Id and version of the instrument: dash-police-2009.", "RISK"
        ),
        field("answers", many(answer), "Answers, by item.", "RISK_DETAIL", hub_length="generalise"),
        field("score", maybe("int"), "Number of items answered yes.", "RISK"),
        field("professional_judgement", "boolean", "Judged high whatever the score.", "RISK"),
        field(
            "judgement_rationale",
            maybe("string"),
            "Why it was so judged.",
            "FREE_TEXT",
            "THIRD_PARTY",
        ),
        *tail(),
    )


def referral_made() -> Schema:
    criterion = enum(
        "Criterion", "visible_high_risk", "professional_judgement", "escalation", "repeat"
    )
    aware = enum("Aware", "yes", "no", "unknown")
    return record(
        "ReferralMade",
        *head(),
        field("criteria", many(criterion), "MARAC criteria that the referrer ticked.", "RISK"),
        field("victim_aware", aware, "The victim knows of the referral.", "CONSENT"),
        field(
            "no_consent_reason",
            maybe("string"),
            "Why it is made without consent.",
            "FREE_TEXT",
            "THIRD_PARTY",
        ),
        field("wishes", maybe("string"), "What the victim wants, in words.", "VICTIM_WISHES"),
        field(
            "not_safe_to_tell",
            maybe("string"),
            "Whom it is not safe to talk to.",
            "FREE_TEXT",
            "THIRD_PARTY",
        ),
        *tail(),
    )


def attendance_recorded() -> Schema:
    kind = enum(
        "AttendanceKind", "emergency", "minor_injuries", "ambulance", "general_practice", "maternity",
        "mental_health", "sexual_health", "other",
    )  # fmt: skip
    flag = record(
        "SafeguardingFlag",
        field("code", "string", "Code of the flag, as the sender's list has it.", "HEALTH_DATA"),
        field("active", "boolean", "The flag stands.", "HEALTH_DATA"),
    )
    return record(
        "AttendanceRecorded",
        *head(),
        field("kind", kind, "Where in the health service.", "HEALTH_DATA"),
        field("crime_reference", maybe("string"), "Crime or incident number, if the notes state one.", "CRIME_REFERENCE"),
        field("site", maybe("string"), "Name of the hospital, practice or station: near where somebody lives.",
              "HEALTH_DATA", "INVOLVED_ORGANISATION", "VICTIM_LOCATION"),
        field("complaint", maybe("string"), "What they came with, in words.", "HEALTH_DATA", "FREE_TEXT"),
        field("diagnoses", many("string"), "Codes of what was found.", "HEALTH_DATA"),
        field("injuries", maybe("string"), "Injuries seen.", "HEALTH_DATA"),
        field("abuse_disclosed", yes_no(), "The patient said that somebody had caused it.", "HEALTH_DATA", "ALLEGATION"),
        field("pregnant", "YesNo", "The patient is pregnant.", "HEALTH_DATA"),
        field("accompanied_by", maybe("string"), "Who came along, in words.", "FREE_TEXT", "THIRD_PARTY"),
        field("flags", many(flag), "Safeguarding flags on the record.", "HEALTH_DATA", hub_length="generalise"),
        *tail(),
    )  # fmt: skip


def concern_raised() -> Schema:
    kind = enum(
        "ConcernKind", "early_help", "child_in_need", "child_protection", "looked_after", "adult_safeguarding",
        "school", "other",
    )  # fmt: skip
    return record(
        "ConcernRaised",
        *head(),
        field("kind", kind, "About whom, and how grave.", "SOCIAL_CARE"),
        field("state", enum("ConcernState", "raised", "open", "closed"), "Where the work on it stands.", "SOCIAL_CARE"),
        field("category", maybe("string"), "Category of abuse or need, as the source codes it.", "SOCIAL_CARE"),
        field("factors", many("string"), "Factors found at assessment, as the source codes them.", "SOCIAL_CARE", "RISK_DETAIL"),
        field("domestic_abuse", yes_no(), "Domestic abuse is among the factors.", "ALLEGATION"),
        field("ended_on", maybe(DATE), "When it was closed.", "SOCIAL_CARE", hub_generalise="year"),
        *tail(),
    )  # fmt: skip


def support_recorded() -> Schema:
    kind = enum(
        "SupportKind", "contact", "safety_plan", "refuge", "advocacy", "counselling", "helpline", "closed", "other"
    )  # fmt: skip
    return record(
        "SupportRecorded",
        *head(),
        field("kind", kind, "What was done.", "SUPPORT"),
        field("service", maybe("string"), "The service's name; a refuge's name is a place.",
              "SUPPORT", "INVOLVED_ORGANISATION", "VICTIM_LOCATION"),
        field("abuse_disclosed", yes_no(), "She told of further abuse.", "ALLEGATION"),
        field("wishes", maybe("string"), "What the victim wants, in words.", "VICTIM_WISHES"),
        *tail(),
    )  # fmt: skip


def order_recorded() -> Schema:
    kind = enum(
        "OrderKind", "non_molestation", "occupation", "restraining", "protection_notice", "protection_order",
        "stalking_protection", "bail", "licence", "other",
    )  # fmt: skip
    return record(
        "OrderRecorded",
        *head(),
        field("kind", kind, "What kind of order, civil or criminal.", "ORDER"),
        field("state", enum("OrderState", "made", "varied", "breached", "ended"), "What happened to it.", "ORDER"),
        field("order_reference", maybe("string"), "The court's or the force's number.", "CRIME_REFERENCE"),
        field("court", maybe("string"), "Which court made it; courts are near homes.", "ORDER", "VICTIM_LOCATION"),
        field("expires_on", maybe(DATE), "Until when it holds.", "ORDER", hub_generalise="year"),
        field("conditions", maybe("string"), "What it forbids: it often names the doors.", "FREE_TEXT", "VICTIM_LOCATION"),
        *tail(),
    )  # fmt: skip


def evidence_registered() -> Schema:
    kind = enum("EvidenceKind", "body_worn_video", "emergency_call", "photograph", "statement", "cctv", "medical", "other")  # fmt: skip
    shows = enum("EvidenceShows", "scene", "account", "injury", "demeanour", "child_present", "admission")  # fmt: skip
    return record(
        "EvidenceRegistered",
        *head(),
        field("kind", kind, "What it is. The register holds the entry, never the medium.", "EVIDENCE"),
        field("asset", "string", "Id of the file in the source's store.", "HUB_INTERNAL"),
        field("sha256", maybe("string"), "SHA-256 of the file, in hexadecimal.", "EVIDENCE"),
        field("device", maybe("string"), "Id of the camera or system.", "HUB_INTERNAL"),
        field("ended_at", maybe(TIME), "When the recording ends; it begins at `occurred_at`.", "EVIDENCE", hub_generalise="day"),
        field("shows", many(shows), "What can be seen or heard on it.", "EVIDENCE"),
        field("evidential", yes_no(), "It is kept as evidence.", "EVIDENCE"),
        field("crime_reference", maybe("string"), "Crime or incident number.", "CRIME_REFERENCE"),
        *tail(),
    )  # fmt: skip


def outcome_recorded() -> Schema:
    kind = enum(
        "OutcomeKind", "arrest", "charge", "caution", "no_further_action", "prosecution", "conviction",
        "acquittal", "discontinued", "other",
    )  # fmt: skip
    return record(
        "OutcomeRecorded",
        *head(),
        field("kind", kind, "What came of it.", "CRIMINAL_RECORD"),
        field("crime_reference", maybe("string"), "Crime or incident number.", "CRIME_REFERENCE"),
        field("offence_code", maybe("string"), "Home Office class.", "CRIMINAL_RECORD"),
        field("victim_supports", yes_no(), "The victim supports a prosecution.", "CRIMINAL_RECORD", "CONSENT"),
        field("reason", maybe("string"), "Why, as the source codes it.", "CRIMINAL_RECORD"),
        *tail(),
    )  # fmt: skip


def disclosure_application() -> Schema:
    route = enum("DisclosureRoute", "right_to_ask", "right_to_know")
    applicant = enum("Applicant", "partner", "ex_partner", "third_party", "agency", "unknown")
    stage = enum("DisclosureStage", "received", "face_to_face", "checked", "decided", "disclosed", "closed")  # fmt: skip
    decision = enum("DisclosureDecision", "pending", "disclose", "do_not_disclose")
    return record(
        "DisclosureApplication",
        *head(),
        field("route", route, "Asked for, or begun by police.", "DISCLOSURE_SCHEME"),
        field("applicant", applicant, "Who asked; a third party stands among the witnesses.", "DISCLOSURE_SCHEME", "THIRD_PARTY"),
        field("stage", stage, "How far it has come: the whole takes at most 28 days.", "DISCLOSURE_SCHEME"),
        field("decision", decision, "What was decided.", "DISCLOSURE_SCHEME"),
        field("subject_told", yes_no(), "The person asked about knows of it.", "DISCLOSURE_SCHEME"),
        *tail(),
    )  # fmt: skip


def case_heard() -> Schema:
    outcome = enum("HeardOutcome", "heard", "deferred", "transferred_in", "transferred_out", "withdrawn")  # fmt: skip
    return record(
        "CaseHeard",
        *head(),
        field("marac", "string", "Which MARAC; another area's tells where she lived or lives.", "MARAC", "VICTIM_LOCATION"),
        field("outcome", outcome, "What the meeting did.", "MARAC"),
        field("criteria", many(enum("Criterion", "visible_high_risk", "professional_judgement", "escalation", "repeat")),
              "Criteria it was heard under.", "MARAC", "RISK"),
        *tail(),
    )  # fmt: skip


def identity_changed() -> Schema:
    change = enum("IdentityChange", "merged", "split", "renamed", "moved", "born", "died", "other")
    return record(
        "IdentityChanged",
        *head(),
        field("change", change, "What changed; the people below are as they are now.", "HUB_INTERNAL"),
        field("replaces", many("string"), "The agency's earlier keys that the first person's record now stands for.", "HUB_INTERNAL"),
        *people(),
    )  # fmt: skip


def named(name: str, place: str) -> Schema:
    """Give the type that names an earlier record of the same agency."""
    return record(
        name,
        field("system", "string", f"System of {place}.", "HUB_INTERNAL"),
        field("key", "string", f"Key of {place} in that system.", "HUB_INTERNAL"),
        field("version", maybe("string"), f"Version of {place}; without it, every version.", "HUB_INTERNAL"),
    )  # fmt: skip


def record_corrected() -> Schema:
    return record(
        "RecordCorrected",
        *head(),
        field("corrects", named("Corrected", "the record that was wrong"), "What no longer counts.", "HUB_INTERNAL"),
        field("by", maybe(named("Correction", "the record that stands in its place")), "What counts instead.", "HUB_INTERNAL"),
        field("reason", enum("CorrectionReason", "wrong_value", "wrong_role", "wrong_person", "completed", "other"), "Why.", "HUB_INTERNAL"),
    )  # fmt: skip


def record_retracted() -> Schema:
    return record(
        "RecordRetracted",
        *head(),
        field("retracts", named("Retracted", "the record that is taken back"), "What no longer counts.", "HUB_INTERNAL"),
        field("reason", enum("RetractionReason", "entered_in_error", "wrong_person", "duplicate", "court_order", "other"), "Why.", "HUB_INTERNAL"),
    )  # fmt: skip


def recall() -> Schema:
    return record(
        "Recall",
        field(
            "disclosure_id",
            "string",
            "The disclosure that is taken back: delete what it gave.",
            "HUB_NOTICE",
        ),
    )


EVENTS = {
    "incident-reported": incident_reported,
    "risk-assessed": risk_assessed,
    "referral-made": referral_made,
    "attendance-recorded": attendance_recorded,
    "concern-raised": concern_raised,
    "support-recorded": support_recorded,
    "order-recorded": order_recorded,
    "evidence-registered": evidence_registered,
    "outcome-recorded": outcome_recorded,
    "disclosure-application": disclosure_application,
    "case-heard": case_heard,
    "identity-changed": identity_changed,
    "record-corrected": record_corrected,
    "record-retracted": record_retracted,
    "recall": recall,
}
