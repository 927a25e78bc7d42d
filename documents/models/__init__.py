"""Documents and their versions, their levels, who may read them, and what was sent."""

from documents.models.deliveries import Delivery, ReadPage, Trace
from documents.models.documents import Document, DocumentVersion, PageImages
from documents.models.grants import AccessGrant, GrantQuerySet
from documents.models.levels import Level
from documents.models.notices import VersionNotice
from documents.models.schedules import VersionDate

__all__ = [
    "AccessGrant",
    "Delivery",
    "Document",
    "DocumentVersion",
    "GrantQuerySet",
    "Level",
    "PageImages",
    "ReadPage",
    "Trace",
    "VersionDate",
    "VersionNotice",
]
