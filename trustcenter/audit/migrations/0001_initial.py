import django.db.models.deletion
import django.utils.timezone
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
                    name='Checkpoint',
                    fields=[
                        ('size', models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                        ('number', models.PositiveBigIntegerField(unique=True)),
                        ('root', models.BinaryField(max_length=32)),
                        ('frontier', models.BinaryField()),
                        ('note', models.TextField()),
                        ('verifier_key', models.CharField(max_length=400)),
                        ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={
                        'ordering': ['-size'],
                    },
                ),
                migrations.CreateModel(
                    name='Record',
                    fields=[
                        ('number', models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                        ('at', models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                        ('action', models.CharField(db_index=True, max_length=40)),
                        ('actor', models.CharField(blank=True, db_index=True, max_length=16)),
                        ('subject', models.CharField(blank=True, db_index=True, max_length=60)),
                        ('facts', models.TextField(blank=True)),
                        ('detail_digest', models.BinaryField(max_length=32)),
                        ('root', models.BinaryField(max_length=32)),
                    ],
                    options={
                        'ordering': ['-number'],
                    },
                ),
                migrations.CreateModel(
                    name='Head',
                    fields=[
                        ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                        ('size', models.PositiveBigIntegerField(default=0)),
                        ('frontier', models.BinaryField(default=b'')),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='audit_head_one_row')],
                    },
                ),
                migrations.CreateModel(
                    name='Subtree',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('level', models.PositiveSmallIntegerField()),
                        ('index', models.PositiveBigIntegerField()),
                        ('root', models.BinaryField(max_length=32)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('level', 'index'), name='audit_subtree_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Detail',
                    fields=[
                        ('record', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='detail', serialize=False, to='audit.record')),
                        ('key', models.BinaryField(max_length=32)),
                        ('body', models.TextField(blank=True)),
                        ('erased_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='erased_details', to='audit.record')),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('erased_by', None), models.Q(('body', ''), ('key', b'')), _connector='OR'), name='audit_detail_erased_whole')],
                    },
                ),
            ],
        ),
    ]
