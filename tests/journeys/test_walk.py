"""From discovery to four views of one case, over a socket, with an OAuth client that shares no code with the hub."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from requests_oauth2client import OAuth2Client, PrivateKeyJwt

from hub.bootstrap.county import load_county
from hub.model.event import Event
from hub.store import schema
from hub.store.engine import open_engine
from hub.store.ledger import ledger
from tests.contract.sql_hub import SqlHub
from tests.harness import Parts, children, hub, hub_json, until
from tests.journeys.test_served_api import is_up
from tests.made_events import AMBER, FENMARCH, IDVA, KESTREL, SCHOOL, person
from tests.real_parts.ports import free_ports
from tests.worlds import HOME, Family

PURPOSE = {FENMARCH: "marac", IDVA: "marac", SCHOOL: "encompass", KESTREL: "marac", AMBER: "marac"}
ANN = Family("ann", HOME, is_numbered=True)
PUPIL = {
    **person("ann-3", "Kit", "Ann"),
    "born": date(2016, 5, 4),
    "school": "Osham Primary School",
}
SAFE = {"channel": "telephone", "value": "07700900123456", "hours": "before ten"}
TOLD = (
    ANN.assessed(),
    ANN.event(
        "incident-reported", "one", children=[PUPIL], named=[SCHOOL], account="He broke the door."
    ),
)
REFERRAL = {
    "reference": "AD-2026-0042", "referred_at": "2026-11-24T10:00:00Z", "reason": "She is afraid to go home.",
}  # fmt: skip


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    """Give a hub that knows of one family."""
    found = Parts("", "", tmp_path / "home")
    url = f"sqlite:///{tmp_path / 'home' / 'hub.sqlite'}"
    engine = open_engine(url)
    schema.upgrade(engine)
    engine.dispose()
    taken = SqlHub(url, load_county())
    taken.take(*TOLD)
    taken.close()
    return found


@pytest.fixture
def url(parts: Parts, tmp_path: Path) -> Iterator[str]:
    port, admin = free_ports(2)
    command = ("serve", "--port", str(port), "--admin-port", str(admin))
    with children(parts, tmp_path, command):
        until(lambda: is_up(f"http://127.0.0.1:{port}"), seconds=30, what="the API answers")
        yield f"http://127.0.0.1:{port}"


class Walker:
    """A system of one organisation, with its own key and the library's own way of showing it."""

    def __init__(
        self, parts: Parts, url: str, folder: Path, organisation: str, *scopes: str
    ) -> None:
        self.url, self.organisation = url, organisation
        name, key = f"{organisation}-walk", folder / f"{organisation}.json"
        wanted = [word for scope in scopes for word in ("--scope", scope)]
        hub_json(parts, "clients", "add", name, "--organisation", organisation, *wanted, "--key-out", key)  # fmt: skip
        document = requests.get(f"{url}/.well-known/oauth-authorization-server", timeout=10).json()
        shown = PrivateKeyJwt(
            name, json.loads(key.read_text()), alg="ES256", aud=document["issuer"]
        )
        client = OAuth2Client.from_discovery_document(
            document,
            issuer=url,
            auth=shown,
            testing=True,
            dpop_bound_access_tokens=True,
        )
        self._token = client.client_credentials(scope=" ".join(scopes))

    def call(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> requests.Response:
        stated = {"Hub-Purpose": PURPOSE[self.organisation], **headers}
        return requests.request(
            method, f"{self.url}{path}", json=body, headers=stated, auth=self._token, timeout=30
        )


def test_four_organisations_see_four_views_of_one_case_and_each_is_explained(
    parts: Parts, url: str, tmp_path: Path
) -> None:
    charity = Walker(parts, url, tmp_path, AMBER, "referrals.write", "referrals.read", "cases.read")
    pushed = charity.call("POST", "/v1/referrals", REFERRAL, **{"Idempotency-Key": "walk-0001"})
    assert pushed.status_code == 201
    receipt = charity.call("GET", f"/v1/referrals/{pushed.json()['referral_id']}")
    assert receipt.status_code == 200

    scopes = ("meetings.write", "meetings.read", "cases.read")
    police = Walker(parts, url, tmp_path, FENMARCH, *scopes)
    day = (datetime.now(UTC).date() + timedelta(days=40)).isoformat()
    made = police.call("POST", "/v1/meetings", {"marac": "fenmarch", "held_on": day, "minutes": 60})
    assert made.status_code == 201
    meeting = f"/v1/meetings/{made.json()['meeting']['id']}"
    done = police.call("POST", f"{meeting}/circulate", **{"If-Match": made.headers["ETag"]})
    assert done.status_code == 200
    (listed,) = police.call("GET", f"{meeting}/agenda").json()["cases"]
    assert listed["children"]

    path, views = f"/v1/cases/{listed['ref']}", {FENMARCH: police.call("GET", f"/v1/cases/{listed['ref']}")}  # fmt: skip
    for organisation in (IDVA, SCHOOL, KESTREL):
        walker = Walker(parts, url, tmp_path, organisation, "cases.read")
        views[organisation] = walker.call("GET", path)

    assert {who: each.status_code for who, each in views.items()} == {
        FENMARCH: 200, IDVA: 200, SCHOOL: 200, KESTREL: 404,
    }  # fmt: skip
    assert len({each.text for each in views.values()}) == 4
    assert set(views[SCHOOL].json()["people"]) == {"children"}
    for who in (FENMARCH, IDVA, SCHOOL):
        explained(parts, tmp_path, who, views[who].json())


def explained(parts: Parts, folder: Path, organisation: str, shown: Mapping[str, Any]) -> None:
    """Hold each event of a view to what `hub policy explain` says of it in the context that the ledger has."""
    engine = open_engine(f"sqlite:///{parts.home / 'hub.sqlite'}")
    with engine.connect() as conn:
        rows = {
            row.event_id: row
            for row in conn.execute(
                ledger.select().where(ledger.c.kind == "viewed", ledger.c.recipient == organisation)
            )
        }
    engine.dispose()
    register = load_county().bundle.recipients[organisation]  # type: ignore[index]
    seen = [each for each in TOLD if each.id in rows]
    assert sorted(each.type for each in seen) == sorted(each["type"] for each in shown["timeline"])
    for event in seen:
        row = rows[event.id]
        known = json.loads(row.context)
        context = {
            **{name: known[name] for name in ("risk", "consent", "involvement", "conflict_of_interest", "perpetrator_link")},
            "agency": register.type, "role": row.role, "purpose": row.purpose,
            "lawful_basis": row.lawful_basis, "event_date": event.occurred_at.date().isoformat(),
        }  # fmt: skip
        files = {"event": plain(event), "context": context}
        for name, content in files.items():
            (folder / f"{name}.json").write_text(json.dumps(content))
        told = json.loads(
            hub(
                parts, "policy", "explain", "--schema", event.type, "--event", folder / "event.json",
                "--context", folder / "context.json", "--recipient", organisation, "--json",
            )
        )  # fmt: skip
        given = {path.split(".")[0] for path, one in told["fields"].items() if one["treatment"] != "withhold"}  # fmt: skip
        (happened,) = [each for each in shown["timeline"] if each["type"] == event.type]
        assert happened.keys() - {"event", "type"} <= given
        assert shown["people"].keys() <= given | {"children"}


def plain(event: Event) -> Any:
    def at(value: object) -> str:
        if isinstance(value, datetime):
            return value.isoformat().replace("+00:00", "Z")
        if isinstance(value, date):
            return value.isoformat()
        raise TypeError(type(value).__name__)

    return json.loads(json.dumps(event.body, default=at))
