"""Two decisions about one paper at the same moment: one of them wins. Nor does a paper begin to cover an erased person."""

from functools import partial

import pytest

from ndaflow.agreements.models import Coverage
from ndaflow.agreements.papers import flows as papers
from ndaflow.agreements.papers.models import Paper
from ndaflow.agreements.papers.terms import Reach
from ndaflow.privacy import flows as privacy
from ndaflow.privacy.models import Erasure
from ndaflow.requests import flows
from tests import cast
from tests.audit import logs
from tests.ndaflow import paperwork
from tests.races import at_once, rounds
from trustcenter.audit import FlowError
from trustcenter.audit.models import Record
from trustcenter.work.models import Mail


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


@pytest.mark.parametrize("who", ["the uploader", "a colleague"])
def test_accepting_a_paper_and_erasing_its_person_at_once(racing, keys, who):
    """Whichever is first: nobody is covered from a moment after their erasure, and nothing is mailed to nobody.

    Legal has read the paper's person from the form when the erasure comes; a colleague's paper stays acceptable after it.
    """
    agreement, lena, _ada = cast.nda().agreement, paperwork.lena(), cast.ada()
    for number in range(max(3, rounds(4))):
        rhea, vera = (paperwork.proven(cast.person(f"{name}@corp{number}.example", name)) for name in ("Rhea", "Vera"))
        uploader = rhea if who == "the uploader" else vera
        request = cast.open_request(uploader, cast.document(f"doc-{number}"))
        paper = paperwork.uploaded(request, agreement, uploader)
        erasure = privacy.ask_erasure(by=rhea)
        # A paper that applies later begins by the clock.
        terms = {
            "reach": Reach("person", person=rhea),
            "dates": paperwork.dates(starts=number % 2),
            "vouched": True,
            "countersigned": False,
        }
        accept = partial(flows.accept_paper, Paper.objects.get(pk=paper.pk), **terms, by=lena)
        erase = partial(privacy.carry_out_erasure, Erasure.objects.get(pk=erasure.pk), by=lena)
        match number:
            case 0:
                accept(), erase()
            case 1:
                erase()
                with pytest.raises(FlowError) as refused:
                    accept()
                assert refused.value.code == ("paper_decided" if who == "the uploader" else "person_gone")
            case _:
                _wins, errors = at_once([accept, erase])
                assert {type(error) for error in errors} <= {FlowError}, errors
        paper.refresh_from_db()
        order = Record.objects.filter(action__in=["agreement.paper_accepted", "privacy.erasure_done"])
        order = list(order.order_by("-number").values_list("action", flat=True)[:2])
        if paper.state == "accepted":
            # Accepted first, so the erasure came upon a person who was covered.
            assert order == ["privacy.erasure_done", "agreement.paper_accepted"]
            assert Coverage.objects.get(paper=paper).person == rhea
        else:
            assert order[0] == "privacy.erasure_done" and not Coverage.objects.filter(paper=paper).exists()
            assert paper.state == ("withdrawn" if who == "the uploader" else "waiting")
        # The first day of the paper comes.
        Paper.objects.filter(pk=paper.pk, state="accepted").update(begun_at=None, starts_on=paperwork.today())
        papers.begin_due()
        paper.refresh_from_db()
        assert paper.begun_at is None
    assert not Mail.objects.filter(to__endswith="@erased.invalid").exists()
    changed = ("paper:", "signature", "user:")
    assert [one for one in logs.differing() if not one.startswith(changed)] == []
