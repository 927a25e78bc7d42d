"""Background tasks of the rules. Each may run twice and has one effect."""

from django.utils.translation import gettext_lazy as _

from ndaflow.requests.models import AccessRequest
from ndaflow.rules.models import DryRun
from trustcenter.accounts.models import Company
from trustcenter.audit import FlowError
from trustcenter.work.lanes import Lane
from trustcenter.work.tasks import background

# Somebody else may act on the request at the same moment, but hardly every time.
TRIES = 3


def _requests(ids: list[str]) -> dict[str, str]:
    return {one.pk: str(one) for one in AccessRequest.objects.filter(pk__in=ids)}


def _runs(ids: list[str]) -> dict[str, str]:
    return {one.pk: str(one.asked_by or "") for one in DryRun.objects.filter(pk__in=ids).select_related("asked_by")}


@background(Lane.RULES, _("Decide by rules"), about=_requests)
def decide_by_rules(request_id: str) -> None:
    """Does what the rules in force say about a request. What they have done already is not done again."""
    from ndaflow.rules.flows import deciding

    for _attempt in range(TRIES):
        request = AccessRequest.objects.filter(pk=request_id).first()
        if request is None:
            return
        try:
            deciding.decide(request)
        except FlowError:
            # Somebody else was first; look again at what is left.
            continue
        return


def _facts(abouts: list[str]) -> dict[str, str]:
    keys = {about: about.partition(":")[2] for about in abouts}
    names = dict(Company.objects.filter(pk__in=keys.values()).values_list("pk", "legal_name"))
    return {about: names.get(key, key) for about, key in keys.items()}


@background(Lane.RULES, _("Apply rules to waiting requests"), about=_facts)
def look_again(about: str, after: str = "") -> None:
    """Lets the rules look at the waiting requests that a change is about. Looking twice decides once."""
    from ndaflow.rules.flows import looking

    looking.start(about, after)


# Somebody who asked waits for a decision, and nobody for a trial.
@background(Lane.RULES, _("Try rules on past requests"), about=_runs, priority=-10)
def dry_run(run_id: str) -> None:
    """Runs rules over past requests, from the beginning each time."""
    from ndaflow.rules import dry_runs

    run = DryRun.objects.filter(pk=run_id, finished_at=None).first()
    if run is not None:
        dry_runs.carry_out(run)
