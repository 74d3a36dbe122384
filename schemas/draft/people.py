"""Those who stand in an event, by role, and what opens and closes every event.

Role is structure here, not data: a victim and a perpetrator are different Avro types whose fields
carry different tags, so that no rule can reach one by way of the other. Everything a role has is
said once in `person()`, and each event adds what it alone reports.
"""

from schemas.draft.parts import DATE, TIME, Schema, enum, field, many, maybe, record


def address(kind: str, place: str, *tags: str) -> Schema:
    """Give an address type; its leaves inherit the tags of the field that holds it."""
    return record(
        kind,
        field("line1", maybe("string"), f"First line of {place}.", *tags),
        field("line2", maybe("string"), f"Second line of {place}.", *tags),
        field("town", maybe("string"), f"Town of {place}.", *tags),
        field(
            "postcode",
            maybe("string"),
            f"Postcode of {place}; generalised to its outward half.",
            *tags,
            hub_generalise="outcode",
        ),
    )


def contact(kind: str, *tags: str, first: bool = False) -> Schema:
    channel = enum("Channel", "telephone", "email") if first else "Channel"
    return record(
        kind,
        field("channel", channel, "What it is.", *tags),
        field("value", "string", "Number or e-mail address.", *tags, hub_mask="fixed"),
        field("hours", maybe("string"), "When it may be used, in words.", *tags),
    )


def person(role: str, *, first: bool = False) -> Schema:
    """Give a role's type: what one agency says of one person at one time.

    `first` defines the enums that all roles share. What could help to find the victim carries
    VICTIM_LOCATION whoever it belongs to: a child's school, a witness's or the other's address.
    """
    tag, name = role.upper(), role.capitalize()
    victim_like = role in ("victim", "unresolved")
    identity = [f"{tag}_IDENTITY"] + (["VICTIM_IDENTITY"] if role == "unresolved" else [])
    touch = [f"{tag}_CONTACT"] + (["VICTIM_CONTACT"] if role == "unresolved" else [])
    location = [f"{tag}_LOCATION"] + (["VICTIM_LOCATION"] if role != "victim" else [])
    work = [f"{tag}_CIRCUMSTANCES"] + (location if role != "perpetrator" else [])
    accuracy = enum("BirthAccuracy", "exact", "month", "year", "estimated", "unknown")
    gender = enum("Gender", "female", "male", "non_binary", "other", "unknown")
    kind_of_name = enum("NameKind", "usual", "former", "alias")
    scheme = enum("IdentifierScheme", "nhs_number", "pnc", "upn", "other")
    relation = enum(
        "Relation", "partner", "ex_partner", "parent", "child", "sibling", "other_family",
        "household", "carer", "acquaintance", "stranger", "unknown",
    )  # fmt: skip
    fields = [
        field(
            "local_id",
            "string",
            "The source agency's own key for this person; leaves only as a pseudonym.",
            "LOCAL_KEY",
            hub_mask="hmac",
            hub_pseudonym_domain="person",
        ),
        field(
            "identifiers",
            many(
                record(
                    f"{name}Identifier",
                    field("scheme", scheme if first else "IdentifierScheme", "Who gives it out.", f"{tag}_IDENTIFIER"),
                    field(
                        "value",
                        "string",
                        "The number as given, without spaces.",
                        f"{tag}_IDENTIFIER",
                        hub_mask="hmac",
                        hub_pseudonym_domain="identifier",
                    ),
                    field("verified", "boolean", "Checked by the agency against its issuer.", f"{tag}_IDENTIFIER"),
                )
            ),
            "Numbers by which others know this person.",
            f"{tag}_IDENTIFIER",
            hub_length="generalise",
        ),
        field(
            "names",
            many(
                record(
                    f"{name}Name",
                    field("kind", kind_of_name if first else "NameKind", "Usual, former or alias.", *identity),
                    field("given", maybe("string"), "Given names.", *identity, hub_mask="initial"),
                    field("family", maybe("string"), "Family name.", *identity, hub_mask="initial"),
                )
            ),
            "Names, the usual one first.",
            *identity,
            hub_length="generalise",
        ),
        field(
            "born",
            maybe(DATE),
            "Date of birth, or a day within what is known of it.",
            *identity,
            hub_generalise="age-band",
        ),
        field("born_accuracy", accuracy if first else "BirthAccuracy", "How much of `born` is known.", *identity),
        field("gender", gender if first else "Gender", "As the agency recorded it.", *identity),
        field(
            "contacts",
            many(contact(f"{name}Contact", *touch, first=first)),
            "Ways of reaching this person; nothing says that they are safe.",
            *touch,
        ),
        field(
            "addresses",
            many(address(f"{name}Address", f"an address of the {role}", *location)),
            "Where this person lives or stays, the newest first.",
            *location,
            hub_length="generalise",
        ),
        field(
            "relationships",
            many(
                record(
                    f"{name}Relationship",
                    field("to", "string", "local_id of the other person.", "LOCAL_KEY", hub_mask="hmac",
                          hub_pseudonym_domain="person"),
                    field("relation", relation if first else "Relation", "What this person is to the other.", "RELATIONSHIP"),
                )
            ),
            "How this person stands to others in this event.",
            "RELATIONSHIP",
            hub_length="generalise",
        ),
        field("occupation", maybe("string"), "What this person does.", f"{tag}_CIRCUMSTANCES"),
        field("employer", maybe("string"), "For whom this person works; could help to find them.", *work),
    ]  # fmt: skip
    if victim_like:
        safe = [f"{tag}_SAFE_CONTACT"] + (["VICTIM_SAFE_CONTACT"] if role == "unresolved" else [])
        refuge = [f"{tag}_SAFE_LOCATION"] + (
            ["VICTIM_SAFE_LOCATION"] if role == "unresolved" else []
        )
        fields += [
            field(
                "safe_contacts",
                many(contact(f"{name}SafeContact", *safe)),
                "Ways of reaching this person that they said are safe.",
                *safe,
            ),
            field(
                "safe_address",
                maybe(address(f"{name}SafeAddress", f"the {role}'s safe address", *refuge)),
                "Where this person is kept safe. No wildcard reaches it.",
                *refuge,
            ),
            field(
                "language", maybe("string"), "Language, where an interpreter is needed.", *identity
            ),
        ]
    if role == "child":
        fields.append(
            field(
                "school",
                maybe("string"),
                "The child's school.",
                "CHILD_EDUCATION",
                "CHILD_LOCATION",
                "VICTIM_LOCATION",
            )
        )
    return record(name, *fields)


def people() -> list[Schema]:
    roles = [
        ("victims", "victim", "VICTIM", "Those who are said to have been harmed."),
        ("perpetrators", "perpetrator", "PERPETRATOR", "Those who are said to have caused harm."),
        ("children", "child", "CHILD", "Children of the household, or present."),
        ("witnesses", "witness", "WITNESS", "Those who saw, heard or reported."),
        ("unresolved", "unresolved", "UNRESOLVED", "Both-alleged, counter-alleged, other: a person has to judge the role."),
    ]  # fmt: skip
    return [
        field(name, many(person(role, first=role == "victim")), doc, tag)
        for name, role, tag, doc in roles
    ]


def head() -> list[Schema]:
    """Give the fields that open every event. The event's id is made from `source`, so it is not among them."""
    return [
        field(
            "source",
            record(
                "Source",
                field("agency", "string", "Id of the agency that reports; a refuge's name is a place.", "SOURCE_AGENCY", "VICTIM_LOCATION"),
                field("system", "string", "The agency's system that the record came from.", "HUB_INTERNAL"),
                field("key", "string", "The record's key in that system.", "HUB_INTERNAL"),
                field("version", "string", "The record's version there, or the SHA-256 of the row.", "HUB_INTERNAL"),
            ),
            "Who says it, and by what name they know it.",
            "SOURCE_AGENCY",
        ),
        field("occurred_at", TIME, "When it happened, in the world.", "EVENT_TIME", hub_generalise="day", hub_event_date=True),
        field("occurred_accuracy", enum("TimeAccuracy", "exact", "day", "about", "unknown"), "How much of `occurred_at` is known.", "EVENT_TIME"),
        field("reported_at", TIME, "When the agency was told.", "EVENT_TIME", hub_generalise="day"),
    ]  # fmt: skip


def tail() -> list[Schema]:
    """Give the fields that close every event: what is felt about the danger, consent, text, who else is in it."""
    organisation = record(
        "NamedOrganisation",
        field("part", enum("OrganisationPart", "landlord", "school", "gp", "notified", "referred_to", "refuge", "other"),
              "Its part in the event.", "INVOLVED_ORGANISATION", "VICTIM_LOCATION"),
        field("name", "string", "Its name as the agency wrote it.", "INVOLVED_ORGANISATION", "VICTIM_LOCATION"),
        field("organisation_id", maybe("string"), "Its id in the recipient register, if known.", "INVOLVED_ORGANISATION", "VICTIM_LOCATION"),
    )  # fmt: skip
    return [
        field("risk_grade", maybe(enum("RiskGrade", "standard", "medium", "high")), "Risk as the agency graded it.", "RISK"),
        field("consent", maybe(enum("Consent", "given", "refused", "withdrawn", "not_asked")), "What the victim said to sharing.", "CONSENT"),
        field("account", maybe("string"), "What happened, in the agency's words.", "FREE_TEXT", "THIRD_PARTY"),
        field("shareable_summary", maybe("string"), "Written to be shared.", "SHAREABLE_SUMMARY"),
        field("organisations", many(organisation), "Organisations that the event names.", "INVOLVED_ORGANISATION", "VICTIM_LOCATION"),
        *people(),
    ]  # fmt: skip
