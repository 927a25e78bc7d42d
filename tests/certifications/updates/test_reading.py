"""The posts as readers get them: the list, one post, and who gets the posts for a level."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from certifications.models import PostureRevision, Product, Update
from documents.models import AccessGrant, Level
from tests import cast
from tests.certifications import content
from tests.certifications.updates import sample

pytestmark = pytest.mark.django_db


def words_of(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_posts_of_a_file_newest_first_and_by_category(client, django_assert_max_num_queries):
    content.publish()
    with django_assert_max_num_queries(12):
        page = client.get("/updates/")
    text = words_of(page)
    assert "Export runs late" in text and "No incident is open." in text
    assert "SOC 2 report added" not in text, "it is for readers of a level"
    assert not page.cookies and "public" in page["Cache-Control"]
    assert client.get("/updates/", headers={"if-none-match": page["ETag"]}).status_code == 304
    assert "Export runs late" in words_of(client.get("/updates/?category=incident"))
    assert "Export runs late" not in words_of(client.get("/updates/?category=privacy"))
    assert "Export runs late" in words_of(client.get("/updates/?category=%F0%9F%A6%8A&page=-3"))


def test_an_open_incident_stands_above_the_posts_with_what_it_affects(client):
    content.publish()
    edda = cast.edda()
    made = sample.incident(edda, "Sign-in fails", impact="No sign-in", data="None exposed")
    made.products.set(Product.objects.filter(slug="api"))
    page = words_of(client.get("/updates/"))
    assert "1 incident is open." in page and "Not affected" in page and "No sign-in" in page
    assert "3 Mar 2026, 07:40 UTC" in page
    sample.continued(made, edda, "resolved", hours=5, text="Sign-in works again.")
    assert "No incident is open." in words_of(client.get("/updates/"))
    page = words_of(client.get("/updates/sign-in-fails/"))
    assert page.index("Sign-in works again.") < page.index("We know more."), "the newest entry first"
    assert "None exposed" in page


def test_posts_about_one_product(client, django_assert_num_queries):
    """Posts that name no product are about each of them; the band, the feeds and the form stay as they are."""
    content.publish()
    edda = cast.edda()
    sample.post(edda, "For all")
    sample.post(edda, "Keys for the API", category="security").products.set(Product.objects.filter(slug="api"))
    sample.incident(edda, "Sign-in fails").products.set(Product.objects.filter(slug="enterprise"))
    with django_assert_num_queries(12):
        page = client.get("/updates/?product=api")
    text = words_of(page)
    posts = text.partition('class="posts"')[2].partition("</ol>")[0]
    assert "For all" in posts and "Keys for the API" in posts and "Sign-in fails" not in posts
    assert "1 incident is open." in text and '<option value="api" selected>API</option>' in text
    assert page["Cache-Control"].startswith("public") and not page.cookies
    assert 'href="?product=api&amp;category=security"' in text, "the kinds keep the product"
    text = words_of(client.get("/updates/?product=enterprise&category=security"))
    assert "No posts match" in text and 'name="category" value="security"' in text
    text = words_of(client.get("/updates/?product=%3Cb%3E"))
    assert "There is no product “&lt;b&gt;” here. This filter is ignored." in text and "Keys for the API" in text
    assert "is ignored" not in words_of(client.get("/updates/?product=")), "all products"
    for feed in ("atom", "json"):
        address = f"/updates/feed.{feed}"
        assert client.get(f"{address}?product=enterprise").content == client.get(address).content


def test_the_overview_begins_with_what_is_open(client):
    """For everyone, for the readers of its level, and on the page of a day on which it went on."""
    content.publish()
    edda, rhea = cast.edda(), cast.rhea()
    before = client.get("/")
    assert "Open incident" not in words_of(before)
    made = sample.incident(edda, "Sign-in fails", impact="No sign-in", translations={"de": {"impact": "Kein Zugang"}})
    made.products.set(Product.objects.filter(slug="api"))
    sample.incident(edda, "Viewer is slow", level="nda")
    page = client.get("/", headers={"if-none-match": before["ETag"]})
    band = words_of(page).partition('class="callout ongoing"')[2].partition("</section>")[0]
    for words in (
        "Open incident: Sign-in fails",
        "Investigating",
        "No sign-in",
        "3 Mar 2026, 06:40 UTC",
        "<li>API</li>",
    ):
        assert words in band
    assert 'href="/updates/sign-in-fails/"' in band and words_of(page).index(band) < words_of(page).index(
        'class="hero"'
    )
    assert page["Cache-Control"].startswith("public") and "Viewer is slow" not in words_of(page)
    german = words_of(client.get("/", headers={"accept-language": "de"}))
    assert "<li>Kein Zugang</li>" in german and '<span lang="en">Sign-in fails</span>' in german
    cast.granted(rhea, cast.ada(), cast.requestable())
    client.force_login(rhea)
    assert words_of(client.get("/")).count("Open incident:") == 2
    client.logout()
    sample.continued(made, edda, "monitoring", hours=4)
    PostureRevision.objects.update(at=F("at") - timedelta(days=1))
    sample.continued(made, edda, "resolved", hours=5)
    assert "Open incident" not in words_of(client.get("/"))
    yesterday = timezone.localdate() - timedelta(days=1)
    page = words_of(client.get(f"/?as_of={yesterday.isoformat()}"))
    assert "Open incident: Sign-in fails" in page and "Monitoring" in page and "/updates/sign-in-fails/" not in page
    today = timezone.localdate().isoformat()
    assert "Open incident" not in words_of(client.get(f"/?as_of={today}"))


def test_text_is_light_markup_and_nothing_else(client):
    edda = cast.edda()
    sample.post(edda, "Look <b>", body="**New**\n\n- one\n\n<script>alert(1)</script> [link](https://evil.example)")
    page = client.get("/updates/look-b/").content.decode()
    assert "<strong>New</strong>" in page and "<li>one</li>" in page
    assert "<script>" not in page and 'href="https://evil.example' not in page and "Look &lt;b&gt;" in page


def test_only_who_reads_at_the_level_sees_its_posts(client):
    """The door decides: a grant that is there but opens nothing shows nothing."""
    edda, ada, rhea, otto = cast.edda(), cast.ada(), cast.rhea(), cast.otto()
    soc2 = cast.requestable()
    cast.granted(rhea, ada, soc2)
    sample.post(edda, "For readers", level="nda")
    sample.post(edda, "For nobody", level="gone")
    address = "/updates/for-readers/"

    def seen() -> list[bool]:
        page = client.get("/updates/")
        return ["For readers" in words_of(page), client.get(address).status_code == 200]

    assert seen() == [False, False]
    client.force_login(otto)
    assert seen() == [False, False]
    client.force_login(rhea)
    assert seen() == [True, True]
    page = client.get(address)
    assert page["Cache-Control"] == "private, no-store" and "ETag" not in page
    assert "For nobody" not in words_of(client.get("/updates/"))
    assert "For readers" not in client.get("/updates/feed.json").content.decode()
    # A stricter level shuts the door, and so the post.
    Level.objects.filter(slug="nda").update(approvals=3)
    assert seen() == [False, False]
    Level.objects.filter(slug="nda").update(approvals=1)
    assert seen() == [True, True]
    AccessGrant.objects.update(ends_at=timezone.now() - timedelta(seconds=1), starts_at=timezone.now() - timedelta(2))
    assert seen() == [False, False]


def test_drafts_and_posts_to_come_are_not_there(client):
    edda = cast.edda()
    sample.draft(edda, "Not yet")
    later = sample.post(edda, "Tomorrow")
    Update.objects.filter(pk=later.pk).update(published_at=timezone.now() + timedelta(days=1))
    client.force_login(cast.rhea())
    for address in ("/updates/not-yet/", "/updates/tomorrow/", "/updates/unknown/"):
        assert client.get(address).status_code == 404
    page = words_of(client.get("/updates/"))
    assert "Not yet" not in page and "Tomorrow" not in page and "No post yet" in page


def test_posts_for_everyone_are_facts_with_a_history(client):
    content.publish()
    found = client.get("/posture.json").json()
    (post,) = found["updates"]
    assert post["slug"] == "export-late" and post["published_at"] == "2026-03-03T09:00:00Z"
    assert [one["status"] for one in found["timeline"]] == ["resolved", "investigating"]
    edda = cast.edda()
    sample.post(edda, "A new report")
    sample.post(edda, "Only for some", level="nda")
    page = words_of(client.get("/changes/"))
    assert "Added the post “A new report”" in page and "Only for some" not in page
    assert "Only for some" not in client.get("/posture.json").content.decode()
    assert "/updates/a-new-report/" in client.get("/sitemap.xml").content.decode()
    assert "only-for-some" not in client.get("/sitemap.xml").content.decode()
