"""Read the recipient register: one file for each organisation, named by its id."""

from hub.disclose.vocabulary import Vocabulary
from hub.model.agency import AgencyId, AgencyType
from hub.model.recipient import Recipient, StaffMember
from hub.model.strict import Table

STATUS = ("active", "suspended")
KEYS = (
    "id", "name", "type", "aliases", "status", "source", "receives", "agreement", "duty_desk",
    "roles", "purposes", "bases", "subscription",
)  # fmt: skip


def read_recipient(file: str, top: Table, vocabulary: Vocabulary) -> Recipient:
    top.keys(must=KEYS, may=("staff",))
    if file.rsplit("/", 1)[-1] != f"{top.slug('id')}.toml":
        top.refuse("the file is not named by its `id`", f"Name it {top.slug('id')}.toml.")
    types = [word for word in vocabulary.words["agency"] if word in set(AgencyType)]
    roles = top.words("roles", vocabulary.words["role"], "role")
    purposes = top.words("purposes", vocabulary.words["purpose"], "purpose")
    bases = top.words("bases", vocabulary.words["lawful_basis"], "lawful basis")
    topic = top.table("subscription")
    topic.keys(must=("role", "purpose", "lawful_basis"))
    return Recipient(
        id=AgencyId(top.slug("id")),
        name=top.text("name"),
        type=AgencyType(top.word("type", types, "agency type")),
        aliases=_aliases(top),
        role=topic.word("role", roles, "role of its register entry"),
        purpose=topic.word("purpose", purposes, "purpose of its register entry"),
        lawful_basis=topic.word("lawful_basis", bases, "lawful basis of its register entry"),
        roles=roles,
        purposes=purposes,
        bases=bases,
        agreement=top.text("agreement"),
        duty_desk=top.text("duty_desk"),
        status="active" if top.word("status", STATUS, "status") == "active" else "suspended",
        source=top.flag("source"),
        receives=top.flag("receives"),
        staff=tuple(_staff(each) for each in top.tables("staff")),
    )


def _aliases(top: Table) -> tuple[str, ...]:
    return () if top.content["aliases"] == [] else top.words("aliases", None, "name")


def _staff(table: Table) -> StaffMember:
    table.keys(must=("given", "family"), may=("born",))
    return StaffMember(
        given=table.text("given"),
        family=table.text("family"),
        born=table.day("born") if "born" in table else None,
    )
