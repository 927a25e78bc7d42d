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
                    name='Mail',
                    fields=[
                        ('id', models.CharField(default=trustcenter.work.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False)),
                        ('message_id', models.CharField(max_length=200, unique=True)),
                        ('to', models.EmailField(max_length=254)),
                        ('reply_to', models.EmailField(blank=True, max_length=254)),
                        ('unsubscribe', models.CharField(blank=True, max_length=300)),
                        ('subject', models.CharField(max_length=300)),
                        ('body', models.TextField()),
                        ('attachments', models.JSONField(blank=True, default=list)),
                        ('created_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                        ('expires_at', models.DateTimeField(null=True)),
                        ('sent_at', models.DateTimeField(null=True)),
                        ('language', models.CharField(default='en', max_length=10)),
                    ],
                    options={
                        'ordering': ['-created_at'],
                    },
                ),
                migrations.CreateModel(
                    name='Routine',
                    fields=[
                        ('name', models.CharField(max_length=100, primary_key=True, serialize=False)),
                        ('due_at', models.DateTimeField()),
                    ],
                ),
                migrations.CreateModel(
                    name='Task',
                    fields=[
                        ('id', models.CharField(default=trustcenter.work.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False)),
                        ('path', models.CharField(max_length=200)),
                        ('arguments', models.JSONField(default=list)),
                        ('lane', models.CharField(choices=[('codes', 'codes'), ('mail', 'mail'), ('sealing', 'sealing'), ('documents', 'documents'), ('traces', 'traces'), ('chat', 'chat'), ('rules', 'rules')], max_length=16)),
                        ('priority', models.SmallIntegerField(default=0)),
                        ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('dismissed', 'Dismissed')], default='waiting', max_length=16)),
                        ('queued_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('due_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('started_at', models.DateTimeField(null=True)),
                        ('ended_at', models.DateTimeField(null=True)),
                        ('tries', models.PositiveSmallIntegerField(default=0)),
                        ('losses', models.PositiveSmallIntegerField(default=0)),
                        ('worker', models.CharField(blank=True, max_length=16)),
                        ('leased_until', models.DateTimeField(null=True)),
                        ('error', models.TextField(blank=True)),
                    ],
                    options={
                        'ordering': ['-queued_at', '-id'],
                        'permissions': [('manage_task', 'Can start failed background work again, and dismiss it')],
                        'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['lane', '-priority', 'due_at'], name='task_waiting'), models.Index(condition=models.Q(('state', 'waiting'), _negated=True), fields=['state', 'ended_at'], name='task_ended'), models.Index(fields=['path'], name='task_path')],
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('state', 'running'), _negated=True), models.Q(('leased_until__isnull', False), models.Q(('worker', ''), _negated=True)), _connector='OR'), name='task_leased')],
                    },
                ),
            ],
        ),
    ]
