"""The steps of a person with their own data, and of the member of staff who answers a request to erase them."""

from certifications.subscribing import flows as subscribing
from documents.models import ReadPage
from ndaflow.invitations import flows as invitations
from ndaflow.objections import flows as objections
from ndaflow.privacy import tasks
from ndaflow.privacy.models import Erasure, Export
from ndaflow.privacy.refusals import Refusal
from ndaflow.privacy.rows import whom
from ndaflow.requests import flows as requests
from trustcenter import audit
from trustcenter.accounts import checked, own
from trustcenter.accounts.forgetting import anonymous_address, forget_account
from trustcenter.accounts.models import Listed, User
from trustcenter.audit import Change, FlowError, erasing
from trustcenter.audit.actions import Action
from trustcenter.vault import files as vault
from trustcenter.work.models import Mail

ERASE = "ndaflow.erase_person"
State = Erasure.State


def ask_export(*, by: User) -> Export:
    """Starts to put everything that is held about the person in a file, which replaces an earlier one."""
    with audit.change(by=by) as change:
        # Two requests at once must see each other.
        own.lock(by)
        earlier = list(Export.objects.filter(person=by).select_related("file"))
        if any(export.is_being_made for export in earlier):
            raise FlowError(Refusal.EXPORT_RUNNING)
        for export in earlier:
            remove(export)
        made = Export.objects.create(person=by, asked_at=change.at)
        change.task(tasks.make_export, made.pk)
        change.record(Action.EXPORT_ASKED, subject=made)
    return made


def download_export(export: Export, *, by: User) -> None:
    """Records that the person downloads their file. Raises FlowError if it was deleted meanwhile."""
    with audit.change(by=by) as change:
        if not Export.objects.filter(pk=export.pk, person=by, state=Export.State.READY).exists():
            raise FlowError(Refusal.EXPORT_GONE)
        change.record(Action.EXPORT_DOWNLOADED, subject=export)


def remove(export: Export) -> None:
    """Deletes an export with its file, in the caller's transaction."""
    stored = export.file
    export.delete()
    if stored is not None:
        vault.delete(stored)


def ask_erasure(*, by: User) -> Erasure:
    """Asks staff to erase the person's data. Nothing is erased yet."""
    with audit.change(by=by) as change:
        own.lock(by)
        if by.is_staff:
            raise FlowError(Refusal.STAFF_ACCOUNT)
        if Erasure.objects.filter(person=by, state=State.WAITING).exists():
            raise FlowError(Refusal.ERASURE_WAITS)
        erasure = Erasure.objects.create(person=by, asked_at=change.at)
        for colleague in User.objects.who_may(ERASE):
            change.mail("erasure_asked", to=colleague.email, context={"erasure": erasure})
        change.record(Action.ERASURE_ASKED, subject=erasure, changed=[erasure])
    return erasure


def take_back_erasure(erasure: Erasure, *, by: User) -> None:
    """The person wants to keep their data here after all."""
    with audit.change(by=by) as change:
        won = Erasure.objects.filter(pk=erasure.pk, person=by, state=State.WAITING)
        if not won.update(state=State.TAKEN_BACK, decided_at=change.at):
            raise FlowError(Refusal.ERASURE_SETTLED)
        change.record(Action.ERASURE_TAKEN_BACK, subject=erasure, changed=Erasure.objects.filter(pk=erasure.pk))


def decline_erasure(erasure: Erasure, *, by: User, reason: str) -> None:
    """Declines to erase a person's data, with a reason that they read (GDPR, Article 12(4))."""
    with audit.change(by=by) as change:
        reason = checked.lines(reason)
        if not reason:
            raise FlowError(Refusal.NO_ERASURE_REASON)
        _win(change, erasure, State.DECLINED, by=by, reason=reason)
        person = erasure.person
        change.mail("erasure_declined", to=person.email, context={"person": person, "reason": reason})
        rows = Erasure.objects.filter(pk=erasure.pk)
        change.record(Action.ERASURE_DECLINED, subject=erasure, changed=rows, person=person, reason=reason)


def carry_out_erasure(erasure: Erasure, *, by: User) -> None:
    """Erases what is held about the person, but for what `erasing.Preview.stays` names. It cannot be undone.

    Their access ends, their account becomes a row without a name or address, and the log keeps no details about them.
    """
    person = erasure.person
    address = person.email
    with audit.change(by=by) as change:
        _win(change, erasure, State.DONE, by=by)
        ended = requests.end_and_forget(change, person)
        for export in Export.objects.filter(person=person).select_related("file"):
            remove(export)
        # The record of it comes first, because erased details refer to it.
        erasing.within(change, whom(person))
        objected = objections.forget(change, person)
        invited = invitations.forget(change, address, anonymous_address(person))
        # A block stays, as `erasing.preview` says to everyone. What allowed the address has no purpose any more.
        entries = Listed.objects.filter(address=address)
        for entry in entries.filter(verdict=Listed.Verdict.ALLOW):
            change.removed(entry)
            entry.delete()
        ReadPage.objects.filter(delivery__reader=person).delete()
        subscribing.forget(address)
        language = person.language
        forget_account(person)
        Mail.objects.filter(to=address).delete()
        change.mail("erasure_done", to=address, language=language)
        change.record(
            Action.ERASURE_DONE,
            subject=erasure,
            changed=[
                *Erasure.objects.filter(pk=erasure.pk),
                *User.answering().filter(pk=person.pk),
                *requests.rows_of(ended.requests),
                *ended.grants(),
                *invited,
                *objected,
                *entries,
            ],
            requests=len(ended.own),
            # By these it is found when one of them asks for the same: it holds what their rows say.
            colleagues=[{"id": colleague} for colleague in ended.colleagues],
        )


def _win(change: Change, erasure: Erasure, state: Erasure.State, *, by: User, reason: str = "") -> None:
    """Settles the request, unless somebody else was quicker. Raises FlowError."""
    if not by.has_perm(ERASE):
        raise FlowError(Refusal.NOT_ERASER)
    if by.pk == erasure.person_id:
        raise FlowError(Refusal.OWN_ERASURE)
    waiting = Erasure.objects.filter(pk=erasure.pk, state=State.WAITING)
    if not waiting.update(state=state, decided_by=by, decided_at=change.at, reason=reason):
        raise FlowError(Refusal.ERASURE_SETTLED)
