"""What one document of one person waits for, and for whom."""

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ndaflow.requests.models import Question, RequestedDocument


def with_question(items: QuerySet[RequestedDocument]) -> QuerySet[RequestedDocument]:
    """Adds `is_asked`: whether their request waits for an answer."""
    asked = Question.objects.filter(request=OuterRef("request"), answered_at=None)
    return items.annotate(is_asked=Exists(asked))


def what_waits(item: RequestedDocument, *, is_covered: bool, now: datetime) -> tuple[str, str, str]:
    """What a document of `with_question` waits for and for whom: a tone, that, and one more fact."""
    grant, request = item.grant, item.request
    if grant is not None:
        if not grant.is_open_at(now):
            return "none", _("Ended"), _("on %(day)s") % {"day": day_of(grant.ended_at or grant.ends_at)}
        if not is_covered:
            return "wait", for_them(), _("they have to sign again")
        return "none", _("Nothing is waiting"), _("open until %(day)s") % {"day": day_of(grant.ends_at)}
    if item.is_refused:
        return "none", _("Denied"), ""
    if item.is_asked:  # type: ignore[attr-defined]  # by with_question
        return "wait", for_them(), _("we asked them a question")
    if not item.is_approved:
        owner = request.owner
        text = _("Waiting for us: %(name)s") % {"name": owner.name or owner.email} if owner else _("Waiting for us")
        late = request.due_at is not None and request.paused_at is None and request.due_at < now
        # The requester's signature may be missing too, but our part does not wait for it.
        due = _("answer due %(day)s") % {"day": day_of(request.due_at)} if request.due_at else ""
        return "wait", text, _("over the target") if late else due
    return "wait", for_them(), _("they have to sign")


def for_them() -> str:
    return _("Waiting for them")


def day_of(instant: datetime | None) -> str:
    return date_format(timezone.localtime(instant), "j M Y") if instant else ""
