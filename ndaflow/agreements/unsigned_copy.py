"""The PDF of a text that nobody has signed yet, to read and to pass on."""

from functools import lru_cache
from pathlib import Path

from django.template.loader import render_to_string

from ndaflow.agreements import fields
from ndaflow.agreements.models import AgreementVersion
from ndaflow.agreements.text import as_html
from trustcenter.web import printing

STYLE = Path(__file__).with_name("signed_copy.css").read_text(encoding="utf-8")


def made(version: AgreementVersion, operator: str) -> bytes:
    """The text with both parties. Strangers may ask for it as often as they like, so the last ones are kept."""
    text = fields.fill(version.text, fields.unsigned(operator=operator, version=version.number))
    context = {"version": version, "operator": operator, "text": as_html(text)}
    return _printed(render_to_string("agreements/unsigned_copy.html", context), bytes.fromhex(version.sha256)[:16])


@lru_cache(maxsize=4)
def _printed(html: str, identifier: bytes) -> bytes:
    return printing.pdf(html, STYLE, identifier)
