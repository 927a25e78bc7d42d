"""The clocks of duties to tell somebody about an incident. Each has its own event and its own end."""

from datetime import datetime

from certifications.models import DutyClock, Update
from certifications.updates.refusals import Refusal
from trustcenter import audit
from trustcenter.accounts import checked
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action


def start(
    update: Update, duty: DutyClock.Duty, *, at: datetime, by: User, contract: str = "", hours: int | None = None
) -> DutyClock:
    """Starts the clock of one duty at the event from which the law, or the contract, counts. Raises FlowError."""
    _permit(by, "add")
    with audit.change(by=by) as change:
        contract = checked.line(contract)
        if not Update.objects.select_for_update(no_key=True).filter(pk=update.pk, category="incident").exists():
            raise FlowError(Refusal.NO_INCIDENT)
        if at > change.at:
            raise FlowError(Refusal.NOT_YET)
        if duty == DutyClock.Duty.CUSTOMERS:
            if not contract or not hours:
                raise FlowError(Refusal.NO_CONTRACT)
        elif update.clocks.filter(duty=duty).exists():
            raise FlowError(Refusal.DUTY_TWICE)
        else:
            contract, hours = "", duty.hours_from(at)
            if duty == DutyClock.Duty.CRA_INCIDENT:
                _must_be_notified(update, at)
        assert hours is not None, "every law says how long"
        clock = DutyClock.objects.create(update=update, duty=duty, contract=contract, hours=hours, started_at=at)
        change.record(
            Action.DUTY_STARTED,
            subject=clock,
            changed=[clock],
            duty=duty.value,
            name=update.title,
            about=contract,
            due_at=clock.due_at.isoformat(),
        )
    return clock


def meet(clock: DutyClock, *, at: datetime, by: User) -> None:
    """Says when those were told whom the duty names. Raises FlowError."""
    _permit(by, "change")
    with audit.change(by=by) as change:
        found = DutyClock.objects.select_for_update(no_key=True).select_related(None).get(pk=clock.pk)
        if found.met_at is not None:
            raise FlowError(Refusal.DUTY_MET)
        if at > change.at:
            raise FlowError(Refusal.NOT_YET)
        if at < found.started_at:
            raise FlowError(Refusal.BEFORE_EVENT)
        found.met_at = at
        found.save(update_fields=["met_at"])
        change.record(
            Action.DUTY_MET,
            subject=found,
            changed=[found],
            duty=found.duty,
            name=clock.update.title,
            met_at=at.isoformat(),
            due_at=found.due_at.isoformat(),
        )


def _must_be_notified(update: Update, at: datetime) -> None:
    """The month of the final report runs from the notification, so its clock begins where that one ended."""
    notice = update.clocks.filter(duty=DutyClock.Duty.CRA_NOTICE).first()
    if notice is None or notice.met_at is None:
        raise FlowError(Refusal.NO_NOTIFICATION)
    if at != notice.met_at:
        raise FlowError(Refusal.OTHER_NOTIFICATION, at=f"{notice.met_at:%Y-%m-%d %H:%M}")


def _permit(by: User, verb: str) -> None:
    if not by.has_perm(f"certifications.{verb}_dutyclock"):
        raise FlowError(Refusal.NOT_WRITER)
