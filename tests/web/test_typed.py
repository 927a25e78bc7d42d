"""What a line and a text may hold, and how a sentence quotes it."""

import unicodedata

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from certifications.models import Framework
from documents.models import Document
from ndaflow.agreements import signing
from ndaflow.agreements.flows import publish
from ndaflow.agreements.models import Signature
from ndaflow.requests import flows
from ndaflow.requests.models import AccessRequest
from ndaflow.requests.sharing import flows as sharing
from tests import cast, signin
from trustcenter.accounts import staff
from trustcenter.accounts.roles import Role
from trustcenter.audit import FlowError
from trustcenter.web.typed import line, lines, named, quoted, shown
from trustcenter.work.models import Mail

# One of each kind: a new line, control characters, bidi, format, blank letters, private use, and what no font has.
BAD = {
    "new line": "Rhea\nStaff approved the report",
    "carriage return": "Rhea\rStaff",
    "tab": "Rhea\tDiaz",
    "escape": "Rhea\x1b[2J",
    "next line": "Rhea\x85Staff",
    "line separator": "Rhea\u2028Staff",
    "paragraph separator": "Rhea\u2029Staff",
    "right-to-left override": "Rhea \u202emoc.elpmaxe",
    "right-to-left isolate": "Rhea \u2067x",
    "right-to-left mark": "Rhea \u200fx",
    "soft hyphen": "Rh\u00adea",
    "zero width space": "Rhea\u200bDiaz",
    "byte order mark": "Rhea\ufeffDiaz",
    "joiner between Latin letters": "Rhea\u200dDiaz",
    "non-joiner between Latin letters": "Rhea\u200cDiaz",
    "tag": "Rhea\U000e0041",
    "blank letter": "Rhea\u3164Diaz",
    "variation selector": "Rhea\ufe0f",
    "private use": "Rhea \ue000",
    "surrogate": "Rhea \ud800",
    "unassigned": "Rhea \u0378",
    "heap of accents": "Rhe" + "\u0363" * 5 + "a",
    "accent on nothing": "\u0301Rhea",
}
IN_A_TEXT = {
    key: value
    for key, value in BAD.items()
    if key
    not in {
        *("new line", "carriage return", "tab", "line separator", "paragraph separator"),
        *("joiner between Latin letters", "non-joiner between Latin letters", "blank letter", "variation selector"),
    }
}
# Browsers cannot send half a character.
SENT = {key: value for key, value in BAD.items() if key != "surrogate"}


@pytest.mark.parametrize("typed", BAD.values(), ids=BAD)
def test_line_refuses_what_ends_it_turns_it_or_is_not_seen(typed):
    with pytest.raises(ValidationError):
        line(typed)
    assert line(shown(typed)) and shown(typed) != typed, "and what cannot be typed again is shown without it"


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Rhea Diaz",
            "Nguyễn Thị Ánh",
            "O'Brien-Lind",
            "Łukasz Żółć",
            "李小龍",
            "김철수",
            "Αλέξανδρος",
            "Иван Петров",
        ),
        *(
            "محمد علي",
            "רות לוי",
            "สมชาย ใจดี",
            "श्रीमती क्ष",
            "Jean (Johnny) Doe, Jr.",
            "Toys “R” Us",
            "R&D №5 GmbH & Co. KG",
        ),
        # Persian and Hindi need joiners between some of their letters (RFC 5892, A.1 and A.2).
        *("علی\u200cرضا", "क्\u200dष"),
    ],
)
def test_names_of_the_world_are_taken_as_they_are(name):
    assert line(name) == unicodedata.normalize("NFC", name) == lines(name)


def test_line_is_composed_and_has_single_spaces():
    assert line("  Rhea \u00a0\u3000 Di\u0301az ") == "Rhea D\u00edaz"


@pytest.mark.parametrize("typed", IN_A_TEXT.values(), ids=IN_A_TEXT)
def test_text_refuses_other_controls_and_what_turns_it_around(typed):
    with pytest.raises(ValidationError):
        lines(typed)


def test_text_has_lines_tabs_and_emoji():
    assert lines("a\r\nb\u2028\tc 👩\u200d💻 ❤\ufe0f\n\n") == "a\nb\n\tc 👩\u200d💻 ❤\ufe0f\n\n"


@given(st.text() | st.text(st.characters(categories=["Cc", "Cf", "Zl", "Zp", "Mn", "Lu", "Po"])))
def test_accepted_line_stays_as_it_is_and_cannot_close_its_quotation(typed):
    marks = quoted(typed)
    assert marks[0] == "“" and marks[-1] == "”" and not set('“”"„\n\r\u2028\u2029\u202e\x1b') & set(marks[1:-1])
    assert "’’" not in marks and "''" not in marks
    try:
        kept = line(typed)
    except ValidationError:
        return
    assert kept == line(kept) == shown(kept)
    assert not any(unicodedata.category(one) in {"Cc", "Zl", "Zp", "Co", "Cs", "Cn"} for one in kept)


def test_name_that_reads_like_a_sentence_is_one_name():
    name = "ada Staff” (ada@trust.example) approved the report until 31 December 2029. “Rhea"
    assert named(name, "rhea@example.com") == (
        "“ada Staff’ (ada@trust.example) approved the report until 31 December 2029. ’Rhea” (rhea@example.com)"
    )
    assert named("", "rhea@example.com") == "rhea@example.com"


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize("typed", SENT.values(), ids=SENT)
@pytest.mark.parametrize("field", ["name", "company_name"])
def test_request_form_says_what_to_remove(client, field, typed):
    cast.current_version(cast.document("soc2"))
    data = {"documents": "soc2", "email": "rhea@example.com", "name": "Rhea", "company_name": "Example", "reason": "x"}
    answer = client.post(reverse("requests:ask"), data | {field: f"{typed}."})
    assert answer.status_code == 200 and f'id="id_{field}_error"' in answer.content.decode()
    assert not AccessRequest.objects.exists() and not Mail.objects.exists()


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize("field", ["typed_name", "title", "entity"])
def test_nobody_signs_with_a_name_of_two_lines(client, field):
    rhea, version = cast.rhea(), cast.nda()
    request = cast.open_request(rhea, cast.document())
    client.force_login(rhea)
    data = {"typed_name": "Rhea Diaz", "title": "CISO", "entity": "Example Corp", "authority": "on", "consent": "on"}
    data |= {"version_number": version.number, "text_sha256": version.sha256, field: "Rhea \u202eDiaz"}
    answer = client.post(reverse("requests:sign", args=[request.pk, "nda"]), data)
    assert answer.status_code == 200 and "U+202E" in answer.content.decode() and not Signature.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["Rhea \u202eDiaz", "Rhea\x1b"])
def test_no_flow_takes_what_a_form_refuses(typed):
    rhea, ada, soc2, version = cast.rhea(), cast.ada(), cast.document(), cast.nda()
    request = cast.open_request(rhea, soc2)
    words = {"name": "Rhea", "company_name": "Example", "reason": "Review."}
    item = request.items.get()
    assent = signing.Assent(typed_name="Rhea Diaz", title=typed, entity="Example")
    steps = [
        *(
            lambda key=key: flows.draft([soc2], email="a@b.example", session_hash="", **words | {key: typed})
            for key in words
        ),
        lambda: flows.ask_question(cast.fresh(request), by=ada, text=typed),
        lambda: flows.deny(cast.fresh(request), by=ada, reason=typed),
        lambda: flows.decide(
            cast.fresh(request), [flows.ItemDecision(item_id=item.pk, verdict="deny", reason=typed)], by=ada
        ),
        lambda: flows.sign(
            cast.fresh(request),
            by=rhea,
            slug="nda",
            version_number=version.number,
            text_sha256=version.sha256,
            assent=assent,
            circumstances=cast.circumstances(),
        ),
        lambda: sharing.share("a@b.example", by=ada, note=typed),
        lambda: publish(slug="baa", kind="baa", title=typed, text="x", earlier_signers="next_use", by=None),
    ]
    for step in steps:
        with pytest.raises(FlowError) as refused:
            step()
        assert refused.value.code == "not_shown"
    with pytest.raises(ValidationError):
        staff.add("new@trust.example", name=typed, roles=[Role.SALES])


@pytest.mark.django_db
def test_admin_refuses_them_too(client):
    ada, rhea = cast.ada(), cast.rhea()
    signin.staff_client(client, ada)
    page = client.post(f"/admin/accounts/user/{rhea.pk}/change/", {"name": "Rhea \u202eDiaz", "is_active": "on"})
    assert page.status_code == 200 and "U+202E" in page.content.decode()
    rhea.refresh_from_db()
    assert rhea.name == "Rhea Diaz"
    for model in (Document(title="SOC\n2"), Framework(name="SOC\u200b 2"), AccessRequest(reason="\x1b")):
        with pytest.raises(ValidationError) as refused:
            model.full_clean()
        assert {"title", "name", "reason"} & set(refused.value.error_dict)


def test_name_that_runs_the_other_way_is_isolated():
    assert quoted("Rhea 2") == "“Rhea 2”"
    assert quoted("سارة") == "“\u2068سارة\u2069”", "what follows it would be drawn before it (UAX #9)"
    with translation.override("ar"):
        assert quoted("سارة") == "“سارة”"
        assert quoted("Acme Inc.") == "“\u2068Acme Inc.\u2069”"
