"""Why a step on an agreement is refused. Records keep codes; sentences are made when read."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trustcenter.audit import words


class Refusal(models.TextChoices):
    """The reason of a FlowError of this room; the label is the sentence for the person who tried."""

    SEALED = "sealed", _("This copy is already sealed.")
    NOT_PUBLISHER = "not_publisher", _("You do not have permission to publish agreements.")
    NO_TEXT = "no_agreement_text", _("The text is empty.")
    SAME_TEXT = (
        "same_text",
        _("Version %(number)s has exactly this text, with another rule for its signers. A text keeps its rules."),
    )
    OTHER_VERSION = (
        "other_version",
        _("Somebody has published a version since you opened the page. Nothing was published. Look at it first."),
    )
    UNKNOWN_FIELD = (
        "unknown_field",
        _(
            "The text names %(field)s, which is not a field. The fields are %(known)s. For a brace, write two: {{ or }}."
        ),
    )
    LONE_BRACE = (
        "lone_brace",
        _(
            "Near “%(near)s” a brace stands alone. A field has one on each side. For a brace itself, write two: {{ or }}."
        ),
    )
    NOT_CONFIRMER = "not_coverage_confirmer", _("You do not have permission to confirm whom a signature covers.")
    NOT_ENDER = "not_coverage_ender", _("You do not have permission to end an agreement with somebody.")
    OWN_SIGNATURE = "own_signature", _("This is your own signature. A colleague has to confirm it.")
    NOTHING_PROPOSED = "nothing_proposed", _("The text of this agreement covers nobody but its signer.")
    NO_COMPANY = "no_company", _("The signer's address belongs to no company, so the signature covers the signer only.")
    COMPANY_FIRST = "company_first", _("Confirm the company first.")
    COMPANY_BLOCKED = "company_blocked", _("This company is blocked.")
    SIGNATURE_OVER = "signature_over", _("This signature no longer counts, so it covers nobody else.")
    CONFIRMED_BEFORE = "coverage_confirmed_before", _("Somebody has confirmed this already.")
    COVERAGE_CHANGED = "coverage_changed", _("The signer's company has just changed. Please look again.")
    NO_END_REASON = "no_end_reason", _("Give a reason. The people who are covered read it.")
    ENDED_BEFORE = "ended_before", _("This has ended already.")
    BEING_SEALED = "being_sealed", _("This copy is being sealed. Please look again in a moment.")


words.register("refusal", dict(Refusal.choices))
