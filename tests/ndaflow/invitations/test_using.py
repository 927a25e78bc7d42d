"""An invited person proves the mailbox and signs like everyone; the rule "Invited by sales" has decided the rest."""

from datetime import timedelta

import pytest
from django.utils import timezone

from documents.models import AccessGrant, Level
from ndaflow.invitations import flows
from ndaflow.invitations.models import Invitation, InvitationState, InvitedDocument
from ndaflow.privacy import collecting
from ndaflow.privacy import flows as privacy
from ndaflow.requests.models import AccessRequest, Decision, RequestedDocument, RequestStatus
from ndaflow.rules import flows as rules
from ndaflow.rules.models import RuleVersion
from tests import cast, signin
from tests.audit import logs
from tests.ndaflow.invitations import scene
from tests.ndaflow.rules import policies
from trustcenter.accounts.models import Listed, MailedCode, User
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Detail, Record
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db
State, Outcome = InvitationState, RequestedDocument.Outcome


@pytest.fixture
def sal():
    """Rules are on as the site comes with them, and sales may invite to documents under NDA."""
    scene.allow("nda", days=90)
    rules.switch_on(by=cast.ada())
    return cast.sal()


def arrive(client, invitation, **typed):
    """Opens the link and confirms the address, as the person does."""
    page = client.get(f"/invited/{invitation.pk}/")
    assert page.status_code == 200
    client.post(f"/invited/{invitation.pk}/", {"name": "Mira Holm"} | typed)
    signin.type_code(client, signin.mailed_code(invitation.email))
    return AccessRequest.objects.filter(requester__email=invitation.email).latest("opened_at")


def test_from_the_mail_to_the_open_document(client, sal):
    soc2, bridge, version = cast.requestable(), cast.requestable("bridge"), cast.nda()
    invitation = scene.invite(sal, soc2, bridge, days=30, note="As we spoke.")
    before = Record.objects.count(), Mail.objects.count()
    page = client.get(f"/invited/{invitation.pk}/").content.decode()
    assert "You are invited to read 2 documents" in page and "By Sal Seller" in page and "Read the Mutual NDA" in page
    # A link may be forwarded or logged: its page says nothing about the person.
    for private in ("mira", "Example Corp", "As we spoke."):
        assert private not in page
    assert (Record.objects.count(), Mail.objects.count()) == before, "opening the link changes nothing"
    assert "Enter your name" in client.post(f"/invited/{invitation.pk}/", {"name": " "}).content.decode()
    request = arrive(client, invitation)
    assert (request.name, request.company_name, request.reason) == (
        "Mira Holm",
        "Example Corp",
        "Invited by Sal Seller.",
    )
    assert (request.days_wanted, request.status) == (30, RequestStatus.OPEN)
    invitation.refresh_from_db()
    assert invitation.state == State.USED and invitation.used_at == request.opened_at
    policies.let_rules_look(request)
    decisions = Decision.objects.select_related("rule_version")
    assert [(one.decided_by, one.rule_version.number, one.because) for one in decisions] == [(None, 0, ["invited"])] * 2
    assert not AccessGrant.objects.exists(), "they have to sign like everyone"
    mira = User.objects.get(email=scene.EMAIL)
    page = client.get(f"/access/{request.pk}/").content.decode()
    assert "a colleague of ours invited you" in page and "sign the Mutual NDA" in page
    cast.sign(request, mira, version)
    grants = AccessGrant.objects.all()
    limit = timezone.now() + timedelta(days=30)
    assert len(grants) == 2 and all(grant.ends_at <= limit for grant in grants)
    assert logs.differing() == []
    # The link leads them back, and only them.
    assert client.get(f"/invited/{invitation.pk}/").url == "/my/"
    client.force_login(cast.otto())
    page = client.get(f"/invited/{invitation.pk}/")
    assert page.status_code == 403 and "for another address" in page.content.decode()
    assert client.post(f"/invited/{invitation.pk}/").status_code == 403
    signin.staff_client(client, cast.ben())
    page = client.get(f"/desk/requests/{request.pk}/").content.decode()
    assert "Invited by" in page and "Used, for at most 30 days" in page


def test_it_counts_for_the_address_and_the_documents_only(sal):
    soc2, bridge, rhea, vera = cast.requestable(), cast.requestable("bridge"), cast.rhea(), cast.vera()
    invitation = scene.invite(sal, soc2, email=rhea.email)
    # A colleague at the same company asks for the same document.
    other = policies.let_rules_look(cast.open_request(vera, soc2))
    assert not Decision.objects.exists()
    # Who was invited asks for more, without opening the link.
    request = policies.let_rules_look(cast.open_request(rhea, soc2, bridge))
    assert {item.document.slug: item.outcome for item in request.items.all()} == {
        soc2.slug: Outcome.APPROVED,
        bridge.slug: Outcome.PENDING,
    }
    assert InvitedDocument.objects.get().item.request == request
    # It is used up: what is asked for again is not invited again.
    cast.flows.withdraw(request, by=rhea)
    again = policies.let_rules_look(cast.open_request(rhea, soc2))
    assert again.items.get().outcome == Outcome.PENDING == other.items.get().outcome
    assert Record.objects.filter(action=Action.INVITATION_USED, subject=f"invitation:{invitation.pk}").count() == 1
    assert logs.differing() == []


@pytest.mark.once
def test_code_that_has_expired_leads_back_to_the_invitation(client, sal, settings):
    """In the mailbox it came too late, and the ordinary form would ask for an address that the invitation knows."""
    invitation = scene.invite(sal, cast.requestable(), name="Mira Holm")
    link, code_page = f"/invited/{invitation.pk}/", "/accounts/login/code/confirm/"
    for end, ask in (
        # The page was left open for longer than the code lives; the row of the code ended first.
        (lambda: setattr(settings, "ACCOUNT_LOGIN_BY_CODE_TIMEOUT", -1), lambda: client.get(code_page)),
        (lambda: setattr(settings, "ACCOUNT_LOGIN_BY_CODE_TIMEOUT", -1), lambda: type_mailed(client)),
        (lambda: MailedCode.objects.update(expires_at=timezone.now()), lambda: type_mailed(client)),
    ):
        assert client.post(link).url == code_page
        end()
        answer = ask()
        assert (answer.status_code, answer.url) == (302, link)
        assert "This code no longer works." in client.get(link).content.decode()
        settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
    # Its button sends another code, and that one opens the request.
    request = arrive(client, invitation)
    assert request.status == RequestStatus.OPEN
    # An ordinary code afterwards has nothing to do with the invitation.
    client.logout()
    signin.ask_for_code(client, "otto@example.com")
    MailedCode.objects.update(expires_at=timezone.now())
    assert type_mailed(client, "otto@example.com").url == "/accounts/login/code/"


def type_mailed(client, address=scene.EMAIL):
    return signin.type_code(client, signin.mailed_code(address))


@pytest.mark.once
@pytest.mark.parametrize(
    "what", ["rules_off", "withdrawn", "level", "colleague_left", "free_mail", "stricter", "shorter"]
)
def test_what_keeps_the_rule_from_approving_or_shortens_it(client, sal, what):
    soc2, ada = cast.requestable(), User.objects.get(email="ada@trust.example")
    invitation = scene.invite(sal, soc2, days=60, email="mira@gmail.com" if what == "free_mail" else scene.EMAIL)
    match what:
        case "rules_off":
            rules.switch_off(by=ada, reason="Stop.")
        case "stricter":
            Level.objects.filter(slug="nda").update(approvals=2)
        case "shorter":
            scene.allow("nda", days=5)
    request = arrive(client, invitation)
    match what:
        case "withdrawn":
            flows.withdraw(invitation, by=sal)
        case "level":
            scene.allow("nda", days=None, most=None)
        case "colleague_left":
            User.objects.filter(pk=sal.pk).update(is_active=False)
    policies.let_rules_look(request)
    item = request.items.get()
    if what == "shorter":
        assert item.outcome == Outcome.APPROVED
        assert Decision.objects.get().until <= timezone.now() + timedelta(days=5)
        return
    assert item.outcome == Outcome.PENDING
    assert Decision.objects.count() == (1 if what == "stricter" else 0), "a second person is still needed"
    assert request.days_wanted == 60, "the request is filled in all the same"
    cast.approve(request, ada, days=10)
    assert request.items.get().outcome == Outcome.APPROVED


@pytest.mark.once
def test_blocked_meanwhile(client, sal):
    invitation = scene.invite(sal, cast.requestable())
    Listed.objects.create(verdict="block", address=scene.EMAIL, reason="No.", added_by=sal)
    request = arrive(client, invitation)
    assert request.status == RequestStatus.DENIED
    invitation.refresh_from_db()
    assert invitation.state == State.SENT, "nobody used it"


@pytest.mark.once
def test_pages_of_an_invitation_that_has_ended(client, sal):
    soc2 = cast.requestable()
    invitation = scene.invite(sal, soc2)
    scene.age(invitation, days=15)
    for _turn in range(2):
        page = client.get(f"/invited/{invitation.pk}/")
        assert page.status_code == 410 and f"/access/?document={soc2.slug}" in page.content.decode()
        assert client.post(f"/invited/{invitation.pk}/", {"name": "Mira"}).status_code == 410
        Invitation.objects.update(state=State.EXPIRED, ended_at=timezone.now())
    assert client.get(f"/invited/{'0' * 16}/").status_code == 404
    # The request counts for nothing, although it is from the address.
    rhea = cast.person(scene.EMAIL, "Mira Holm")
    policies.let_rules_look(cast.open_request(rhea, soc2))
    assert not Decision.objects.exists()


def test_erasure_takes_the_invitations_along(client, sal):
    lena = cast.person("lena@trust.example", "Lena Legal", "legal")
    soc2, version = cast.requestable(), cast.nda()
    used = scene.invite(sal, soc2, note="Mira, as we spoke.", name="Mira Holm")
    request = policies.let_rules_look(arrive(client, used))
    mira = User.objects.get(email=scene.EMAIL)
    waiting = scene.invite(sal, cast.requestable("bridge"))
    cast.sign(request, mira, version)
    part = next(part for part in collecting.PARTS if part.name == "invitations")
    assert {entry["invited_by"] for entry in part.entries(mira)} == {"somebody else"} and len(part.entries(mira)) == 2
    privacy.carry_out_erasure(privacy.ask_erasure(by=mira), by=lena)
    rows = Invitation.objects.in_bulk([used.pk, waiting.pk])
    assert {row.state for row in rows.values()} == {State.WITHDRAWN}
    assert {(row.name, row.company_name, row.note, row.domain) for row in rows.values()} == {
        ("", "", "", "erased.invalid")
    }
    assert not any("mira" in body.lower() for body in Detail.objects.values_list("body", flat=True))
    assert logs.differing() == []


@pytest.mark.once
def test_a_site_without_the_shipped_rule_uses_its_own(client, sal):
    """An administrator may write the condition into a rule of their own."""
    soc2, ada = cast.requestable(), User.objects.get(email="ada@trust.example")
    RuleVersion.objects.all().delete()
    asks = policies.rule("Invited", [{"fact": "invited", "op": "is"}], ask="Which products do you use?")
    rules.switch_off(by=ada, reason="R.")
    policies.in_force(asks, by=ada)
    request = policies.let_rules_look(arrive(client, scene.invite(sal, soc2)))
    assert request.questions.get().text == "Which products do you use?" and not Decision.objects.exists()
    with pytest.raises(FlowError, match="already asked for Soc 2 type ii report"):
        scene.invite(sal, soc2)


def test_a_stranger_with_the_link_learns_nothing_about_the_person(client, sal):
    """Everything that a forwarded or logged link opens, before the code is entered."""
    invitation = scene.invite(sal, cast.requestable(), name="Mira Holm")
    mailed = Mail.objects.get(to=scene.EMAIL)
    assert "to read a document" in mailed.subject and "to read a document in" in mailed.body
    link, code_page = f"/invited/{invitation.pk}/", "/accounts/login/code/confirm/"

    def says_nothing(response):
        said = response.content.decode() + str(response.headers) + str(response.cookies)
        for private in ("mira@", "@example.com", "Holm", "Example Corp"):
            assert private.lower() not in said.lower()
        return response.content.decode()

    assert client.post(link).url == code_page
    page = says_nothing(client.get(code_page))
    assert "an e-mail to the invited address" in page and f'href="{link}"' in page and "Change your request" not in page
    assert "an e-mail to the invited address" in says_nothing(signin.type_code(client, "BBBB-BBBB"))
    client.post(code_page, {"action": "resend"})
    assert "another e-mail to the invited address" in says_nothing(client.get(code_page))
    for way_back in (link, "/access/", "/accounts/login/", "/accounts/login/code/", "/accounts/login/code/confirm/"):
        says_nothing(client.get(way_back))
    # Out of tries: back to the invitation, whose button sends a new code.
    for _turn in range(6):
        answer = signin.type_code(client, "BBBB-BBBB")
        if answer.status_code == 302:
            break
    assert answer.url == link
    assert "Too many attempts" in says_nothing(client.get(link))
    says_nothing(client.get("/access/"))
    # They prove a mailbox of their own instead, and the request of the invitation stays a draft.
    assert client.post(link).url == code_page
    otto = cast.otto()
    answer = signin.sign_in_by_code(client, otto.email)
    says_nothing(client.get(answer.url))
    says_nothing(client.get("/access/"))
    assert not AccessRequest.objects.exclude(status=RequestStatus.DRAFT).exists()


@pytest.mark.once
def test_a_stranger_cannot_read_the_person_behind_an_own_request(client, sal):
    """What they typed themselves before comes back, but not after the invitation took its place."""
    soc2 = cast.requestable()
    invitation = scene.invite(sal, soc2, name="Mira Holm")
    typed = {
        "documents": [soc2.slug],
        "name": "Nell",
        "email": "nell@other.example",
        "company_name": "Other",
        "reason": "A review.",
    }
    assert client.post("/access/", typed).status_code == 302
    assert "nell@other.example" in client.get("/access/").content.decode()
    client.post(f"/invited/{invitation.pk}/")
    page = client.get("/access/").content.decode()
    assert "mira@" not in page and "Holm" not in page and "Example Corp" not in page
