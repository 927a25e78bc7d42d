"""The state of each document for one reader, for lists: open, or requested."""

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
    """The state of one document for one reader: open through a grant, or requested; `href` leads to the request."""

    tone: str
    text: str
    grant: AccessGrant | None = None
    href: str = ""


# Finds what is requested, by the key of the document. Higher packages register theirs in `AppConfig.ready`.
Waiting = Callable[[User, datetime], dict[int, Standing]]
_sources: list[Waiting] = []


def add_source(waiting: Waiting) -> None:
    _sources.append(waiting)


def standings(reader: User | AnonymousUser, documents: Sequence[Document], at: datetime) -> dict[int, Standing]:
    """The state of each document for the reader, by key, for those that are open or requested.

    For lists. It opens nothing: `access.admission` decides again when the reader opens a document. `documents` come
    with their versions prefetched.
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
