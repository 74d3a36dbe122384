"""The files that come with the hub: `schemas/` and `policies/`, from a checkout or a wheel."""

from pathlib import Path

import hub

_PACKAGE = Path(hub.__file__).parent
SUFFIXES = {".toml", ".avsc", ".json"}


def folder(name: str) -> Path:
    """Give the folder of that name: beside the package in a checkout, inside it in a wheel."""
    for place in (_PACKAGE.parent / name, _PACKAGE / "data" / name):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"{name}/ is not installed with the hub")


def texts(root: Path) -> dict[str, str]:
    """Read every file below a folder that the hub loads: path inside it → text."""
    return {
        path.relative_to(root).as_posix(): path.read_text("utf-8")
        for path in sorted(root.rglob("*"))
        if path.suffix in SUFFIXES and path.is_file()
    }
