"""Pages of the admin, saved as people save them: the page says what it showed."""

import re
from typing import Any

from django.db.models import Model
from django.test import Client
from django.urls import reverse


def save(client: Client, row: Model, form: dict[str, Any]) -> Any:
    """Saves the row's page as it is shown now, unless the form says what was seen."""
    return client.post(address(row), {"seen": seen(client, row)} | form, follow=True)


def seen(client: Client, row: Model) -> str:
    return seen_in(client.get(address(row)).content.decode())


def seen_in(page: str) -> str:
    found = re.search(r'name="seen" value="(.*?)"', page)
    assert found, "the page does not say what it showed"
    return found[1]


def address(row: Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
