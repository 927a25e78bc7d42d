"""Drafts of the public content: who may do what, nothing is public before its time, and two editors lose nothing."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from certifications import posture_json
from certifications.editing import earlier, flows, kinds, routine
from certifications.editing.refusals import Refusal
from certifications.editing.state import state
from certifications.history import revising
from certifications.models import Certification, Claim, ContentDraft, Product, Profile, Topic
from tests import cast
from tests.certifications import content
from tests.races import at_once
from trustcenter.audit import FlowError
from trustcenter.audit.history import entry
from trustcenter.audit.models import Record
from trustcenter.site.content_file import export_content
from trustcenter.work.models import Mail

SOC2 = ("certifications", "soc-2-type-ii")
LAW = ("claims", "law")


def table(part, slug):
    return kinds.table_of(part, kinds.row_of(part, slug))


def save(by, place=SOC2, **typed):
    now = state(*place)
    said = now.draft.table if now.draft else now.public
    return flows.save(*place, said | typed, saw=now.token, by=by)


def publish(by, place=SOC2, **how):
    return flows.publish(*place, saw=state(*place).token, by=by, **how)


def refused(step, *arguments, **more):
    with pytest.raises(FlowError) as refusal:
        step(*arguments, **more)
    return Refusal(refusal.value.code)


def newest():
    return entry(Record.objects.exclude(action="content.revised").select_related("detail").first())


@pytest.fixture
def edda(db):
    content.publish()
    return cast.edda()


@pytest.mark.django_db
def test_a_draft_is_not_public_until_it_is_published(edda, client):
    before, exported = posture_json.as_text(), export_content()
    save(edda, scope="Security and availability", review_by="2036-01-31")
    assert posture_json.as_text() == before and export_content() == exported
    assert "saved a draft of the certification “SOC 2 Type II”" in newest().text
    assert revising.newest().body.decode() == before
    assert publish(edda) == "SOC 2 Type II"
    assert Certification.objects.get(slug="soc-2-type-ii").scope == "Security and availability"
    assert newest().detail["changes"][0] == {"field": "scope", "from": "Security", "to": "Security and availability"}
    assert newest().text.endswith("changed scope and review by of the certification “SOC 2 Type II: Attested”")
    assert not ContentDraft.objects.exists()
    assert "availability" in posture_json.as_text()
    # Nothing else of the row has changed, and everything is in the file.
    assert table(*SOC2)["evidence"] == ["report"] and "availability" in export_content()


@pytest.mark.django_db
def test_links_and_company_facts_are_drafts_too(edda):
    save(edda, LAW, products=["api"], evidence=["report"], conflicts_with=["own-keys"], topic="keys")
    publish(edda, LAW, despite=True)
    law = Claim.objects.get(slug="law")
    assert [one.slug for one in law.products.all()] == ["api"] and law.topic.slug == "keys"
    assert law in Claim.objects.get(slug="own-keys").conflicts_with.all()
    Profile.objects.update(logo="logo-123456789012.svg")
    save(edda, ("company", "company"), headline="Another headline")
    publish(edda, ("company", "company"))
    profile = Profile.objects.get()
    assert (profile.headline, profile.logo) == ("Another headline", "logo-123456789012.svg")
    save(edda, ("source", "source"), note="")
    publish(edda, ("source", "source"))
    assert Profile.objects.get().source_note == ""


@pytest.mark.django_db
def test_a_new_row_comes_last_and_a_removed_one_is_gone(edda):
    flows.save("topics", "people", {"slug": "people", "name": "People", "review_months": 6}, saw="", by=edda)
    assert not Topic.objects.filter(slug="people").exists()
    publish(edda, ("topics", "people"))
    assert [one.slug for one in Topic.objects.all()][-1] == "people"
    assert newest().text.endswith("added the topic “People”")
    # What others refer to stays.
    token = state("topics", "law").token
    assert refused(flows.remove, "topics", "law", saw=token, by=edda) == Refusal.IN_USE
    assert refused(flows.remove, "products", "enterprise", saw=state("products", "enterprise").token, by=edda) == (
        Refusal.IN_USE
    )
    assert refused(flows.remove, *LAW, saw="0", by=edda) == Refusal.MOVED
    flows.remove(*LAW, saw=state(*LAW).token, by=edda)
    assert not Claim.objects.filter(slug="law").exists() and newest().text.endswith(
        "removed the claim “Which law holds?”"
    )
    assert refused(flows.remove, "company", "company", saw=state("company", "company").token, by=edda) == (
        Refusal.NOT_EDITOR
    )


@pytest.mark.django_db
def test_nobody_else_may_do_any_of_it(edda):
    save(edda, scope="S")
    iris, sal = cast.person("iris@trust.example", "Iris", "auditor"), cast.sal()
    token, soon = state(*SOC2).token, timezone.now() + timedelta(hours=1)
    for other in (iris, sal):
        assert refused(save, other, scope="Theirs") == Refusal.NOT_EDITOR
        assert refused(flows.publish, *SOC2, saw=token, despite=True, by=other) == Refusal.NOT_EDITOR
        assert refused(flows.schedule, *SOC2, at=soon, saw=token, despite=True, by=other) == Refusal.NOT_EDITOR
        assert refused(flows.unschedule, *SOC2, by=other) == Refusal.NOT_EDITOR
        assert refused(flows.discard, *SOC2, saw=token, by=other) == Refusal.NOT_EDITOR
        assert refused(flows.remove, *SOC2, saw=token, by=other) == Refusal.NOT_EDITOR
        assert refused(earlier.go_back, *LAW, 1, by=other) in {Refusal.NOT_EDITOR, Refusal.NOT_IN_REVISION}
    assert state(*SOC2).token == token


@pytest.mark.django_db
def test_saving_over_somebody_elses_save_is_refused(edda):
    ada, opened = cast.ada(), state(*SOC2).token
    flows.save(*SOC2, table(*SOC2) | {"scope": "Mine"}, saw=opened, by=edda)
    assert refused(flows.save, *SOC2, table(*SOC2) | {"scope": "Yours"}, saw=opened, by=ada) == Refusal.SAVED_MEANWHILE
    # Publishing, scheduling and discarding need to have seen the draft as it is now.
    assert refused(flows.publish, *SOC2, saw=opened, by=ada) == Refusal.MOVED
    assert refused(flows.discard, *SOC2, saw=opened, by=ada) == Refusal.MOVED
    draft = ContentDraft.objects.get()
    assert (draft.table["scope"], draft.saved_by) == ("Mine", edda)
    # After a look at it, the second editor continues the same draft.
    save(ada, scope="Ours")
    assert ContentDraft.objects.get().saved_by == ada
    # What says the same as the public row is no draft.
    assert refused(save, edda, scope="Security") == Refusal.SAME
    taken = {"slug": "law", "name": "Law", "review_months": 6}
    assert refused(flows.save, "topics", "law", taken, saw="", by=edda) == Refusal.TAKEN
    flows.discard(*SOC2, saw=state(*SOC2).token, by=edda)
    assert refused(flows.publish, *SOC2, saw="", by=edda) == Refusal.NO_DRAFT


@pytest.mark.django_db
def test_a_draft_whose_row_has_changed_asks_before_it_replaces_it(edda, tmp_path, capsys):
    save(edda, scope="Mine")
    tables = content.tables()
    tables["certifications"][0]["scope"] = "From the file"
    file = tmp_path / "posture.toml"
    file.write_text(content.text(tables))
    call_command("content", "import", str(file))
    assert "Drafts at the desk that were kept: 1." in capsys.readouterr().out
    assert state(*SOC2).is_stale
    assert refused(publish, edda) == Refusal.STALE
    assert Certification.objects.get(slug="soc-2-type-ii").scope == "From the file"
    publish(edda, despite=True)
    assert newest().detail["changes"] == [{"field": "scope", "from": "From the file", "to": "Mine"}]
    # A row that the file removed meanwhile is added again, if the editor says so.
    save(edda, LAW, answer="Austrian law.")
    del tables["claims"][2]
    content.publish(tables)
    assert refused(publish, edda, LAW) == Refusal.STALE
    publish(edda, LAW, despite=True)
    assert Claim.objects.get(slug="law").answer == "Austrian law."


@pytest.mark.django_db
@pytest.mark.once
def test_what_the_content_file_refuses_is_refused_here(edda):
    for place, typed, said in [
        (SOC2, {"scope": ""}, "scope: This field cannot be blank."),
        (SOC2, {"framework": "gone"}, "framework: 'gone' is not in frameworks"),
        (SOC2, {"evidence": ["gone"]}, "evidence: 'gone' is not in documents"),
        (SOC2, {"stage": "Assessment"}, "Only a certification in progress has a stage"),
        (SOC2, {"as_of": "yesterday"}, "as_of: must be a date"),
        (SOC2, {"status": "expired"}, "status: 'expired' is not one of"),
        (SOC2, {"slug": "other"}, "slug: belongs to another row"),
        (SOC2, {"position": 1}, "position: is not a key of this section"),
        (SOC2, {"review_by": "2020-01-01"}, "The review date must be after"),
        (LAW, {"conflicts_with": ["law"]}, "conflicts_with: a claim cannot contradict itself"),
        (LAW, {"question": "x" * 301}, "question: Ensure this value has at most 300"),
        (LAW, {"question": "a\u202eb"}, "question: After “a” there is a character that cannot be seen"),
    ]:
        with pytest.raises(FlowError) as refusal:
            save(edda, place, **typed)
        assert said in str(refusal.value)
    assert not ContentDraft.objects.exists()


@pytest.mark.django_db
def test_a_new_contradiction_has_to_be_confirmed(edda):
    # "Certified" is the wrong word for an attestation, and it is new.
    save(edda, notes="We are SOC 2 certified.")
    assert refused(publish, edda) == Refusal.WARNINGS
    assert refused(flows.schedule, *SOC2, at=timezone.now(), saw=state(*SOC2).token, by=edda) == Refusal.WARNINGS
    publish(edda, despite=True)
    # It is known now, so the next change of the row asks no more.
    save(edda, scope="Security and more")
    publish(edda)


@pytest.mark.django_db
def test_the_clock_publishes_what_was_scheduled(edda):
    save(edda, scope="Later")
    token, past = state(*SOC2).token, timezone.now() - timedelta(minutes=1)
    assert refused(flows.schedule, *SOC2, at=past, saw=token, by=edda) == Refusal.IN_THE_PAST
    assert refused(flows.unschedule, *SOC2, by=edda) == Refusal.NOT_SCHEDULED
    flows.schedule(*SOC2, at=timezone.now() + timedelta(hours=1), saw=token, by=edda)
    assert "scheduled the draft of the certification “SOC 2 Type II” for" in newest().text
    routine.publish_scheduled()
    assert Certification.objects.get(slug="soc-2-type-ii").scope == "Security"
    # What is saved after that is not what was scheduled, so the date is gone.
    save(edda, notes="Once more.")
    assert ContentDraft.objects.get().publish_at is None
    flows.schedule(*SOC2, at=timezone.now() + timedelta(hours=1), saw=state(*SOC2).token, by=edda)
    ContentDraft.objects.update(publish_at=past)
    routine.publish_scheduled()
    routine.publish_scheduled()
    row = Certification.objects.get(slug="soc-2-type-ii")
    assert (row.scope, row.notes) == ("Later", "Once more.") and not ContentDraft.objects.exists()
    assert newest().text.startswith("The trust center changed scope and notes")
    assert newest().detail["scheduled_by"]["email"] == edda.email


@pytest.mark.django_db
def test_the_clock_does_not_publish_over_what_changed_and_tells_the_editor(edda):
    save(edda, scope="Later")
    flows.schedule(*SOC2, at=timezone.now() + timedelta(hours=1), saw=state(*SOC2).token, by=edda)
    Certification.objects.filter(slug="soc-2-type-ii").update(notes="Somebody else.")
    ContentDraft.objects.update(publish_at=timezone.now() - timedelta(minutes=1))
    routine.publish_scheduled()
    draft = ContentDraft.objects.get()
    assert (draft.publish_at, draft.stopped) == (None, "draft_stale")
    assert Certification.objects.get(slug="soc-2-type-ii").scope == "Security"
    mail = Mail.objects.get(to=edda.email)
    assert "Your draft of “SOC 2 Type II” was not published" in mail.subject
    assert "/desk/content/certifications/soc-2-type-ii/" in mail.body
    assert "was not published on its date: What is public has changed" in newest().text
    # Somebody who may not edit any more publishes nothing, not even by a date chosen before.
    later, token = timezone.now() + timedelta(hours=1), state(*SOC2).token
    assert refused(flows.schedule, *SOC2, at=later, saw=token, by=edda) == Refusal.STALE
    flows.schedule(*SOC2, at=later, saw=token, despite=True, by=edda)
    edda.groups.clear()
    ContentDraft.objects.update(publish_at=timezone.now() - timedelta(minutes=1))
    routine.publish_scheduled()
    assert ContentDraft.objects.get().stopped == "not_content_editor"


@pytest.mark.django_db
def test_an_earlier_version_becomes_a_draft(edda):
    first = revising.newest().number
    Product.objects.create(slug="late", name="Late", summary="x", as_of="2026-03-01")
    save(edda, scope="Wider", notes="New.", products=["api", "enterprise"], owner="edda@trust.example")
    publish(edda)
    versions = earlier.revisions(*SOC2)
    assert [one.revision.number for one in versions] == [revising.newest().number, first]
    assert "Changed scope" in versions[0].told.sentence and versions[1].told is None
    earlier.go_back(*SOC2, first, by=edda)
    draft = ContentDraft.objects.get()
    assert (draft.table["scope"], draft.table["notes"], draft.table["products"]) == ("Security", "", ["enterprise"])
    # The owner is in no revision, and stays.
    assert draft.table["owner"] == "edda@trust.example" and newest().detail["revision"] == first
    assert refused(earlier.go_back, *SOC2, first, by=edda) == Refusal.HAS_DRAFT
    publish(edda)
    assert Certification.objects.get(slug="soc-2-type-ii").scope == "Security"
    assert refused(earlier.go_back, *LAW, 0, by=edda) == Refusal.NOT_IN_REVISION
    # Back to every first version there is: each becomes a draft that can be published.
    for part in kinds.PARTS:
        if part in {"frameworks", "certifications"}:
            continue
        row = kinds.rows(part).first()
        slug = row.slug if kinds.PARTS[part].is_list else part
        try:
            earlier.go_back(part, slug, first, by=edda)
        except FlowError as refusal:
            assert refusal.code == Refusal.SAME


@pytest.mark.django_db
def test_a_removed_row_can_be_brought_back(edda):
    first = revising.newest().number
    flows.remove(*LAW, saw=state(*LAW).token, by=edda)
    assert [one.is_there for one in earlier.revisions(*LAW)] == [False, True]
    earlier.go_back(*LAW, first, by=edda)
    publish(edda, LAW)
    law = Claim.objects.get(slug="law")
    assert law.answer == "Österreichisches Recht, and that of the EU." and law.topic.slug == "law"


def test_two_editors_at_once_make_one_draft(racing):
    cast.level("public")
    content.publish()
    edda, ada = cast.edda(), cast.ada()
    for place, said in ((SOC2, table(*SOC2)), (("topics", "people"), {"slug": "people", "review_months": 6})):
        opened = state(*place).token if kinds.row_of(*place) else ""
        steps = [
            lambda by=by, place=place, said=said, opened=opened: flows.save(
                *place, said | {"name" if place[0] == "topics" else "scope": by.name}, saw=opened, by=by
            )
            for by in (edda, ada)
        ]
        done, errors = at_once(steps)
        assert done == 1 and [one.code for one in errors] in (["draft_saved_meanwhile"], ["draft_taken"])
    assert ContentDraft.objects.count() == 2


def test_a_draft_is_published_once(racing):
    cast.level("public")
    content.publish()
    edda = cast.edda()
    save(edda, scope="Once")
    token = state(*SOC2).token
    done, errors = at_once([lambda: flows.publish(*SOC2, saw=token, by=edda)] * 2)
    assert done == 1 and [one.code for one in errors] == ["draft_gone"]
    assert Record.objects.filter(action="content.changed").count() == 1
