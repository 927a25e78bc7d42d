"""Sales invites a person to documents, within the limits of their levels."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from documents.models import Level
from ndaflow.invitations import again, flows, routine
from ndaflow.invitations.models import Invitation, InvitationState
from tests import cast, signin
from tests.ndaflow.invitations import scene
from trustcenter.accounts.companies import flows as companies
from trustcenter.accounts.models import Listed
from trustcenter.audit import FlowError, history, state
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Detail, Record
from trustcenter.audit.verify import verify
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db
State = InvitationState


@pytest.mark.once
def test_invite_from_the_form(client):
    sal = cast.sal()
    scene.allow("nda", days=90, most=10)
    soc2, _pentest = cast.requestable(), cast.requestable("pentest", "restricted")
    signin.staff_client(client, sal)
    page = client.get("/desk/invitations/new/").content.decode()
    assert "up to 90 days" in page and "10 of 10 invitations left" in page
    assert "They have to ask for these themselves: Pentest." in page and "An approver decides" in page
    typed = {"email": "Mira@Example.com", "company_name": "Example Corp", "documents": [soc2.slug], "days": "30"}
    typed["note"] = "As we spoke."
    page = client.post("/desk/invitations/new/", typed).content.decode()
    assert "Not sent" in page and "As we spoke." in page and "mira@example.com" in page and not Mail.objects.exists()
    page = client.post("/desk/invitations/new/", typed | {"edit": "1"}).content.decode()
    assert "As we spoke." in page and "Show the e-mail" in page
    page = client.post("/desk/invitations/new/", typed | {"confirm": "1"}, follow=True).content.decode()
    assert "Invited: mira@example.com." in page and "Withdraw" in page
    invitation = Invitation.objects.get()
    mail = Mail.objects.get()
    assert (mail.to, mail.reply_to) == ("mira@example.com", sal.email)
    assert f"/invited/{invitation.pk}/" in mail.body and "As we spoke." in mail.body
    assert f"ends on {invitation.ends_at:%-d %B %Y}." in " ".join(mail.body.split())
    page = client.post("/desk/invitations/new/", typed | {"confirm": "1"}).content.decode()
    assert "This person has already been invited to Soc 2 type ii report" in page and "As we spoke." in page
    assert Mail.objects.count() == 1
    (told,) = history.entries(Record.objects.filter(action=Action.INVITATION_SENT))
    assert told.text == (
        "“Sal Seller” (sal@trust.example) invited mira@example.com to Soc 2 type ii report for at most 30 days"
    )


def test_limits_of_the_level_and_of_the_colleague():
    sal, soc2, pentest = cast.sal(), cast.requestable(), cast.requestable("pentest", "restricted")
    with pytest.raises(FlowError, match="Sales may not invite to Soc 2"):
        scene.invite(sal, soc2)
    scene.allow("nda", days=30, most=2)
    for days in (0, 31):
        with pytest.raises(FlowError, match="from 1 to 30 days"):
            scene.invite(sal, soc2, days=days)
    with pytest.raises(FlowError, match="Sales may not invite to Pentest"):
        scene.invite(sal, soc2, pentest, days=1)
    with pytest.raises(FlowError, match="in preparation"):
        scene.invite(sal, cast.document("later"), days=1)
    with pytest.raises(FlowError, match="at least one"):
        scene.invite(sal, days=1)
    for n in range(2):
        scene.invite(sal, soc2, email=f"p{n}@example.com", days=30)
    with pytest.raises(FlowError, match="You have 2 invitations waiting at the level Under NDA"):
        scene.invite(sal, soc2, email="p2@example.com", days=30)
    # A colleague has limits of their own, and one that ended counts no more.
    scene.invite(cast.person("sue@trust.example", "Sue", "sales"), soc2, email="p2@example.com", days=30)
    flows.withdraw(Invitation.objects.get(email="p0@example.com"), by=sal)
    scene.invite(sal, soc2, email="p3@example.com", days=30)
    assert verify().size == Record.objects.count()


@pytest.mark.once
def test_whom_nobody_invites():
    sal, ada, rhea, vera = cast.sal(), cast.ada(), cast.rhea(), cast.vera()
    scene.allow("nda")
    soc2, bridge = cast.requestable(), cast.requestable("bridge")
    with pytest.raises(FlowError, match="address of a colleague"):
        scene.invite(sal, soc2, email=ada.email)
    cast.granted(rhea, ada, soc2)
    with pytest.raises(FlowError, match="already open to them, until"):
        scene.invite(sal, soc2, email=rhea.email)
    waiting = cast.open_request(vera, soc2)
    with pytest.raises(FlowError, match=f"already asked for Soc 2 type ii report.*{waiting.reference}"):
        scene.invite(sal, soc2, bridge, email=vera.email)
    Listed.objects.create(verdict="block", address="eve@elsewhere.example", reason="R.", added_by=ada)
    rhea.refresh_from_db()
    companies.block(rhea.company, reason="Left without paying.", by=ada)
    for blocked in ("eve@elsewhere.example", "new@example.com"):
        with pytest.raises(FlowError, match="is blocked"):
            scene.invite(sal, bridge, email=blocked)
    with pytest.raises(FlowError, match="permission"):
        scene.invite(cast.edda(), bridge, email="mira@other.example")
    with pytest.raises(FlowError, match="Enter the company"):
        flows.invite([bridge], email="mira@other.example", company_name=" ", days=5, by=sal)
    with pytest.raises(FlowError, match="longer than 300"):
        scene.invite(sal, bridge, email="mira@other.example", note="x" * 301)
    assert not Invitation.objects.exists() and not Record.objects.filter(action=Action.INVITATION_SENT).exists()


@pytest.mark.once
def test_withdrawn_by_its_sender_or_an_administrator(client):
    sal, ada, sue = cast.sal(), cast.ada(), cast.person("sue@trust.example", "Sue", "sales")
    scene.allow("nda")
    first, second = (scene.invite(sal, cast.requestable(slug)) for slug in ("soc2", "bridge"))
    with pytest.raises(FlowError, match="They or an administrator"):
        flows.withdraw(first, by=sue)
    signin.staff_client(client, sue)
    assert "/withdraw/" not in client.get("/desk/invitations/?whose=all").content.decode()
    flows.withdraw(first, by=ada)
    signin.staff_client(client, sal)
    page = client.post(f"/desk/invitations/{second.pk}/withdraw/", follow=True).content.decode()
    assert "Withdrawn." in page and page.count("Withdrawn") > 2
    page = client.post(f"/desk/invitations/{second.pk}/withdraw/", follow=True).content.decode()
    assert "This invitation has already ended." in page
    assert client.get(f"/desk/invitations/{second.pk}/withdraw/").status_code == 405
    assert {one.state for one in Invitation.objects.all()} == {State.WITHDRAWN}
    # The same person may be invited again.
    scene.invite(sal, *Invitation.objects.get(pk=first.pk).documents.all())


@pytest.mark.once
def test_sent_again_the_same_link_until_it_is_used(client):
    sal, ada, soc2 = cast.sal(), cast.ada(), cast.requestable()
    scene.allow("nda")
    invitation = scene.invite(sal, soc2)
    rows, url = Invitation.objects.filter(pk=invitation.pk), f"/desk/invitations/{invitation.pk}/again/"
    signin.staff_client(client, sal)

    def sent_again() -> str:
        return client.post(url, follow=True).content.decode()

    assert "less than a day ago" in sent_again() and Mail.objects.filter(to=scene.EMAIL).count() == 1
    for number in (2, 3):
        assert url in client.get("/desk/invitations/").content.decode()
        rows.update(mailed_at=timezone.now() - timedelta(days=1, seconds=1))
        assert f"Sent again: {scene.EMAIL}. The link is the same." in sent_again()
        assert Mail.objects.filter(to=scene.EMAIL, body__contains=f"/invited/{invitation.pk}/").count() == number
    assert rows.get().ends_at == invitation.ends_at, "its end stays"
    rows.update(mailed_at=invitation.invited_at - timedelta(days=2))
    assert (
        "got this invitation 3 times" in sent_again() and url not in client.get("/desk/invitations/").content.decode()
    )
    assert not state.difference(Invitation.answering().get()) and client.get(url).status_code == 405
    # The limits and the person are looked at again.
    rows.update(mails=1)
    with pytest.raises(FlowError, match="Only the colleague"):
        again.send_again(invitation, by=ada)
    scene.allow("nda", days=None, most=None)
    assert "its level does not allow it" in sent_again()
    scene.allow("nda")
    Listed.objects.create(verdict="block", address=scene.EMAIL, reason="R.", added_by=ada)
    with pytest.raises(FlowError, match="is blocked"):
        again.send_again(invitation, by=sal)
    scene.age(invitation, days=15)
    with pytest.raises(FlowError, match="has already ended"):
        again.send_again(invitation, by=sal)


def test_the_clock_ends_and_forgets_it(settings):
    sal, soc2 = cast.sal(), cast.requestable()
    scene.allow("nda")
    invitation = scene.invite(sal, soc2)
    assert routine.end_unused() == 0
    moved = Invitation.objects.filter(pk=invitation.pk)
    scene.age(invitation, days=15)
    with pytest.raises(FlowError, match="has already ended"):
        flows.withdraw(invitation, by=sal)
    # Before the clock comes, it holds nobody up: it counts for nothing, and the person can be invited again.
    again = scene.invite(sal, soc2)
    assert moved.get().state == State.EXPIRED
    scene.age(again, days=15)
    assert routine.end_unused() == 1 and routine.end_unused() == 0
    assert routine.forget_unused() == 0
    Invitation.objects.update(ended_at=timezone.now() - timedelta(days=settings.KEEP_REFUSED_DAYS, seconds=1))
    assert routine.forget_unused() == 2 and not Invitation.objects.exists()
    about = Detail.objects.filter(record__subject__startswith="invitation:")
    assert about.exists() and not any("mira@" in body for body in about.values_list("body", flat=True))
    assert verify().erased


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "used"},
        {"state": "withdrawn"},
        {"days": 0},
        {"ends_at": timezone.now() - timedelta(days=400)},
    ],
)
def test_the_database_refuses(wrong):
    scene.allow("nda")
    invitation = scene.invite(cast.sal(), cast.requestable())
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.filter(pk=invitation.pk).update(**wrong)


def test_level_has_both_limits_or_none(client):
    for wrong in (
        {"invitation_days": 5},
        {"open_invitations": 5},
        {"invitation_days": 1096, "open_invitations": 5},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Level.objects.filter(slug="nda").update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Level.objects.filter(slug="public").update(invitation_days=5, open_invitations=5)
    signin.staff_client(client, cast.ada())
    page = client.get("/desk/levels/nda/").content.decode()
    seen = page.split('name="seen" value="')[1].split('"')[0]
    typed = {"seen": seen, "name": "Under NDA", "summary": "S.", "agreements": ["nda"], "approvals": "1", "way": "file"}
    typed |= {"usual_days": "90", "longest_days": "365", "target_hours": "8"}
    page = client.post("/desk/levels/nda/", typed | {"invitation_days": "366", "open_invitations": ""}).content.decode()
    assert "cannot be longer than the longest duration" in page and "how many invitations a colleague may" in page
    typed["agreements"] = []
    done = client.post("/desk/levels/nda/", typed | {"invitation_days": "60", "open_invitations": "3", "confirm": "1"})
    assert done.status_code == 302
    level = Level.objects.get(slug="nda")
    assert (level.invitation_days, level.open_invitations) == (60, 3)
    assert "sales invites for at most 60 days" in client.get("/desk/levels/").content.decode()
    assert verify().size == Record.objects.count()


@pytest.mark.once
def test_list_has_a_fixed_number_of_queries(client, django_assert_num_queries):
    sal = cast.sal()
    scene.allow("nda")
    documents = [cast.requestable(f"d{n}") for n in range(3)]
    for n in range(6):
        scene.invite(sal, *documents, email=f"p{n}@example.com")
    signin.staff_client(client, sal)
    client.get("/desk/invitations/")
    with django_assert_num_queries(7):
        client.get("/desk/invitations/?show=sent")
