"""Pages of any version for staff, drawn one by one when they are asked for and kept nowhere."""

import io
from datetime import datetime

from django.utils.translation import gettext as _
from PIL import Image

from documents.marks import page_mark
from documents.marks.marking import Mark
from documents.models import DocumentVersion
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.audit.actions import Action
from trustcenter.vault import files as vault
from trustcenter.vault import sandbox
from trustcenter.web import throttle

# A page takes a third of a second; one that takes much longer is not drawn while somebody waits.
LIMITS = sandbox.Limits(cpu=10, clock=15.0, file=32 * sandbox.MIB)
# How many MiB of the copy stay decrypted in memory while a parser seeks in it.
IN_REACH = 16
HOUR = 3600


def opened(version: DocumentVersion, *, by: User) -> None:
    """Records that somebody opened a version, once an hour for each person and version."""
    if throttle.allow_key("version-opened", 1, HOUR, f"{by.pk} {version.pk}"):
        with audit.change(by=by) as change:
            change.record(
                Action.VERSION_OPENED, subject=version, document=version.document.named, number=version.number
            )


def page(version: DocumentVersion, number: int, *, by: User, at: datetime) -> bytes:
    """Page `number` of the version's reading copy as a JPEG that names the member of staff.

    Raises sandbox.SandboxError if it cannot be drawn in time, sandbox.Unavailable if nothing can be drawn now,
    vault.Damaged, and page_mark.Unmarkable.
    """
    drawn = io.BytesIO()
    with vault.open(version, "reading_copy", kept=IN_REACH) as source:
        draw = "documents.reading.drawing:draw"
        sandbox.run(draw, source, drawn, version.pages or 0, number, 1, limits=LIMITS)
    mark = Mark(
        email=by.email,
        company="",
        at=at,
        code=f"V{version.number}",
        cells=b"",
        note=_("Opened at the desk, not for readers"),
    )
    with Image.open(drawn) as picture:
        return page_mark.jpeg(page_mark.labelled(picture, mark))
