"""Publishes a new text of an agreement, with a policy for people who signed an earlier one."""

from datetime import datetime

from ndaflow.agreements import fields, signing, tasks
from ndaflow.agreements.models import Agreement, AgreementVersion, Scope
from ndaflow.agreements.refusals import Refusal
from trustcenter import audit
from trustcenter.accounts import checked
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action

PUBLISH = "ndaflow.publish_agreementversion"


def publish(
    *,
    slug: str,
    kind: str,
    title: str,
    text: str,
    earlier_signers: str,
    by: User | None,
    covers: str = "",
    effective_at: datetime | None = None,
    after: int | None = None,
) -> AgreementVersion:
    """Publishes a new numbered text; the same text again is the same version. Those whom it stops are told by mail.

    `kind` and `title` are those of a new agreement; without `covers`, a signature covers as many as one of the version
    before. It applies from `effective_at`, or at once. `by` is None on the command line. `after` is the number of the
    version that the person saw as the newest, 0 for none: another person may have published one meanwhile. Raises
    FlowError; one reason is the same text with another rule, because a text and its rules go together.
    """
    if by is not None and not by.has_perm(PUBLISH):
        raise FlowError(Refusal.NOT_PUBLISHER)
    title, text = checked.line(title), written(text)
    with audit.change(by=by) as change:
        # Alone: steps that rely on what covers a reader, or sign, are before this text or after it.
        agreement = Agreement.objects.select_for_update(no_key=True).get_or_create(
            slug=slug, defaults={"kind": kind, "title": title}
        )[0]
        change.has_waited()
        effective_at = effective_at or change.at
        newest = agreement.versions.order_by("-number").first()
        if after is not None and after != (newest.number if newest else 0):
            raise FlowError(Refusal.OTHER_VERSION)
        covers = covers or (newest.covers if newest else Scope.PERSON)
        if Scope(covers).exceeds(agreement.widest):
            raise FlowError(Refusal.TOO_WIDE)
        if newest and newest.text == text:
            if (newest.earlier_signers, newest.covers) != (earlier_signers, covers):
                raise FlowError(Refusal.SAME_TEXT, number=str(newest.number))
            return newest
        version = AgreementVersion.objects.create(
            agreement=agreement,
            number=newest.number + 1 if newest else 1,
            text=text,
            sha256=signing.digest(text),
            effective_at=effective_at,
            earlier_signers=earlier_signers,
            covers=covers,
        )
        # The public pages link to the agreement once there is one.
        change.public_content_changed = True
        if effective_at <= change.at:
            # For a text that applies later, `routine.tell_of_texts` does it on that day.
            change.task(tasks.tell_stopped, version.pk)
        change.record(
            Action.AGREEMENT_PUBLISHED,
            subject=version,
            changed=[version],
            agreement=version.named,
            text_sha256=version.sha256,
        )
    return version


def add(*, slug: str, kind: str, title: str, by: User) -> Agreement:
    """Adds an agreement without a text. Until its first version nobody can sign it. Raises FlowError."""
    if not by.has_perm(PUBLISH):
        raise FlowError(Refusal.NOT_PUBLISHER)
    title = checked.line(title)
    with audit.change(by=by) as change:
        agreement, added = Agreement.objects.get_or_create(slug=slug, defaults={"kind": kind, "title": title})
        if not added:
            raise FlowError(Refusal.SLUG_TAKEN, slug=slug)
        change.record(Action.AGREEMENT_ADDED, subject=agreement, agreement={"title": title, "slug": slug})
    return agreement


def offer(agreement: Agreement, *, summary: str, plans: list[str], widest: str, by: User) -> None:
    """Changes what the public list says of it, the plans whose customers may sign it by itself, and how wide a scope may be.

    What an approver confirmed already stays as it is.
    """
    if not by.has_perm(PUBLISH):
        raise FlowError(Refusal.NOT_PUBLISHER)
    summary, plans = checked.line(summary), [checked.line(plan) for plan in plans]
    with audit.change(by=by) as change:
        Agreement.objects.filter(pk=agreement.pk).update(summary=summary, plans=plans, widest=Scope(widest))
        change.record(
            Action.AGREEMENT_CHANGED,
            subject=agreement,
            agreement={"title": agreement.title, "slug": agreement.slug},
            plans=plans,
            widest=widest,
        )


def note_export(*, rows: int, filters: str, by: User) -> None:
    """Records that somebody takes the register as a file, before it leaves."""
    with audit.change(by=by) as change:
        change.record(Action.REGISTER_EXPORTED, rows=rows, filters=filters)


def written(text: str) -> str:
    """A text in the one way it is kept, so that the same text is the same version from a file and from a page."""
    if not (plain := checked.lines(text)):
        raise FlowError(Refusal.NO_TEXT)
    fields.check(plain)
    return f"{plain}\n"
