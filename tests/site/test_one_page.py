import io

import pikepdf
import pytest
from django.conf import settings
from django.core.management import call_command

from certifications.models import Profile
from tests.certifications import content
from tests.documents import pdfs
from trustcenter.site import one_page
from trustcenter.web import printing

pytestmark = [pytest.mark.django_db, pytest.mark.once]

# Points, ISO 216 and ANSI.
SIZES = {"a4": (595, 842), "letter": (612, 792)}


@pytest.fixture(autouse=True)
def fresh():
    one_page._sheet.cache_clear()


@pytest.mark.parametrize("paper", SIZES)
def test_demo_fits_on_one_sheet(client, paper):
    call_command("content", "import", str(settings.BASE_DIR / "content" / "posture.toml"), verbosity=0)
    answer = client.get(f"/overview.pdf?paper={paper}")
    assert answer["Content-Type"] == "application/pdf" and "public" in answer["Cache-Control"]
    with pikepdf.open(io.BytesIO(answer.content)) as pdf:
        (page,) = pdf.pages
        assert tuple(round(float(side)) for side in page.mediabox[2:]) == SIZES[paper]
    text = " ".join(" ".join(pdfs.texts(answer.content)).split())
    for words in (
        "SOC 2 Type II",
        "Attested",
        "Not certified",
        "Claude Enterprise",
        "What is not offered",
        "Under NDA",
    ):
        assert words in text, words


def test_each_edition_is_printed_once(client, monkeypatch):
    content.publish()
    printed, pdf = [], printing.pdf
    monkeypatch.setattr(printing, "pdf", lambda *args, **kwargs: printed.append(1) or pdf(*args, **kwargs))
    first = client.get("/overview.pdf").content
    assert client.get("/overview.pdf?x=1").content == first and len(printed) == 1
    company = Profile.objects.get()
    company.headline = "Newly printed"
    company.save()
    assert "Newly printed" in " ".join(" ".join(pdfs.texts(client.get("/overview.pdf").content)).split())
    assert len(printed) == 2


def test_another_size_says_which_there_are(client):
    answer = client.get("/overview.pdf?paper=a3")
    assert answer.status_code == 400 and b"?paper=letter" in answer.content


def test_nothing_published_is_a_sheet_too(client):
    assert client.get("/overview.pdf").content.startswith(b"%PDF-")
