"""Reading a restricted document page by page: what each page shows, who may read it, and for how long."""

import io
import re
from datetime import timedelta

import numpy
import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image, ImageChops

from certifications.models import Profile
from documents import delivery
from documents.marks import page_mark
from documents.models import AccessGrant, Delivery, Document, DocumentVersion, PageImages, ReadPage
from documents.reading import flows, page_images, thumbnails, views
from tests import cast
from tests.documents.reading import shown
from trustcenter.accounts.models import Session
from trustcenter.audit import checkpoints, offline
from trustcenter.audit.actions import Action
from trustcenter.audit.models import Record
from trustcenter.vault import files as vault
from trustcenter.vault.models import StoredFile

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def pentest(db):
    return shown.restricted()


@pytest.fixture
def granted(rhea, pentest):
    return shown.let_in(rhea, pentest)


@pytest.fixture
def rhea_client(client, rhea):
    client.force_login(rhea)
    return client


@pytest.fixture
def begun(rhea_client, granted, pentest):
    """A reading that Rhea has just started."""
    assert begin(rhea_client, pentest).status_code == 302
    return Delivery.objects.get()


def begin(client, document, **fields):
    return client.post(reverse("documents:read", args=[document.slug]), fields)


def at(delivery, number=1, slug="pentest"):
    return reverse("documents:reading_page", args=[slug, delivery.pk, number])


def thumbnail_at(delivery, number=1, slug="pentest"):
    return reverse("documents:thumbnail", args=[slug, delivery.pk, number])


def link_to(page, rel):
    """The end of the URL of the page's link with this `rel`, or None."""
    found = re.search(rf'rel="{rel}"[^>]*href="([^"]*)#page"', page)
    return found and found[1]


def image_at(delivery, number=1, slug="pentest"):
    return reverse("documents:page_image", args=[slug, delivery.pk, number])


def actions():
    return list(Record.objects.order_by("number").values_list("action", flat=True))


def picture_of(response):
    assert response.status_code == 200, response.content
    return Image.open(io.BytesIO(response.content))


def told(response, status=403):
    assert response.status_code == status
    return response.content.decode()


# -- Reading


def test_reading_is_recorded_before_its_first_page(rhea_client, rhea, pentest, granted):
    response = begin(rhea_client, pentest)
    row = Delivery.objects.get()
    assert response["Location"] == at(row)
    assert (row.kind, row.reader, row.grant, row.version) == ("reading", rhea, granted, pentest.current)
    assert (row.printed_email, row.printed_company) == ("rhea@example.com", "Example Corp")
    assert (row.size, row.sha256, row.finished_at) == (0, "", None)
    assert actions() == [Action.READING_STARTED]
    page = rhea_client.get(at(row)).content.decode()
    assert "Page 1 of 3" in page and image_at(row) in page and row.code in page
    assert actions() == [Action.READING_STARTED]


def test_each_page_is_a_marked_image_of_that_page(rhea_client, begun, pentest):
    for number in (1, 2, 3):
        picture = picture_of(rhea_client.get(image_at(begun, number)))
        unmarked = Image.open(io.BytesIO(page_images.picture(pentest.current, number)))
        wanted = page_mark.burned_in(unmarked, flows.mark_of(begun), bytes(begun.mark_bits))
        assert picture.size == wanted.size
        difference = numpy.asarray(ImageChops.difference(picture.convert("L"), wanted.convert("L")))
        assert difference.mean() < 2, "another page or another mark"
        bare = numpy.asarray(ImageChops.difference(picture.convert("L").crop((0, 0, *unmarked.size)), unmarked))
        assert (bare > 12).sum() > 10_000, "the page has no mark"
    title = numpy.asarray(picture.convert("L").crop((150, 420, 600, 520)))
    assert title.min() < 60, "page 3 has no text"


def test_pages_of_two_readers_have_different_marks(rhea_client, begun, otto, pentest):
    shown.let_in(otto, pentest)
    other = Client()
    other.force_login(otto)
    begin(other, pentest)
    theirs = Delivery.objects.get(reader=otto)
    one = picture_of(rhea_client.get(image_at(begun))).convert("L")
    two = picture_of(other.get(image_at(theirs))).convert("L")
    strip = (0, 1755, one.width, one.height)
    assert numpy.asarray(ImageChops.difference(one.crop(strip), two.crop(strip))).max() > 100


def test_page_links_to_the_other_pages(rhea_client, begun):
    first, middle, last = (rhea_client.get(at(begun, number)).content.decode() for number in (1, 2, 3))
    ways = [(link_to(page, "prev"), link_to(page, "next")) for page in (first, middle, last)]
    assert ways == [(None, at(begun, 2)), (at(begun, 1), at(begun, 3)), (at(begun, 2), None)]
    turn = reverse("documents:turn", args=["pentest", begun.pk])
    assert rhea_client.get(turn, {"page": " 3 "})["Location"] == f"{at(begun, 3)}#page"
    assert rhea_client.get(turn)["Location"] == f"{at(begun, 1)}#page"


def test_page_names_the_limits_of_images_and_whom_to_ask(rhea_client, begun):
    page = rhea_client.get(at(begun)).content.decode()
    assert "screen reader cannot read" in page and "Ask the person who sent you here" in page
    Profile.objects.create(name="Us", legal_name="Us Inc", contact_email="trust@us.example", as_of="2026-01-01")
    page = rhea_client.get(at(begun)).content.decode()
    assert 'href="mailto:trust@us.example?subject=Penetration%20test"' in page


def test_starting_again_continues_the_reading(rhea_client, begun, pentest):
    response = begin(rhea_client, pentest, page="2")
    assert response["Location"].endswith("/2/") and Delivery.objects.count() == 2
    assert Delivery.objects.values("code").distinct().count() == 2
    for wrong in ("0", "9", "x", "-1", "9" * 30):
        assert begin(rhea_client, pentest, page=wrong)["Location"].endswith("/1/")


def test_headers_of_page_and_image(rhea_client, begun):
    picture = rhea_client.get(image_at(begun), HTTP_RANGE="bytes=0-9", HTTP_IF_NONE_MATCH="*")
    assert picture.status_code == 200 and picture["Content-Type"] == "image/jpeg"
    assert picture["Cache-Control"] == "private, no-store"
    assert picture["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert picture["X-Content-Type-Options"] == "nosniff"
    for name in ("ETag", "Last-Modified", "Accept-Ranges", "Set-Cookie"):
        assert name not in picture
    assert rhea_client.get(at(begun))["Cache-Control"] == "private, no-store"


def test_no_url_returns_the_file(rhea_client, begun, pentest):
    response = rhea_client.post(reverse("documents:download", args=[pentest.slug]))
    page = told(response)
    assert "It cannot be downloaded" in page and f'action="{reverse("documents:read", args=[pentest.slug])}"' in page
    assert rhea_client.get(reverse("documents:open", args=[pentest.slug])).status_code == 404
    assert Delivery.objects.count() == 1 and actions()[-1] == Action.DELIVERY_REFUSED


def test_my_access_and_the_document_page_offer_reading(rhea_client, rhea, pentest):
    request = cast.granted(rhea, cast.ada(), pentest)
    cast.approve(request, cast.ben())
    assert begin(rhea_client, pentest).status_code == 302
    page = rhea_client.get(reverse("requests:my")).content.decode()
    assert f'action="{reverse("documents:read", args=[pentest.slug])}"' in page and "/download/" not in page
    assert "Read on the screen" in page and Delivery.objects.get().code in page and "interrupted" not in page
    document = rhea_client.get(reverse("documents:document", args=[pentest.slug])).content.decode()
    assert "There is no file to download" in document


def test_zoom_is_kept_from_page_to_page(rhea_client, begun):
    plain = rhea_client.get(at(begun, 2)).content.decode()
    assert 'data-zoom="width"' in plain and "zoom=150" in plain and link_to(plain, "next") == at(begun, 3)
    large = rhea_client.get(at(begun, 2), {"zoom": "150"}).content.decode()
    assert 'data-zoom="150"' in large
    assert (link_to(large, "prev"), link_to(large, "next")) == (f"{at(begun, 1)}?zoom=150", f"{at(begun, 3)}?zoom=150")
    turn = reverse("documents:turn", args=["pentest", begun.pk])
    assert rhea_client.get(turn, {"page": "3", "zoom": "page"})["Location"] == f"{at(begun, 3)}?zoom=page#page"
    for wrong in ("", "151", "<b>", "9" * 5000):
        assert 'data-zoom="width"' in rhea_client.get(at(begun), {"zoom": wrong}).content.decode()


# -- Thumbnails


def test_page_has_thumbnails_of_the_neighbouring_pages(rhea_client, rhea):
    document = shown.restricted(pages=9, slug="long")
    shown.let_in(rhea, document)
    begin(rhea_client, document)
    row = Delivery.objects.get()
    for number, near in ((1, range(1, 5)), (5, range(2, 9)), (9, range(6, 10))):
        page = rhea_client.get(at(row, number, "long")).content.decode()
        assert re.findall(r'src="([^"]*thumbnail.jpg)"', page) == [thumbnail_at(row, one, "long") for one in near]
        assert page.count('aria-current="page"') == 1


@pytest.mark.parametrize("code", ["7F3K-2QXW-9B4T", "WWWW-WWWW-WWWW", "1111-1111-1111"])
def test_thumbnail_is_too_small_to_read_and_has_the_code(rhea_client, begun, pentest, code):
    Delivery.objects.update(code=code)
    picture = picture_of(rhea_client.get(thumbnail_at(begun, 2)))
    # 12 dots per inch; the page has 150.
    unmarked = Image.open(io.BytesIO(page_images.picture(pentest.current, 2)))
    assert picture.width == 96 and picture.height <= 151 and unmarked.width / 96 > 12
    letters = page_mark._letters(code, page_mark.code_size(code, 96))
    assert letters.width <= 96 and letters.height >= 7
    top = picture.height - page_mark.CODE_SIZE - 2
    strip = picture.convert("L").crop((0, top, 96, top + letters.height))
    wanted, empty = Image.new("L", strip.size, "white"), Image.new("L", strip.size, "white")
    wanted.paste(page_mark.STRIP_INK, ((96 - letters.width) // 2, 0), letters)
    assert numpy.asarray(ImageChops.difference(strip, wanted)).mean() < 8, "not the code"
    assert numpy.asarray(ImageChops.difference(strip, empty)).mean() > 15, "no code"


@pytest.mark.parametrize("size", [(100, 100), (1240, 20), (20, 1240), (1, 1), (5000, 1600)])
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_thumbnail_is_at_most_a_twelfth_of_its_page(size, kind, monkeypatch):
    out = io.BytesIO()
    Image.effect_noise(size, 90).save(out, kind)
    monkeypatch.setattr(page_images, "picture", lambda version, number: out.getvalue())
    reading = flows.Reading(Delivery(code="7F3K-2QXW-9B4T"), DocumentVersion(), Document())
    picture = Image.open(io.BytesIO(thumbnails.thumbnail(reading, 1)))
    small = thumbnails._small(Image.open(out))
    assert small.width <= max(1, size[0] // 12) and small.height <= max(1, size[1] // 12)
    assert small.width <= 96 and small.height <= 136 and picture.width == 96


def test_headers_of_a_thumbnail(rhea_client, begun):
    thumbnail, picture = rhea_client.get(thumbnail_at(begun)), rhea_client.get(image_at(begun))
    for name in ("Content-Type", "Cache-Control", "Content-Security-Policy", "X-Content-Type-Options"):
        assert thumbnail[name] == picture[name]


def test_thumbnails_have_a_separate_limit(rhea_client, begun, monkeypatch):
    monkeypatch.setattr(views, "LIMITS", (("pages-minute", 1, 60),))
    monkeypatch.setattr(views, "THUMBNAILS", (("thumbnails-minute", 2, 60),))
    assert [rhea_client.get(thumbnail_at(begun, number)).status_code for number in (1, 2, 3)] == [200, 200, 429]
    assert rhea_client.get(at(begun)).status_code == 200 and rhea_client.get(image_at(begun)).status_code == 200
    assert rhea_client.get(image_at(begun)).status_code == 429
    # Thumbnails do not indicate that somebody copies the document.
    assert actions() == [Action.READING_STARTED, Action.READING_RUSHED]


def test_thumbnail_that_cannot_be_marked_is_not_shown(rhea_client, begun, monkeypatch):
    monkeypatch.setattr(page_mark, "_letters", lambda text, size: fail())

    def fail():
        raise page_mark.Unmarkable

    with pytest.raises(page_mark.Unmarkable):
        rhea_client.get(thumbnail_at(begun))


# -- Other people


def test_reading_of_another_person_is_not_found(begun, otto, pentest):
    shown.let_in(otto, pentest)
    other = Client()
    other.force_login(otto)
    for url in (at(begun), image_at(begun), thumbnail_at(begun), reverse("documents:turn", args=["pentest", begun.pk])):
        assert other.get(url).status_code == 404


def test_reading_in_another_session_has_to_be_started_again(begun, rhea):
    other = Client()
    other.force_login(rhea)
    assert "This reading session has ended" in told(other.get(at(begun)))
    assert "This reading session has ended" in told(other.get(image_at(begun)))
    assert "This reading session has ended" in told(other.get(thumbnail_at(begun)))


def test_anonymous_visitors_are_sent_to_the_sign_in(begun, pentest):
    for url in (at(begun), image_at(begun), thumbnail_at(begun)):
        assert Client().get(url)["Location"].startswith("/accounts/login")
    assert begin(Client(), pentest)["Location"].startswith("/accounts/login")


def test_reading_of_one_document_does_not_open_another(rhea_client, rhea, begun):
    other = shown.restricted(slug="other")
    shown.let_in(rhea, other)
    assert rhea_client.get(at(begun, slug="other")).status_code == 404
    assert rhea_client.get(image_at(begun, slug="other")).status_code == 404
    assert rhea_client.get(thumbnail_at(begun, slug="other")).status_code == 404


def test_delivery_of_a_download_is_not_a_reading(rhea_client, begun):
    Delivery.objects.update(kind="download")
    for url in (at(begun), image_at(begun), thumbnail_at(begun)):
        assert rhea_client.get(url).status_code == 404


@pytest.mark.parametrize("number", [0, 4, 10**9, 10**40])
def test_missing_page_is_not_found(rhea_client, begun, number):
    page = told(rhea_client.get(at(begun, number)), 404)
    assert "This document has 3 pages" in page
    assert rhea_client.get(image_at(begun, number)).status_code == 404
    assert rhea_client.get(thumbnail_at(begun, number)).status_code == 404


@pytest.mark.parametrize("typed", ["0", "4", "-1", "two", "1.5", "9" * 5000, "²", "", "<b>"])
def test_typed_number_of_a_missing_page_gets_a_sentence(rhea_client, begun, typed):
    response = rhea_client.get(reverse("documents:turn", args=["pentest", begun.pk]), {"page": typed})
    page = told(response, 404)
    assert "There is no page" in page and at(begun, 1) in page and "<b>”" not in page


def test_typed_words_are_not_a_page(rhea_client, begun):
    assert rhea_client.get(at(begun).replace("/1/", "/one/")).status_code == 404
    assert rhea_client.get(image_at(begun).replace("1.jpg", "-1.jpg")).status_code == 404
    assert rhea_client.get(image_at(begun).replace("1.jpg", "9" * 5000 + ".jpg")).status_code == 404


@pytest.mark.parametrize("method", ["head", "post", "put", "delete"])
def test_pages_accept_only_get(rhea_client, begun, method):
    turn = reverse("documents:turn", args=["pentest", begun.pk])
    for url in (at(begun), image_at(begun), thumbnail_at(begun), turn):
        assert getattr(rhea_client, method)(url).status_code == 405


@pytest.mark.parametrize("method", ["get", "head", "put", "delete"])
def test_starting_a_reading_requires_post(rhea_client, granted, pentest, method):
    assert getattr(rhea_client, method)(reverse("documents:read", args=[pentest.slug])).status_code == 405
    assert not Delivery.objects.exists()


def test_starting_a_reading_requires_the_csrf_token(rhea, granted, pentest):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(rhea)
    assert begin(strict, pentest).status_code == 403 and not Delivery.objects.exists()


def test_approval_by_one_person_does_not_allow_reading(rhea_client, rhea, pentest):
    shown.let_in(rhea, pentest, approvals=1)
    assert "more approvals" in told(begin(rhea_client, pentest))
    last = Record.objects.latest("number")
    assert (last.action, last.actor) == (Action.DELIVERY_REFUSED, rhea.pk) and not Delivery.objects.exists()


def test_number_of_readings_per_hour_is_limited(rhea_client, begun, pentest, monkeypatch):
    monkeypatch.setattr(delivery, "MOST", 1)
    response = begin(rhea_client, pentest)
    page = told(response, 429)
    assert response["Retry-After"] == "3600" and "try again in an hour" in page
    assert f'action="{reverse("documents:read", args=[pentest.slug])}"' in page
    assert Delivery.objects.count() == 1 and actions() == [Action.READING_STARTED]
    Delivery.objects.update(started_at=timezone.now() - delivery.WITHIN)
    assert begin(rhea_client, pentest).status_code == 302


def test_unknown_document_is_not_found(rhea_client):
    assert rhea_client.post("/documents/no-such/read/").status_code == 404


# -- During a reading


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda now: {"ended_at": now, "end": "revoked"}, "was revoked"),
        (lambda now: {"starts_at": now - timedelta(days=2), "ends_at": now}, "ended on"),
        (lambda now: {"approvals": 1}, "more approvals"),
    ],
)
def test_page_after_access_ended_shows_the_reason(rhea_client, begun, granted, change, words):
    assert rhea_client.get(image_at(begun, 1)).status_code == 200
    AccessGrant.objects.filter(pk=granted.pk).update(**change(timezone.now()))
    assert words in told(rhea_client.get(at(begun, 2)))
    picture = rhea_client.get(image_at(begun, 2))
    assert words in told(picture) and picture["Content-Type"].startswith("text/plain")
    assert words in told(rhea_client.get(image_at(begun, 1)))
    assert words in told(rhea_client.get(thumbnail_at(begun, 1)))


def test_closed_account_cannot_read_on(rhea_client, rhea, begun):
    rhea.is_active = False
    rhea.save()
    assert rhea_client.get(image_at(begun)).status_code == 302
    assert rhea_client.get(thumbnail_at(begun)).status_code == 302


def test_reading_expires_and_can_be_started_again(rhea_client, begun):
    Delivery.objects.update(started_at=timezone.now() - flows.LASTS)
    page = told(rhea_client.get(at(begun, 2)))
    assert "This reading session has ended" in page and 'name="page" value="2"' in page
    assert "ended" in told(rhea_client.get(image_at(begun, 2)))
    assert "ended" in told(rhea_client.get(thumbnail_at(begun, 2)))
    assert begin(rhea_client, begun.version.document, page="2").status_code == 302


def test_reading_under_an_earlier_grant_has_to_be_started_again(rhea_client, rhea, begun, granted):
    AccessGrant.objects.filter(pk=granted.pk).update(ended_at=timezone.now(), end="replaced")
    shown.let_in(rhea, begun.version.document)
    assert "renewed" in told(rhea_client.get(image_at(begun)))
    assert "renewed" in told(rhea_client.get(thumbnail_at(begun)))


def test_newer_version_ends_the_reading_of_the_old_one(rhea_client, begun, pentest):
    shown.add_version(pentest)
    assert "newer version" in told(rhea_client.get(at(begun)))
    assert "newer version" in told(rhea_client.get(image_at(begun)))
    assert "newer version" in told(rhea_client.get(thumbnail_at(begun)))


def test_document_whose_class_changes_and_changes_back_can_be_read(rhea_client, begun, pentest):
    def becomes(level):
        Document.objects.filter(pk=pentest.pk).update(level=cast.level(level))

    becomes("nda")
    page = told(rhea_client.get(at(begun)))
    assert "can download this document" in page and reverse("documents:download", args=[pentest.slug]) in page
    assert "can download this document" in told(rhea_client.get(image_at(begun)))
    assert "can download this document" in told(rhea_client.get(thumbnail_at(begun)))
    assert "can download this document" in told(begin(rhea_client, pentest))
    becomes("public")
    assert "open to everyone" in told(rhea_client.get(image_at(begun)))
    assert "open to everyone" in told(rhea_client.get(thumbnail_at(begun)))
    becomes("restricted")
    assert rhea_client.get(image_at(begun)).status_code == 200
    assert rhea_client.get(at(begun)).status_code == 200


# -- A leaked page


@pytest.mark.parametrize("keeps", ["the strip", "the page alone"])
def test_saved_page_names_its_reading(rhea_client, rhea, begun, pentest, tmp_path, capsys, keeps):
    other = Client()
    other.force_login(shown.let_in(cast.person("otto@other.example", "Otto Adler"), pentest).holder)
    assert begin(other, pentest).status_code == 302
    saved = tmp_path / "page.jpg"
    picture = picture_of(rhea_client.get(image_at(begun, 2)))
    if keeps == "the page alone":
        # Cropped without its strip and saved again, like a screenshot of a browser's window.
        picture = picture.crop((0, 0, picture.width, int(picture.height * 0.9)))
    picture.save(saved, "JPEG", quality=80)
    call_command("trace", str(saved))
    said = capsys.readouterr().out
    for word in (begun.code, "shown page by page to rhea@example.com", "second mark", "One copy, proven"):
        assert word in said
    assert "otto@other.example" not in said


# -- Cost


def test_showing_a_page_writes_only_the_rate_limit_and_which_page_it_was(rhea_client, begun):
    def rows():
        kinds = (Delivery, Record, AccessGrant, DocumentVersion, PageImages, StoredFile)
        return [list(kind.objects.order_by("pk").values()) for kind in kinds] + [list(Session.objects.values())]

    before = rows()
    rhea_client.get(at(begun, 1)), rhea_client.get(image_at(begun, 1)), rhea_client.get(image_at(begun, 9))
    rhea_client.get(reverse("documents:turn", args=["pentest", begun.pk]), {"page": "2"})
    AccessGrant.objects.update(ends_at=timezone.now())
    before[2] = rows()[2]
    rhea_client.get(at(begun, 1)), rhea_client.get(image_at(begun, 2)), rhea_client.get(thumbnail_at(begun, 1))
    assert rows() == before
    # Only what was shown counts, and once: no thumbnail, no missing page, and nothing after access has ended.
    assert list(ReadPage.objects.values_list("delivery", "number")) == [(begun.pk, 1)]


def test_page_needs_few_queries(rhea_client, begun, django_assert_max_num_queries):
    rhea_client.get(image_at(begun, 1))
    with django_assert_max_num_queries(12):
        assert rhea_client.get(image_at(begun, 2)).status_code == 200
    with django_assert_max_num_queries(12):
        assert rhea_client.get(thumbnail_at(begun, 2)).status_code == 200
    with django_assert_max_num_queries(12):
        assert rhea_client.get(at(begun, 2)).status_code == 200


def test_page_reads_only_its_part_of_the_stored_file(rhea_client, begun, pentest, monkeypatch):
    opened, real = [], vault.open

    class Counting:
        def __init__(self, inner):
            self.inner, self.read_bytes = inner, 0
            opened.append(self)

        def __enter__(self):
            return self

        def __exit__(self, *error):
            self.inner.close()

        def seek(self, *to):
            return self.inner.seek(*to)

        def read(self, length):
            self.read_bytes += length
            return self.inner.read(length)

    monkeypatch.setattr(vault, "open", lambda *args: Counting(real(*args)))
    rhea_client.get(image_at(begun, 2))
    batch = PageImages.objects.get(first=1)
    assert [counter.read_bytes for counter in opened] == [batch.places[1]["length"]]
    assert batch.places[1]["length"] < batch.file.size


def test_page_that_cannot_be_marked_is_not_shown(rhea_client, begun, monkeypatch):
    def fail(*args):
        raise page_mark.Unmarkable

    monkeypatch.setattr(page_mark, "_strip", fail)
    with pytest.raises(page_mark.Unmarkable):
        rhea_client.get(image_at(begun))
    assert rhea_client.get(at(begun)).status_code == 200


def test_page_whose_stored_file_is_missing_is_not_shown(rhea_client, begun, files):
    name = PageImages.objects.get(first=1).file_id
    (files / name[:2] / name[2:4] / name).unlink()
    with pytest.raises(vault.Damaged):
        rhea_client.get(image_at(begun))


def test_reading_that_cannot_be_recorded_does_not_start(rhea, granted, pentest, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("database")

    monkeypatch.setattr("trustcenter.audit.log.append", fail)
    with pytest.raises(RuntimeError):
        flows.start(pentest.slug, reader=rhea, session_key="s")
    assert not Delivery.objects.exists()


def test_database_refuses_a_file_digest_for_a_reading(begun):
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.update(sha256="0" * 64, finished_at=timezone.now())


# -- Limits


def test_reader_above_the_page_limit_is_told_and_recorded_once(rhea_client, rhea, begun, monkeypatch):
    monkeypatch.setattr(views, "LIMITS", (("pages-minute", 2, 60), ("pages-hour", 9, 3600)))
    assert [rhea_client.get(image_at(begun, number)).status_code for number in (1, 2, 3, 3)] == [200, 200, 429, 429]
    assert "Wait a minute" in rhea_client.get(image_at(begun)).content.decode()
    page = told(rhea_client.get(at(begun, 3)), 429)
    assert "Wait a minute" in page and at(begun, 3) in page
    assert actions() == [Action.READING_STARTED, Action.READING_RUSHED]
    assert Record.objects.latest("number").actor == rhea.pk


def test_page_limit_is_per_person(rhea_client, begun, otto, pentest, monkeypatch):
    monkeypatch.setattr(views, "LIMITS", (("pages-minute", 1, 60),))
    assert [rhea_client.get(image_at(begun)).status_code for _ in range(2)] == [200, 429]
    shown.let_in(otto, pentest)
    other = Client()
    other.force_login(otto)
    begin(other, pentest)
    assert other.get(image_at(Delivery.objects.get(reader=otto))).status_code == 200


# -- Pages not drawn yet


def test_document_being_drawn_shows_the_progress(rhea_client, granted, pentest):
    PageImages.objects.filter(first=3).delete()
    response = begin(rhea_client, pentest)
    page = told(response, 503)
    assert "2 of 3 pages are ready" in page and '<progress max="3" value="2"' in page and response["Retry-After"]
    assert not Delivery.objects.exists() and actions() == []


def test_document_that_cannot_be_drawn_stays_closed(rhea_client, granted, pentest):
    DocumentVersion.objects.update(drawing_failure="undrawable")
    assert "cannot be shown page by page yet" in told(begin(rhea_client, pentest))
    assert not Delivery.objects.exists()


def test_reading_has_a_receipt_for_its_reader_only(rhea_client, begun, otto, log_key):
    page = reverse("requests:receipt", args=["reading", begun.pk])
    assert rhea_client.get(page).status_code == 503
    checkpoints.make()
    answer = rhea_client.get(page)
    assert answer.status_code == 200 and begun.code in offline.read_receipt(answer.content.decode()).body
    outsider = Client()
    outsider.force_login(otto)
    assert outsider.get(page).status_code == 404
    # A reading delivers no file, so there is no receipt for a file.
    assert rhea_client.get(reverse("requests:receipt", args=["delivery", begun.pk])).status_code == 404
