"""Every table that names a person is in the export, or stands here with the reason why not."""

import pytest
from django.apps import apps
from django.db import models

from ndaflow.privacy.collecting import PARTS
from trustcenter.accounts.models import User

WORK = "what staff did at work; the export has it from the log, as records of which they are the actor"
ELSEWHERE = {
    "accounts.Company": "about a company; its name and domains are on the person's page",
    "accounts.CompanyNote": WORK,
    "accounts.ToldApart": WORK,
    "accounts.Listed": "would tell a blocked person so, and others how to get around it (GDPR, Article 23(1)(i))",
    "admin.LogEntry": WORK,
    "certifications.Certification": WORK,
    "certifications.Claim": WORK,
    "certifications.PostureRevision": WORK,
    "certifications.ContentDraft": WORK,
    "certifications.Product": WORK,
    "certifications.ReviewReminder": WORK,
    "certifications.Subprocessor": WORK,
    "certifications.Profile": "the public contact of the operator",
    "certifications.UpdateSchedule": WORK,
    "documents.DocumentVersion": WORK,
    "documents.Trace": WORK,
    "documents.VersionDate": WORK,
    "mfa.Authenticator": "secrets of a sign-in; only staff have them",
    "ndaflow.Absence": WORK,
    "ndaflow.ChatChannel": WORK,
    "ndaflow.CompanyMerge": WORK,
    "ndaflow.DeclinedScope": WORK,
    "ndaflow.DryRun": WORK,
    "ndaflow.NewRequestMail": WORK,
    "ndaflow.ProspectMails": WORK,
    "ndaflow.Review": WORK,
    "ndaflow.ReviewedGrant": WORK,
    "ndaflow.RuleControl": WORK,
    "ndaflow.RuleDraft": WORK,
    "ndaflow.RuleVersion": WORK,
    "ndaflow.ShareLink": WORK,
}


def names_a_person(field: models.Field) -> bool:
    return field.related_model is User or isinstance(field, models.EmailField)


@pytest.mark.once
@pytest.mark.django_db
def test_every_table_that_names_a_person_is_exported_or_explained():
    exported = {part.rows(User(email="rhea@example.com")).model for part in PARTS}
    naming = {one for one in apps.get_models() if any(map(names_a_person, one._meta.concrete_fields))}
    assert {one._meta.label for one in naming - exported} == set(ELSEWHERE)


def test_no_secret_is_exported():
    fields = {
        f"{part.name}.{field.name}"
        for part in PARTS
        for field in part.rows(User(email="rhea@example.com")).model._meta.concrete_fields
        if field.name not in part.without
    }
    secret = ("password", "session_key", "session_data", "session_hash", "body", "mark_bits", "wrapped_key")
    # Binary fields are never written; the second mark of a copy is one.
    assert {name for name in fields if name.rpartition(".")[2] in secret} == {"downloads.mark_bits"}
