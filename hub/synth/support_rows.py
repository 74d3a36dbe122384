"""What a charity writes on the rows of its support notes."""

from datetime import date

from hub.synth.chance import chance_for
from hub.synth.places import AMBER, KESTREL, ORGANISATIONS
from hub.synth.sentences import WISHES, now_and_then
from hub.synth.sheet import Cells, Entry, Sheet, person_cells, safety_cells

REFERENCES = {AMBER: "ADN/{:05d}", KESTREL: "KN{:06d}"}
SERVICES = {AMBER: "Amber Door Outreach", KESTREL: "Kestrel Line Helpline"}
REFUGE = "Heron House"
TEXTS = {
    "contact": "Spoke on the safe number.", "safety_plan": "Safety plan gone through, bag packed.",
    "refuge": "Settled in the refuge.", "advocacy": "Went along to court, screens asked for.",
    "counselling": "Third session of six.", "helpline": "Rang at night, no address given.",
    "closed": "Support ended, as agreed.", "other": "Letter to the landlord written.",
}  # fmt: skip
DISCLOSED = "Told of more since we last spoke."


def note_cells(sheet: Sheet, entry: Entry) -> Cells:
    """Write one version of one note."""
    note = sheet.truth.notes[entry.number]
    referral = sheet.truth.referrals[note.referral]
    chance = chance_for(sheet.truth.seed, "note", note.number)
    client = sheet.record(referral.victim)
    said = [TEXTS[note.kind], *([DISCLOSED] if note.abuse_disclosed == "yes" else [])]
    return {
        "reference": REFERENCES[sheet.layout.agency].format(note.number + 1),
        "recorded_at": sheet.local_day(note.written_at),
        "occurred_at": sheet.day(note.happened_on),
        "kind": sheet.code("kind", note.kind),
        "service": REFUGE if note.kind == "refuge" else SERVICES[sheet.layout.agency],
        "abuse_disclosed": sheet.code("yesno", note.abuse_disclosed),
        "wishes": now_and_then(chance, 0.3, WISHES),
        "risk_grade": sheet.code("risk_grade", entry.risk_grade),
        "consent": sheet.code("consent", entry.consent),
        "account": "\n".join([*said, *([entry.note] if entry.note else [])]),
        "shareable_summary": f"Support given. Graded {entry.risk_grade}.",
        "referred_to": ORGANISATIONS["fenmarch-idva"] if entry.risk_grade == "high" else "",
        **person_cells(sheet, "victim", client, _day(sheet, entry)),
        **safety_cells("victim", client),
    }


def _day(sheet: Sheet, entry: Entry) -> date:
    return sheet.truth.notes[entry.number].written_at.date()
