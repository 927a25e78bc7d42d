"""The PDF of a signed agreement: the exact text, and a page that lists the evidence."""

import json
from pathlib import Path

from django.template.loader import render_to_string

from ndaflow.models import Signature
from ndaflow.wording import as_html
from trustcenter import printing

STYLE = Path(__file__).with_name("signed_copy.css").read_text(encoding="utf-8")


def render(signature: Signature) -> bytes:
    """The signed copy as PDF; what it prints is the stored evidence, character by character."""
    evidence = json.loads(signature.evidence)
    context = {"signature": signature, "text": as_html(signature.version.text), "evidence": evidence}
    return printing.pdf(render_to_string("ndaflow/signed_copy.html", context), STYLE)
