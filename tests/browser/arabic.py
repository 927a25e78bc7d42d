"""What the site in the browser tests says in Arabic.

The catalogue is no translation: each English letter becomes an Arabic one, so that every text of ours runs from right to
left at its length, with its Latin names, numbers and placeholders inside. The facts are in real Arabic.
"""

import re
from pathlib import Path

from tests import catalogue
from trustcenter.web.catalogues import compiled

LETTERS = dict(zip("abcdefghijklmnopqrstuvwxyz?,", "ابثدهفغحيجكلمنوبقرستعفوخيز؟،", strict=True))
KEPT = re.compile(r"(%\(\w+\)[sd]|%[sd%]|\{\w*\}|<[^>]*>|&\w+;|\b[A-Z][A-Z0-9]+\b)")
PLURAL = "n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5"
HEADER = f"Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=6; plural={PLURAL};\n"
# Every second fact of each kind is translated; the others stay English, and the pages mark them.
TRANSLATE = """
from certifications.models import Claim, Profile, Topic, Update
from documents.models import Document, Level
for model, texts in {
    Profile: {
        "headline": "الأمن والامتثال في Example (EU).",
        "summary": "تعرض هذه الصفحة SOC 2 Type II وISO/IEC 27001 منذ 1 مارس 2026.",
    },
    Claim: {
        "question": "ما مدة الاحتفاظ بالبيانات: 30 يومًا أم 7 سنوات؟",
        "answer": "نعم، حسب الاتفاق (AWS KMS). راسلوا security@trust.example أو اقرأوا report-v2.pdf.",
    },
    Topic: {"name": "التشفير والمفاتيح (GDPR)"},
    Document: {"title": "تقرير SOC 2 (نموذج)", "summary": "عن الفترة 1 أكتوبر 2024 – 30 سبتمبر 2025."},
    Level: {"name": "بموجب NDA", "summary": "توقّعون ثم نوافق."},
    Update: {"title": "نسخة جديدة من تقرير SOC 2 (v2.0)", "body": "متاحة منذ **5 نوفمبر 2026**."},
}.items():
    for row in model.objects.order_by("pk")[::2]:
        row.translations["ar"] = texts
        row.save()
"""

# One person whose documents are open, and another one whose turn it is. It prints both sessions and requests.
ASKED = """
from django.test import Client
from documents.models import Document
from django.utils import timezone
from ndaflow.agreements.models import Agreement
from ndaflow.requests import flows
from tests import cast, signin
from trustcenter.accounts.models import User
documents = Document.objects.filter(slug__in=["soc-2-type-ii-report", "bridge-letter"])
words = {"name": "ريم (Reem)", "company_name": "Example Corp", "reason": "Vendor review (EU)."}
session = {"session_hash": cast.SESSION}
# Other tests have published texts here.
version = Agreement.objects.get(slug="nda").current_version(timezone.now())
for name in ("reem", "salma"):
    person = cast.person(f"{name}@example.com", name)
    request = flows.open_draft(flows.draft(documents, email=person.email, **words, **session), by=person, **session)
    if name == "reem":
        cast.sign(request, person, version)
        cast.approve(request, User.objects.get(email="ada@trust.example"))
    print(signin.with_proofs(Client(), person, "code").session.session_key, request.pk)
    # Signing in has kept the language of a browser that asks for none.
    User.objects.filter(pk=person.pk).update(language="ar")
"""


def write_catalogue(folder: Path) -> None:
    """Writes the compiled catalogue of all texts that prospects read."""
    entries = {}
    for text, plural in catalogue.translations("de"):
        entries[text, plural] = (_in_letters(text),) if not plural else (_in_letters(plural),) * 6
    entries["", ""] = (HEADER,)
    target = folder / "ar" / "LC_MESSAGES" / "django.mo"
    target.parent.mkdir(parents=True)
    target.write_bytes(compiled(entries))


def _in_letters(text: str) -> str:
    parts = KEPT.split(text)
    parts[::2] = ["".join(LETTERS.get(letter.lower(), letter) for letter in part) for part in parts[::2]]
    return "".join(parts)
