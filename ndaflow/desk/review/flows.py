"""An access review: it begins with everything that is open, each row is answered, and it is finished."""

from django.db import IntegrityError, connection
from django.utils import timezone

from documents.models import AccessGrant
from ndaflow.desk.review.models import Review, ReviewedGrant
from ndaflow.desk.review.refusals import Refusal
from ndaflow.requests import flows as requests
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action

Answer = ReviewedGrant.Answer
# Thousands of rows at once, which Django would send one by one. Their order is the one of the page.
ROWS = "INSERT INTO ndaflow_reviewedgrant (review_id, grant_id, answer) SELECT %s, held.id, '' FROM ({open}) held"


def start(*, by: User) -> Review:
    """Begins a review of every document that is open to somebody now."""
    _must_review(by)
    try:
        with audit.change(by=by) as change:
            review = Review.objects.create(started_by=by, started_at=change.at)
            rows = AccessGrant.objects.open_at(change.at).order_by("holder__company__legal_name", "holder__email", "pk")
            sql, params = rows.values("id").query.sql_with_params()
            with connection.cursor() as cursor:
                cursor.execute(ROWS.format(open=sql), [review.pk, *params])
            if not (count := review.rows.count()):
                raise FlowError(Refusal.NOTHING_OPEN)
            change.record(Action.REVIEW_STARTED, subject=review, changed=[review], count=count)
    except IntegrityError as broken:
        raise FlowError(Refusal.REVIEW_OPEN) from broken
    return review


def keep(row: ReviewedGrant, *, by: User) -> None:
    """Says that the access is still needed. The later of two answers counts, but nothing revoked is needed again."""
    _must_review(by)
    with audit.change(by=by) as change:
        # A revocation that comes at the same moment is either seen here or comes after this answer.
        AccessGrant.objects.filter(pk=row.grant_id).lock()
        current = _open_row(row, by)
        if not current.grant.is_open_at(change.at):
            raise FlowError(Refusal.ENDED_MEANWHILE)
        _answer(change, current, Answer.NEEDED, by)


def revoke(row: ReviewedGrant, *, reason: str, by: User) -> None:
    """Ends the access, with a reason that the reader gets, and says so in the review.

    The access ends first, in a change of its own: if the second one fails, the review shows that it has ended.
    """
    _must_review(by)
    current = _open_row(row, by)
    if not current.grant.is_open_at(timezone.now()):
        raise FlowError(Refusal.ENDED_MEANWHILE)
    requests.revoke_grant(current.grant, by=by, reason=reason)
    with audit.change(by=by) as change:
        _answer(change, _open_row(row, by), Answer.REVOKED, by)


def finish(review: Review, *, by: User) -> None:
    """Finishes a review once everything that is still open has its answer."""
    _must_review(by)
    with audit.change(by=by) as change:
        current = Review.objects.select_for_update(no_key=True).get(pk=review.pk)
        if current.finished_at is not None:
            raise FlowError(Refusal.REVIEW_FINISHED)
        live = AccessGrant.objects.open_at(change.at)
        if left := current.rows.filter(answer="", grant__in=live).count():
            raise FlowError(Refusal.ROWS_LEFT, count=f"{left}")
        current.finished_at, current.finished_by = change.at, by
        current.save(update_fields=["finished_at", "finished_by"])
        counted = {answer.value: current.rows.filter(answer=answer).count() for answer in Answer}
        change.record(Action.REVIEW_FINISHED, subject=current, changed=[current], **counted)


def _must_review(by: User) -> None:
    if not by.has_perm(requests.DECIDE):
        raise FlowError(Refusal.NOT_REVIEWER)


def _open_row(row: ReviewedGrant, by: User) -> ReviewedGrant:
    """The row as it is now. Raises FlowError if nobody may answer it any more, or not this person."""
    current = ReviewedGrant.objects.select_related("review", "grant__holder", "grant__document").get(pk=row.pk)
    if current.review.finished_at is not None:
        raise FlowError(Refusal.REVIEW_FINISHED)
    if current.grant.holder_id == by.pk:
        raise FlowError(Refusal.OWN_ACCESS)
    return current


def _answer(change: audit.Change, row: ReviewedGrant, answer: ReviewedGrant.Answer, by: User) -> None:
    row.answer, row.answered_by, row.answered_at = answer, by, change.at
    row.save(update_fields=["answer", "answered_by", "answered_at"])
    action = Action.REVIEW_KEPT if answer is Answer.NEEDED else Action.REVIEW_REVOKED
    names = {"holder": row.grant.holder, "document": row.grant.document.named}
    change.record(action, subject=row.review, changed=[row], grant=row.grant_id, **names)
