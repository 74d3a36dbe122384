"""Write the newest version of each event's schema, so that five roles need not be typed by hand.

    python -m schemas.draft

The .avsc files are the contract. A version that was released never changes: give the event its next
number here, and the compatibility check says whether older readers can still read it. A test holds
the committed files to what this writes.
"""

import json
from pathlib import Path

from schemas.draft.events import EVENTS

SCHEMAS = Path(__file__).parents[1]
NAMESPACE = "uk.safeguarding-hub".replace("-", "_")


def draft(name: str) -> str:
    """Give the text of one schema file."""
    schema = EVENTS[name]()
    return (
        json.dumps(
            {"type": schema["type"], "name": schema["name"], "namespace": NAMESPACE, **schema},
            indent=1,
        )
        + "\n"
    )


def main() -> None:
    for name in EVENTS:
        folder = SCHEMAS / name
        folder.mkdir(exist_ok=True)
        (folder / "v1.avsc").write_text(draft(name))


if __name__ == "__main__":
    main()
