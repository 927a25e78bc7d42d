"""The desk's page of facts to review: who sees it, what it lists, the button that confirms, and the reminders."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from certifications.checking import confirming, reminding
from certifications.checking import facts as reading
from certifications.history import revising
from certifications.history.differences import told
from certifications.models import Certification, Claim, Product, Profile, ReviewReminder, Subprocessor
from certifications.models.review import months_after
from tests import cast
from tests.admin_pages import save
from tests.certifications import content
from tests.signin import staff_client
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.audit.history import entry
from trustcenter.audit.models import Record
from trustcenter.web import revision
from trustcenter.work.models import Mail

pytestmark = pytest.mark.django_db

PAGE = "/desk/facts/"


def words_of(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def days(number):
    return timezone.localdate() + timedelta(days=number)


@pytest.fixture
def edda(client):
    """An editor who keeps one answer true that is past its date; a product is due, and two answers contradict."""
    editor, tables = cast.edda(), content.tables()
    del tables["certifications"][0]["valid_until"]
    tables["claims"][2] |= {"review_by": days(-1), "owner": editor.email}
    tables["products"][0] |= {"review_by": days(20), "owner": "gone@trust.example"}
    tables["products"][1] |= {"review_by": days(20), "owner": editor.email}
    content.publish(tables)
    staff_client(client, editor)
    return editor


def listed(page):
    return [(line.group.value, line.place.slug) for line in page.context["page"]]


@pytest.mark.once
def test_the_page_lists_what_has_to_be_looked_at_mine_first(client, edda, django_assert_num_queries):
    page = client.get(PAGE)
    assert listed(page) == [
        ("contradictory", "own-keys"),
        ("stale", "law"),
        ("due", "api"),
        ("due", "enterprise"),
    ]
    words = words_of(page)
    assert "“Can we bring our own keys?” and “Are customer keys there?” contradict each other." in words
    assert "passed its review date on" in words and "gone@trust.example" in words
    counts = {one.label: one.count for one in page.context["filters"]}
    assert counts == {"All": 4, "Mine": 2, "No owner": 1, "gone@trust.example": 1}
    for owner, slugs in {
        "mine": ["law", "api"],
        "nobody": ["own-keys"],
        "gone@trust.example": ["enterprise"],
        "<b>": [],
    }.items():
        page = client.get(PAGE, {"owner": owner})
        assert [slug for _group, slug in listed(page)] == slugs
    assert "Other colleagues have something to look at" in words_of(page) and "<b>" not in page.content.decode()
    # A contradiction is not confirmed away; each fact with a date has its button.
    assert page.content.decode().count("Still true today") == 0
    assert client.get(PAGE).content.decode().count("Still true today") == 3
    with django_assert_num_queries(19):
        client.get(PAGE)
    # An auditor reads the same and changes nothing.
    iris = staff_client(client, cast.person("iris@trust.example", "Iris", "auditor"))
    assert len(listed(iris.get(PAGE))) == 4 and "Still true today" not in iris.get(PAGE).content.decode()
    assert reverse("certifications:facts") in iris.get(PAGE).content.decode()


def press(client, row, **form):
    """The button of a row, as the page shows it."""
    page = client.get(PAGE)
    line = next(line for line in page.context["page"] if line.place.slug == row.slug)
    sent = {"part": line.place.part, "slug": line.place.slug, "saw": line.saw, "owner": ""}
    return client.post("/desk/facts/confirm/", sent | form, follow=True)


def test_one_button_confirms_a_fact(client, edda):
    law, today = Claim.objects.get(slug="law"), timezone.localdate()
    answer = press(client, law, owner="mine")
    law.refresh_from_db()
    assert (law.as_of, law.review_by) == (today, None)
    assert "Confirmed: “Which law holds?”. The next review is due by" in words_of(answer)
    assert answer.redirect_chain[0][0] == f"{PAGE}?owner=mine" and "law" not in [slug for _g, slug in listed(answer)]
    record = Record.objects.select_related("detail").get(action="content.confirmed")
    assert entry(record).text == (
        "“Edda Editor” (edda@trust.example) confirmed that the claim “Which law holds?” is still true"
    )
    newest = revising.newest()
    assert newest.by == edda and newest.data["claims"][2]["as_of"] == today.isoformat()
    assert newest.data["claims"][2]["review_by"] == months_after(today, 24).isoformat(), "as its topic says"
    assert [told(one).slug for one in newest.differences] == ["law"]
    # A date that is near is answered too; otherwise the fact would stay on the page.
    press(client, Product.objects.get(slug="enterprise"))
    assert Product.objects.get(slug="enterprise").review_by is None
    # Pressed again, from a page of before: it is done already.
    before = Record.objects.count()
    confirming.confirm("claims", "law", saw="", by=edda)
    assert Record.objects.count() == before


@pytest.mark.once
def test_what_cannot_be_confirmed_changes_nothing(client, edda):
    law = Claim.objects.get(slug="law")
    kept = (law.as_of, law.review_by)
    for form, sentence in (
        ({"saw": "0" * 16}, "Somebody has changed this since you opened the page."),
        ({"saw": ""}, "Somebody has changed this since you opened the page."),
        ({"slug": "nothing"}, "This fact no longer exists."),
        ({"slug": ""}, "This fact no longer exists."),
        ({"part": "topics"}, "This fact no longer exists."),
        ({"part": "x" * 5000}, "This fact no longer exists."),
    ):
        assert sentence in words_of(press(client, law, **form)), form
    Claim.objects.filter(pk=law.pk).update(answer="Another.")
    seen = confirming.seen(confirming.SECTIONS["claims"], law)
    with pytest.raises(FlowError, match="Somebody has changed"):
        confirming.confirm("claims", "law", saw=seen, by=edda)
    with pytest.raises(FlowError, match="permission"):
        confirming.confirm("claims", "law", saw=seen, by=cast.sal())
    law.refresh_from_db()
    assert (law.as_of, law.review_by) == kept and not Record.objects.filter(action="content.confirmed").exists()
    assert client.get("/desk/facts/confirm/").status_code == 405
    # The profile has no slug.
    Profile.objects.update(review_by=days(-1))
    profile = Profile.objects.get()
    confirming.confirm("company", "", saw=confirming.seen(confirming.SECTIONS["company"], profile), by=edda)
    assert Profile.objects.get().as_of == timezone.localdate()


@pytest.mark.once
def test_a_review_date_in_the_past_is_refused_with_a_sentence_and_loses_nothing(client, edda):
    law = Claim.objects.get(slug="law")
    form = {"slug": "law", "topic": law.topic_id, "question": law.question, "answer": "A long answer.", "position": 2}
    form |= {"as_of": "2026-03-01", "owner": edda.email}
    page = save(client, law, form | {"review_by": days(-2)}).content.decode()
    assert "This review date has passed. Choose today or a later day" in page and "A long answer." in page
    assert Claim.objects.get(pk=law.pk).answer != "A long answer."
    # The date that was there does not stop somebody who corrects the text.
    save(client, law, form | {"review_by": days(-1)})
    assert Claim.objects.get(pk=law.pk).answer == "A long answer."
    save(client, law, form | {"review_by": days(0)})
    assert Claim.objects.get(pk=law.pk).review_by == days(0)


@pytest.mark.once
def test_every_page_says_that_a_fact_is_past_its_review_date(client):
    content.publish()
    # The overview has two certifications, two products, three answers and a subprocessor.
    pages = {
        "/": 8,
        "/certifications/": 2,
        "/certifications/soc-2-type-ii/": 3,
        "/answers/": 3,
        "/subprocessors/": 1,
    }
    for path in pages:
        # The answers have a filter of this name.
        assert not re.search(r"Past its review date \d+ [A-Z]", words_of(client.get(path))), path
    for model in (Certification, Claim, Product, Subprocessor):
        model.objects.update(as_of="2025-01-01", review_by="2025-02-01")
    revision.count()
    sentence = "Past its review date 1 Feb 2025"
    found = {path: words_of(client.get(path)).count(sentence) for path in pages}
    assert found == pages


@pytest.mark.once
def test_evidence_is_a_link_with_its_level(client):
    content.publish()
    for path, before in (
        ("/answers/", "Can we bring our own keys?"),
        ("/certifications/soc-2-type-ii/", "An opinion on controls."),
        ("/certifications/", "Scope"),
        ("/products/enterprise/", "DPA."),
        ("/subprocessors/", "Hosting"),
        ("/", "Hosting"),
    ):
        page = client.get(path).content.decode().partition(before)[2]
        link = page[page.index('href="/documents/report/"') :][:700]
        assert "SOC 2 report" in link and 'class="lock"' in link and "Under NDA" in link, path
    # The documents of today are no evidence of what was said then.
    assert "/documents/report/" not in client.get(f"/subprocessors/?as_of={timezone.localdate()}").content.decode()


# -- Reminders ---------------------------------------------------------------------------------------------------------


def mails():
    """Who got which words, and then nothing any more."""
    found = [(mail.to, mail.body) for mail in Mail.objects.order_by("pk")]
    Mail.objects.all().delete()
    return found


@pytest.fixture
def calendar(monkeypatch):
    start = timezone.localdate()
    return lambda day: monkeypatch.setattr(timezone, "localdate", lambda *args: start + timedelta(days=day))


def test_owners_are_reminded_three_times_each_in_one_mail_a_day(edda, calendar):
    Claim.objects.filter(slug="law").update(review_by=days(40))
    Product.objects.update(review_by=days(40), owner="")
    Product.objects.filter(slug="enterprise").update(owner="gone@trust.example")
    Subprocessor.objects.update(owner=edda.email, review_by=days(39))
    closed = cast.person("closed@trust.example", "Cleo", "editor")
    User.objects.filter(pk=closed.pk).update(is_active=False)
    Certification.objects.update(owner=closed.email, review_by=days(40))
    reminding.remind()
    assert not mails()
    calendar(10)
    reminding.remind()
    got = dict(mails())
    assert set(got) == {edda.email, "security@trust.example"}, "one mail for each"
    assert "“Which law holds?”, by" in got[edda.email] and "“Host”, by" in got[edda.email]
    assert "/desk/facts/?owner=mine" in got[edda.email]
    others = got["security@trust.example"]
    assert all(f"“{name}”" in others for name in ("Enterprise", "API", "SOC 2 Type II", "FedRAMP"))
    assert "owner=mine" not in others
    for day in (10, 11, 31):
        calendar(day)
        reminding.remind()
        assert not mails()
    # After an outage only the reminder of today, not the ones that were missed.
    calendar(36)
    reminding.remind()
    assert len(mails()) == 2
    calendar(40)
    reminding.remind()
    assert [to for to, body in mails() if "past its review date" in body] == [edda.email], "“Host” has passed"
    calendar(41)
    reminding.remind()
    assert {to: body.count("past its review date") for to, body in mails()}[edda.email] == 1
    calendar(400)
    reminding.remind()
    assert not mails()


def test_a_reminder_is_mailed_once_by_two_workers_and_not_twice_a_day(edda, calendar):
    Claim.objects.filter(slug="law").update(review_by=days(7))
    Product.objects.update(review_by=content.LATER)
    facts = reading.read()
    (one,) = reminding._due(facts)
    # The other worker, which read before this one wrote, fails with its mail.
    reminding.remind()
    ReviewReminder.objects.update(on=days(-1))
    reminding._mail(edda.email, edda, [one])
    assert len(mails()) == 1 and ReviewReminder.objects.count() == 1
    # What is edited later on the same day waits until tomorrow.
    ReviewReminder.objects.update(on=days(0))
    Subprocessor.objects.update(owner=edda.email, review_by=days(5))
    reminding.remind()
    assert not mails()
    calendar(1)
    reminding.remind()
    ((to, body),) = mails()
    assert to == edda.email and "“Host”" in body and "Which law" not in body
    # Whoever confirms a fact has done it: the next reminder comes with its next date.
    saw = confirming.seen(confirming.SECTIONS["claims"], Claim.objects.get(slug="law"))
    confirming.confirm("claims", "law", saw=saw, by=edda)
    calendar(8)
    reminding.remind()
    assert all("Which law" not in body for _to, body in mails())
