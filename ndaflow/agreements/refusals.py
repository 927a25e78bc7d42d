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
        _(
            "Version %(number)s has exactly this text, with a different rule for its signers. The rule of a text cannot change."
        ),
    )
    OTHER_VERSION = (
        "other_version",
        _("Somebody has published a version since you opened the page. Nothing was published. Look at it first."),
    )
    SLUG_TAKEN = "slug_taken", _("There is already an agreement with the short name %(slug)s. Choose another one.")
    NOT_ALONE = (
        "not_alone",
        _("This agreement can be signed here by customers whose plan includes it. Please ask us."),
    )
    NO_TEXT_IN_FORCE = "no_text_in_force", _("There is no text in force to sign.")
    OTHER_TEXT_SHOWN = (
        "other_text_shown",
        _("The text has changed since you opened the page. Nothing was signed. Please read it again."),
    )
    COVERED_ALREADY = "covered_already", _("This agreement already covers you, so there is nothing to sign.")
    NOT_TYPED = "not_typed", _("Type your name, your title and the legal entity you sign for.")
    UNKNOWN_FIELD = (
        "unknown_field",
        _(
            "The text names %(field)s, which is not a field. The fields are %(known)s. For a brace, write two: {{ or }}."
        ),
    )
    LONE_BRACE = (
        "lone_brace",
        _(
            "There is a single brace near “%(near)s”. A field has one on each side. To show a brace, write two: {{ or }}."
        ),
    )
    NOT_CONFIRMER = "not_coverage_confirmer", _("You do not have permission to decide who an agreement covers.")
    NOT_ENDER = "not_coverage_ender", _("You do not have permission to end an agreement with somebody.")
    OWN_SIGNATURE = "own_signature", _("This is your own signature. A colleague has to confirm it.")
    OWN_FILING = (
        "own_filing",
        _("You put this paper on file or accepted it. A colleague who may confirm has to look at it too."),
    )
    TOO_WIDE = "too_wide", _("This agreement does not allow so wide a scope. Legal can change that.")
    PAPER_OVER = "paper_over", _("This paper has ended, so it covers nobody.")
    NO_SCOPE_REASON = "no_scope_reason", _("Give a reason. The person who signed or filed it reads it.")
    DECLINED_BEFORE = "scope_declined_before", _("Somebody has already declined this.")
    NOTHING_PROPOSED = "nothing_proposed", _("This is meant to cover one person only.")
    NO_COMPANY = "no_company", _("The signer's address belongs to no company, so the signature covers the signer only.")
    COMPANY_FIRST = "company_first", _("Confirm the company first.")
    COMPANY_BLOCKED = "company_blocked", _("This company is blocked.")
    SIGNATURE_OVER = "signature_over", _("This signature no longer counts, so it covers nobody else.")
    CONFIRMED_BEFORE = "coverage_confirmed_before", _("Somebody has already confirmed this.")
    COVERAGE_CHANGED = "coverage_changed", _("The signer's company has just changed. Please look again.")
    NO_END_REASON = "no_end_reason", _("Give a reason. The people who are covered read it.")
    ENDED_BEFORE = "ended_before", _("This has already ended.")
    NOT_FILER = "not_filer", _("You do not have permission to put papers on file.")
    NOT_VOUCHED = "not_vouched", _("Confirm that both sides signed the paper and that it allows marked copies.")
    NO_SIGNED_DATE = (
        "no_signed_date",
        _("Enter the day on which the paper was signed and the day from which it applies."),
    )
    SIGNED_LATER = "signed_later", _("The paper says that it was signed on %(day)s, which is in the future.")
    STARTS_BEFORE_SIGNED = (
        "starts_before_signed",
        _("The paper cannot apply from %(starts)s, before the day on which it was signed, %(signed)s."),
    )
    ENDS_BEFORE_START = "ends_before_start", _("The paper cannot end on %(ends)s, before it starts on %(starts)s.")
    ENDED_ALREADY = "ended_already", _("The paper ended on %(ends)s, so it covers nobody.")
    NOBODY_HERE = (
        "nobody_here",
        _("Nobody has confirmed the address %(whom)s here yet. Put the paper on file for their domain or company."),
    )
    DAY_TOO_FAR = "day_too_far", _("%(day)s is too far from today. Check the year.")
    PERSON_GONE = "person_gone", _("This person's account has been closed in the meantime. The paper covers nobody.")
    NO_SUCH_COMPANY = "no_such_company", _("No company here is called %(whom)s or uses that mail domain.")
    SEVERAL_COMPANIES = (
        "several_companies",
        _("Several companies here are called %(whom)s. Enter a mail domain of the one you mean."),
    )
    NOT_CONFIRMED = (
        "company_not_confirmed",
        _(
            "Nobody has confirmed the company %(whom)s yet. An approver confirms it under Companies first, because this "
            "paper would cover everyone there."
        ),
    )
    NO_DOMAIN = "no_mail_domain", _("%(whom)s is not a mail domain. It looks like example.com.")
    FREE_DOMAIN = "anyones_domain", _("Anyone can have an address at %(whom)s, so no paper can cover everyone there.")
    PAPER_DECIDED = "paper_decided", _("Somebody has decided on this paper since you opened the page.")
    OWN_PAPER = "own_paper", _("You uploaded this paper yourself. A colleague has to decide on it.")
    NO_REASON = "no_paper_reason", _("Give a reason. The person who uploaded the paper reads it.")
    NOT_ACCEPTED = "paper_not_accepted", _("Only a paper on file can be countersigned.")
    COUNTERSIGNED = "paper_countersigned", _("This paper has already been countersigned.")
    BEING_SEALED = "being_sealed", _("This copy is being sealed. Please look again in a moment.")


words.register("refusal", dict(Refusal.choices))
