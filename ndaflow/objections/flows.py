"""The steps of an objection: a customer objects to an announced subprocessor, and we answer."""

from collections.abc import Collection, Iterable

from certifications.models import Subprocessor
from ndaflow.objections.models import Objection
from ndaflow.objections.refusals import Refusal
from trustcenter import audit
from trustcenter.accounts import checked, own
from trustcenter.accounts.models import User
from trustcenter.audit import Change, FlowError
from trustcenter.audit.actions import Action

ANSWER = "ndaflow.answer_objection"
State = Objection.State


def can_object(subprocessor: Subprocessor) -> bool:
    """Whether it was announced and has not started."""
    return subprocessor.announced is not None and subprocessor.state == Subprocessor.State.ANNOUNCED


def object_to(slug: str, *, by: User, company_name: str, text: str) -> Objection:
    """Objects to an announced subprocessor, in the name of a person who has proven their mailbox. Raises FlowError."""
    text, company_name = checked.lines(text), checked.line(company_name)
    if by.is_staff:
        raise FlowError(Refusal.STAFF)
    if not text:
        raise FlowError(Refusal.NO_TEXT)
    with audit.change(by=by) as change:
        # Two objections of one person at once see each other.
        own.lock(by)
        subprocessor = Subprocessor.objects.filter(slug=slug).first()
        if subprocessor is None or subprocessor.effective is None or not can_object(subprocessor):
            raise FlowError(Refusal.TOO_LATE)
        if Objection.objects.filter(person=by, subprocessor=slug, state=State.OPEN).exists():
            raise FlowError(Refusal.OBJECTED_BEFORE, name=subprocessor.name)
        objection = Objection.objects.create(
            person=by,
            company_name=company_name,
            subprocessor=slug,
            subprocessor_name=subprocessor.name,
            effective=subprocessor.effective,
            text=text,
            raised_at=change.at,
        )
        change.mail("objection_received", to=by.email, context={"objection": objection})
        for colleague in User.objects.who_may(ANSWER):
            change.mail("objection_waiting", to=colleague.email, context={"objection": objection, "person": by})
        change.record(
            Action.OBJECTION_RAISED, subject=objection, changed=[objection], subprocessor=subprocessor.name, text=text
        )
    return objection


def answer(objection: Objection, *, by: User, text: str) -> None:
    """Answers an objection; the person gets the answer by e-mail. Raises FlowError."""
    text = checked.lines(text)
    if not text:
        raise FlowError(Refusal.NO_ANSWER)
    with audit.change(by=by) as change:
        if not by.has_perm(ANSWER):
            raise FlowError(Refusal.NOT_ANSWERER)
        rows = Objection.objects.filter(pk=objection.pk)
        won = rows.filter(state=State.OPEN)
        if not won.update(state=State.ANSWERED, answer=text, answered_by=by, answered_at=change.at):
            raise FlowError(Refusal.SETTLED)
        row = rows.select_related("person").get()
        change.mail("objection_answered", to=row.person.email, context={"objection": row})
        change.record(
            Action.OBJECTION_ANSWERED, subject=row, changed=rows, subprocessor=row.subprocessor_name, answer=text
        )


def remove_old(change: Change, keys: Collection[str]) -> list[str]:
    """Deletes objections that nobody waits for, in the caller's change; returns their keys."""
    rows = Objection.objects.filter(pk__in=keys).exclude(state=State.OPEN)
    found = list(rows.order_by("pk").select_for_update(no_key=True))
    change.removed(*found)
    Objection.objects.filter(pk__in=[row.pk for row in found]).delete()
    return [row.pk for row in found]


def forget(change: Change, person: User) -> Iterable[Objection]:
    """Empties what was typed in a person's objections, because their data are erased, and ends those that wait.

    Returns the rows, which the caller records.
    """
    rows = Objection.objects.filter(person=person)
    found = list(rows.order_by("pk").select_for_update(no_key=True))
    keys = [row.pk for row in found]
    Objection.objects.filter(pk__in=keys, state=State.OPEN).update(state=State.WITHDRAWN)
    Objection.objects.filter(pk__in=keys).update(text="", company_name="", answer="")
    return Objection.objects.filter(pk__in=keys)
