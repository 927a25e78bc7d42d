"""The PDF of a signed agreement: the exact text, the evidence, and how to check both."""

import json
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from certifications import posture
from ndaflow.agreements import filled
from ndaflow.agreements.models import Signature
from ndaflow.agreements.sealing.certificates import common_name, fingerprint
from ndaflow.agreements.text import as_html
from trustcenter.web import printing
from trustcenter.web.printing import Enclosure

STYLE = Path(__file__).with_name("signed_copy.css").read_text(encoding="utf-8")
EVIDENCE_FILE = "evidence.json"
# The length of a SHA-256 in hex. It is printed small enough to stay on one line.
DIGEST = 64


def render(signature: Signature, *, certificate: x509.Certificate, level: str) -> bytes:
    """The signed agreement as PDF/A-3a and PDF/UA-1, ready to be sealed with that certificate at that level.

    It prints the stored evidence character by character, and encloses the text and the evidence as the exact bytes
    whose digests it prints. A character that no font on this machine can draw is printed as its Unicode number.
    Raises ValueError where a character cannot be drawn even so.
    """
    text = filled.signed(signature)
    enclosures = [
        Enclosure(
            name=text_file(signature),
            content=text,
            description=_("The agreement, the exact bytes that were signed"),
            relationship="Source",
            at=signature.signed_at,
        ),
        Enclosure(
            name=EVIDENCE_FILE,
            content=signature.evidence,
            description=_("The evidence of the signature, the exact bytes on record"),
            relationship="Data",
            at=signature.signed_at,
        ),
    ]
    context = {
        "signature": signature,
        "evidence": json.loads(signature.evidence),
        "operator": posture.legal_name(),
        "text_file": text_file(signature),
        "evidence_file": EVIDENCE_FILE,
        "fingerprint": fingerprint(certificate),
        "holder": common_name(certificate),
        "level": level,
        "site": settings.SITE_URL,
        "created": signature.signed_at,
    }
    made, missing = _print(context, text, {}, enclosures)
    if missing:
        made, missing = _print(context, text, {ord(one): f"[U+{ord(one):04X}]" for one in missing}, enclosures)
    if missing:
        raise ValueError(f"no font draws {', '.join(f'U+{ord(one):04X}' for one in sorted(missing))}")
    return made


def reason(signature: Signature) -> str:
    """The reason in the seal. It says that a simple electronic signature stays one under the seal."""
    return f"Operator's seal over a simple electronic signature ({signature.pk})"


def text_file(signature: Signature) -> str:
    version = signature.version
    return f"{version.agreement.slug}-v{version.number}.md"


def _print(
    context: dict[str, object], text: str, spelled: dict[int, str], enclosures: list[Enclosure]
) -> tuple[bytes, set[str]]:
    """The PDF, and the characters that no font draws; those in `spelled` are replaced by their Unicode number."""
    evidence = context["evidence"]
    assert isinstance(evidence, dict)
    words = {
        "text": as_html(text.translate(spelled)),
        "rows": [
            (label, str(value).translate(spelled), value is None, len(str(value)) == DIGEST and " " not in str(value))
            for label, value in _rows(evidence)
        ],
        "typed_name": str(evidence["typed_name"]).translate(spelled),
        "spelled": bool(spelled),
    }
    return printing.archival_pdf(render_to_string("agreements/signed_copy.html", context | words), STYLE, enclosures)


def _rows(evidence: dict[str, object]) -> Iterator[tuple[str, object]]:
    """Every field of the evidence: first those with a label, in reading order, then any other."""
    labels = {
        "typed_name": _("Typed name"),
        "title": _("Title"),
        "entity": _("Legal entity"),
        "operator": _("Other party, the operator"),
        "email": _("E-mail"),
        "proven_by": _("E-mail confirmed with"),
        "proven_at": _("E-mail confirmed at (UTC)"),
        "signed_at": _("Signed at (UTC)"),
        "agreement": _("Agreement"),
        "version": _("Version"),
        "text_sha256": _("SHA-256 of the text"),
        "template_sha256": _("SHA-256 of the version"),
        "fields": _("Fields of the version"),
        "scope": _("Covers"),
        "consent": _("Consent"),
        "consent_sha256": _("SHA-256 of the consent"),
        "authority": _("Authority"),
        "authority_sha256": _("SHA-256 of the authority"),
        "address": _("Network address"),
        "user_agent": _("Browser"),
        "session_hash": _("SHA-256 of the session"),
        "signature": _("Signature"),
        "request": _("Request"),
        "signer": _("Signer"),
    }
    for key in (*labels, *(key for key in evidence if key not in labels)):
        if key in evidence:
            value = evidence[key]
            yield (
                labels.get(key, key),
                "\n".join(f"{{{k}}} = {v}" for k, v in value.items()) if isinstance(value, dict) else value,
            )
