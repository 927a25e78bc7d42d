"""The mailbox that is proven is the one that is mailed, stored and shown, and there is one spelling of it."""

import html

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from certifications.models import Profile
from ndaflow.requests import flows
from ndaflow.requests.models import AccessRequest
from ndaflow.requests.sharing import flows as sharing
from tests import cast, signin
from trustcenter.accounts import addresses, companies
from trustcenter.accounts.addresses import DOT_ATOM, canonical, displayed
from trustcenter.accounts.models import Company, User
from trustcenter.audit import FlowError
from trustcenter.web.models import Counter
from trustcenter.work.models import Mail

REFUSED = {
    "no domain": "root@localhost",
    "no @": "example.com",
    "nothing before": "@example.com",
    "quoted": '"rhea diaz"@example.com',
    "quoted escape": '"a\\"b"@example.com',
    "escape character": "rhea\x1b[2J@example.com",
    "line": "rhea\nBcc: eve@example.com",
    "two dots": "rhea..diaz@example.com",
    "dot at the end": "rhea.@example.com",
    "other letters": "réa@example.com",
    "look-alike before the @": "rh\N{CYRILLIC SMALL LETTER IE}a@example.com",
    "two @": "rhea@eve.example@example.com",
    "sharp s": "ceo@faß.example",
    "final sigma": "ceo@βόλος.example",
    "zero width non-joiner": "ceo@exam\u200cple.com",
    "zero width joiner": "ceo@exam\u200dple.com",
    "soft hyphen": "rhea@gma\u00adil.com",
    "zero width space": "rhea@example\u200b.com",
    "right to left": "rhea@\u202eelpmaxe.com",
    "space": "rhea@exam ple.com",
    "Kelvin sign": "rhea@\u212aelvin.com",
    "dotted capital I": "rhea@\u0130stanbul.com",
    "full stop of another script": "rhea@example\u3002com",
    "full width": "rhea@ｅxample.com",
    "not composed": "rhea@mu\u0308nchen.example",
    "number": "rhea@192.0.2.7",
    "number in brackets": "rhea@[192.0.2.7]",
    "dot after the domain": "rhea@example.com.",
    "underscore": "rhea@ex_ample.com",
    "hyphen first": "rhea@-example.com",
    "no A-label": "rhea@xn--zzzzzzzz-a.example",
    "long before the @": "a" * 65 + "@example.com",
    "long domain": "a@" + "m" * 60 + "." + "m" * 20 + ".com",
    "253 characters": "a@" + ".".join(["x" * 62] * 4)[:249] + ".com",
}


@pytest.mark.once
@pytest.mark.parametrize("typed", REFUSED.values(), ids=REFUSED)
def test_what_programs_read_in_different_ways_is_refused_with_a_sentence(typed):
    with pytest.raises(ValidationError) as refused:
        canonical(typed)
    assert refused.value.message.endswith(".")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Rhea@Example.COM ", "rhea@example.com"),
        ("o'brien+trust@mail.example.co.uk", "o'brien+trust@mail.example.co.uk"),
        ("rhea@münchen.example", "rhea@xn--mnchen-3ya.example"),
        ("rhea@XN--MNCHEN-3YA.example", "rhea@xn--mnchen-3ya.example"),
        ("rhea@xn--fa-hia.example", "rhea@xn--fa-hia.example"),
        ("rhea@例え.jp", "rhea@xn--r8jz45g.jp"),
        ("a@" + "m" * 60 + "." + "m" * 15 + ".com", "a@" + "m" * 60 + "." + "m" * 15 + ".com"),
    ],
)
def test_every_address_has_one_spelling(typed, kept):
    assert canonical(typed) == kept == canonical(kept)


def test_the_sentence_says_what_to_type():
    for typed, words in {
        "ceo@faß.example": ("fass.example", "xn--fa-hia.example"),
        "ceo@exam\u200dple.com": ("example.com",),
        "rhea@gma\u00adil.com": ("U+00AD",),
    }.items():
        with pytest.raises(ValidationError) as refused:
            canonical(typed)
        assert all(word in refused.value.message for word in words)


def test_domain_shows_what_programs_may_make_of_it():
    assert displayed("xn--mnchen-3ya.example") == "münchen.example" and displayed("example.com") == "example.com"


LETTERS = st.sampled_from([*"aBz09-.ßς\u200c\u200d\u00ad\u212aмаüÜ例。ｅ\u0308_ \x1b"])
DOMAINS = st.lists(st.text(LETTERS, min_size=1, max_size=8), min_size=1, max_size=4).map(".".join)
TYPED = st.builds("{}@{}".format, st.text(st.characters(max_codepoint=0x17F), max_size=12), DOMAINS | st.just("a.co"))


@pytest.mark.once
@given(TYPED | st.text(max_size=40) | st.emails())
@example("Rhea@München.example")
def test_accepted_address_is_ascii_and_stays_as_it_is(typed):
    try:
        kept = canonical(typed)
    except ValidationError:
        return
    local, _at, domain = kept.rpartition("@")
    assert kept == canonical(kept) == addresses.searched(typed) and kept.isascii() and kept == kept.lower()
    assert DOT_ATOM.fullmatch(local) and len(local) <= 64 and len(kept) <= 254
    assert all(label and set(label) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") for label in domain.split("."))
    # Whoever shows the domain in its own letters shows the one that is mailed.
    assert canonical(f"a@{displayed(domain)}") == f"a@{domain}" or "ß" in displayed(domain) or "ς" in displayed(domain)


@pytest.mark.once
@pytest.mark.django_db
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(TYPED)
@example("Rhea.Diaz+nda@Example.com")
@example("rhea@Xn--Mnchen-3ya.example")
@example("rhea@münchen.example")
def test_accepted_address_is_the_one_that_is_mailed_stored_and_shown(client, typed):
    # Each example is a visitor of its own, with no tries counted.
    client.cookies.clear()
    cache.clear()
    Counter.objects.all().delete()
    before = Mail.objects.count()
    page = signin.ask_for_code(client, typed)
    try:
        kept = canonical(typed)
    except ValidationError:
        assert page.status_code == 200 and Mail.objects.count() == before
        return
    assert page.status_code == 302
    assert Mail.objects.first().to == kept == User.objects.get(email=kept).email
    assert kept in html.unescape(client.get(page.url).content.decode())


FORMS = {
    "code": ("account_request_login_code", "email", {}),
    "password": ("account_login", "login", {"password": "x"}),
    "reset": ("account_reset_password", "email", {}),
    "request": (
        "requests:ask",
        "email",
        {"documents": "soc2", "name": "Rhea", "company_name": "Example", "reason": "Review."},
    ),
}
BAD = ["root@localhost", "ceo@faß.example", "rhea@gma\u00adil.com", '"a b"@example.com', "rhea\x1b@example.com"]


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize("typed", BAD)
@pytest.mark.parametrize("form", FORMS)
def test_no_form_takes_another(client, form, typed):
    cast.requestable("soc2")
    page, field, more = FORMS[form]
    answer = client.post(reverse(page), {field: typed, **more})
    assert answer.status_code == 200 and "<form" in answer.content.decode()
    assert not Mail.objects.exists() and not User.objects.exists() and not AccessRequest.objects.exists()


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize("typed", BAD)
def test_no_page_of_staff_takes_another(client, typed):
    edda = cast.edda()
    signin.staff_client(client, edda)
    assert client.post(reverse("desk:share"), {"email": typed, "note": ""}).status_code == 200
    fields = {"name": "Example", "legal_name": "Example Corp", "website": "https://example.com", "summary": "x"}
    fields |= {"as_of": "2026-03-01", "source_title": "x", "contact_email": typed}
    answer = client.post("/admin/certifications/profile/add/", fields)
    assert answer.status_code == 200 and not Profile.objects.exists() and not Mail.objects.exists()
    client.post("/admin/certifications/profile/add/", fields | {"contact_email": "Security@münchen.example"})
    assert Profile.objects.get().contact_email == "security@xn--mnchen-3ya.example"


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize("typed", BAD)
def test_no_flow_and_no_command_takes_another(typed):
    edda, soc2 = cast.edda(), cast.requestable()
    for step in (
        lambda: sharing.share(typed, by=edda),
        lambda: cast.draft(soc2, email=typed),
    ):
        with pytest.raises(FlowError) as refused:
            step()
        assert refused.value.code == "no_address"
    with pytest.raises(CommandError):
        call_command("staff", "add", typed, role=["sales"])
    with pytest.raises(ValidationError):
        User.objects.create_user(typed)
    assert list(User.objects.all()) == [edda] and not Mail.objects.exists()


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize("other", ["Rhea@example.com", "rhea@münchen.example", "root@localhost"])
def test_no_row_keeps_another_spelling(other):
    rhea = cast.rhea()
    with pytest.raises((ValueError, ValidationError)), transaction.atomic():
        User.objects.create(email=other)
    with pytest.raises((ValueError, ValidationError)), transaction.atomic():
        User.objects.filter(pk=rhea.pk).update(email=other)


@pytest.mark.once
@pytest.mark.django_db
def test_soft_hyphen_makes_no_company_of_free_mail():
    with pytest.raises(ValidationError):
        cast.person("someone@gma\u00adil.com", "Someone")
    assert companies.attach(cast.person("someone@GMAIL.com", "Someone"), "Gmail Inc") is None
    assert not Company.objects.exists()


@pytest.mark.once
@pytest.mark.django_db
def test_look_alike_is_another_company_with_another_name_on_every_page(client):
    ada, rhea, soc2 = cast.ada(), cast.rhea(), cast.requestable()
    cast.open_request(rhea, soc2)
    eve = cast.person("ceo@\N{CYRILLIC SMALL LETTER IE}xample.com", "Eve")
    asked = flows.open_draft(cast.draft(soc2, email=eve.email), by=eve, session_hash=cast.SESSION)
    eve.refresh_from_db()
    assert eve.email == "ceo@xn--xample-2of.com" and eve.company != rhea.company
    page = signin.staff_client(client, ada).get(reverse("desk:request", args=[asked.pk])).content.decode()
    assert "ceo@xn--xample-2of.com" in page


@pytest.mark.once
@pytest.mark.django_db
def test_a_part_of_an_address_is_searched_as_it_was_typed():
    assert addresses.searched(" Rhea@Exam") == "rhea@exam"
    assert addresses.searched("rhea@münchen.example") == "rhea@xn--mnchen-3ya.example"
