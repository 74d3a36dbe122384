"""`hub schema`: what may be on the wire."""

import json

import click

from hub.bootstrap.county import load_county
from hub.bootstrap.files import folder, texts
from hub.cli.frame import REFUSED, say, show, table, with_json
from hub.disclose.schema import untagged as untagged_in
from hub.stream.compat import incompatible
from hub.stream.registry import new_ids

LOOPBACK = "127.0.0.1"


@click.group()
def schema() -> None:
    """Work with the Avro schemas of events, and of what is disclosed of them."""


@schema.command(name="list")
@with_json
def list_(as_json: bool) -> None:
    """List the schemas, their versions and ids."""
    known = sorted(
        load_county().registry.by_id.values(), key=lambda each: (each.subject, each.version)
    )
    found = [{"name": each.subject, "version": each.version, "id": each.id} for each in known]
    show(
        found, table([each.values() for each in found], ("name", "version", "id")), as_json=as_json
    )


@schema.command(name="show")
@click.argument("name")
def show_(name: str) -> None:
    """Print the newest version of schema NAME."""
    registry = load_county().registry
    if name not in registry.latest:
        raise click.UsageError(f"no schema {name}: `hub schema list` has them")
    click.echo(json.dumps(registry.latest[name].schema, indent=1))


@schema.command()
@with_json
def check(as_json: bool) -> None:
    """Check every schema: nothing untagged, and readable by and of every earlier version."""
    county = load_county()
    untagged = [
        f"{name}: {path}"
        for name, each in sorted(county.schemas.items())
        for path in untagged_in(each)
    ]
    broken = incompatible(county.registry)
    document = {"schemas": len(county.registry.by_id), "untagged": untagged, "incompatible": broken}
    lines = [
        f"{len(county.registry.by_id)} schemas, {len(untagged)} fields untagged, {len(broken)} breaks"
    ]
    lines += [f"  no tag: {each}" for each in untagged] + [f"  {each}" for each in broken]
    show(document, lines, as_json=as_json)
    if untagged or broken:
        raise SystemExit(REFUSED)


@schema.command()
def register() -> None:
    """Give every schema that has none its id, in schemas/ids.json. Commit that file."""
    root = folder("schemas")
    files = texts(root)
    ids = new_ids(files)
    before = json.loads(files.get("ids.json", "{}"))
    (root / "ids.json").write_text(json.dumps(ids, indent=1) + "\n", "utf-8")
    say(f"{len(ids) - len(before)} ids given; {len(ids)} in all")


@schema.command()
@click.option("--port", default=8081, show_default=True, help="On loopback.")
def serve(port: int) -> None:
    """Answer Confluent's registry REST on loopback, so that stock clients can decode a topic."""
    import uvicorn  # noqa: PLC0415 - no other verb here serves anything

    from hub.api.registry import make_app  # noqa: PLC0415 - likewise

    app = make_app(load_county().registry)
    say(f"schema registry at http://{LOOPBACK}:{port}; Ctrl-C ends it")
    uvicorn.run(app, host=LOOPBACK, port=port, access_log=False, log_level="warning")
