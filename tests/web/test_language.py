"""The language of a page: chosen by the person, then by the browser; kept for their mails; in the page cache."""

from datetime import date, datetime

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext

from certifications.models import Announcement, Claim, Update
from tests import cast
from tests.certifications.content import publish
from trustcenter.accounts import languages
from trustcenter.accounts.models import User
from trustcenter.web import dates, language
from trustcenter.web.dates import written
from trustcenter.work import mail

pytestmark = pytest.mark.django_db
OURS = {"sec-fetch-site": "same-origin"}


def lang(page):
    return page.content.decode().partition("<html ")[2].partition(">")[0]


@pytest.mark.once
@pytest.mark.parametrize(
    ("accepted", "code"),
    [
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("da, fr-CA;q=0.8, de;q=0.2", "fr"),
        ("ja", "ja"),
        ("pt-BR", "en"),
        ("*", "en"),
        ("", "en"),
        ("de;q=x,,;;", "en"),
        ("x" * 9000, "en"),
    ],
)
def test_browser_chooses_among_our_languages(accepted, code):
    assert language.of({"PATH_INFO": "/", "HTTP_ACCEPT_LANGUAGE": accepted}) == code


@pytest.mark.once
@pytest.mark.parametrize(
    ("cookie", "code"),
    [("language=fr", "fr"), ("a=1; language=ja; b=2", "ja"), ("language=xx", "de"), ("other_language=fr", "de")],
)
def test_choice_of_the_person_goes_before_the_browser(cookie, code):
    assert language.of({"PATH_INFO": "/", "HTTP_COOKIE": cookie, "HTTP_ACCEPT_LANGUAGE": "de"}) == code


@pytest.mark.once
@pytest.mark.parametrize("path", ["/desk/", "/admin/", "/posture.json", "/updates/feed.atom", "/overview.pdf"])
def test_desk_and_files_have_one_language(client, path):
    page = client.get(path, headers={"accept-language": "de"})
    assert page["Content-Language"] == "en"
    assert "Accept-Language" not in page.get("Vary", "")


def test_page_says_its_language_and_what_it_depends_on(client):
    german = client.get("/", headers={"accept-language": "de"})
    english = client.get("/")
    assert (lang(german), lang(english)) == ('lang="de" dir="ltr"', 'lang="en" dir="ltr"')
    assert german["Content-Language"] == "de" and {"Accept-Language", "Cookie"} <= set(german["Vary"].split(", "))
    assert german["ETag"] != english["ETag"]
    assert not german.cookies


def test_page_of_a_right_to_left_language_says_so(client, settings):
    settings.LANGUAGES = [("en", "English"), ("he", "עברית")]
    assert lang(client.get("/", headers={"accept-language": "he"})) == 'lang="he" dir="rtl"'


def test_menu_names_each_language_in_its_own_words(client):
    for code in ("en", "de", "ja"):
        page = client.get("/", headers={"accept-language": code}).content.decode()
        for words in ("English", "Deutsch", "Français", "Español", "日本語"):
            assert f">{words}<" in page


def test_choosing_keeps_a_cookie_and_leads_back(client):
    answer = client.post("/language/", {"language": "fr", "next": "/answers/?q=mfa"}, headers=OURS)
    assert (answer.status_code, answer["Location"]) == (302, "/answers/?q=mfa")
    cookie = answer.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert (cookie.value, cookie["samesite"], cookie["httponly"]) == ("fr", "Lax", True)
    assert 'lang="fr"' in lang(client.get("/", headers={"accept-language": "de"}))


@pytest.mark.once
@pytest.mark.parametrize(
    ("words", "headers", "status", "to"),
    [
        ({"language": "xx"}, OURS, 400, None),
        ({"language": "fr"}, {"sec-fetch-site": "cross-site"}, 403, None),
        ({"language": "fr"}, {"origin": "https://evil.example"}, 403, None),
        ({"language": "fr"}, {}, 403, None),
        ({"language": "fr", "next": "https://evil.example/"}, OURS, 302, "/"),
        ({"language": "fr", "next": "//evil.example"}, OURS, 302, "/"),
        ({"language": "fr", "next": "/\\evil.example"}, OURS, 302, "/"),
        ({"language": "fr"}, {"origin": "http://testserver"}, 302, "/"),
    ],
)
def test_choice_from_elsewhere_or_of_nothing_is_refused(client, words, headers, status, to):
    answer = client.post("/language/", words, headers=headers)
    assert (answer.status_code, answer.get("Location")) == (status, to)
    assert (settings.LANGUAGE_COOKIE_NAME in answer.cookies) == (status == 302)


def test_account_keeps_the_choice_for_pages_and_mails(client):
    rhea = cast.rhea()
    client.force_login(rhea)
    client.post("/language/", {"language": "fr"}, headers=OURS)
    rhea.refresh_from_db()
    assert (rhea.language, languages.of(rhea.email)) == ("fr", "fr")
    del client.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert 'lang="fr"' in lang(client.get("/my/", headers={"accept-language": "de"}))


def test_first_sign_in_keeps_the_language_of_the_browser(client):
    rhea = cast.rhea()
    request = client.get("/", headers={"accept-language": "de"}).wsgi_request
    languages.on_logged_in(request, user=rhea)
    assert User.objects.get(pk=rhea.pk).language == "de"
    # Another browser changes nothing; a choice does.
    languages.on_logged_in(client.get("/", headers={"accept-language": "fr"}).wsgi_request, user=rhea)
    assert User.objects.get(pk=rhea.pk).language == "de"


@pytest.mark.parametrize(
    ("kept", "active", "staff", "code"),
    [("fr", "de", False, "fr"), ("", "de", False, "de"), ("fr", "de", True, "en"), ("", "en", False, "en")],
)
def test_mail_is_in_the_language_of_its_recipient(kept, active, staff, code):
    person = cast.person("rhea@example.com", "Rhea Diaz", *["sales"][: int(staff)])
    languages.keep(person, kept)
    with translation.override(active):
        sent = mail.send("erasure_done", to=person.email, context={"person": person})
    assert sent.language == code
    assert f'<html lang="{code}" dir="ltr">' in mail.html(sent)
    with translation.override(active):
        # A subscription has a language of its own.
        assert mail.send("erasure_done", to=person.email, language="ja").language == "ja"
    with translation.override(code):
        assert sent.subject == gettext("Your data has been erased")


@pytest.mark.once
@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("en", "28 November 2026, 14:02"),
        ("de", "28. November 2026, 14:02"),
        ("fr", "28 novembre 2026, 14:02"),
        ("es", "28 de noviembre de 2026, 14:02"),
        ("ja", "2026年11月28日, 14:02"),
    ],
)
def test_days_are_written_as_the_language_does(code, words):
    with translation.override(code):
        assert written(datetime(2026, 11, 28, 14, 2), "j F Y, H:i") == words


@pytest.fixture
def translated(db):
    publish()
    Claim.objects.filter(slug="keys-later").update(evidence=["caiq"])
    return Claim.objects.get(slug="own-keys")


def test_facts_are_shown_in_the_language_of_the_reader_or_marked_as_english(client, translated):
    german = client.get("/answers/", headers={"accept-language": "de"}).content.decode()
    assert "<h4>Eigene „Schlüssel“?</h4>" in german and "Ja, nach\nAbsprache." in german
    # Not translated: English, and the element says so.
    other = Claim.objects.get(slug="keys-later")
    assert f'<h4 lang="en">{other.question}</h4>' in german
    assert "erscheinen auf Englisch" in german
    # So say the notice and the source on every page, and the facts of a company and its products.
    assert '<p lang="en">A note with' in german and 'Quelle: <span lang="en">An article</span>.' in german
    overview, product = (
        client.get(path, headers={"accept-language": "de"}).content.decode() for path in ("/", "/products/enterprise/")
    )
    assert '<h1 lang="en">' in overview and '<span lang="en">What Example can show.</span>' in overview
    for page in (overview, product):
        assert '<span class="status" data-tone="good" data-plain lang="en">' in page
        assert 'lang="en">No training.<' in page
    assert '<h3 lang="en">Direct</h3>' in product
    # The topics too, as headings and as filters.
    assert "<span>Schlüssel</span></h2>" in " ".join(german.split()).replace(" </h2>", "</h2>")
    assert "<span>Schlüssel</span>" in german.partition("<h2")[0] and '<span lang="en">Law</span>' in german
    library = client.get("/documents/", headers={"accept-language": "de"}).content.decode()
    assert "Mit NDA" in library and '<span class="lock" lang="en">' in library
    assert "<dd>Sie unterschreiben, wir geben frei.</dd>" in library
    assert '<dd lang="en">Everyone can open it at once.</dd>' in library
    assert ">SOC-2-Bericht</a></h3>" in library and '<a href="/documents/caiq/">CAIQ</a></h3>' in library
    assert '<h3 lang="en">' in library
    caiq = client.get("/documents/caiq/", headers={"accept-language": "de"}).content.decode()
    assert '<span lang="en">CAIQ</span>\n</nav>' in caiq and '<meta name="description" lang="en"' in overview
    assert 'Nachweis: <span lang="en">CAIQ</span>' in german
    assert '<h1 lang="en">CAIQ</h1>' in caiq and 'lang="en">\n      Questions and answers.</p>' in caiq
    report = client.get("/documents/report/", headers={"accept-language": "de"}).content.decode()
    assert "<h1>SOC-2-Bericht</h1>" in report and "Geheim." in report and "SOC 2 report" not in report
    # The company's own words: every language has a page of its own.
    french = client.get("/", headers={"accept-language": "fr"}).content.decode()
    assert (
        "<h1> La confiance chez Example </h1>" in " ".join(french.split()) and "Ce qu’Example peut montrer." in french
    )
    assert 'content="Ce qu’Example peut montrer."' in french and "Trust at Example" not in french
    english = client.get("/answers/").content.decode()
    assert "Zuletzt geprüft am" in german and "Last reviewed" in english and "geprüft" not in english
    assert (
        "Can we bring our own keys?" in english
        and 'lang="en">' not in english.partition("<main")[2].partition("</main")[0]
    )
    data = client.get("/posture.json", headers={"accept-language": "de"}).content
    assert data == client.get("/posture.json").content and "Schlüssel".encode() not in data
    assert b"NDA" in data and b"Mit NDA" not in data and b"Geheim" not in data and b"Bericht" not in data


def test_posts_are_shown_in_the_language_of_the_reader_or_marked_as_english(client, translated):
    listed, german, french = (
        " ".join(client.get(path, headers={"accept-language": code}).content.decode().split())
        for path, code in (("/updates/", "de"), ("/updates/export-late/", "de"), ("/updates/export-late/", "fr"))
    )
    assert ">Export läuft verspätet</a>" in listed and "<p>Einträge kommen später an.</p>" in listed
    assert "<h1>Export läuft verspätet</h1>" in german and "kommen <strong>später</strong> an" in german
    assert '"headline":"Export läuft verspätet"' in german, "the data block says what the page says"
    # Its timeline and its facts are not translated.
    assert '<div class="prose" lang="en"><p>We are looking into it.</p>' in german
    assert '<dd lang="en">None exposed or lost</dd>' in german
    assert f'<h1 lang="en">{Update.objects.get(slug="export-late").title}</h1>' in french
    for path in ("/posture.json", "/updates/feed.json", "/updates/feed.atom"):
        found = client.get(path, headers={"accept-language": "de"}).content.decode()
        assert "verspätet" not in found and Update.objects.get(slug="export-late").title in found, path
    with translation.override("de"):
        announced = Announcement(
            update=Update.objects.get(slug="export-late"), at=Update.objects.get(slug="export-late").changed_at
        )
        context = {
            "announced": announced,
            "update": announced.update,
            "entry": None,
            "operator": "Example",
            "page": "x",
        }
        sent = mail.send("update_post", to="rhea@example.com", language="de", context=context)
    assert "Export läuft verspätet" in sent.subject and "Einträge kommen später an." in sent.body


@pytest.mark.once
@pytest.mark.parametrize(
    ("translations", "words"),
    [
        ({"xx": {"question": "?"}}, "“xx” is not one of"),
        ({"en": {"question": "?"}}, "“en” is not one of"),
        ({"de": {"slug": "a"}}, "“slug” is not one of"),
        ({"de": {"question": " "}}, "Write a table"),
        ({"de": ["question"]}, "Write a table"),
        ([], "Write a table"),
    ],
)
def test_a_translation_that_is_none_is_refused(translated, translations, words):
    translated.translations = translations
    with pytest.raises(ValidationError, match=words):
        translated.full_clean()


@pytest.mark.once
@pytest.mark.parametrize(
    ("code", "end", "words"),
    [
        ("en", date(2025, 12, 31), "1 Jan – 31 Dec 2025"),
        ("de", date(2025, 1, 24), "1. – 24. Jan. 2025"),
        ("ja", date(2025, 12, 31), "2025年1月1日 – 12月31日"),
        ("ja", date(2026, 2, 1), "2025年1月1日 – 2026年2月1日"),
    ],
)
def test_period_says_nothing_twice(code, end, words):
    with translation.override(code):
        assert dates.period(date(2025, 1, 1), end) == words
