"""The answer of a trace in sentences: what was found, and what it allows to conclude."""

from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from documents.models import Trace


@dataclass(frozen=True)
class Evidence:
    """One piece of evidence in words, and what it is worth: proof, or a code that anyone could have written."""

    title: str
    text: str
    icon: str
    tone: str
    worth: str

    @classmethod
    def of(cls, evidence: dict[str, Any]) -> "Evidence":
        """`evidence` is one `answers.Evidence` as the trace keeps it."""
        match evidence["method"]:
            case _ if evidence.get("doubt"):
                text = _("What the database says about this copy is not what the log recorded: %(doubt)s.") % evidence
                return cls(_("Not confirmed by the log"), text, "list", "bad", _("Proves nothing"))
            case "hash":
                text = _("The file is exactly this copy: its SHA-256 is the one in the audit log.")
                return cls(_("Same bytes"), text, "doc", "good", _("Proof"))
            case "cells":
                text = _(
                    "The tint of its pages matches this copy’s 512 random bits by %(score)s standard deviations. The"
                    " chance of naming a copy that has no part in the file is below one in a billion."
                ) % {"score": number_format(evidence["score"], 1)}
                return cls(_("Second mark"), text, "certificate", "good", _("Proof"))
            case "text":
                text = _("It is in the text of a page. Anyone can type a code.")
                return cls(_("Code in the text"), text, "list", "wait", _("Names only"))
            case _:
                text = _("It is in the file’s data, which no page shows. Anyone can put it there.")
                return cls(_("Code in the data"), text, "list", "wait", _("Names only"))


def headline(trace: Trace) -> str:
    """The answer in one line; where there is none yet, how far the reading is."""
    match trace.verdict or trace.state:
        case Trace.Verdict.NAMED:
            return _("The file comes from one copy")
        case Trace.Verdict.POINTED:
            return _("The file shows one copy’s code")
        case Trace.Verdict.MIXED:
            return _("The file was made from several copies")
        case Trace.Verdict.AT_ODDS:
            return _("The evidence disagrees")
        case Trace.Verdict.CHANGED:
            return _("The log does not confirm the copy")
        case Trace.Verdict.NOBODY:
            return _("No copy was found")
        case Trace.State.FAILED:
            return _("The file could not be read")
        case _:
            return _("The file is being read")


def meaning(trace: Trace) -> str:
    """What the answer allows to conclude."""
    match trace.verdict or trace.state:
        case Trace.Verdict.NAMED:
            return _("The bytes or the pictures of the file come from the copy below.")
        case Trace.Verdict.POINTED:
            return _("Anyone can type a code. It tells you which copy to ask about, and proves nothing.")
        case Trace.Verdict.MIXED:
            return _(
                "Each copy below is in the file: pages were combined, or pictures laid over each other. The file does not"
                " say which reader did that."
            )
        case Trace.Verdict.AT_ODDS:
            return _(
                "One method leads to one copy, another to a different one. Neither is proven; somebody may have"
                " changed the file to mislead you."
            )
        case Trace.Verdict.CHANGED:
            return _(
                "Somebody changed the database: the file leads to a copy whose row is not what the log recorded when"
                " the copy was delivered. Nothing is proven. Ask an administrator to run “manage.py audit verify”."
            )
        case Trace.Verdict.NOBODY:
            return _(
                "This does not say where the file came from. Its marks may have been removed or lost in a poor picture, or"
                " it was never one of our copies."
            )
        case Trace.State.FAILED:
            return str(trace.get_failure_display())
        case _:
            return _("This takes seconds for an unaltered copy, and up to three minutes for a poor picture.")
