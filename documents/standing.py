"""How documents stand for the person who reads a list of them: open, or on the way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

from documents import access
from documents.models import AccessGrant, Document
from trustcenter.accounts.models import User


@dataclass(frozen=True)
class Standing:
    """One document for one reader: open through a grant, or on the way to it at the address `href`."""

    tone: str
    text: str
    grant: AccessGrant | None = None
    href: str = ""


# What is on the way, by the document's key. Packages above this one know, and register in their `AppConfig.ready`.
Waiting = Callable[[User, datetime], dict[int, Standing]]
_sources: list[Waiting] = []


def add_source(waiting: Waiting) -> None:
    _sources.append(waiting)


def standings(reader: User | AnonymousUser, documents: Sequence[Document], at: datetime) -> dict[int, Standing]:
    """How the documents stand for the reader, by key; only those that are open or on the way, and none for a stranger.

    It is for lists and opens nothing: `access.admission` decides again when the reader asks for a document.
    `documents` come with their versions.
    """
    if not isinstance(reader, User):
        return {}
    found: dict[int, Standing] = {}
    for waiting in _sources:
        found |= waiting(reader, at)
    for key, grant in access.open_grants(reader, documents, at).items():
        found[key] = Standing("good", _("Open to you"), grant=grant)
    shown = {document.pk for document in documents}
    return {key: standing for key, standing in found.items() if key in shown}
