"""Fills in the pages of levels as a browser does."""

import html
import re
from urllib.parse import urlencode

from documents.models import Level

PAGE = "/desk/levels/"
INPUT = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


def form(slug="nda", **changed):
    """The fields of a level as its page shows them, with what somebody types instead."""
    level = Level.objects.get(slug=slug)
    names = ("name", "summary", "agreements", "approvals", "way", "usual_days", "longest_days", "target_hours")
    return {name: getattr(level, name) for name in names} | changed


def save(client, slug="nda", **changed):
    """Opens the page of a level, types, and presses Save."""
    page = client.get(f"{PAGE}{slug}/").content.decode()
    return client.post(f"{PAGE}{slug}/", form(slug, **changed) | hidden(page), follow=True)


def hidden(page):
    found = [(name, html.unescape(value)) for name, value in INPUT.findall(page)]
    return {name: value for name, value in found if name in {"seen", "shutting_out"}}


def confirm(client, page, slug="nda", button="confirm"):
    """Presses a button of the preview, which sends every field back."""
    fields = [(name, html.unescape(value)) for name, value in INPUT.findall(page) if name != "csrfmiddlewaretoken"]
    data = urlencode([*fields, (button, "1")])
    return client.post(f"{PAGE}{slug}/", data, content_type="application/x-www-form-urlencoded", follow=True)
