"""The demo's content has the facts of its source: nine certifications, four products, both sides of the contradiction."""

import io

import pytest
from django.conf import settings
from django.core.management import call_command

from certifications.models import Certification, Claim, Product, Profile

pytestmark = [pytest.mark.django_db, pytest.mark.once]

ROWS = {
    "SOC 2 Type II": ("attested", "Attested"),
    "ISO/IEC 27001": ("certified", "Certified"),
    "HIPAA": ("available", "Available"),
    "GDPR": ("compliant", "Compliant"),
    "CCPA": ("compliant", "Compliant"),
    "CSA STAR": ("published", "Published"),
    "FedRAMP": ("in_progress", "In progress"),
    "PCI DSS": ("not_certified", "Not certified"),
    "DoD IL4 and IL5": ("not_available", "Not available"),
}
# A word of each question that the source answers. Each has to be in a question or an answer.
ANSWERED = (
    "train,opts out,AES-256,TLS 1.2,customer-managed,SOC 2,BAA,processor,Standard Contractual,30 days,memory,residen,"
    "Bedrock,Vertex,limited to our addresses,firewall,least privilege,multi-factor,penetration,injection,Constitutional,sanitiz,audit log,SIEM,"
    "SAML,SCIM,on-premises,workspace,tenant,72 hours,insurance,EU AI Act,general-purpose,Annex III"
)


@pytest.fixture(scope="module")
def posture(shared_scene):
    source = settings.BASE_DIR / "content" / "posture.toml"
    call_command("content", "import", str(source), stdout=io.StringIO())


def test_nine_certifications_have_their_status_scope_notes_and_date(posture):
    rows = Certification.objects.select_related("framework")
    assert {row.framework.name: (row.status, row.status_text) for row in rows} == ROWS
    assert all(row.scope and row.notes and str(row.as_of) == "2026-03-01" for row in rows)


def test_four_products_describe_their_use_of_data(posture):
    products = Product.objects.all()
    assert len(products) == 4
    for product in products:
        assert all([product.training, product.retention, product.human_review, product.role, product.agreements])


def test_every_question_of_the_source_is_answered(posture):
    told = " ".join(f"{claim.question} {claim.answer}" for claim in Claim.objects.all()).lower()
    assert not [word for word in ANSWERED.split(",") if word.lower() not in told]


def test_contradiction_has_both_sides_and_is_marked(posture, client):
    one, other = Claim.objects.exclude(conflicts_with=None).order_by("slug")
    assert list(one.conflicts_with.all()) == [other] and list(other.conflicts_with.all()) == [one]
    page = client.get("/answers/?q=keys").content.decode()
    assert "Sources disagree" in page and one.question in page and other.question in page


def test_page_says_that_it_is_a_demo_and_names_its_source(posture, client):
    profile = Profile.objects.get()
    assert "March 2026" in profile.source_title + profile.source_note
    for path in ("/", "/answers/", "/documents/"):
        page = client.get(path).content.decode()
        assert "Demo content" in page and "affiliated" in page
