"""The files that the site makes for its seal. None of them is ever written over."""

from contextlib import suppress
from pathlib import Path

from ndaflow.agreements.sealing import keys
from trustcenter.work.durable import write_new


def keep(path: Path, content: bytes) -> None:
    """Writes a file, unless there is one. If two workers start at once, both use the file of one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        write_new(path, content)


def keep_key(path: Path) -> None:
    """Makes an RSA key, unless there is one."""
    if not path.exists():
        keep(path, keys.as_pem(keys.new_private()))
