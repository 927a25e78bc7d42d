"""A requester names a colleague who is told how the request stands, once the colleague agrees from that mailbox."""

import pytest
from django.urls import reverse

from ndaflow.requests import flows
from ndaflow.requests.following.models import Follower
from tests import cast
from trustcenter.audit.models import Record
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db

VERA = "vera@example.com"


@pytest.fixture
def asked(client):
    rhea = cast.rhea()
    cast.nda()
    request = cast.open_request(rhea, cast.requestable())
    client.force_login(rhea)
    Mail.objects.all().delete()
    return request


def url(name: str, request) -> str:
    return reverse(f"requests:{name}", args=[request.pk])


def invite(client, request, email: str = VERA):
    return client.post(url("tell", request), {"email": email})


def test_the_colleague_gets_one_invitation_and_nothing_else_before_they_agree(client, asked):
    assert invite(client, asked).status_code == 302
    mail = Mail.objects.get()
    assert mail.to == VERA and "SOC" not in mail.subject + mail.body and "Vendor review" not in mail.body
    assert "has not agreed yet" in client.get(url("request", asked)).content.decode()
    flows.ask_question(cast.fresh(asked), by=cast.ada(), text="Which entity?")
    assert set(Mail.objects.values_list("to", flat=True)) == {VERA, "rhea@example.com"}
    assert Mail.objects.filter(to=VERA).count() == 1


def test_after_agreeing_they_get_the_same_words_and_a_page_of_their_own(client, asked):
    invite(client, asked)
    vera = cast.vera()
    client.force_login(vera)
    assert "Do you want our e-mails" in client.get(url("follow", asked)).content.decode()
    client.post(url("agree_to_follow", asked))
    flows.ask_question(cast.fresh(asked), by=cast.ada(), text="Which entity?")
    copied, own = Mail.objects.filter(to=VERA).first(), Mail.objects.get(to="rhea@example.com")
    assert "> Which entity?" in copied.body and "Which entity?" in own.body and own.subject in copied.subject
    # Its link is the requester's; it leads the colleague to their own page.
    assert client.get(url("request", asked)).url == url("follow", asked)
    page = client.get(url("follow", asked)).content.decode()
    assert "Waiting for your answer" in page or "Soc 2 type ii report" in page
    # They read, and do nothing else.
    assert client.get(reverse("requests:sign", args=[asked.pk, "nda"])).status_code == 404
    assert client.get(url("forward", asked)).status_code == 404
    assert client.post(url("withdraw", asked)).status_code == 404


def test_either_ends_it(client, asked):
    rhea = asked.requester
    for who in ("requester", "colleague"):
        invite(client, asked)
        vera = cast.vera() if who == "requester" else vera  # noqa: F821  (made in the first round)
        client.force_login(vera)
        client.post(url("agree_to_follow", asked))
        follower = Follower.objects.get(ended_at=None)
        if who == "requester":
            client.force_login(rhea)
            client.post(url("stop_following", asked), {"follower": follower.pk})
        else:
            assert client.post(url("stop_following", asked)).url == reverse("requests:my")
        client.force_login(rhea)
        assert not Follower.objects.filter(ended_at=None).exists()
    Mail.objects.all().delete()
    flows.ask_question(cast.fresh(asked), by=cast.ada(), text="Which entity?")
    assert not Mail.objects.filter(to=VERA).exists()


def test_another_person_neither_agrees_nor_ends_nor_sees(client, asked):
    invite(client, asked)
    follower = Follower.objects.get()
    client.force_login(cast.otto())
    for name in ("agree_to_follow", "stop_following", "tell"):
        assert client.post(url(name, asked), {"follower": follower.pk, "email": VERA}).status_code == 404
    assert client.get(url("follow", asked)).status_code == 404
    follower.refresh_from_db()
    assert follower.agreed_at is None and follower.ended_at is None


@pytest.mark.parametrize(
    "email, sentence",
    [
        ("", "Enter the address of the colleague"),
        ("rhea@example.com", "This is your own address"),
        ("vera@example", "After the @"),
        (VERA, "already been asked, or already gets"),
    ],
)
def test_a_wrong_address_brings_the_form_back(client, asked, email, sentence):
    invite(client, asked)
    Mail.objects.all().delete()
    page = invite(client, asked, email)
    assert page.status_code in {200, 409} and not Mail.objects.exists()
    assert sentence in page.content.decode() and (not email or f'value="{email}"' in page.content.decode())


def test_no_more_than_five_and_no_mail_for_the_sixth(client, asked):
    for number in range(6):
        page = invite(client, asked, f"p{number}@example.com")
    assert "Five colleagues already get these e-mails" in page.content.decode()
    assert Mail.objects.count() == 5 and Record.objects.filter(action="request.follower_invited").count() == 5


def test_get_changes_nothing(client, asked):
    for name in ("tell", "agree_to_follow", "stop_following"):
        assert client.get(url(name, asked)).status_code == 405
