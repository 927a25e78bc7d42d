import secrets

from django.conf import settings


def probe() -> None:
    """Writes, reads and removes a few bytes where files are stored. Raises OSError when the storage does not do that."""
    settings.FILES_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = settings.FILES_DIR / f".probe-{secrets.token_hex(8)}"
    written = secrets.token_bytes(32)
    try:
        path.write_bytes(written)
        if path.read_bytes() != written:
            raise OSError("what was read is not what was written")
    finally:
        path.unlink(missing_ok=True)
