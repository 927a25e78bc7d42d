"""An editor goes back to what a post said, sees what that changes, and loses nothing of what others wrote."""

import pytest

from certifications.models import Product, Update
from tests import cast
from tests.certifications import content
from tests.certifications.editing.test_pages import typed, words_of
from tests.certifications.updates import sample
from tests.signin import staff_client
from trustcenter.audit.models import Record

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def edda(client):
    content.publish()
    found = cast.edda()
    staff_client(client, found)
    return found


def corrected(client, address, **fields):
    data = typed(client.get(address), **fields)
    return client.post(address, data | {"looked": client.post(address, data).context["looked"]})


def test_back_to_an_earlier_text(client, edda):
    made = sample.incident(edda)
    made.products.set(Product.objects.all()[:1])
    address = f"/desk/updates/{made.slug}/"
    corrected(client, address, body="Exports are late since six.", impact="Export slow")
    assert Update.objects.get(pk=made.pk).body == "Exports are late since six."
    page = client.get(f"{address}earlier/")
    newest, *_between, first = page.context["versions"]
    assert "from “Entries reach you late.” to “Exports are late since six.”" in words_of(page)
    assert "Added the post" in words_of(page) and f'?earlier={newest.revision.number}"' not in page.content.decode()
    records = Record.objects.count()
    page = client.get(address, {"earlier": str(first.revision.number)})
    html, words = page.content.decode(), words_of(page)
    assert "Entries reach you late.</textarea>" in html and "<ins>Entries reach you late.</ins>" in html
    assert "What changes for readers" in words and "Save and show" in words and "Not saved" in words
    assert 'value="2026-03-03T06:40"' in html and "<ins>Late</ins>" not in html and "<ins>late</ins>" in html
    assert Record.objects.count() == records, "looking saves nothing"
    data = page.context["form"].data | {"looked": page.context["looked"]}
    # Somebody saves meanwhile: their text stands beside, and nothing is lost.
    mine = client.post(address, data | {"saw": "older"})
    assert mine.status_code == 409 and "<del>Exports are late since six.</del>" in mine.content.decode()
    assert client.post(address, data).status_code == 302
    found = Update.objects.get(pk=made.pk)
    assert (found.body, found.impact, found.started_at) == ("Entries reach you late.", "Export late", sample.BEGAN)
    record = Record.objects.filter(action__startswith="content.c").latest("number")
    assert (record.action, record.actor) == ("content.changed", edda.pk)
    for number in ("0", "9" * 40, "x", ""):
        assert client.get(address, {"earlier": number}).status_code == 404
    staff_client(client, cast.person("iris@trust.example", "Iris", "auditor"))
    assert client.get(address, {"earlier": str(first.revision.number)}).status_code == 403
    assert "Go back to this text" not in words_of(client.get(f"{address}earlier/"))


def test_what_only_readers_of_a_level_got_is_kept_nowhere(client, edda):
    made = sample.post(edda)
    address = f"/desk/updates/{made.slug}/"
    first = client.get(f"{address}earlier/").context["versions"][0].revision.number
    corrected(client, address, level="nda", body="The new text is for readers only.")
    corrected(client, address, body="And this one too.")
    page = client.get(f"{address}earlier/")
    assert "no earlier text of that time is kept" in words_of(page) and "readers only" not in words_of(page)
    # Going back to a text that was public does not show it to everyone again.
    page = client.get(address, {"earlier": str(first)})
    assert "For January" in words_of(page) and page.context["form"]["level"].value() == "nda"
    assert [one.key for one in page.context["changes"]] == ["body"]
    hidden = sample.draft(edda, "Only a draft")
    assert "It has not been public yet" in words_of(client.get(f"/desk/updates/{hidden.slug}/earlier/"))
