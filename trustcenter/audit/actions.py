import re
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from trustcenter.audit import words


class Action(models.TextChoices):
    """Every action of the log. The value is written into the tree; the label is the sentence that people read.

    The names in a sentence come from the record's detail, where they are codes, ids, ISO dates and what people typed.
    """

    # People
    SIGNED_IN = "person.signed_in", _("%(actor)s signed in with %(method)s")
    SIGNED_OUT = "person.signed_out", _("%(actor)s signed out")
    SIGN_IN_FAILED = "person.sign_in_failed", _("Someone failed to sign in as %(email)s with %(method)s")
    FAILURES_PAUSED = (
        "person.failures_paused",
        _("%(count)s sign-ins failed within an hour. More are not recorded in that hour. Network: %(address)s"),
    )
    CODE_SENT = "person.code_sent", _("A sign-in code was sent to %(email)s")
    SESSIONS_ENDED = "person.sessions_ended", _("%(actor)s ended their sessions in other browsers: %(count)s")
    FACTOR_ADDED = "person.factor_added", _("%(actor)s added a second factor: %(method)s")
    FACTOR_REMOVED = "person.factor_removed", _("%(actor)s removed a second factor: %(method)s")
    FACTORS_RESET = (
        "person.factors_reset",
        _("%(actor)s removed the password and all second factors of %(person)s"),
    )
    PASSWORD_CHANGED = "person.password_changed", _("%(actor)s changed their password")
    PAGE_REFUSED = "person.page_refused", _("%(actor)s was refused the page %(path)s")
    STAFF_ADDED = "person.staff_added", _("%(actor)s added %(person)s to the staff. Roles: %(roles)s")
    ACCOUNT_CHANGED = "person.account_changed", _("%(actor)s changed %(person)s: account %(account)s, roles %(roles)s")
    COMPANY_CONFIRMED = "company.confirmed", _("%(actor)s confirmed that %(name)s uses the mail domain %(domains)s")
    COMPANY_CORRECTED = "company.corrected", _("%(actor)s corrected the name of a company to %(name)s")
    COMPANY_CHANGED = "company.changed", _("%(actor)s changed %(details)s of the company %(name)s")
    COMPANY_BLOCKED = "company.blocked", _("%(actor)s blocked the company %(name)s: %(reason)s")
    COMPANY_UNBLOCKED = "company.unblocked", _("%(actor)s ended the block of the company %(name)s")
    COMPANY_NOTED = "company.noted", _("%(actor)s wrote a note about the company %(name)s")
    COMPANY_NOTE_REMOVED = "company.note_removed", _("%(actor)s removed a note about the company %(name)s")
    COMPANY_DOMAIN_ADDED = "company.domain_added", _("%(actor)s added the mail domain %(domain)s to %(name)s")
    COMPANY_DOMAIN_MOVED = (
        "company.domain_moved",
        _("%(actor)s moved %(domain)s and its people from %(former)s to %(name)s"),
    )
    COMPANY_DOMAIN_REMOVED = "company.domain_removed", _("%(actor)s removed the mail domain %(domain)s from %(name)s")
    COMPANY_MERGED = (
        "company.merged",
        _("%(actor)s merged %(former)s into %(name)s. Mail domains that moved: %(domains)s"),
    )
    COMPANY_MERGE_UNDONE = (
        "company.merge_undone",
        _("%(actor)s undid the merge of %(former)s into %(name)s. Mail domains that went back: %(domains)s"),
    )
    COMPANIES_TOLD_APART = "company.told_apart", _("%(actor)s said that %(name)s and %(former)s are two companies")
    LIST_KEPT = "list.kept", _("%(actor)s said that %(entry)s is still needed on the list (%(verdict)s)")
    LIST_ENDED = (
        "list.ended",
        _("An address on the list was removed, because nobody said that it is needed (%(verdict)s)"),
    )
    LISTED = "list.added", _("%(actor)s put %(entry)s on the list as %(verdict)s: %(reason)s")
    UNLISTED = "list.removed", _("%(actor)s removed %(entry)s from the list. It was %(verdict)s")
    # Requests
    REQUEST_DRAFTED = "request.drafted", _("Someone filled in a request for %(documents)s as %(email)s")
    REQUEST_OPENED = "request.opened", _("%(actor)s requested %(documents)s")
    REQUEST_SIGNED = "request.signed", _("%(actor)s signed %(agreement)s for %(entity)s")
    REQUEST_FORWARDED = "request.forwarded", _("%(actor)s forwarded the request to %(email)s, who may sign")
    REQUEST_TAKEN_OVER = "request.taken_over", _("%(actor)s took over %(documents)s from %(requester)s")
    REQUEST_APPROVED = "request.approved", _("%(actor)s approved %(document)s for %(requester)s until %(until)s")
    REQUEST_DENIED = "request.denied", _("%(actor)s denied %(document)s to %(requester)s: %(reason)s")
    REQUEST_BLOCKED = (
        "request.blocked",
        _("%(documents)s was denied to %(requester)s at once, because %(entry)s is blocked: %(reason)s"),
    )
    REQUEST_LAPSED = (
        "request.lapsed",
        _("The approval of %(documents)s for %(requester)s ended before the other steps were done"),
    )
    REQUEST_REVIEWED_AGAIN = (
        "request.reviewed_again",
        _("%(documents)s for %(requester)s went back into review: its level needs more approvals now"),
    )
    REQUEST_GRANTED = "request.granted", _("%(documents)s opened for %(requester)s")
    REQUEST_REVOKED = "request.revoked", _("%(actor)s revoked the access of %(requester)s: %(reason)s")
    REQUEST_EXTENDED = (
        "request.extended",
        _("%(actor)s extended %(document)s for %(requester)s until %(until)s: %(reason)s"),
    )
    GRANT_REVOKED = "grant.revoked", _("%(actor)s revoked %(document)s for %(requester)s: %(reason)s")
    PERSON_REVOKED = "grant.all_revoked", _("%(actor)s revoked all access of %(person)s: %(reason)s")
    GRANT_WARNED = "grant.warned", _("%(person)s was told that %(documents)s end within %(days)s days")
    DESTRUCTION_ASKED = (
        "copies.destruction_asked",
        _("%(actor)s asked %(person)s to destroy copies. Codes: %(codes)s. Reason: %(reason)s"),
    )
    COPIES_DESTROYED = "copies.destroyed", _("%(actor)s confirmed that these copies are destroyed: %(codes)s")
    COPIES_KEPT = "copies.kept", _("%(actor)s could not destroy these copies: %(codes)s. Answer: %(answer)s")
    REQUEST_WITHDRAWN = "request.withdrawn", _("%(actor)s withdrew the request")
    REQUEST_EXPIRED = "request.expired", _("The access of %(requester)s ended")
    REQUEST_ASKED = "request.asked", _("%(actor)s asked %(requester)s: %(question)s")
    REQUEST_ANSWERED = "request.answered", _("%(actor)s answered: %(answer)s")
    REQUEST_ASSIGNED = "request.assigned", _("%(actor)s assigned the request to %(owner)s")
    REQUEST_TAKEN = "request.taken", _("%(actor)s took the request")
    REQUEST_RELEASED = "request.released", _("%(actor)s left the request without an owner")
    REQUEST_REMINDED = "request.reminded", _("%(people)s got a reminder that the request is due on %(due_at)s")
    REQUEST_ESCALATED = (
        "request.escalated",
        _("All approvers were told that the request is due on %(due_at)s and has no decision"),
    )
    REQUEST_REFUSED = "request.refused", _("%(actor)s could not %(step)s: %(refusal)s")
    # Invitations by sales
    INVITATION_SENT = "invitation.sent", _("%(actor)s invited %(email)s to %(documents)s for at most %(days)s days")
    INVITATION_SENT_AGAIN = "invitation.sent_again", _("%(actor)s sent the invitation of %(email)s again")
    INVITATION_USED = "invitation.used", _("%(actor)s asked for %(documents)s with an invitation")
    INVITATION_WITHDRAWN = "invitation.withdrawn", _("%(actor)s withdrew the invitation of %(email)s")
    INVITATION_EXPIRED = "invitation.expired", _("The invitation of %(email)s ended, because nobody used it in time")
    # Objections to announced subprocessors
    OBJECTION_RAISED = "objection.raised", _("%(actor)s objected to the subprocessor %(subprocessor)s: %(text)s")
    OBJECTION_ANSWERED = (
        "objection.answered",
        _("%(actor)s answered an objection to the subprocessor %(subprocessor)s: %(answer)s"),
    )
    FOLLOWER_INVITED = "request.follower_invited", _("%(actor)s asked %(email)s to get the e-mails about the request")
    FOLLOWER_AGREED = "request.follower_agreed", _("%(actor)s agreed to get the e-mails about the request")
    FOLLOWER_ENDED = "request.follower_ended", _("%(actor)s stopped the e-mails about the request to %(email)s")
    # What we hold about a person
    EXPORT_ASKED = "privacy.export_asked", _("%(actor)s asked for their data")
    EXPORT_MADE = "privacy.export_made", _("A file with a person’s data was made: %(size)s bytes")
    EXPORT_FAILED = "privacy.export_failed", _("The file with a person’s data could not be made")
    EXPORT_DOWNLOADED = "privacy.export_downloaded", _("%(actor)s downloaded their data")
    EXPORT_DELETED = "privacy.export_deleted", _("The file with a person’s data was deleted")
    ERASURE_ASKED = "privacy.erasure_asked", _("%(actor)s asked us to erase their data")
    ERASURE_TAKEN_BACK = "privacy.erasure_taken_back", _("%(actor)s no longer asks us to erase their data")
    ERASURE_DECLINED = "privacy.erasure_declined", _("%(actor)s declined to erase the data of %(person)s: %(reason)s")
    ERASURE_DONE = "privacy.erasure_done", _("%(actor)s erased a person’s data. Requests: %(requests)s")
    # Rules
    RULE_APPROVED = (
        "rule.approved",
        _("Rule %(number)s of version %(version)s, %(rule)s, approved %(document)s for %(requester)s until %(until)s"),
    )
    RULE_DENIED = (
        "rule.denied",
        _("Rule %(number)s of version %(version)s, %(rule)s, denied %(document)s to %(requester)s: %(reason)s"),
    )
    RULE_TIGHTENED = (
        "rule.tightened",
        _(
            "Rule %(number)s of version %(version)s, %(rule)s, made %(document)s stricter for %(requester)s:"
            " %(tightened)s"
        ),
    )
    RULE_ASKED = (
        "rule.asked",
        _("Rule %(number)s of version %(version)s, %(rule)s, asked %(requester)s: %(question)s"),
    )
    RULES_PUBLISHED = "rule.published", _("%(actor)s published version %(version)s of the rules: %(why)s")
    RULES_SWITCHED_ON = "rule.switched_on", _("%(actor)s switched the rules on. Daily limit: %(limit)s")
    RULES_SWITCHED_OFF = "rule.switched_off", _("%(actor)s switched all rules off: %(reason)s")
    RULES_LIMITED = "rule.limited", _("%(actor)s changed the daily limit of the rules from %(before)s to %(limit)s")
    # Access reviews
    REVIEW_STARTED = "review.started", _("%(actor)s started an access review. Open documents: %(count)s")
    REVIEW_KEPT = "review.kept", _("%(actor)s answered that %(holder)s still needs %(document)s")
    REVIEW_REVOKED = "review.revoked", _("%(actor)s answered that %(holder)s does not need %(document)s any more")
    REVIEW_FINISHED = (
        "review.finished",
        _("%(actor)s finished an access review. Still needed: %(needed)s, revoked: %(revoked)s"),
    )
    # Agreements
    AGREEMENT_PUBLISHED = "agreement.published", _("%(actor)s published %(agreement)s")
    COVERAGE_CONFIRMED = (
        "agreement.coverage_confirmed",
        _("%(actor)s confirmed that %(agreement)s, signed by %(signer)s, covers everyone at %(whom)s"),
    )
    PAPER_CONFIRMED = (
        "agreement.paper_confirmed",
        _("%(actor)s confirmed that a paper covers everyone at %(whom)s: %(agreement)s"),
    )
    COVERAGE_DECLINED = (
        "agreement.coverage_declined",
        _("%(actor)s did not confirm that %(agreement)s covers everyone at %(whom)s: %(reason)s"),
    )
    COVERAGE_ENDED = "agreement.coverage_ended", _("%(actor)s ended %(agreement)s with %(whom)s: %(reason)s")
    COVERAGE_EXPIRED = "agreement.coverage_expired", _("%(agreement)s with %(whom)s reached its end date")
    AGREEMENT_SEALED = "agreement.sealed", _("%(agreement)s for %(signer)s was sealed (%(level)s), SHA-256 %(sha256)s")
    PAPER_FILED = "agreement.paper_filed", _("%(actor)s put a paper on file: %(agreement)s for %(covered)s")
    PAPER_UPLOADED = "agreement.paper_uploaded", _("%(actor)s uploaded a paper in place of a signature: %(agreement)s")
    PAPER_ACCEPTED = "agreement.paper_accepted", _("%(actor)s accepted a paper: %(agreement)s for %(covered)s")
    PAPER_BEGAN = "agreement.paper_began", _("A paper on file began to apply: %(agreement)s for %(covered)s")
    PAPER_DECLINED = "agreement.paper_declined", _("%(actor)s declined a paper: %(agreement)s. %(reason)s")
    PAPER_WITHDRAWN = "agreement.paper_withdrawn", _("A paper was withdrawn: %(agreement)s")
    PAPER_COUNTERSIGNED = "agreement.paper_countersigned", _("%(actor)s countersigned a paper: %(agreement)s")
    PAPER_SEALED = (
        "agreement.paper_sealed",
        _("A countersigned paper was sealed (%(level)s): %(agreement)s, SHA-256 %(sha256)s"),
    )
    PAPER_OPENED = "agreement.paper_opened", _("%(actor)s opened a paper: %(agreement)s")
    REGISTER_EXPORTED = (
        "agreement.register_exported",
        _("%(actor)s exported the register of agreements. Rows: %(rows)s"),
    )
    END_REMINDED = (
        "agreement.end_reminded",
        _("People were reminded that %(agreement)s ends on %(until)s for %(covered)s"),
    )
    AGREEMENT_ADDED = "agreement.added", _("%(actor)s added the agreement %(agreement)s")
    AGREEMENT_CHANGED = "agreement.changed", _("%(actor)s changed how %(agreement)s is offered. Plans: %(plans)s")
    SEAL_TRIED_AGAIN = (
        "agreement.seal_tried_again",
        _("%(actor)s restarted the sealing of %(agreement)s for %(signer)s"),
    )
    SEAL_CERTIFICATE = (
        "agreement.seal_certificate",
        _("The seal started to use the certificate %(fingerprint)s of %(holder)s"),
    )
    # Documents
    LEVEL_ADDED = "level.added", _("%(actor)s added the level %(level)s")
    LEVEL_CHANGED = "level.changed", _("%(actor)s changed %(fields)s of the level %(level)s")
    LEVEL_REMOVED = "level.removed", _("%(actor)s removed the level %(level)s")
    VERSION_UPLOADED = "version.uploaded", _("%(actor)s uploaded version %(number)s of %(document)s")
    VERSION_ACCEPTED = "version.accepted", _("Version %(number)s of %(document)s passed its checks")
    VERSION_REFUSED = "version.refused", _("Version %(number)s of %(document)s was refused: %(flaw)s")
    VERSION_PUBLISHED = (
        "version.published",
        _("%(actor)s published version %(number)s of %(document)s. Version before: %(before)s"),
    )
    VERSION_ANNOUNCED = (
        "version.announced",
        _("%(actor)s started the e-mails to readers of %(document)s about version %(number)s"),
    )
    VERSION_SCHEDULED = (
        "version.scheduled",
        _("%(actor)s scheduled version %(number)s of %(document)s to go live on %(due_at)s"),
    )
    VERSION_UNSCHEDULED = (
        "version.unscheduled",
        _("%(actor)s canceled the date on which version %(number)s of %(document)s goes live"),
    )
    VERSION_DISCARDED = "version.discarded", _("%(actor)s discarded version %(number)s of %(document)s")
    VERSION_OPENED = (
        "version.opened",
        _("%(actor)s opened version %(number)s of %(document)s at the desk as copy %(code)s"),
    )
    KEYS_ROTATED = "vault.rotated", _("The keys of %(count)s stored files were wrapped again with %(key)s")
    VERSION_UNDRAWABLE = "version.undrawable", _("Version %(number)s of %(document)s cannot be shown: %(flaw)s")
    DELIVERY_STARTED = "delivery.started", _("%(actor)s downloaded %(document)s as copy %(code)s")
    DELIVERY_FINISHED = "delivery.finished", _("Copy %(code)s of %(document)s was sent in full, SHA-256 %(sha256)s")
    DELIVERY_STOPPED = (
        "delivery.stopped",
        _(
            "Copy %(code)s of %(document)s was not sent in full: %(sent)s of %(size)s bytes were sent. Reason: %(cause)s"
        ),
    )
    READING_STARTED = "reading.started", _("%(actor)s opened %(document)s to read its pages as copy %(code)s")
    READING_RUSHED = "reading.rushed", _("%(actor)s turned the pages of copy %(code)s of %(document)s too fast")
    DELIVERY_REFUSED = "delivery.refused", _("%(actor)s was refused %(document)s: %(refusal)s")
    TRACE_ASKED = "trace.asked", _("%(actor)s asked which copy the file with SHA-256 %(sha256)s came from")
    TRACE_ANSWERED = "trace.answered", _("The file with SHA-256 %(sha256)s was traced: %(verdict)s")
    TRACE_FAILED = "trace.failed", _("The file with SHA-256 %(sha256)s could not be traced: %(failure)s")
    # Public side
    CONTENT_IMPORTED = "content.imported", _("%(actor)s imported the public content from %(file)s")
    CONTENT_ADDED = "content.added", _("%(actor)s added the %(kind)s %(name)s")
    CONTENT_CHANGED = "content.changed", _("%(actor)s changed %(fields)s of the %(kind)s %(name)s")
    CONTENT_CONFIRMED = "content.confirmed", _("%(actor)s confirmed that the %(kind)s %(name)s is still true")
    DRAFT_SAVED = "content.draft_saved", _("%(actor)s saved a draft of the %(kind)s %(name)s")
    DRAFT_DISCARDED = "content.draft_discarded", _("%(actor)s discarded the draft of the %(kind)s %(name)s")
    DRAFT_SCHEDULED = (
        "content.draft_scheduled",
        _("%(actor)s scheduled the draft of the %(kind)s %(name)s for %(due_at)s"),
    )
    DRAFT_UNSCHEDULED = (
        "content.draft_unscheduled",
        _("%(actor)s canceled the publication date of the draft of the %(kind)s %(name)s"),
    )
    DRAFT_STOPPED = (
        "content.draft_stopped",
        _("The draft of the %(kind)s %(name)s was not published on its date: %(refusal)s"),
    )
    CONTENT_REMOVED = "content.removed", _("%(actor)s removed the %(kind)s %(name)s")
    CONTENT_REVISED = (
        "content.revised",
        _("The public content became revision %(number)s. SHA-256 of its posture.json: %(sha256)s"),
    )
    PICTURE_UPLOADED = "content.picture_uploaded", _("%(actor)s uploaded a picture: %(kind)s. SHA-256: %(sha256)s")
    UPDATE_PUBLISHED = "update.published", _("%(actor)s published the post %(name)s")
    UPDATE_SCHEDULED = "update.scheduled", _("%(actor)s scheduled the post %(name)s for %(due_at)s")
    UPDATE_UNSCHEDULED = "update.unscheduled", _("%(actor)s canceled the publication date of the post %(name)s")
    UPDATE_ANNOUNCED = "update.announced", _("%(actor)s started the e-mails to subscribers about the post %(name)s")
    INCIDENT_CONTINUED = (
        "incident.continued",
        _("%(actor)s wrote in the timeline of the incident %(name)s: %(incident_status)s"),
    )
    DUTY_STARTED = "duty.started", _("%(actor)s started the clock of a duty about %(name)s: %(duty)s")
    DUTY_MET = "duty.met", _("%(actor)s said when a duty about %(name)s was met: %(duty)s")
    PAGE_SHARED = "page.shared", _("%(actor)s sent the public page to %(email)s")
    SHARE_LINK_MADE = "page.link_made", _("%(actor)s made a link to the public page. Company: %(name)s")
    SHARE_LINK_ENDED = "page.link_ended", _("%(actor)s ended a link to the public page. Company: %(name)s")
    # The desk
    DESK_HOURS_CHANGED = "desk.hours_changed", _("%(actor)s changed the business hours. Time zone: %(zone)s")
    DESK_ABSENCE_SET = (
        "desk.absence_set",
        _("%(actor)s is away from %(starts_on)s to %(ends_on)s. %(deputy)s stands in"),
    )
    DESK_ABSENCE_ENDED = "desk.absence_ended", _("%(actor)s is back at the desk")
    DESK_MAILS_CHOSEN = "desk.mails_chosen", _("%(actor)s chose e-mails about each new request: %(new_requests)s")
    PROSPECT_MAILS_CHOSEN = "desk.prospect_mails_chosen", _("%(actor)s chose e-mails when a prospect %(events)s")
    DESK_EXPORTED = "desk.exported", _("%(actor)s exported requests as CSV. Requests: %(count)s")
    DESK_CHANNEL_ADDED = (
        "desk.channel_added",
        _("%(actor)s added a chat channel for %(tells)s: %(channel)s at %(host)s. It names people: %(names_people)s"),
    )
    DESK_CHANNEL_REMOVED = "desk.channel_removed", _("%(actor)s removed the chat channel %(channel)s at %(host)s")
    DESK_CHANNEL_TESTED = (
        "desk.channel_tested",
        _("%(actor)s sent a test message to the chat channel %(channel)s at %(host)s"),
    )
    # Background work
    TASK_RETRIED = "task.retried", _("%(actor)s started background work again: %(work)s, %(about)s")
    TASK_DISMISSED = "task.dismissed", _("%(actor)s dismissed background work that failed: %(work)s, %(about)s")
    # The log itself
    LOG_KEY_MADE = "log.key_made", _("The key of the log was created: %(key)s")
    LOG_CHECKPOINT_REFUSED = "log.checkpoint_refused", _("No checkpoint was signed: %(cause)s")
    LOG_ERASED = "log.erased", _("%(by)s erased what the log said about %(whom)s. Records: %(count)s")
    # The site itself
    BACKUP_MADE = "backup.made", _("A backup was made of %(size)s records and %(objects)s files")
    BACKUP_RESTORED = "backup.restored", _("The site was restored from the backup of %(made_at)s with %(size)s records")

    @classmethod
    def grouped(cls) -> list[tuple[str, list[tuple[str, str]]]]:
        """All actions as choices, by what they are about."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for action in cls:
            groups.setdefault(str(GROUPS[action.value.partition(".")[0]]), []).append((action.value, action.kind))
        return list(groups.items())

    def sentence(self, detail: dict[str, Any]) -> str:
        """What happened, in one sentence, from the record's detail."""
        return words.sentence(self.label, detail)

    @property
    def kind(self) -> str:
        """What happens, in words: the sentence without its names. Only who did it can be left out: "… opened for …"."""
        words = re.sub(r"%\(\w+\)s", "…", str(self.label).removeprefix("%(actor)s "))
        return words[:1].upper() + words[1:]

    @property
    def tone(self) -> str:
        match self.value.rpartition(".")[2]:
            case (
                "refused"
                | "checkpoint_refused"
                | "sign_in_failed"
                | "denied"
                | "blocked"
                | "revoked"
                | "all_revoked"
                | "kept"
                | "lapsed"
                | "failed"
                | "stopped"
            ):
                return "none"
            case "granted" | "approved" | "signed" | "sealed" | "accepted" | "finished":
                return "good"
            case _:
                return "plain"


# What an action is about, by the first part of its code.
GROUPS = {
    "person": _("People"),
    "company": _("Companies"),
    "list": _("Companies"),
    "request": _("Requests"),
    "invitation": _("Invitations"),
    "objection": _("Objections"),
    "review": _("Access reviews"),
    "privacy": _("Personal data"),
    "rule": _("Rules"),
    "agreement": _("Agreements"),
    "level": _("Documents"),
    "version": _("Documents"),
    "vault": _("Stored files"),
    "grant": _("Requests"),
    "copies": _("Downloads"),
    "delivery": _("Downloads"),
    "reading": _("Reading on the screen"),
    "trace": _("Traces"),
    "desk": _("The desk"),
    "content": _("Public content"),
    "update": _("Public content"),
    "incident": _("Public content"),
    "duty": _("Notification duties"),
    "page": _("Public content"),
    "task": _("Background work"),
    "log": _("The log itself"),
    "backup": _("Backups"),
}
