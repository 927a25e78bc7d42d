"""Why a step on a draft is refused. Records keep codes; sentences are made when read."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trustcenter.audit import words


class Refusal(models.TextChoices):
    NOT_EDITOR = "not_content_editor", _("You do not have permission to edit this. Nothing was changed.")
    SAVED_MEANWHILE = (
        "draft_saved_meanwhile",
        _(
            "Somebody has saved this since you opened the page. What you typed is still here and not saved. "
            "Compare it with theirs, then save again."
        ),
    )
    TAKEN = "draft_taken", _("This address is taken: %(what)s. Choose another one.")
    MOVED = "draft_moved", _("This has changed since you opened the page. Look at it again. Nothing was changed.")
    HAS_DRAFT = "draft_exists", _("There is already a draft of this. Publish or discard it first.")
    NO_DRAFT = "draft_gone", _("This draft no longer exists. It was published or discarded.")
    STALE = (
        "draft_stale",
        _(
            "What is public has changed since the draft was started. Read the difference, then confirm that you publish it."
        ),
    )
    WARNINGS = (
        "draft_warnings",
        _("The checks found something new in this draft. Correct it, or confirm that you publish it as it is."),
    )
    INVALID = "draft_invalid", _("This draft cannot be published: %(what)s")
    SAME = "draft_same", _("This draft is the same as what is already public. Discard it.")
    IN_THE_PAST = "draft_in_the_past", _("This time has passed. Choose a later one, in UTC, or publish now.")
    NOT_SCHEDULED = "draft_not_scheduled", _("This draft is not scheduled.")
    ROW_GONE = "row_gone", _("This is not public any more. Nothing was changed.")
    IN_USE = "row_in_use", _("Something else refers to it: %(what)s. Change that first.")
    NOT_IN_REVISION = "row_not_in_revision", _("This row is not in that revision.")


words.register("refusal", dict(Refusal.choices))
