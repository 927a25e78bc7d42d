"""The site through somebody else's eyes: marked as a preview, opening nothing, and on no page of anybody else."""

import re

import pytest
from django.urls import get_resolver, get_script_prefix

from documents.models import Delivery
from ndaflow.desk.preview import site
from tests import cast, signin
from tests.certifications.updates import sample
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


def test_the_whole_site_as_a_visitor(client, made):
    """Every link of every page is followed: each stays in the preview, and none leads to anything that does something."""
    _rhea, soc2, _bridge, _invitation, _sal = made
    client.cookies["language"] = "de"
    public, records = client_of_nobody(client).get("/documents/"), Record.objects.count()
    waiting, seen, ends = ["/desk/preview/site/"], {}, set()
    while waiting:
        path = waiting.pop()
        answer = client.get(path)
        if answer.status_code == 302:
            assert not answer.url.startswith("/desk/"), path
            continue
        assert answer.status_code == 200, path
        page = seen[path] = answer.content.decode()
        if "The preview ends here" in page:
            ends.add(path)
            continue
        assert "Preview: what a visitor sees" in page and "no-store" in answer["Cache-Control"], path
        assert "ETag" not in answer and "form-action 'none'" in answer["Content-Security-Policy"] and not answer.cookies
        assert '<html lang="en"' in page and "sal@trust.example" not in page and "/desk/preview/site/documents/" in page
        inside = [one.split("#")[0] for one in re.findall(r'(?:href|action)="(/[^"?]*)', page)]
        assert all(one.startswith(("/desk/preview/", "/static/")) for one in inside), (path, inside)
        waiting += [one for one in {*inside} - {*seen, *waiting} if one.startswith("/desk/preview/site/")]
    assert {f"/desk/preview/site/{one}" for one in ("", "answers/", "updates/", f"documents/{soc2.slug}/")} <= {*seen}
    assert {f"/desk/preview/site/{one}" for one in ("access/", "my/", "language/")} & ends
    for path in seen:
        assert client.post(path, {"documents": soc2.slug}).status_code == 405, path
    assert Record.objects.count() == records and not Delivery.objects.exists() and get_script_prefix() == "/"
    # No part of the preview is kept for anybody else.
    after = client_of_nobody(client).get("/documents/")
    assert after.content == public.content and b"/desk/preview" not in after.content


def test_pages_of_a_person_and_of_somebody_invited(client, made):
    rhea, soc2, _bridge, invitation, sal = made
    at = f"/desk/preview/people/{rhea.pk}/site/"
    page = client.get(f"{at}documents/{soc2.slug}/").content.decode()
    assert "Open to you" in page and "Rhea Diaz" in page and f'action="{at}documents/{soc2.slug}/download/"' in page
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    assert client.post(f"{at}documents/{soc2.slug}/download/", {"csrfmiddlewaretoken": token}).status_code == 405
    assert "The preview ends here" in client.get(f"{at}documents/{soc2.slug}/download/").content.decode()
    assert "The preview ends here" in client.get(f"{at}desk/").content.decode()
    assert client.get(f"{at}documents/nothing/").status_code == client.get(f"{at}nothing").status_code == 404
    assert get_script_prefix() == "/"
    assert client.get(f"/desk/preview/people/{sal.pk}/site/").status_code == 404
    rhea.language = "fr"
    rhea.save()
    french = client.get(at).content.decode()
    assert '<html lang="fr"' in french and "Preview: what" in french, "their language, and the colleague's own mark"
    invited = client.get(f"/desk/preview/invitations/{invitation.pk}/site/documents/").content.decode()
    assert "what “Mira Holm” (mira@example.com) sees" in invited
    assert not Delivery.objects.exists() and rhea.last_login is None


def test_a_post_for_readers_is_shown_to_a_colleague_who_may_read_it(client, made):
    rhea, *_rest = made
    post = sample.post(cast.edda(), "Only for readers", level="nda")
    at = f"/desk/preview/people/{rhea.pk}/site/updates/"
    # Rhea reads it, and sales may not.
    assert "Only for readers" not in client.get(at).content.decode()
    assert client.get(f"{at}{post.slug}/").status_code == 404
    signin.staff_client(client, cast.person("root@trust.example", "Root", "administrator"))
    assert "Only for readers" in client.get(at).content.decode()
    assert "Only for readers" in client.get(f"{at}{post.slug}/").content.decode()


def test_only_public_pages_are_on_the_list():
    """Each is made for a request without a form: its view takes GET only, and needs no sign-in."""
    for name in sorted(site.PAGES | site.FILES):
        room, _colon, view = name.partition(":")
        resolver = get_resolver().namespace_dict[room][1]
        assert view in resolver.reverse_dict, name
    for name in site.PAGES:
        room, _colon, view = name.partition(":")
        found = [one for one in get_resolver().namespace_dict[room][1].url_patterns if getattr(one, "name", "") == view]
        assert len(found) == 1 and found[0].callback.login_required is False, name


def client_of_nobody(client):
    return type(client)(headers={"accept-language": "en"})
