"""Sales is told by e-mail when a prospect of theirs asks, has a document opened, and reads it for the first time."""

from datetime import timedelta

import pytest
from django.utils import timezone

from documents.models import AccessGrant, Delivery
from ndaflow.chat import flows as chat
from ndaflow.chat import messages
from ndaflow.chat.models import ChatChannel
from ndaflow.invitations import prospects
from ndaflow.invitations.prospects import Event
from ndaflow.requests import flows
from ndaflow.requests.sharing import flows as sharing
from tests import cast, signin
from tests.ndaflow.desk.test_accounts import read
from tests.ndaflow.invitations import scene
from trustcenter.accounts.models import Company
from trustcenter.audit import FlowError
from trustcenter.work.models import Mail, Task

About = ChatChannel.About
pytestmark = [pytest.mark.django_db, pytest.mark.once]


def told(person):
    """The subjects of the mails to a colleague, the oldest first."""
    return list(Mail.objects.filter(to=person.email).order_by("created_at", "pk").values_list("subject", flat=True))


def test_from_the_question_to_the_first_page():
    ada, sal, rhea, version = cast.ada(), cast.sal(), cast.rhea(), cast.nda()
    scene.allow("nda")
    soc2, bridge = cast.requestable(), cast.requestable("bridge")
    scene.invite(sal, soc2, email=rhea.email)
    now = timezone.now()
    assert prospects.tell_first_readings(now) == 0
    request = cast.open_request(rhea, soc2, bridge)
    assert told(sal) == ["rhea@example.com asks for documents"]
    body = Mail.objects.get(to=sal.email).body
    assert "Bridge" in body and f"/desk/accounts/{cast.User.objects.get(pk=rhea.pk).company_id}/" in body
    cast.sign(request, rhea, version)
    cast.approve(request, ada)
    assert told(sal)[1:] == ["Documents have opened for rhea@example.com"]
    grant = AccessGrant.objects.get(document=soc2)
    read(grant, soc2.current), read(grant, soc2.current, kind="download")
    later = now + timedelta(minutes=5)
    assert prospects.tell_first_readings(later) == 1 and prospects.tell_first_readings(later) == 0
    assert told(sal)[2:] == ["rhea@example.com reads a document for the first time"]
    # Reading it again is not the first time; another document is.
    read(grant, soc2.current)
    Delivery.objects.filter(code="C2").update(started_at=later)
    assert prospects.tell_first_readings(later + timedelta(minutes=5)) == 0
    assert len(told(sal)) == 3 and not told(cast.person("sue@trust.example", "Sue", "sales"))


def test_whose_prospect_it_is(monkeypatch):
    sal, sue, otto, rhea = cast.sal(), cast.person("sue@trust.example", "Sue", "sales"), cast.otto(), cast.rhea()
    soc2 = cast.requestable()
    link = sharing.make_link(by=sal, account="Outsider AG")
    draft = flows.draft(
        [soc2],
        email=otto.email,
        name="Otto",
        company_name="O",
        reason="R.",
        session_hash=cast.SESSION,
        share_code=link.pk,
    )
    flows.open_draft(draft, by=otto, session_hash=cast.SESSION)
    assert (told(sal), told(sue)) == (["otto@outsider.example asks for documents"], [])
    cast.open_request(rhea, soc2)
    assert len(told(sal)) == 1, "nobody's prospect"
    Company.objects.filter(people=rhea).update(owner=sue)
    cast.open_request(rhea, cast.requestable("bridge"))
    assert told(sue) == ["rhea@example.com asks for documents"]
    # An owner who is not in sales, or has left, is told nothing.
    type(sue).objects.filter(pk=sue.pk).update(is_active=False)
    cast.open_request(rhea, cast.requestable("letter"))
    assert len(told(sue)) == 1


def test_a_colleague_chooses_the_mails(client):
    sal, rhea, soc2 = cast.sal(), cast.rhea(), cast.requestable()
    scene.allow("nda")
    signin.staff_client(client, sal)
    assert client.get("/desk/invitations/mails/").content.decode().count(" checked") == 3
    page = client.post("/desk/invitations/mails/", {"events": ["reads"]}, follow=True).content.decode()
    assert "Saved." in page and page.count(" checked") == 1
    assert client.post("/desk/invitations/mails/", {"events": ["weather"]}).status_code == 200
    scene.invite(sal, soc2, email=rhea.email)
    cast.open_request(rhea, soc2)
    assert told(sal) == []
    with pytest.raises(FlowError, match="permission"):
        prospects.choose([Event.ASKS], by=cast.edda())


def test_many_first_readings_are_told_run_by_run(monkeypatch):
    monkeypatch.setattr(prospects, "MOST", 1)
    ada, rhea = cast.ada(), cast.rhea()
    soc2, bridge = cast.requestable(), cast.requestable("bridge")
    cast.granted(rhea, ada, soc2, bridge)
    now = timezone.now()
    for at, grant in enumerate(AccessGrant.objects.order_by("document")):
        read(grant, grant.document.current)
        Delivery.objects.filter(code=f"C{at}").update(started_at=now - timedelta(minutes=5 - at))
    assert [prospects.tell_first_readings(now) for _ in range(3)] == [1, 1, 0]


def test_a_channel_for_sales_is_told_and_one_for_approvers_is_not():
    ada, sal, rhea, version = cast.ada(), cast.sal(), cast.rhea(), cast.nda()
    quiet, named, requests = (
        chat.add(ChatChannel.Kind.WEBHOOK, "https://chat.example/x", names_people=names, about=about, by=ada)
        for names, about in ((False, About.PROSPECTS), (True, About.PROSPECTS), (False, About.REQUESTS))
    )
    scene.allow("nda")
    soc2 = cast.requestable()
    cast.open_request(cast.otto(), soc2)
    assert not Task.objects.filter(arguments__0__in=[quiet.pk, named.pk]).exists(), "nobody's prospect"
    prospects.choose([], by=sal)
    scene.invite(sal, soc2, email=rhea.email)
    request = cast.open_request(rhea, soc2)
    cast.sign(request, rhea, version)
    cast.approve(request, ada)
    read(AccessGrant.objects.get(), soc2.current)
    prospects.tell_first_readings(timezone.now() + timedelta(minutes=5))
    assert told(sal) == [], "who switched the mails off relies on the channel"
    found = [task.arguments for task in Task.objects.filter(lane="chat")]
    for channel in (quiet, named):
        assert {event for pk, event, _about in found if pk == channel.pk} == {f"prospect.{one.value}" for one in Event}
    assert not any(event.startswith("prospect") for pk, event, _about in found if pk == requests.pk)
    said = messages.of("prospect.asks", request.pk, names_people=False)
    assert said.text == f"A prospect asks for documents, {request.reference}"
    assert said.url.endswith(f"/desk/accounts/{cast.User.objects.get(pk=rhea.pk).company_id}/")
    said = messages.of("prospect.reads", request.pk, names_people=True)
    assert "“Rhea Diaz” (rhea@example.com)" in said.text and "Whose: Sal Seller" in said.text
    assert messages.of("prospect.reads", "0" * 16, names_people=True) is None
