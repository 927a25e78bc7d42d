"""Scheduled work: close coverage that has ended, remind of ends, and act on the first day of a text or a paper that was published or filed ahead."""

from datetime import timedelta

from django.utils import timezone

from ndaflow.agreements import coverage_flows, ends, tasks
from ndaflow.agreements.models import Agreement, AgreementVersion
from ndaflow.agreements.papers import flows as papers
from trustcenter.work.clock import every

# A text that has applied for longer is no news.
LATE = timedelta(days=2)


@every(60)
def expire_coverage() -> None:
    """Closes coverage whose end has come. The documents under it closed at that instant."""
    over = Agreement.objects.filter(coverage__ended_at=None, coverage__ends_at__lte=timezone.now()).distinct()
    for agreement in over:
        coverage_flows.expire(agreement)


@every(3600)
def remind_of_ends() -> None:
    """Tells the people concerned and legal 60, 30 and 7 days before an agreement ends."""
    ends.remind()


@every(300)
def begin_papers() -> None:
    """Opens what waited for papers on file that apply from today."""
    papers.begin_due()


@every(300)
def tell_of_texts() -> None:
    """Tells those whom a text stops that was published with a later date and applies now."""
    now = timezone.now()
    fresh = AgreementVersion.objects.filter(told_at=None, effective_at__lte=now, effective_at__gt=now - LATE)
    for version in fresh.values_list("pk", flat=True):
        tasks.tell_stopped.call(version)
