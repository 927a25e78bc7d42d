"""The documents through somebody else's eyes: marked as a preview, with no button, and opening nothing."""

import pytest

from documents.models import Delivery
from tests import cast, signin
from tests.ndaflow.invitations import scene
from trustcenter.audit.models import Record

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def made(client):
    ada, sal, rhea = cast.ada(), cast.sal(), cast.rhea()
    scene.allow("nda")
    soc2, bridge = cast.requestable(), cast.requestable("bridge")
    cast.requestable("caiq", "public"), cast.document("later")
    cast.granted(rhea, ada, soc2)
    invitation = scene.invite(sal, bridge, name="Mira Holm")
    signin.staff_client(client, sal)
    return rhea, soc2, bridge, invitation, sal


def rows(page):
    """How each document stands in the list, by its title."""
    parts = page.split('<span class="kind">')[1:]
    return {part.split("</a></h3>")[0].rpartition(">")[2]: " ".join(part.split()) for part in parts}


def test_three_pairs_of_eyes(client, made):
    rhea, _soc2, _bridge, invitation, _sal = made
    before = Record.objects.count()
    visitor = client.get("/desk/preview/").content.decode()
    assert "Preview: what a visitor sees" in visitor
    found = rows(visitor)
    assert "They can request it" in found["Soc 2 type ii report"] and "They can open it" in found["Caiq"]
    assert "In preparation" in found["Later"]
    person = client.get(f"/desk/preview/people/{rhea.pk}/").content.decode()
    assert "Preview: what “Rhea Diaz” (rhea@example.com) sees" in person
    assert "Open to you" in rows(person)["Soc 2 type ii report"] and "They can request it" in rows(person)["Bridge"]
    invited = client.get(f"/desk/preview/invitations/{invitation.pk}/").content.decode()
    assert "what “Mira Holm” (mira@example.com) sees" in invited and "Invited" in rows(invited)["Bridge"]
    for page in (visitor, person, invited):
        main = page.split("<main")[1].split("</main>")[0]
        assert "<form" not in main and "/download/" not in main and "/open/" not in main and "<button" not in main
    assert Record.objects.count() == before and not Delivery.objects.exists()


def test_a_preview_opens_nothing(client, made):
    rhea, soc2, _bridge, _invitation, sal = made
    client.get(f"/desk/preview/people/{rhea.pk}/")
    assert client.post(f"/documents/{soc2.slug}/download/").status_code == 403
    assert client.post(f"/documents/{soc2.slug}/read/").status_code == 403
    assert client.get(f"/desk/preview/people/{sal.pk}/").status_code == 404, "nobody looks through a colleague's eyes"
    assert client.post("/desk/preview/").status_code == 405
    page = client.get(f"/desk/accounts/{cast.User.objects.get(pk=rhea.pk).company_id}/").content.decode()
    assert f"/desk/preview/people/{rhea.pk}/" in page
