"""Drafts of posts that the clock publishes at a time that an editor chose."""

from datetime import datetime

from django.utils import timezone

from certifications.models import Update, UpdateSchedule
from certifications.updates import flows
from certifications.updates.refusals import Refusal
from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action
from trustcenter.work import clock

PUBLISH = "certifications.change_update"


def schedule(update: Update, *, at: datetime, saw: str, tell: bool, by: User) -> None:
    """Lets the clock publish a draft as it is now. Raises FlowError."""
    flows.permit(by, "change")
    with audit.change(by=by) as change:
        found = flows.locked(update)
        flows.must_be_ready(found, saw)
        if at <= change.at:
            raise FlowError(Refusal.IN_THE_PAST)
        chosen = {"publish_at": at, "scheduled_by": by, "tell": tell, "stopped_at": None}
        UpdateSchedule.objects.update_or_create(update=found, defaults=chosen)
        change.record(Action.UPDATE_SCHEDULED, subject=found, name=found.title, due_at=at.isoformat())


def unschedule(update: Update, *, by: User) -> None:
    """Takes the date back; the draft stays. Raises FlowError."""
    flows.permit(by, "change")
    with audit.change(by=by) as change:
        found = flows.locked(update)
        if not UpdateSchedule.objects.filter(update=found, stopped_at=None).delete()[0]:
            raise FlowError(Refusal.NOT_SCHEDULED)
        change.record(Action.UPDATE_UNSCHEDULED, subject=found, name=found.title)


@clock.every(60)
def publish_due() -> None:
    """Publishes the drafts whose time has come, each in a change of its own."""
    due = UpdateSchedule.objects.filter(publish_at__lte=timezone.now(), stopped_at=None)
    clock.for_each(due.select_related("update"), _publish)


def _publish(plan: UpdateSchedule) -> bool:
    """Returns whether it was published. If who chose the date may not publish any more, it ends, and those who may
    are mailed.
    """
    with audit.change(by=None) as change:
        found = flows.locked(plan.update)
        # It may have been taken back, or another worker was first.
        now = UpdateSchedule.objects.select_related("scheduled_by").filter(update=found, stopped_at=None).first()
        if now is None or now.publish_at > change.at:
            return False
        by = now.scheduled_by
        if not (by.is_active and by.has_perm(PUBLISH)):
            now.stopped_at = change.at
            now.save(update_fields=["stopped_at"])
            change.record(Action.UPDATE_UNSCHEDULED, subject=found, name=found.title)
            for colleague in User.objects.who_may(PUBLISH).order_by("email"):
                change.mail("post_stopped", to=colleague.email, context={"update": found, "who": by})
            return False
        flows.make_public(change, found, tell=now.tell, scheduled_by=by)
    return True
