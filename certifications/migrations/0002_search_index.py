from django.db import migrations

from certifications.search import postgresql, sqlite


def _run(editor, direction):
    """The database's own index of the search: Django knows neither FTS5 nor generated columns of PostgreSQL's search."""
    engine = sqlite if editor.connection.vendor == "sqlite" else postgresql
    for statement in getattr(engine, direction):
        editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("certifications", "0001_initial")]

    operations = [
        migrations.RunPython(
            lambda apps, editor: _run(editor, "CREATE"),
            lambda apps, editor: _run(editor, "DROP"),
        )
    ]
