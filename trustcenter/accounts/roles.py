"""The permissions of each staff role. A view asks for a permission; only this list says which role has it."""

from typing import Any

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import models, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

OUR_APPS = ("accounts", "audit", "certifications", "documents", "ndaflow", "work")


def may(app: str, verbs: str, names: str) -> frozenset[str]:
    """`may("documents", "view add", "document")` is {"documents.view_document", "documents.add_document"}."""
    return frozenset(f"{app}.{verb}_{name}" for verb in verbs.split() for name in names.split())


CONTENT = may(
    "certifications",
    "view add change delete",
    "profile product route duty framework certification topic claim subprocessor update",
)
DUTIES = may("certifications", "view add change", "dutyclock")
LEVELS = may("documents", "view", "level")
EDIT_LEVELS = may("documents", "change", "level")
DOCUMENTS = (
    may("documents", "view add change", "document") | may("documents", "view add preview", "documentversion") | LEVELS
)
AGREEMENTS = may("ndaflow", "view", "agreement agreementversion coverage signature signedcopy paper countersignedpaper")
PUBLISH = frozenset({"ndaflow.publish_agreementversion", "ndaflow.file_paper"})
END_COVERAGE = frozenset({"ndaflow.end_coverage"})
COVERAGE = END_COVERAGE | {"ndaflow.confirm_coverage"}
REQUESTS = may("ndaflow", "view", "accessrequest requesteddocument question decision")
REVIEWS = may("ndaflow", "view", "review reviewedgrant")
READERS = may("documents", "view", "accessgrant delivery") | may(
    "accounts", "view", "company companydomain companynote"
)
PEOPLE = may("accounts", "view change", "user")
ANNOTATE = may("accounts", "annotate", "company")
COMPANIES = ANNOTATE | may("accounts", "confirm", "company") | may("accounts", "view manage", "listed")
DECIDE = frozenset({"ndaflow.decide_accessrequest"})
SHARE = frozenset({"certifications.share_posture"})
TRACE = frozenset({"documents.trace_delivery"})
LEGAL = frozenset({"ndaflow.decide_for_legal"})
INVITATIONS = may("ndaflow", "view", "invitation")
INVITE = frozenset({"ndaflow.send_invitation"})
MANAGE_INVITATIONS = frozenset({"ndaflow.manage_invitation"})
OBJECTIONS = may("ndaflow", "view", "objection")
ANSWER_OBJECTIONS = frozenset({"ndaflow.answer_objection"})
RULES = may("ndaflow", "view", "ruleversion")
WRITE_RULES = frozenset({"ndaflow.publish_ruleversion"})
LOG = frozenset({"audit.view_record"})
ERASURES = may("ndaflow", "view", "erasure")
ERASE = frozenset({"ndaflow.erase_person"})
# Business hours and chat channels.
DESK = frozenset({"ndaflow.change_office_hours", "ndaflow.manage_chatchannel"})
WORK = may("work", "view manage", "task")


def reading(permissions: frozenset[str]) -> frozenset[str]:
    """The permissions that only view."""
    return frozenset(name for name in permissions if name.partition(".")[2].startswith("view_"))


class Role(models.TextChoices):
    """A group of staff; the value is the group's name."""

    ADMINISTRATOR = "administrator", _("Administrator")
    APPROVER = "approver", _("Approver")
    EDITOR = "editor", _("Editor")
    LEGAL = "legal", _("Legal")
    SALES = "sales", _("Sales")
    AUDITOR = "auditor", _("Auditor")

    @property
    def may_do(self) -> str:
        """What its holders may do, in one sentence."""
        match self:
            case Role.ADMINISTRATOR:
                return gettext("Does everything that the other roles can, and changes people and levels.")
            case Role.APPROVER:
                return gettext("Decides requests, confirms and blocks companies, traces copies, reads the audit log.")
            case Role.EDITOR:
                return gettext("Changes the public content and the documents, sends the public page.")
            case Role.LEGAL:
                return gettext(
                    "Publishes agreements, decides what rules send to legal, sees who signed, answers objections to "
                    "subprocessors, erases personal data, reads the audit log."
                )
            case Role.SALES:
                return gettext(
                    "Sends the public page, invites people to documents, sees requests and who reads, keeps notes about "
                    "companies."
                )
            case Role.AUDITOR:
                return gettext("Reads everything, with the audit log, traces copies, changes nothing.")

    @property
    def permissions(self) -> frozenset[str]:
        """As `app.codename`. No role may write a record of the log, a signature or a decision by hand."""
        match self:
            case Role.ADMINISTRATOR:
                all_of_it = CONTENT | DUTIES | DOCUMENTS | AGREEMENTS | REQUESTS | READERS | PEOPLE | RULES
                acting = (
                    PUBLISH
                    | EDIT_LEVELS
                    | COVERAGE
                    | DECIDE
                    | LEGAL
                    | WRITE_RULES
                    | SHARE
                    | INVITE
                    | MANAGE_INVITATIONS
                    | TRACE
                    | LOG
                    | WORK
                    | DESK
                    | ERASURES
                    | ERASE
                    | ANSWER_OBJECTIONS
                )
                return all_of_it | COMPANIES | REVIEWS | INVITATIONS | OBJECTIONS | acting
            case Role.APPROVER:
                seen = REQUESTS | READERS | AGREEMENTS | reading(DOCUMENTS) | RULES
                return seen | COMPANIES | REVIEWS | INVITATIONS | OBJECTIONS | COVERAGE | DECIDE | TRACE | LOG
            case Role.EDITOR:
                return CONTENT | DUTIES | DOCUMENTS | SHARE
            case Role.LEGAL:
                seen = AGREEMENTS | REQUESTS | RULES | LEVELS | ERASURES | may("certifications", "view", "update")
                seen |= OBJECTIONS
                return seen | DUTIES | PUBLISH | END_COVERAGE | LEGAL | LOG | ERASE | ANSWER_OBJECTIONS
            case Role.SALES:
                seen = may("ndaflow", "view", "accessrequest requesteddocument") | READERS | INVITATIONS
                return seen | ANNOTATE | SHARE | INVITE
            case Role.AUDITOR:
                seen = CONTENT | DUTIES | DOCUMENTS | AGREEMENTS | REQUESTS | READERS | COMPANIES | PEOPLE | RULES
                return reading(seen | REVIEWS | INVITATIONS | OBJECTIONS | WORK | ERASURES) | TRACE | LOG


def sync(using: str, **kwargs: Any) -> None:
    """Gives each group the permissions of its `Role`; runs after every migrate.

    Raises LookupError for a permission that no model has: a misspelt one would silently remove a right.
    """
    for label in OUR_APPS:
        # Django creates an app's permissions after this runs, so they are created here first.
        create_permissions(apps.get_app_config(label), using=using, verbosity=0)
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.using(using)
        .filter(content_type__app_label__in=OUR_APPS)
        .select_related("content_type")
    }
    with transaction.atomic(using=using):
        for role in Role:
            missing = role.permissions - known.keys()
            if missing:
                raise LookupError(f"{role} asks for {', '.join(sorted(missing))}, which no model has")
            group = Group.objects.using(using).get_or_create(name=role.value)[0]
            group.permissions.set(known[name] for name in role.permissions)
