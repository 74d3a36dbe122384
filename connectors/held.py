"""What is too large to travel stays with the connector, under the name of its SHA-256."""

import os
import shutil
from pathlib import Path
from typing import BinaryIO

from hub.model.dead_letter import sha256

FOLDER = "oversize"


def hold(home: Path, data: bytes) -> str:
    """Keep bytes, and give the name under which they are kept."""
    name = sha256(data)
    _write(home, name, data)
    return name


def hold_file(home: Path, file: Path, digest: str) -> str:
    """Keep a whole file under its digest, without reading it into memory."""
    with file.open("rb") as stream:
        _write(home, digest, stream)
    return digest


def _write(home: Path, name: str, data: bytes | BinaryIO) -> None:
    """Write beside and rename, so that a name always has all of its bytes."""
    folder = home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (folder / name).exists():
        return
    beside = folder / f"{name}.part"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        if isinstance(data, bytes):
            stream.write(data)
        else:
            shutil.copyfileobj(data, stream)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(folder / name)
