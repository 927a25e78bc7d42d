"""The levels of a new site."""

from typing import Any

from django.db import migrations

# Their facts are also in `documents.models.levels.SHIPPED`.
LEVELS: list[dict[str, Any]] = [
    {
        "slug": "public",
        "name": "Open to everyone",
        "summary": "Everyone can open it at once.",
        "position": 0,
        "is_public": True,
        "approvals": 0,
        "way": "file",
        "agreements": [],
        "usual_days": 365,
        "longest_days": 1095,
        "target_hours": 8,
    },
    {
        "slug": "nda",
        "name": "Under NDA",
        "summary": "You sign the NDA, one of us approves, and you download a copy with your name on every page.",
        "position": 1,
        "is_public": False,
        "approvals": 1,
        "way": "file",
        "agreements": ["nda"],
        "usual_days": 365,
        "longest_days": 1095,
        "target_hours": 8,
    },
    {
        "slug": "restricted",
        "name": "Restricted",
        "summary": "You sign the NDA, two of us approve, and you read it here with your name on every page.",
        "position": 2,
        "is_public": False,
        "approvals": 2,
        "way": "pages",
        "agreements": ["nda"],
        "usual_days": 90,
        "longest_days": 1095,
        "target_hours": 16,
    },
]


def add_levels(apps: Any, schema_editor: Any) -> None:
    manager = apps.get_model("documents", "Level").objects.using(schema_editor.connection.alias)
    manager.bulk_create(manager.model(**values) for values in LEVELS)


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial")]

    operations = [migrations.RunPython(add_levels, migrations.RunPython.noop)]
