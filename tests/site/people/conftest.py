import time

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.test import Client

from tests import cast, signin


@pytest.fixture
def ada(client, db):
    """An administrator who has typed her password again within the last minutes."""
    user = signin.give_password(cast.ada())
    signin.give_app(user)
    return confirmed(client, user)


@pytest.fixture
def ben(db):
    """An approver with a password and an authenticator app."""
    user = signin.give_password(cast.ben())
    signin.give_app(user)
    return user


@pytest.fixture
def of_ben(ben):
    """Ben's own browser, signed in."""
    return signin.staff_client(Client(), ben)


def confirmed(client, user):
    """Signs the user in, and confirms the sign-in as typing the password again does."""
    signin.staff_client(client, user)
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] += [
        {"method": "password", "at": time.time(), "reauthenticated": True},
    ]
    session.save()
    return user


@pytest.fixture
def other_browser():
    return Client()
