"""Gives a demo site texts without a space: every text of its content, of a person and of a request is one long word.

`python -m tests.browser.long_words` in the site's environment prints the session keys of a requester and of an approver
and the id of the request, in JSON.
"""

import json
import sys

import django
from django.db import models

LETTERS = 200


def fill() -> dict[str, str]:
    from django.apps import apps
    from django.test import Client

    from documents.models import Document
    from tests import cast, signin
    from trustcenter.accounts.models import User
    from trustcenter.web import revision

    rhea = cast.rhea()
    request = cast.open_request(rhea, *Document.objects.exclude(level__is_public=True)[:2])
    for label in ("certifications", "documents", "ndaflow"):
        for model in apps.get_app_config(label).get_models():
            _fill(model)
    _fill(User)
    for company in apps.get_model("accounts", "Company").objects.all():
        type(company).objects.filter(pk=company.pk).update(legal_name=_word(200))
    revision.count()
    ada = User.objects.get(email="ada@trust.example")
    clients = Client(), Client()
    signin.with_proofs(clients[0], rhea, "code")
    signin.staff_client(clients[1], ada)
    return {
        "requester": clients[0].cookies["session"].value,
        "approver": clients[1].cookies["session"].value,
        "request": request.pk,
    }


def _fill(model: type[models.Model]) -> None:
    for field in model._meta.concrete_fields:
        if field.name in WORDS and not field.choices and not field.unique:
            model.objects.exclude(**{field.name: ""}).update(**{field.name: _word(field.max_length or LETTERS)})


# What people read: names, titles and sentences, but no digest, address or code.
WORDS = {
    "about",
    "answer",
    "authority",
    "company_name",
    "instead",
    "legal_name",
    "location",
    "name",
    "not_offered",
    "notes",
    "notice",
    "purpose",
    "question",
    "reason",
    "scope",
    "summary",
    "title",
}


def _word(longest: int) -> str:
    return "Schutzbedarfsfeststellung".ljust(min(longest, LETTERS), "e")


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(fill()))
