import django.utils.timezone
import trustcenter.work.ids
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
                    name='StoredFile',
                    fields=[
                        ('id', models.CharField(default=trustcenter.work.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False)),
                        ('size', models.PositiveBigIntegerField()),
                        ('sha256', models.CharField(max_length=64)),
                        ('key_name', models.TextField()),
                        ('wrapped_key', models.BinaryField()),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ],
                ),
            ],
        ),
    ]
