"""An editor writes, previews, corrects and publishes a post; two editors lose nothing."""

import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from certifications.models import Announcement, Update, UpdateSchedule
from certifications.updates import flows, scheduling
from certifications.updates.refusals import Refusal
from tests import cast
from tests.certifications import content
from tests.certifications.subscribing.scene import subscriber
from tests.certifications.updates import sample
from tests.signin import staff_client
from trustcenter.audit import FlowError
from trustcenter.audit.models import Record
from trustcenter.web import revision
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db

TYPED = {"category": "compliance", "title": "A new bridge letter", "body": "For **March**.", "level": ""}


@pytest.fixture
def edda(client):
    found = cast.edda()
    staff_client(client, found)
    return found


def seen_in(page) -> str:
    found = re.search(r'name="saw" value="(\w*)"', page.content.decode())
    return found[1] if found else ""


def words_of(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_from_a_draft_to_readers(client, edda):
    content.publish()
    page = client.post("/desk/updates/new/", TYPED | {"preview": "1"})
    assert "<strong>March</strong>" in page.content.decode() and "Not saved" in words_of(page)
    assert Update.objects.count() == 2, "a preview saves nothing"
    answer = client.post("/desk/updates/new/", TYPED | {"documents": ["report"]})
    assert answer.url == "/desk/updates/a-new-bridge-letter/"
    assert "Nobody has subscribed yet" in words_of(client.get(answer.url))
    made = Update.objects.get(slug="a-new-bridge-letter")
    assert made.published_at is None and made.documents == ["report"]
    page = client.get(answer.url)
    saw = seen_in(page)
    assert "Publish now" in words_of(page)
    before = revision.current()
    page = client.post(f"{answer.url}publish/", {"saw": saw}, follow=True)
    assert "Published." in words_of(page) and revision.current() == before + 1
    assert Record.objects.filter(action="update.published").count() == 1
    client.logout()
    page = words_of(client.get("/updates/a-new-bridge-letter/"))
    assert "<strong>March</strong>" in page and 'href="/documents/report/"' in page


def test_correcting_a_published_post_leaves_a_trace(client, edda):
    made = sample.post(edda)
    page = client.get(f"/desk/updates/{made.slug}/")
    assert "Nobody has subscribed to this category." in words_of(page) and "Tell 0" not in words_of(page)
    address = f"/desk/updates/{made.slug}/"
    typed = TYPED | {"saw": seen_in(page), "title": made.title, "body": "Until **May**."}
    # What a change changes for readers is shown first, and again if something else is typed then.
    assert "Save and show" not in words_of(page)
    looked = client.post(address, typed).context["looked"]
    page = client.post(address, typed | {"looked": looked, "body": "Until **June**."})
    assert Update.objects.get().body == made.body and "<ins>Until **June**.</ins>" in page.content.decode()
    assert "Save and show" in words_of(page) and looked != page.context["looked"]
    assert client.post(address, typed | {"looked": looked}).status_code == 302
    found = Update.objects.get()
    assert found.edited_at and found.slug == made.slug
    detail = json.loads(Record.objects.get(action="content.changed").detail.body)
    assert {"field": "text", "from": made.body, "to": "Until **May**."} in detail["changes"]
    assert "changed" in words_of(client.get(f"/updates/{made.slug}/"))
    # Saving it again as it is changes nothing.
    typed["saw"] = seen_in(client.get(address))
    assert "The post says this already" in words_of(client.post(address, typed | {"preview": "1"}))
    client.post(address, typed | {"looked": looked})
    assert Record.objects.filter(action="content.changed").count() == 1
    # A translation is shown before it is public too, and is no change of what the post says.
    at = found.edited_at
    page = client.post(address, typed | {"de_title": "Neuer Bridge Letter"})
    assert "<ins>Neuer Bridge Letter</ins>" in page.content.decode() and "Title (Deutsch)" in words_of(page)
    assert client.post(address, typed | {"de_title": "Neuer Bridge Letter", "looked": page.context["looked"]}).url
    found.refresh_from_db()
    assert found.translations == {"de": {"title": "Neuer Bridge Letter"}} and found.edited_at == at
    assert "> Neuer Bridge Letter</textarea>" in words_of(client.get(address))


def test_the_second_of_two_editors_keeps_what_they_typed(client, edda):
    made = sample.draft(edda)
    address = f"/desk/updates/{made.slug}/"
    saw = seen_in(client.get(address))
    client.post(address, TYPED | {"saw": saw, "body": "The first was quicker."})
    answer = client.post(address, TYPED | {"saw": saw, "body": "The second typed this."})
    assert answer.status_code == 409
    assert "Somebody has changed this post" in words_of(answer) and "The second typed this." in words_of(answer)
    assert "<del>first was quicker.</del>" in answer.content.decode(), "what is saved stands beside it"
    assert Update.objects.get().body == "The first was quicker."
    # Nobody publishes a text that they have not seen.
    page = client.post(f"{address}publish/", {"saw": saw}, follow=True)
    assert "Somebody has changed this post" in words_of(page) and Update.objects.get().published_at is None


@pytest.mark.once
def test_what_is_wrong_is_said_and_nothing_is_lost(client, edda):
    content.publish()
    soon = (timezone.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    for wrong, sentence in (
        ({"title": ""}, "Enter a title."),
        ({"body": " "}, "Enter the text."),
        ({"category": ""}, "Choose a category."),
        ({"title": "\u202eevil"}, "cannot be seen"),
        ({"body": "x" * 20_001}, "at most 20000 characters"),
        ({"level": "gone"}, "not one of the available choices"),
        ({"documents": ["gone"]}, "not one of the available choices"),
        ({"category": "incident"}, "Enter when the incident began."),
        ({"category": "incident", "started_at": soon}, "This time is in the future."),
        ({"category": "incident", "started_at": "yesterday"}, "Enter a valid date/time."),
        ({"impact": "Slow"}, "Only an incident has this."),
    ):
        answer = client.post("/desk/updates/new/", TYPED | wrong)
        assert answer.status_code == 200 and sentence in words_of(answer), wrong
        if "body" not in wrong:
            assert "For **March**." in words_of(answer)
    assert Update.objects.count() == 2


def test_addresses_are_of_one_post_each(edda):
    slugs = [sample.draft(edda, title).slug for title in ("New", "New", "Subscribe", "日本", "日本", "x" * 150)]
    assert slugs == ["new-2", "new-3", "subscribe-2", "post", "post-2", "x" * 70]


def test_a_draft_can_be_removed_and_a_published_post_not(client, edda):
    made, kept = sample.draft(edda, "Wrong"), sample.post(edda, "Right")
    client.post(f"/desk/updates/{made.slug}/remove/")
    page = client.post(f"/desk/updates/{kept.slug}/remove/", follow=True)
    assert "can be corrected, but not removed" in words_of(page)
    assert list(Update.objects.all()) == [kept]
    with pytest.raises(FlowError) as refused:
        flows.publish(kept, saw=flows.seen(kept), by=edda)
    assert refused.value.code == Refusal.ALREADY_PUBLISHED
    with pytest.raises(FlowError) as refused:
        flows.publish(made, saw="", by=cast.sal())
    assert refused.value.code == Refusal.NOT_WRITER


@pytest.mark.once
def test_the_list_of_the_desk(client, edda, django_assert_max_num_queries):
    for number in range(5):
        sample.incident(edda, f"Incident {number}")
    sample.draft(edda, "Later", level="nda")
    with django_assert_max_num_queries(14):
        page = words_of(client.get("/desk/updates/"))
    assert page.index("Later") < page.index("Incident 0"), "drafts first"
    assert "Readers: Under NDA" in page and "Investigating" in page


def test_the_clock_publishes_a_draft_at_its_time(client, edda, monkeypatch):
    made, told = sample.draft(edda), subscriber("rhea@example.com", "compliance")
    url, now = f"/desk/updates/{made.slug}/", timezone.now()
    saw = seen_in(client.get(url))
    typed = {"saw": saw, "tell": "on", "publish_at": f"{now + timedelta(hours=2):%Y-%m-%dT%H:%M}"}
    for wrong, sentence in (
        ({"publish_at": f"{now:%Y-%m-%dT%H:%M}"}, "This time has passed."),
        ({"publish_at": "soon"}, "Enter a valid date"),
        ({"saw": "other"}, "Somebody has changed this post"),
    ):
        page = words_of(client.post(f"{url}schedule/", typed | wrong, follow=True))
        assert sentence in page and ("saw" in wrong or f'value="{wrong["publish_at"]}"' in page), wrong
    page = words_of(client.post(f"{url}schedule/", typed, follow=True))
    assert "Saving the text cancels the date" in page and "Scheduled" in words_of(client.get("/desk/updates/"))
    # A date is for what the draft says: saving takes it back, and the button does.
    client.post(url, TYPED | {"saw": saw, "title": made.title, "body": "Corrected."})
    assert not UpdateSchedule.objects.exists()
    typed["saw"] = seen_in(client.get(url))
    client.post(f"{url}schedule/", typed)
    assert "The post stays a draft" in words_of(client.post(f"{url}schedule/", {"take_back": "1"}, follow=True))
    assert "has no date" in words_of(client.post(f"{url}schedule/", {"take_back": "1"}, follow=True))
    client.post(f"{url}schedule/", typed)
    plan = UpdateSchedule.objects.get()
    scheduling.publish_due()
    assert Update.objects.get().published_at is None
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(hours=2))
    scheduling.publish_due()
    assert Update.objects.get().is_published and not UpdateSchedule.objects.exists()
    assert Announcement.objects.count() == 1 and told
    # Another worker that read the date before.
    assert not scheduling._publish(plan)
    detail = json.loads(Record.objects.get(action="update.published").detail.body)
    assert detail["scheduled_by"]["id"] == edda.pk
    # Who may not publish any more publishes nothing by a date.
    other, ada = sample.draft(edda, "Another post"), cast.ada()
    scheduling.schedule(other, at=now + timedelta(hours=3), saw=flows.seen(other), tell=True, by=edda)
    type(edda).objects.filter(pk=edda.pk).update(is_active=False)
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(hours=3))
    scheduling.publish_due()
    scheduling.publish_due()
    assert Update.objects.get(pk=other.pk).published_at is None
    assert Mail.objects.get(subject__contains="was not published").to == "ada@trust.example", (
        "once, and not to who has lost it"
    )
    staff_client(client, ada)
    url = f"/desk/updates/{other.slug}/"
    page = client.get(url)
    assert "because Edda Editor, who chose it, can no longer publish posts" in words_of(page)
    assert "Not published on its date" in words_of(client.get("/desk/updates/"))
    assert "has no date" in words_of(client.post(f"{url}schedule/", {"take_back": "1"}, follow=True))
    assert Record.objects.filter(action="update.unscheduled").count() == 2
    assert Announcement.objects.count() == 1
    at = f"{now + timedelta(hours=4):%Y-%m-%dT%H:%M}"
    client.post(f"{url}schedule/", {"saw": seen_in(page), "publish_at": at})
    plan = UpdateSchedule.objects.get()
    assert (plan.stopped_at, plan.scheduled_by) == (None, ada)
