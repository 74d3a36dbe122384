"""The grammar of a schema: fields with their tags, records, lists, enums, and where somebody may be."""

Schema = dict[str, object]

TIME: Schema = {"type": "long", "logicalType": "timestamp-millis"}
DATE: Schema = {"type": "int", "logicalType": "date"}


def field(name: str, kind: object, doc: str, *tags: str, **more: object) -> Schema:
    """Give one field. Names in `more` stand for the hub's own attributes: `hub_mask` is `hub:mask`."""
    optional = isinstance(kind, list) and kind[0] == "null"
    own = {key.replace("hub_", "hub:").replace("_", "-"): value for key, value in more.items()}
    empty: Schema = {"default": None} if optional else {}
    if isinstance(kind, dict) and kind["type"] == "array":
        empty = {"default": []}
    return {"name": name, "type": kind, **empty, "doc": doc, "confluent:tags": list(tags), **own}


def maybe(kind: object) -> list[object]:
    return ["null", kind]


def record(name: str, *fields: Schema) -> Schema:
    return {"type": "record", "name": name, "fields": list(fields)}


def many(item: object) -> Schema:
    return {"type": "array", "items": item}


def enum(name: str, *symbols: str) -> Schema:
    return {"type": "enum", "name": name, "symbols": list(symbols)}


def yes_no() -> Schema:
    return enum("YesNo", "yes", "no", "unknown")
