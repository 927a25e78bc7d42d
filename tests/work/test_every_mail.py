"""Every mail in both forms: nothing is missing in it, its HTML says what its text says, and every line can be sent."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core import mail as django_mail

from certifications.checking.findings import Place
from certifications.checking.reminding import Reminded, Stage
from certifications.models import Announcement, DutyClock, IncidentEntry, Profile, SubscriptionRequest, Update
from certifications.models.drafts import ContentDraft
from documents.models import DocumentVersion
from ndaflow.agreements.models import Coverage, Signature
from ndaflow.agreements.papers.models import Paper
from ndaflow.agreements.papers.terms import Reach
from ndaflow.agreements.proposals import Proposal
from ndaflow.invitations.models import Invitation
from ndaflow.objections.models import Objection
from ndaflow.requests import reply_times
from ndaflow.requests.flows.mailing import Told
from ndaflow.requests.models import AccessRequest, Decision
from ndaflow.rules.models import RuleVersion
from tests import cast
from tests.ndaflow import paperwork
from trustcenter.accounts.models import Listed
from trustcenter.work import mail, mail_html

pytestmark = [pytest.mark.django_db, pytest.mark.once]

# They are parts of others.
PARTS = {"footer", "one_time_password", "destroy_words"}
MISSING = "MISSING-VARIABLE"
AT = datetime(2027, 3, 1, 14, 30, tzinfo=UTC)
LONG = "word " * 300 + "https://elsewhere.example/" + "a" * 1200


class Shown(HTMLParser):
    """What a reader sees of an HTML mail, and where its links lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.links, self.loads, self._hidden = "", [], [], False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self._hidden = tag in {"style", "title"}
        self.links += [value for name, value in attrs if name == "href"]
        self.loads += [value for name, value in attrs if name in {"src", "background", "srcset"}]

    def handle_endtag(self, tag):
        self._hidden = False

    def handle_data(self, data):
        self.text += "" if self._hidden else data


def scene() -> dict[str, dict]:
    """The words of each mail, from rows as the flows make them."""
    rhea, ada, vera = cast.rhea(), cast.ada(), cast.vera()
    soc2, pentest = cast.requestable(), cast.requestable("pentest", "restricted")
    cast.granted(rhea, ada, soc2)
    request = cast.open_request(vera, soc2, pentest)
    AccessRequest.objects.filter(pk=request.pk).update(closing_reason=LONG, reason=LONG)
    request.refresh_from_db()
    signature = Signature.objects.get()
    lena, nda = paperwork.lena(), signature.agreement
    papers = [paperwork.filed(nda, lena, Reach("person", person=paperwork.proven(rhea)))]
    papers.append(Paper(agreement=nda, kind="redline", request=request, added_by=vera, reason=LONG))
    granted = list(rhea.access_requests.get().items.select_related("document", "grant"))
    waiting = list(request.items.select_related("document"))
    person = SimpleNamespace(name="", email="new@trust.example", one_time_password_until=AT)
    checkpoint = SimpleNamespace(size=3, made_at=AT, note="trust.example/log\n3\nroot\n\n— key abc\n", verifier_key="k")
    rules = RuleVersion.objects.create(number=1, rules=[{"name": "Customers"}], why="First.", published_by=ada)
    by_rule = Decision(item=waiting[0], verdict="approve", rule_version=rules, rule=1, decided_at=AT)
    asked = {"request": request, "documents": [soc2, pentest]}
    destroying = SimpleNamespace(codes=["ABCD-EFGH", "JKMN-PQRS"], words=LONG, get_answer_display="Not all")
    objection = Objection(subprocessor_name="Host <b>", effective=AT.date(), text=LONG, answer=LONG)
    posts = [
        Update(pk=1, slug="late", title="Export late", body=f"- {LONG}"),
        Update(pk=2, slug="for-readers", level="nda"),
    ]
    entry = IncidentEntry(update=posts[0], status="resolved", at=AT, text=LONG)
    told = [Announcement(update=posts[0], entry=entry), Announcement(update=posts[1])]
    asked_updates = SubscriptionRequest(pk="0" * 16)
    return {
        "new_version": {
            "person": rhea,
            "document": soc2,
            "version": DocumentVersion(number=2, as_of=AT.date(), period_start=AT.date(), period_end=AT.date()),
            "grant": granted[0].grant,
        },
        "subscription_code": {"code": "BCDF-GHJK", "minutes": 60, "request": asked_updates},
        "update_post": {"announced": told[0], "update": posts[0], "entry": entry, "page": "/updates/subscription/x/"},
        "updates_digest": {"announcements": told, "page": "/updates/subscription/x/"},
        "access_ends": {"person": rhea, "grants": [item.grant for item in granted], "days": 14},
        "access_revoked": {"person": rhea, "documents": [soc2], "denied": True, "reason": LONG, "asked": destroying},
        "copies_answered": {"person": rhea, "asked": destroying},
        "destroy_copies": {"person": rhea, "asked": destroying, "reason": LONG},
        "document_revoked": {"request": request, "document": soc2, "reason": LONG, "asked": destroying},
        "request_extended": {"request": request, "document": soc2, "until": AT},
        "agreement_ends": {"coverage": papers[0].coverage.get(), "last_day": AT.date(), "person": rhea},
        "agreement_ends_legal": {"coverage": papers[0].coverage.get(), "last_day": AT.date(), "contacts": [rhea]},
        "paper_accepted": {"paper": papers[0]},
        "paper_countersigned": {"paper": papers[0], "sha256": "0" * 64},
        "paper_declined": {"paper": papers[1]},
        "paper_uploaded": {"paper": papers[1]},
        "agreement_changed": {"person": rhea, "version": signature.version, "closed": [soc2.title]},
        "checkpoint": {"checkpoint": checkpoint},
        "coverage_confirmed": {"coverage": Coverage.objects.first(), "person": rhea},
        "coverage_declined": {
            "proposal": Proposal(signature, None, None, None),
            "person": rhea,
            "reason": LONG,
        },
        "listed_ends": {"entries": [Listed(address="eve@example.com", verdict="block")], "days": 14},
        "scope_to_confirm": {"paper": papers[0]},
        "coverage_ended": {"person": rhea, "agreement": "Mutual NDA", "reason": LONG, "closed": [soc2.title]},
        "documents_denied": {"request": request, "denied": waiting[:1], "waiting": waiting[1:]},
        "duty_due": {
            "clock": DutyClock(update=posts[0], duty="customers", contract=LONG, hours=24, started_at=AT),
            "is_over": True,
        },
        "erasure_asked": {"erasure": SimpleNamespace(pk="0" * 16, person=vera)},
        "erasure_declined": {"person": vera, "reason": LONG},
        "erasure_done": {},
        "export_ready": {"export": SimpleNamespace(person=vera)},
        "draft_stopped": {
            "draft": ContentDraft(part="certifications", slug="soc-2-type-ii", name="SOC 2 Type II"),
            "sentence": "What is public has changed since the draft was started.",
        },
        "post_stopped": {"update": posts[0], "who": ada},
        "facts_to_review": {
            "reminded": [
                Reminded(Place("claims", "law", LONG, "/"), Profile(as_of=AT.date()), stage) for stage in Stage
            ],
            "page": "/desk/facts/",
        },
        "follower_invited": {"request": request},
        "invitation": {
            "invitation": Invitation(email="mira@example.com", note=LONG, days=90, ends_at=AT),
            "documents": [soc2, pentest],
            "colleague": ada,
        },
        "legal_asked": {"request": request, "document": soc2},
        "no_code": {},
        "no_password": {},
        "objection_answered": {"objection": objection},
        "objection_received": {"objection": objection},
        "objection_waiting": {"objection": objection, "person": rhea},
        "password_code": {"code": "BCDF-GHJK", "minutes": 10},
        "prospect": {"event": "reads", "request": request, "documents": [soc2, pentest]},
        "question_answered": {"request": request, "answer": LONG},
        "question_asked": {"request": request, "question": LONG},
        "request_assigned": {"request": request, "by": ada, "due": "28 November 2026, 17:00 (UTC)"},
        "request_denied": {"request": request},
        "request_due": {"request": request, "due": "28 November 2026, 17:00 (UTC)"},
        "request_late": {"request": request, "due": "28 November 2026, 17:00 (UTC)"},
        "request_expired": {"request": request},
        "request_forwarded": asked | {"agreements": "Mutual NDA"},
        "request_granted": {"request": request, "granted": granted, "denied": waiting[:1], "waiting": waiting[1:]},
        "request_opened": asked | {"replies": reply_times.of_request(request)},
        "request_revoked": {"request": request},
        "request_told": {"access_request": request, "told": Told("request_denied", {"request": request})},
        "request_taken_over": asked | {"former": rhea.access_requests.get()},
        "request_waiting": asked,
        "rules_yesterday": {"decisions": [by_rule], "more": 2, "decided": 3, "approved": 3, "denied": 0},
        "second_approval": asked | {"by": ada},
        "security_change": {"what": "A passkey was removed.", "at": AT, "address": "192.0.2.7"},
        "share": {"colleague": ada, "note": LONG, "link": SimpleNamespace(pk="0" * 16), "document": "soc2"},
        "sign_in_code": {"code": "BCDF-GHJK", "minutes": 10},
        "sign_in_reset": {"person": person, "by": ada, "at": AT},
        "signed_copy": {"signature": signature, "sha256": "0" * 64},
        "staff_added": {"person": person, "by": None, "roles": ["Approver", "Legal"]},
    }


@pytest.fixture
def operator():
    return Profile.objects.create(
        name="Operator <AG>", contact_email="security@operator.example", as_of="2026-11-01", colour="#ffd500"
    )


def test_every_mail_in_both_forms(operator, settings):
    templates = {path.stem for path in Path(settings.BASE_DIR, "templates/mail").glob("*.txt")} - PARTS
    contexts = scene()
    assert set(contexts) == templates
    options = settings.TEMPLATES[0]["OPTIONS"] | {"string_if_invalid": MISSING}
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "OPTIONS": options}]
    for name, context in contexts.items():
        row = mail.send(name, to="rhea@example.com", context=context)
        assert MISSING not in row.subject + row.body, name
        assert row.subject and not re.search(r"[{}]|None|<bound|<time|object at", row.subject + row.body), name
        mail.hand_over.func(row.id)
        sent = django_mail.outbox[-1]
        (html, kind), *_more = sent.alternatives
        page = Shown(html)
        assert kind == "text/html" and MISSING not in html and not page.loads, name
        # Each sentence stands in both forms, the quotation and list marks aside.
        plain = words_of(re.sub(r"^(> |- )", "", sent.body.replace(mail_html.SIGNATURE, "\n"), flags=re.MULTILINE))
        assert plain == words_of(page.text.replace(" – ", "\n"), but=f"Operator <AG> trust center {row.subject} "), name
        assert all(link.startswith(settings.SITE_URL + "/") and link in page.text for link in page.links), name
        assert ("open the trust center yourself" in sent.body) == (not page.links), name
        wire = sent.message().as_bytes()
        assert max(map(len, wire.splitlines())) <= 998, name


def words_of(text: str, but: str = "") -> str:
    words = " ".join(text.split())
    assert words.startswith(but)
    return words.removeprefix(but)


def test_typed_text_becomes_neither_markup_nor_a_link(operator):
    typed = f"<img src=x onerror=alert(1)>\n{settings.SITE_URL}.evil.example/ https://evil.example/"
    row = mail.send("question_asked", to="r@example.com", context={"request": request_of("R"), "question": typed})
    page = Shown(mail.html(row))
    assert "<img src=x onerror=alert(1)>" in page.text and not page.loads
    assert page.links == [f"{settings.SITE_URL}/access/0000000000000000/"]


def request_of(name: str) -> SimpleNamespace:
    return SimpleNamespace(pk="0" * 16, name=name, reference="ABCD-EF")


def test_the_operators_colour_is_made_legible():
    for colour in ("#ffd500", "#2c49c8", "#000000", "#ffffff", "#7f7f7f"):
        for ground in (mail_html.LIGHT, mail_html.DARK):
            one, other = (mail_html._channels(value) for value in (mail_html.legible(colour, ground), ground))
            assert mail_html._contrast(one, other) >= mail_html.CONTRAST
    assert mail_html.legible("#2c49c8", mail_html.LIGHT) == "#2c49c8"


def test_an_answer_reaches_a_person(operator):
    ada, owner = cast.ada(), cast.ben()
    for reply_to, answers in ((owner.email, owner.email), ("", operator.contact_email)):
        row = mail.send("no_code", to=ada.email, reply_to=reply_to)
        mail.hand_over.func(row.id)
        assert django_mail.outbox[-1].message()["Reply-To"] == answers
    Profile.objects.all().delete()
    mail.hand_over.func(mail.send("no_code", to=ada.email).id)
    assert "Reply-To" not in django_mail.outbox[-1].message()


def test_a_code_stands_by_itself_and_a_list_is_a_list(operator):
    text = "Enter it:\n\n    BCDF-GHJK\n\nThese:\n- One\n  until 1 March\n- Two\n\n> typed\n> more\nEnd"
    assert [(block.kind, [line[0].text for line in block.lines]) for block in mail_html.blocks(text)] == [
        ("text", ["Enter it:"]),
        ("code", ["BCDF-GHJK"]),
        ("text", ["These:"]),
        ("list", ["One – until 1 March", "Two"]),
        ("quote", ["typed", "more"]),
        ("text", ["End"]),
    ]
