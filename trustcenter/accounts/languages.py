"""The language of a person's mails: what they chose, or what their browser asked for when they first signed in."""

from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from trustcenter.accounts.models import User
from trustcenter.web import language
from trustcenter.work import mail


def keep(person: User, code: str) -> None:
    """Keeps the language on the account. It says nothing about what the person may do, so the log does not hold it."""
    if person.language != code:
        person.language = code
        User.objects.filter(pk=person.pk).update(language=code)


@receiver(user_logged_in)
def on_logged_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    if not user.is_staff:
        code = language.chosen(request.META) or user.language or language.asked(request.META)
        keep(user, code)


@mail.knows_language
def of(address: str) -> str:
    """The language in which to write to an address, or "" if it is not known. Staff get their mails in English."""
    person = User.objects.filter(email=address).only("is_staff", "language").first()
    if person is None:
        return ""
    return settings.LANGUAGE_CODE if person.is_staff else person.language
