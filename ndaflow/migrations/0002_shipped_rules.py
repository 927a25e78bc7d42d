"""The rules of a new site: what sales invited to is approved, once rules are on and a level takes invitations."""

from typing import Any

from django.db import migrations

# Also in `ndaflow.rules.models.SHIPPED`.
RULES: list[dict[str, Any]] = [
    {
        "key": "invited-by-sales",
        "name": "Invited by sales",
        "when": [{"fact": "invited", "op": "is"}],
        "then": {"approve_days": 365},
    }
]
WHY = "The rules that every site comes with."


def add_rules(apps: Any, schema_editor: Any) -> None:
    versions = apps.get_model("ndaflow", "RuleVersion").objects.using(schema_editor.connection.alias)
    versions.create(number=0, rules=RULES, why=WHY)


class Migration(migrations.Migration):
    dependencies = [("ndaflow", "0001_initial")]

    operations = [migrations.RunPython(add_rules, migrations.RunPython.noop)]
