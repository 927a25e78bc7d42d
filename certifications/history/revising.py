"""Keeps each state of the public facts as a revision, whose SHA-256 goes into the log with the change that made it."""

import hashlib
import zlib
from datetime import date, datetime, time

from django.utils import timezone

from certifications import posture, posture_json
from certifications.history.differences import between
from certifications.models import PostureRevision
from certifications.search import index
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.audit import Change
from trustcenter.audit.actions import Action
from trustcenter.work.clock import every


def newest() -> PostureRevision | None:
    return PostureRevision.objects.first()


def on(day: date) -> PostureRevision | None:
    """The revision that the day ended with, or ends with until now; None if nothing was published before its end."""
    end = timezone.make_aware(datetime.combine(day, time.max))
    return PostureRevision.objects.filter(at__lte=end).first()


def revise(change: Change) -> None:
    """Keeps the public facts as they are at the end of `change`, if they differ from the newest revision.

    The change holds the row of the content's revision, so revisions are made one after another. What the search finds
    is of the same facts.
    """
    if posture.profile() is None:
        return
    data = posture_json.as_data()
    index.keep(data)
    body = posture_json.as_text(data).encode()
    sha256 = hashlib.sha256(body).hexdigest()
    before = newest()
    if before is not None and before.sha256 == sha256:
        return
    row = PostureRevision(
        number=before.number + 1 if before is not None else 1,
        at=change.at,
        by=change.by if isinstance(change.by, User) else None,
        sha256=sha256,
        deflated=zlib.compress(body),
    )
    row.differences = between(before.data, row.data) if before is not None else []
    row.save(force_insert=True)
    change.record_effect(Action.CONTENT_REVISED, subject=row, changed=[row], number=row.number, sha256=sha256)


@every(300)
def revise_by_the_clock() -> None:
    """Keeps what changed only because a day passed: a certificate ended, an answer passed its review date.

    A release may make other rows for the search.
    """
    if posture.profile() is None:
        return
    data = posture_json.as_data()
    before = newest()
    sha256 = hashlib.sha256(posture_json.as_text(data).encode()).hexdigest()
    if before is not None and before.sha256 == sha256 and index.is_true(data):
        return
    with audit.change(by=None) as change:
        change.public_content_changed = True
