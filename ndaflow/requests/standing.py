"""Which documents a person has requested and not yet received, for the lists of documents."""

from datetime import datetime

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from documents.standing import Standing
from ndaflow.agreements.coverage import signature_covering
from ndaflow.requests.models import Question, RequestedDocument, RequestStatus
from trustcenter.accounts.models import User


def waiting(reader: User, at: datetime) -> dict[int, Standing]:
    """What the reader's open requests wait for, by the document's key. What the reader can do comes first."""
    unanswered = Question.objects.filter(request=OuterRef("request"), answered_at=None)
    items = RequestedDocument.objects.filter(
        request__requester=reader, request__status=RequestStatus.OPEN, grant=None
    ).exclude(outcome=RequestedDocument.Outcome.DENIED)
    found = list(items.annotate(question_is_open=Exists(unanswered)).order_by("request__opened_at"))
    is_signed = bool(found) and signature_covering(reader, at) is not None
    standings = {}
    for item in found:
        if item.question_is_open:
            text = _("Waiting for your answer")
        elif not is_signed:
            text = _("Waiting for your signature")
        else:
            text = _("We are reviewing it")
        href = reverse("requests:request", args=[item.request_id])
        standings[item.document_id] = Standing("wait", text, href=href)
    return standings
