import json
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from tests import cast, signin
from trustcenter.audit.models import Detail


@pytest.fixture(autouse=True)
def database(db):
    """Signing in needs the database, also where a test does not ask for it."""


@pytest.fixture
def other_browser():
    return Client()


@pytest.fixture
def ada(db):
    """An administrator with a password and an authenticator app."""
    user = signin.give_password(cast.ada())
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    signin.give_app(user)
    return user


@pytest.fixture
def new_colleague(db):
    """An approver with a one-time password and no second factor yet."""
    user = signin.give_password(cast.ben())
    user.one_time_password_until = timezone.now() + timedelta(hours=1)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def sentences(db):
    """The sentences of the audit log, oldest first."""

    def read():
        rows = Detail.objects.select_related("record").order_by("record__number")
        return [(row.record.action, json.loads(row.body)) for row in rows]

    return read
