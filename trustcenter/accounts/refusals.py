"""Why a step is refused because of who somebody is, or of what they typed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trustcenter.audit import words


class Refusal(models.TextChoices):
    ACCOUNT_GONE = "account_gone", _("This account has been closed. Nothing was changed.")
    LAST_FACTOR = (
        "last_factor",
        _("This is your only second factor. Add another one first: a passkey or an authenticator app."),
    )
    NO_ADDRESS = "no_address", _("This is not an e-mail address that we can write to.")
    NOT_SHOWN = (
        "not_shown",
        _("Something that you typed holds characters that cannot be shown. Type it again without them."),
    )
    NO_COMPANY_NAME = "no_company_name", _("Enter the legal name of the company.")
    MAILBOX_FULL = (
        "mailbox_full",
        _("We have sent several e-mails to this address. Use the newest one, or try again in ten minutes."),
    )
    MAILBOX_FULL_TODAY = (
        "mailbox_full_today",
        _(
            "We have sent this address as many e-mails as we may in a day. Use the newest one, try again tomorrow, "
            "or use a browser in which you have signed in before."
        ),
    )
    NETWORK_FULL = (
        "network_full",
        _("Too many e-mails were requested from your network. Try again in an hour, or from another network."),
    )
    SITE_FULL = (
        "site_full",
        _(
            "Too many e-mails are requested from this site at the moment. Try again in an hour, "
            "or use a browser in which you have signed in before."
        ),
    )
    CONFIRMED_BEFORE = "confirmed_before", _("This company has already been confirmed.")
    NOT_CONFIRMED = "not_confirmed", _("Nobody has confirmed this company yet. Confirm its name first.")
    SAME_NAME = "same_name", _("This is already its name.")
    NOT_YOURS_TO_CHANGE = "not_yours_to_change", _("You do not have permission for this.")
    COMPANY_GONE = "company_gone", _("This company was merged into another one. Nothing was changed.")
    MERGE_SELF = "merge_self", _("This is the same company. Choose another one.")
    MERGE_OTHER_WAY = (
        "merge_other_way",
        _("Nobody has confirmed %(into)s. Confirm it first, or merge it into %(former)s instead."),
    )
    MERGE_BLOCKED = (
        "merge_blocked",
        _("%(former)s is blocked and %(into)s is not. End that block, or block the other one too."),
    )
    UNDONE_BEFORE = "undone_before", _("Somebody has already undone this merge.")
    UNDO_OVER = "undo_over", _("A merge can be undone for %(days)s days. Move the mail domains one by one instead.")
    UNDO_CONFLICT = "undo_conflict", _("Nothing was undone. %(conflict)s")
    DOMAIN_GONE = "domain_gone", _("This domain now belongs to another company. Nothing was changed.")
    DOMAIN_TAKEN = "domain_taken", _("%(domain)s belongs to %(company)s. Move it from there.")
    DOMAIN_HERE = "domain_here", _("%(domain)s already belongs to this company.")
    DOMAIN_FREE_MAIL = "domain_free_mail", _("Anyone can get an address at %(domain)s, so it belongs to no company.")
    TOLD_APART_BEFORE = "told_apart_before", _("Somebody has already said so.")
    NO_OWNER = "no_owner", _("Choose a colleague who may keep notes about companies.")
    NO_NOTE = "no_note", _("Write the note.")
    NOTE_TOO_LONG = "note_too_long", _("A note has at most %(most)s characters.")
    NOT_YOUR_NOTE = "not_your_note", _("A colleague wrote this note. Only they or an approver can remove it.")
    NO_BLOCK_REASON = "no_block_reason", _("Give a reason. It is the answer to their requests.")
    BLOCKED_BEFORE = "blocked_before", _("This company is already blocked.")
    NOT_BLOCKED = "not_blocked", _("This company is not blocked.")
    NO_LIST_REASON = "no_list_reason", _("Give a reason. For a block, it is the answer to their requests.")
    NO_DOMAIN = "no_domain", _("Enter an e-mail address, or a whole mail domain such as example.com.")
    LISTED_BEFORE = (
        "listed_before",
        _("%(entry)s is already on the list (%(verdict)s). Remove it first if that has changed."),
    )
    NOT_LISTED = "not_listed", _("Somebody has already removed this entry.")
    FREE_MAIL_DOMAIN = (
        "free_mail_domain",
        _("Anyone can get an address at %(domain)s. Allow single addresses instead."),
    )
    OWN_ENTRY = "own_entry", _("This would block you.")
    NOT_ADMINISTRATOR = "not_administrator", _("You do not have permission to change people.")
    OWN_ACCOUNT = (
        "own_account",
        _("You cannot close or reset your own account, or change your own roles. Ask another administrator."),
    )
    LAST_ADMINISTRATOR = (
        "last_administrator",
        _("This is the last administrator. Make somebody else an administrator first."),
    )
    NO_ROLE = "no_role", _("Choose at least one role.")
    STAFF_BEFORE = "staff_before", _("%(email)s is already a member of staff.")
    NOT_STAFF = "not_staff", _("This person is not a member of staff, or the account is closed.")
    CHANGED_MEANWHILE = (
        "changed_meanwhile",
        _("Somebody has changed this since you opened the page. Nothing was saved. Look again."),
    )


words.register("refusal", dict(Refusal.choices))
