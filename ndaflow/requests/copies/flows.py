"""The reader's answer to a request to destroy copies, and the request by itself."""

from ndaflow.requests.copies import asking
from ndaflow.requests.copies.models import DestructionRequest
from ndaflow.requests.copies.refusals import Refusal
from trustcenter import audit
from trustcenter.accounts import checked
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action

DECIDE = "ndaflow.decide_accessrequest"
Answer = DestructionRequest.Answer


def ask_to_destroy(person: User, *, by: User, reason: str) -> DestructionRequest:
    """Asks a person to destroy every copy that they downloaded and were not asked about yet. Raises FlowError."""
    if not by.has_perm(DECIDE):
        raise FlowError(Refusal.NOT_APPROVER)
    with audit.change(by=by) as change:
        # Two colleagues at once ask for each copy once.
        person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
        reason = checked.lines(reason)
        if not reason:
            raise FlowError(Refusal.NO_REASON)
        asked = asking.ask(change, person, reason=reason, by=by)
        if asked is None:
            raise FlowError(Refusal.NO_COPIES)
        change.mail("destroy_copies", to=person.email, context={"person": person, "asked": asked, "reason": reason})
    return asked


def answer(asked: DestructionRequest, *, by: User, answer: str, words: str = "") -> DestructionRequest:
    """Records the reader's answer, once. Raises FlowError."""
    with audit.change(by=by) as change:
        row = DestructionRequest.objects.select_for_update(no_key=True).get(pk=asked.pk)
        if row.holder_id != by.pk:
            raise FlowError(Refusal.NOT_HOLDER)
        if row.answer:
            raise FlowError(Refusal.ANSWERED)
        if answer not in Answer.values:
            raise FlowError(Refusal.NO_ANSWER)
        words = checked.lines(words)
        if answer == Answer.KEPT and not words:
            raise FlowError(Refusal.NO_WORDS)
        row.answer, row.words, row.answered_at = answer, words, change.at
        row.save(update_fields=["answer", "words", "answered_at"])
        action = Action.COPIES_DESTROYED if answer == Answer.DESTROYED else Action.COPIES_KEPT
        change.record(action, subject=row, changed=[row], codes=row.codes, answer=words)
        colleague = User.objects.get(pk=row.asked_by_id)
        if colleague.is_active:
            change.mail("copies_answered", to=colleague.email, context={"asked": row, "person": by})
    return row
