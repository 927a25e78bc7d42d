"""The sentences for files that cannot be used: what is wrong, and what to do."""

from typing import Any

from django.conf import settings
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from documents.intake.flaws import MAX_PAGES, Flaw
from trustcenter.web.templatetags.writing import file_size


def sentence(flaw: Flaw, page: int | None = None, code: str = "") -> str:
    """The flaw as a sentence for the person who uploaded the file, with its page or the copy's code if that is known."""
    match flaw:
        case Flaw.EMPTY:
            return _("The file is empty. Please choose another one.")
        case Flaw.TOO_LONG:
            most = file_size(settings.MAX_UPLOAD_BYTES)
            return _("The file is larger than %(most)s. Please make it smaller and try again.") % {"most": most}
        case Flaw.NOT_PDF:
            return _("This is not a PDF. Please save the document as a PDF, with a name that ends in .pdf.")
        case Flaw.BROKEN:
            return _("The PDF is damaged or incomplete. Please export it again.")
        case Flaw.ENCRYPTED:
            return _("The PDF is encrypted. Please save it without a password and without restrictions.")
        case Flaw.NO_PAGES:
            return _("The PDF has no pages. Please choose another one.")
        case Flaw.TOO_MANY_PAGES:
            return _("The PDF has more than %(most)s pages. Please split it.") % {"most": f"{MAX_PAGES:,}"}
        case Flaw.TOO_MANY_OBJECTS:
            return _("The PDF is too complex to check. Please print it to a new PDF.")
        case Flaw.TOO_MANY_PIXELS:
            return _("A picture in the PDF is too large. Please export it with a lower resolution.")
        case Flaw.UNPACKS_TOO_FAR:
            return _("The PDF expands to far more than its size, which is not safe. Please export it again.")
        case Flaw.TOO_SLOW:
            return _("Checking the PDF took too long. Please print it to a new PDF.")
        case Flaw.UNMARKABLE:
            return _("This PDF cannot be marked with the reader's name. Please print it to a new PDF.")
        case Flaw.READERS_COPY if code:
            return _("This is a copy that was delivered to a reader (copy %(code)s). Please upload the original.") % {
                "code": code
            }
        case Flaw.READERS_COPY:
            return _("This is a copy that was delivered to a reader. Please upload the original.")
        case Flaw.MARK_HIDDEN if page is not None:
            return _("On page %(page)s the reader's name would not show. Please print the document to a new PDF.") % {
                "page": page
            }
        case Flaw.MARK_HIDDEN:
            return _("On one of the pages the reader's name would not show. Please print the document to a new PDF.")
        case Flaw.UNDRAWABLE:
            return _(
                "A page of this PDF cannot be drawn as a picture, which a restricted document needs. Please print it to a new PDF."
            )
        case Flaw.NEVER_CHECKED:
            return _("The file could not be checked because of a fault on our side. Please upload it again.")


def labels() -> dict[str, Any]:
    """The sentence of every flaw, made when it is read."""
    later = lazy(sentence, str)
    return {flaw.value: later(flaw) for flaw in Flaw}


def choices() -> list[tuple[str, Any]]:
    """The flaws as choices of a column."""
    return list(labels().items())
