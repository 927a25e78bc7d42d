import trustcenter.work.tables
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        trustcenter.work.tables.CreateTables(
            tables=[
                migrations.CreateModel(
                    name='CacheEntry',
                    fields=[
                        ('key', models.CharField(editable=False, max_length=255, primary_key=True, serialize=False)),
                        ('ends_at', models.DateTimeField(db_index=True)),
                        ('value', models.TextField()),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='Counter',
                    fields=[
                        ('key', models.CharField(editable=False, max_length=255, primary_key=True, serialize=False)),
                        ('ends_at', models.DateTimeField(db_index=True)),
                        ('count', models.PositiveIntegerField()),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='ContentRevision',
                    fields=[
                        ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                        ('number', models.PositiveBigIntegerField(default=1)),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='content_revision_one_row')],
                    },
                ),
            ],
        ),
    ]
