"""The demo's answers are found by the words of questionnaires; the same on both databases."""

import io

import pytest
from django.conf import settings
from django.core.management import call_command

from certifications.search import synonyms

pytestmark = pytest.mark.django_db

# What comes first among the answers; where two contradict each other, either, because they are shown together.
FIRST = {
    "encryption at rest": {"encryption-at-rest"},
    "Encrypted at-rest": {"encryption-at-rest"},
    "SOC2": {"soc-2"},
    "soc-2 report": {"soc-2"},
    "do you have a SOC 2 report?": {"soc-2"},
    "MFA": {"internal-access"},
    "2FA": {"internal-access"},
    "multi-factor authentication": {"internal-access"},
    "pentest": {"penetration-tests"},
    "penetration testing": {"penetration-tests"},
    "BYOK": {"cmk-by-arrangement", "cmk-on-roadmap"},
    "bring your own keys": {"cmk-by-arrangement", "cmk-on-roadmap"},
    "customer managed keys": {"cmk-by-arrangement", "cmk-on-roadmap"},
    "SSO": {"sso-scim"},
    "DPA": {"dpa-scc"},
    "HIPAA BAA": {"hipaa-baa"},
    "GDPR role": {"gdpr-role"},
}


@pytest.fixture(scope="module", autouse=True)
def posture(shared_scene):
    source = settings.BASE_DIR / "content" / "posture.toml"
    call_command("content", "import", str(source), stdout=io.StringIO())


def found(client, words):
    return client.get("/search/", {"q": words}).context["found"].matches


def test_answers_are_found_by_the_words_of_questionnaires(client):
    first = {words: next((m.slug for m in found(client, words) if m.kind == "claim"), None) for words in FIRST}
    assert {words: slug for words, slug in first.items() if slug not in FIRST[words]} == {}


def test_certifications_and_documents_come_first_by_their_names(client):
    kinds = [match.kind for match in found(client, "ISO 27001")]
    assert kinds[0] == "certification" and {"claim", "document"} <= {*kinds}


def test_every_name_of_a_thing_finds_the_same(client):
    for names in synonyms.NAMES:
        assert len({frozenset(match.pk for match in found(client, name)) for name in names}) == 1, names


def test_answers_mark_the_other_spelling(client):
    assert "<mark>SOC 2</mark>" in client.get("/answers/", {"q": "SOC2"}).content.decode()
    assert "<mark>multi-factor</mark>" in client.get("/answers/", {"q": "MFA"}).content.decode()
