"""Why access or a step is refused. Records keep the code; the sentence is made when it is read."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trustcenter.audit import words


class Shut(models.TextChoices):
    """Why access is refused. The label is the sentence for the reader."""

    SIGNED_OUT = "signed_out", _("Sign in to open this document.")
    ACCOUNT_CLOSED = "account_closed", _("Your account has been closed.")
    OPEN_TO_ALL = "open_to_all", _("This document is open to everyone. You can open it from its page.")
    NOT_OPEN_TO_ALL = "not_open_to_all", _("You need to request this document.")
    NO_LEVEL = (
        "no_level",
        _("Nobody can open this document at the moment: it has not been decided yet who may read it."),
    )
    PREPARING = "preparing", _("This document is being prepared and cannot be opened yet.")
    NO_ACCESS = "no_access", _("You do not have access to this document yet. You can request it.")
    MORE_APPROVALS = (
        "more_approvals",
        _("This document now needs more approvals than your access has. Please request it again."),
    )
    PAGES_ONLY = "pages_only", _("You can read this document here, page by page. It cannot be downloaded.")
    FILE_ONLY = "file_only", _("You can download this document. It is not shown page by page.")
    REVOKED = "revoked", _("Your access to this document was revoked. You can request it again.")
    ENDED = "ended", _("Your access to this document ended on %(until)s. You can request it again.")
    BEGINS_LATER = "begins_later", _("Your access to this document begins on %(until)s.")
    UNCOVERED = (
        "uncovered",
        _("An agreement that your access depends on is no longer in force. Your request page says which one to sign."),
    )
    TOO_MANY = "too_many", _("You have opened too many documents in a short time. Please try again in an hour.")
    UNDRAWABLE = (
        "undrawable",
        _("This document cannot be shown page by page yet. We know about this and will replace the file."),
    )
    DRAWING = "drawing", _("The pages of this document are being prepared for the screen.")
    READING_ENDED = "reading_ended", _("This reading session has ended. You can start a new one.")
    RENEWED = "renewed", _("Your access has been renewed since you started reading. Please start again.")
    REPLACED = "replaced", _("This document is being replaced. Please try again in a minute.")
    CHANGING = "changing", _("What this document requires has just changed. Please try again.")
    NEWER_VERSION = "newer_version", _("There is a newer version of this document. Please start again.")


class Refusal(models.TextChoices):
    """Why a step of this package is refused."""

    NOT_EDITOR = "not_editor", _("You do not have permission to upload documents.")
    NOT_READY = "not_ready", _("This version cannot be published: it is already current, or it was not kept.")
    DATE_PASSED = (
        "date_passed",
        _("This time has passed. Choose a later one, in UTC, or leave it empty to publish now."),
    )
    NO_DATE = "no_date", _("This version has no date on which it goes live.")
    NOT_WAITING = "not_waiting", _("Only a version that waits to be published can be discarded.")
    PERIOD = "period", _("Enter the first and the last day of the period, in that order, or leave both empty.")
    NOT_TRACER = "not_tracer", _("You do not have permission to trace files.")
    EMPTY = "empty", _("The file is empty. Please choose another one.")


words.register("refusal", dict(Shut.choices))
words.register("refusal", dict(Refusal.choices))
