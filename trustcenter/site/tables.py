"""The tables of a new site."""

from django.core.management import call_command
from django.db import connection


def make_if_new() -> None:
    """Makes the tables if the database is empty, so that commands can fill a site before its first start.

    An older database is left alone: `serve` brings it up to date, and no other site uses it then.
    """
    if not connection.introspection.table_names():
        call_command("migrate", verbosity=0, interactive=False)
