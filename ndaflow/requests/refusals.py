"""Why a step is refused, and the names of the steps in the log. Records keep codes; sentences are made when read."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trustcenter.audit import words


class Refusal(models.TextChoices):
    """Why a step of this package is refused. The label is the sentence for the person who tried."""

    CHANGED = "changed", _("Someone else has just changed this request. Please look again.")
    MOVED_ON = "moved_on", _("This request has moved on, so this step is no longer possible.")
    OPENED_MEANWHILE = "opened_meanwhile", _("This person has just opened a request. Nothing was changed. Try again.")
    GONE = "gone", _("This request no longer exists.")
    NOT_REQUESTER = "not_requester", _("Only the person who made the request can do this.")
    NOT_APPROVER = "not_approver", _("You do not have permission to decide requests.")
    OWN_REQUEST = "own_request", _("You cannot decide your own request.")
    NO_DOCUMENT = "no_document", _("Choose at least one document that needs a request.")
    LEVEL_MISSING = (
        "level_missing",
        _("%(document)s cannot be requested at the moment: it has not been decided yet who may read it."),
    )
    IN_PREPARATION = (
        "in_preparation",
        _("%(document)s is in preparation. You can request it as soon as its file is here."),
    )
    OTHER_BROWSER = (
        "other_browser",
        _("This request was started in another browser or for another address. Please request access again."),
    )
    REQUESTED_BEFORE = (
        "requested_before",
        _("You have already requested these documents. Your earlier request is still open."),
    )
    NO_QUESTION = "no_question", _("There is no open question. It may have been answered already.")
    NO_ANSWER = "no_answer", _("Write an answer.")
    NO_AGREEMENT = "no_agreement", _("There is no agreement to sign yet. We will write to you when there is.")
    OTHER_TEXT = (
        "other_text",
        _("The agreement has changed since you opened it. Please read the new text below."),
    )
    OWN_ADDRESS = "own_address", _("This is your own address. Enter the address of a colleague.")
    TOLD_BEFORE = "told_before", _("This colleague has already been asked, or already gets these e-mails.")
    ENOUGH_TOLD = "enough_told", _("Five colleagues already get these e-mails. Stop them for one colleague first.")
    NOT_INVITED = "not_invited", _("This request names another address.")
    NOT_FORWARDED = "not_forwarded", _("This request was not forwarded to your address.")
    SIGNED_BEFORE = "signed_before", _("You have already signed this agreement.")
    COVERED = "covered", _("A colleague's signature already covers you, so there is nothing to sign.")
    NOT_NEEDED = "not_needed", _("The documents of this request do not need this agreement.")
    PAPER_WAITS = "paper_waits", _("A paper of yours is already being checked. Withdraw it before you upload another.")
    PAPER_KIND = "paper_kind", _("Choose what the paper is.")
    NOTHING_CHOSEN = "nothing_chosen", _("Choose Approve or Deny for at least one document.")
    NOT_IN_REQUEST = "not_in_request", _("This document is not part of the request.")
    DECIDED = "decided", _("%(document)s has already been decided.")
    NEEDS_ANOTHER = "needs_another", _("You have already decided on %(document)s. It needs another person.")
    NOT_FOR_LEGAL = "not_for_legal", _("%(document)s does not need a decision by legal.")
    NO_DENIAL_REASON = "no_denial_reason", _("Give a reason for denying %(document)s. The requester reads it.")
    TOO_LONG = "too_long", _("%(document)s can be opened for at most %(days)s days.")
    NO_END = "no_end", _("Choose an end date in the future for %(document)s.")
    NO_DESPITE = "no_despite", _("Say why you approve despite the warnings.")
    NO_REASON = "no_reason", _("Give a reason. The requester reads it.")
    NO_TEXT = "no_text", _("Write the question.")
    QUESTION_OPEN = "question_open", _("A question is already open. Wait for its answer.")
    NOTHING_LEFT = "nothing_left", _("No document of this request waits for your decision.")
    OTHER_OWNER = (
        "other_owner",
        _("This request was assigned to %(owner)s after you opened the page. It stays as it is."),
    )
    OWNER_LEFT = "owner_left", _("The owner of this request was removed after you opened the page. It stays as it is.")
    OWNER_CANNOT_DECIDE = "owner_cannot_decide", _("%(name)s cannot decide this request.")
    NOT_OPEN = "not_open", _("%(document)s is not open to them any more. They can request it again.")
    NO_EXTEND_REASON = "no_extend_reason", _("Say why you extend the access. It is kept in the audit log.")
    NOT_LATER = "not_later", _("Choose a day after the current end date.")
    AT_ITS_LONGEST = "at_its_longest", _("It already lasts as long as its level allows.")
    NEEDS_MORE_PEOPLE = (
        "needs_more_people",
        _("%(document)s needs %(needed)s approvals, so nobody can extend it alone. Ask them to renew it."),
    )
    UNSIGNED = "unsigned", _("They have to sign an agreement for %(document)s first. Ask them to renew it.")
    BLOCKED_HOLDER = "blocked_holder", _("This person or their company is blocked.")
    NOTHING_TO_END = "nothing_to_end", _("They have no access and are not waiting for any.")
    NOT_RENEWABLE = (
        "not_renewable",
        _("This access was revoked, so it is not renewed with one click. Please request it."),
    )
    ENOUGH_LINKS = "enough_links", _("You have %(most)s links. End one that you do not need any more.")
    STILL_OPEN = "still_open", _("A document of this request is still open.")


class Step(models.TextChoices):
    """What somebody tried, after "could not" in the log."""

    OPEN = "open", _("open a request")
    ANSWER = "answer", _("answer a question")
    WITHDRAW = "withdraw", _("withdraw a request")
    SIGN = "sign", _("sign")
    UPLOAD_PAPER = "upload_paper", _("upload a paper")
    WITHDRAW_PAPER = "withdraw_paper", _("withdraw a paper")
    FORWARD = "forward", _("forward a request")
    TAKE_OVER = "take_over", _("take over a request")
    DECIDE = "decide", _("decide a request")
    RULE = "rule", _("decide a request by rules")
    ASK = "ask", _("ask a question")
    EXTEND = "extend", _("extend access")
    RENEW = "renew", _("renew access")
    REVOKE = "revoke", _("revoke access")
    EXPIRE = "expire", _("expire a request")


words.register("refusal", dict(Refusal.choices))
words.register("step", dict(Step.choices))
