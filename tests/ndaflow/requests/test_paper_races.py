"""Two colleagues of legal decide about one paper at the same moment: one of them wins."""

from ndaflow.agreements.models import Coverage
from ndaflow.agreements.papers.models import Paper
from ndaflow.agreements.papers.terms import Reach
from ndaflow.requests import flows
from tests import cast
from tests.ndaflow import paperwork
from tests.races import at_once
from trustcenter.audit import FlowError


def test_accepting_and_declining_at_once_is_one_decision(racing, keys):
    rhea, agreement = paperwork.proven(cast.rhea()), cast.nda().agreement
    request = cast.open_request(rhea, cast.document())
    cast.approve(request, cast.ada())
    paper = paperwork.uploaded(request, agreement, rhea)
    lena, second = paperwork.lena(), cast.person("second@trust.example", "Second", "legal")

    def accept() -> None:
        terms = {"reach": Reach("person", person=rhea), "dates": paperwork.dates(), "vouched": True}
        flows.accept_paper(Paper.objects.get(pk=paper.pk), **terms, countersigned=False, by=lena)

    def decline() -> None:
        flows.decline_paper(Paper.objects.get(pk=paper.pk), reason="Section 9.", by=second)

    done, errors = at_once([accept, decline, accept, decline])
    assert done == 1 and len(errors) == 3 and all(isinstance(error, FlowError) for error in errors)
    paper.refresh_from_db()
    opened = paper.state == "accepted"
    assert Coverage.objects.count() == (1 if opened else 0)
    assert cast.fresh(request).status == ("granted" if opened else "open")
