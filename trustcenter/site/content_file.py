"""The content file: the company's whole public content as TOML, which can be kept in git."""

import tomllib
from typing import Any

import tomli_w
from django.db import models, transaction
from django.utils.translation import gettext as _

from certifications import content as facts
from certifications.public_sections import NAMES
from certifications.sections import ContentError
from documents import content as library
from trustcenter import audit
from trustcenter.audit.actions import Action


def import_content(text: bytes, *, file: str, actor: models.Model | None = None) -> None:
    """Replaces the public content with that of the file, completely or not at all.

    Raises ContentError with every mistake in the file; then nothing has changed. `file` is its name for the log.
    """
    data = _parse(text)
    errors = [f"{key}: " + _("is not a section") for key in data.keys() - NAMES - library.NAMES]
    papers = library.read(data, errors)
    documents = {entry.slug for entry in papers[library.DOCUMENTS.name]}
    public = facts.read(data, documents, library.gated_levels(papers), errors)
    if errors:
        raise ContentError(errors)
    with audit.change(by=actor) as change:
        facts.write(public)
        library.write(change, papers, errors)
        if errors:
            raise ContentError(errors)
        change.public_content_changed = True
        change.record(Action.CONTENT_IMPORTED, file=file)


def export_content() -> str:
    """The text of a file whose import gives the same content. Raises ContentError if there is no content."""
    # One transaction, so that all sections are from the same moment.
    with transaction.atomic():
        tables = facts.table()
        if not tables:
            raise ContentError([_("Nothing is published yet, so there is nothing to export.")])
        return tomli_w.dumps(tables | library.table())


def _parse(text: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(text.decode())
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise ContentError([_("line %(line)s: is not UTF-8 text") % {"line": line}]) from error
    except tomllib.TOMLDecodeError as error:
        # The message ends with "(at line 3, column 7)".
        raise ContentError([str(error)]) from error
