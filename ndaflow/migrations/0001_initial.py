import django.db.models.deletion
import django.utils.timezone
import ndaflow.duty.models
import trustcenter.accounts.fields
import trustcenter.audit.facts
import trustcenter.web.fields
import trustcenter.web.typed
import trustcenter.work.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('documents', '0001_initial'),
        ('vault', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Agreement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(unique=True, verbose_name='short name')),
                ('kind', models.CharField(choices=[('nda', 'Non-disclosure agreement'), ('baa', 'Business associate agreement'), ('dpa', 'Data processing agreement'), ('scc', 'Standard contractual clauses'), ('own', 'Another agreement')], max_length=3, verbose_name='kind')),
                ('title', trustcenter.web.fields.LineColumn(max_length=200, verbose_name='title')),
                ('summary', trustcenter.web.fields.LineColumn(blank=True, max_length=300, verbose_name='what it is for')),
                ('plans', models.JSONField(blank=True, default=list, verbose_name='plans')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Paper',
            fields=[
                ('id', models.CharField(default=trustcenter.work.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('elsewhere', 'Signed elsewhere'), ('redline', 'Our text with their changes'), ('theirs', 'Their own text')], max_length=9, verbose_name='kind')),
                ('state', models.CharField(choices=[('waiting', 'Yours to check'), ('accepted', 'On file'), ('declined', 'Declined'), ('withdrawn', 'Withdrawn')], db_index=True, default='waiting', max_length=9)),
                ('sha256', models.CharField(max_length=64)),
                ('pages', models.PositiveIntegerField()),
                ('note', models.TextField(blank=True, max_length=2000, validators=[trustcenter.web.typed.validate_lines])),
                ('added_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('scope', models.CharField(blank=True, choices=[('person', 'one person'), ('domain', 'everyone at a mail domain'), ('company', 'everyone at a company')], max_length=7, verbose_name='covers')),
                ('domain', trustcenter.accounts.fields.Domain(blank=True, max_length=253)),
                ('signed_on', models.DateField(null=True)),
                ('starts_on', models.DateField(null=True)),
                ('ends_on', models.DateField(null=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('begun_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True, max_length=2000, validators=[trustcenter.web.typed.validate_lines])),
                ('countersigned_at', models.DateTimeField(null=True)),
                ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='papers_added', to=settings.AUTH_USER_MODEL)),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='papers', to='ndaflow.agreement')),
                ('company', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='papers', to='accounts.company')),
                ('countersigned_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='papers_countersigned', to=settings.AUTH_USER_MODEL)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='papers_decided', to=settings.AUTH_USER_MODEL)),
                ('file', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='vault.storedfile')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='papers_covering', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-added_at'],
                'permissions': [('file_paper', 'Can put papers on file and decide about uploaded ones')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('state__in', ['waiting', 'withdrawn'])), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('state__in', ['accepted', 'declined'])), _connector='OR'), name='paper_decided_by_a_person'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'declined'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='paper_no_silent_refusal'), models.CheckConstraint(condition=models.Q(models.Q(('company', None), ('domain', ''), ('person', None), ('scope', '')), models.Q(('company', None), ('domain', ''), ('person__isnull', False), ('scope', 'person')), models.Q(('company', None), ('person', None), ('scope', 'domain'), models.Q(('domain', ''), _negated=True)), models.Q(('company__isnull', False), ('domain', ''), ('person', None), ('scope', 'company')), _connector='OR'), name='paper_covers_one_of_three'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'accepted'), _negated=True), models.Q(models.Q(('scope', ''), _negated=True), ('signed_on__isnull', False), ('starts_on__isnull', False)), _connector='OR'), name='paper_on_file_has_scope_and_dates'), models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='paper_ends_after_it_starts'), models.CheckConstraint(condition=models.Q(models.Q(('countersigned_at', None), ('countersigned_by', None)), models.Q(('countersigned_at__isnull', False), ('countersigned_by__isnull', False), ('state', 'accepted')), _connector='OR'), name='paper_countersigned_when_accepted')],
            },
            bases=(trustcenter.audit.facts.Answering, models.Model),
        ),
        migrations.CreateModel(
            name='SealCertificate',
            fields=[
                ('fingerprint', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('pem', models.TextField()),
                ('subject', models.CharField(max_length=300)),
                ('not_after', models.DateTimeField()),
                ('in_use_since', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'ordering': ['-in_use_since'],
            },
            bases=(trustcenter.audit.facts.Answering, models.Model),
        ),
        migrations.CreateModel(
            name='Signature',
            fields=[
                ('id', models.CharField(default=trustcenter.work.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False)),
                ('scope', models.CharField(choices=[('person', 'one person'), ('domain', 'everyone at a mail domain'), ('company', 'everyone at a company')], default='person', max_length=7)),
                ('evidence', models.TextField()),
                ('evidence_sha256', models.CharField(max_length=64)),
                ('typed_name', trustcenter.web.fields.LineColumn(max_length=150)),
                ('title', trustcenter.web.fields.LineColumn(max_length=150)),
                ('entity', trustcenter.web.fields.LineColumn(max_length=200)),
                ('signed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('superseded_at', models.DateTimeField(null=True)),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to='ndaflow.agreement')),
            ],
            options={
                'ordering': ['-signed_at'],
            },
            bases=(trustcenter.audit.facts.Answering, models.Model),
        ),
        migrations.CreateModel(
            name='AccessRequest',
            fields=[
                ('id', models.CharField(default=trustcenter.work.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False)),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('open', 'Open'), ('granted', 'Granted'), ('denied', 'Denied'), ('withdrawn', 'Withdrawn'), ('expired', 'Expired'), ('revoked', 'Revoked')], db_index=True, default='draft', max_length=10)),
                ('step', models.PositiveIntegerField(default=0)),
                ('email', trustcenter.accounts.fields.Address(max_length=254, verbose_name='work e-mail')),
                ('name', trustcenter.web.fields.LineColumn(max_length=150, verbose_name='name')),
                ('company_name', trustcenter.web.fields.LineColumn(max_length=200, verbose_name='company')),
                ('reason', models.TextField(max_length=2000, validators=[trustcenter.web.typed.validate_lines], verbose_name='reason')),
                ('country', models.CharField(blank=True, max_length=2, verbose_name='country')),
                ('days_wanted', models.PositiveSmallIntegerField(null=True, verbose_name='how long')),
                ('session_hash', models.CharField(blank=True, max_length=64)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('opened_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('closing_reason', models.TextField(blank=True, validators=[trustcenter.web.typed.validate_lines])),
                ('forwarded_to', trustcenter.accounts.fields.Address(blank=True, max_length=254)),
                ('target_hours', models.PositiveSmallIntegerField(null=True)),
                ('due_at', models.DateTimeField(null=True)),
                ('paused_at', models.DateTimeField(null=True)),
                ('reminded_at', models.DateTimeField(null=True)),
                ('escalated_at', models.DateTimeField(null=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_in', models.PositiveIntegerField(null=True)),
                ('risks', models.JSONField(blank=True, default=list)),
                ('has_warning', models.BooleanField(default=False)),
                ('risks_at', models.DateTimeField(null=True)),
                ('continues', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='continued_by', to='ndaflow.accessrequest')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='owned_requests', to=settings.AUTH_USER_MODEL)),
                ('requester', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='access_requests', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at'],
                'permissions': [('decide_accessrequest', 'Can decide requests'), ('decide_for_legal', 'Can decide what a rule sends to legal')],
                'indexes': [models.Index(fields=['status', 'opened_at'], name='request_queue'), models.Index(condition=models.Q(('status', 'open')), fields=['due_at'], name='request_due'), models.Index(fields=['opened_at'], name='request_opened_at'), models.Index(condition=models.Q(('decided_at__isnull', False)), fields=['decided_at'], name='request_decided_at')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status', 'draft'), models.Q(('opened_at__isnull', False), ('requester__isnull', False)), _connector='OR'), name='request_open_has_a_proven_requester'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['denied', 'revoked']), _negated=True), models.Q(('closing_reason', ''), _negated=True), _connector='OR'), name='request_no_silent_refusal'), models.CheckConstraint(condition=models.Q(models.Q(('due_at', None), ('paused_at', None), ('target_hours', None)), models.Q(('due_at__isnull', False), ('target_hours__isnull', False)), _connector='OR'), name='request_clock_has_a_target'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_in', None)), models.Q(('decided_at__isnull', False), ('decided_in__isnull', False)), _connector='OR'), name='request_decided_in_some_time'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'draft'), _negated=True), ('owner', None), _connector='OR'), name='request_draft_has_no_owner')],
            },
            bases=(trustcenter.audit.facts.Answering, models.Model),
        ),
        migrations.CreateModel(
            name='AgreementVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='number')),
                ('text', models.TextField(verbose_name='text')),
                ('sha256', models.CharField(editable=False, max_length=64)),
                ('effective_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='in force from')),
                ('earlier_signers', models.CharField(choices=[('grandfather', 'Earlier signatures stay good'), ('next_use', 'Sign again with the next request'), ('now', 'Sign again now; open documents close until then')], max_length=12, verbose_name='earlier signers')),
                ('covers', models.CharField(choices=[('person', 'one person'), ('domain', 'everyone at a mail domain'), ('company', 'everyone at a company')], default='person', max_length=7, verbose_name='a signature covers')),
                ('told_at', models.DateTimeField(editable=False, null=True)),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='ndaflow.agreement')),
            ],
            options={
                'ordering': ['agreement', '-number'],
                'permissions': [('publish_agreementversion', 'Can publish agreements')],
                'constraints': [models.UniqueConstraint(fields=('agreement', 'number'), name='agreement_version_number_once')],
            },
            bases=(trustcenter.audit.facts.Answering, models.Model),
        ),
        migrations.CreateModel(
            name='ChatChannel',
            fields=[
                ('id', models.CharField(default=trustcenter.work.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('slack', 'Slack'), ('teams', 'Microsoft Teams'), ('webhook', 'Another webhook')], max_length=7, verbose_name='kind')),
                ('address', models.TextField(editable=False)),
                ('host', models.CharField(editable=False, max_length=253)),
                ('names_people', models.BooleanField(default=False, verbose_name='name the person and the company')),
                ('sent_at', models.DateTimeField(editable=False, null=True)),
                ('failed_at', models.DateTimeField(editable=False, null=True)),
                ('failure', models.CharField(blank=True, editable=False, max_length=200)),
                ('added_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('added_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['added_at'],
                'permissions': [('manage_chatchannel', 'Can add and remove chat channels')],
            },
        ),
        migrations.CreateModel(
            name='CountersignedPaper',
            fields=[
                ('paper', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='copy', serialize=False, to='ndaflow.paper')),
                ('sha256', models.CharField(max_length=64, unique=True)),
                ('level', models.CharField(choices=[('B-B', 'sealed by us, time from our own clock'), ('B-T', 'sealed by us, with a timestamp from an authority')], max_length=3)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('level__in', ['B-B', 'B-T'])), name='countersigned_paper_level')],
            },
            bases=(trustcenter.audit.facts.Answering, models.Model),
        ),
        migrations.AddField(
            model_name='paper',
            name='request',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='papers', to='ndaflow.accessrequest'),
        ),
        migrations.CreateModel(
            name='Coverage',
            fields=[
                ('id', models.CharField(default=trustcenter.work.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False)),
                ('scope', models.CharField(choices=[('person', 'one person'), ('domain', 'everyone at a mail domain'), ('company', 'everyone at a company')], max_length=7, verbose_name='covers')),
                ('domain', trustcenter.accounts.fields.Domain(blank=True, db_index=True, max_length=253)),
                ('starts_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('ends_at', models.DateTimeField(null=True)),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('end', models.CharField(blank=True, choices=[('replaced', 'Replaced by a newer signature'), ('expired', 'Expired'), ('ended', 'Ended by a person')], max_length=8)),
                ('end_reason', models.TextField(blank=True, max_length=2000, validators=[trustcenter.web.typed.validate_lines])),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='coverage', to='ndaflow.agreement')),
                ('company', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='coverage', to='accounts.company')),
                ('confirmed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('paper', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='coverage', to='ndaflow.paper')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='coverage', to=settings.AUTH_USER_MODEL)),
                ('version', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='coverage', to='ndaflow.agreementversion')),
            ],
            options={
                'verbose_name_plural': 'coverage',
                'ordering': ['-starts_at'],
                'permissions': [('confirm_coverage', 'Can confirm that a signature covers a company'), ('end_coverage', 'Can end coverage')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('company', None), ('domain', ''), ('person__isnull', False), ('scope', 'person')), models.Q(('company', None), ('person', None), ('scope', 'domain'), models.Q(('domain', ''), _negated=True)), models.Q(('company__isnull', False), ('domain', ''), ('person', None), ('scope', 'company')), _connector='OR'), name='coverage_reaches_one_of_three'), models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at', None), ('confirmed_by', None), ('scope', 'person')), models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False)), _connector='OR'), name='coverage_wider_is_confirmed_by_a_person'), models.CheckConstraint(condition=models.Q(('ends_at', None), ('ends_at__gt', models.F('starts_at')), _connector='OR'), name='coverage_ends_after_it_starts'), models.CheckConstraint(condition=models.Q(models.Q(('end', ''), ('end_reason', ''), ('ended_at', None)), models.Q(('end__in', ['replaced', 'expired']), ('end_reason', ''), ('ended_at__isnull', False)), models.Q(('end', 'ended'), ('ended_at__isnull', False), models.Q(('end_reason', ''), _negated=True)), _connector='OR'), name='coverage_end_has_a_reason')],
            },
            bases=(trustcenter.audit.facts.Answering, models.Model),
        ),
        migrations.CreateModel(
            name='DestructionRequest',
            fields=[
                ('id', models.CharField(default=trustcenter.work.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False)),
                ('codes', models.JSONField()),
                ('reason', models.TextField(validators=[trustcenter.web.typed.validate_lines])),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('answer', models.CharField(blank=True, choices=[('destroyed', 'All of them are destroyed'), ('kept', 'Not all of them can be destroyed')], max_length=9)),
                ('words', models.TextField(blank=True, max_length=1000, validators=[trustcenter.web.typed.validate_lines])),
                ('answered_at', models.DateTimeField(null=True)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='destruction_requests', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-asked_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('answer', ''), ('answered_at', None)), models.Q(models.Q(('answer', ''), _negated=True), ('answered_at__isnull', False)), _connector='OR'), name='destruction_answered_has_its_time'), models.CheckConstraint(condition=models.Q(models.Q(('answer', 'kept'), _negated=True), models.Q(('words', ''), _negated=True), _connector='OR'), name='destruction_kept_has_words')],
            },
            bases=(trustcenter.audit.facts.Answering, models.Model),
        ),
        migrations.CreateModel(
            name='DryRun',
            fields=[
                ('id', models.CharField(default=trustcenter.work.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False)),
                ('rules', models.JSONField()),
                ('digest', models.CharField(max_length=64)),
                ('days', models.PositiveSmallIntegerField(default=90)),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('finished_at', models.DateTimeField(null=True)),
                ('total', models.PositiveIntegerField(null=True)),
                ('done', models.PositiveIntegerField(default=0)),
                ('counts', models.JSONField(default=dict)),
                ('fitted', models.JSONField(default=dict)),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-asked_at'],
            },
        ),
        migrations.CreateModel(
            name='EndReminder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('days', models.PositiveSmallIntegerField()),
                ('sent_at', models.DateTimeField()),
                ('coverage', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reminders', to='ndaflow.coverage')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('coverage', 'days'), name='end_reminder_once')],
            },
        ),
        migrations.CreateModel(
            name='Erasure',
            fields=[
                ('id', models.CharField(default=trustcenter.work.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('waiting', 'Waiting for us'), ('taken_back', 'Taken back'), ('declined', 'Declined'), ('done', 'Erased')], default='waiting', max_length=10)),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('decided_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True, validators=[trustcenter.web.typed.validate_lines])),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='erasures', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['asked_at'],
                'permissions': [('erase_person', 'Can erase what is held about a person')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('person',), name='erasure_one_waits'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('state', 'waiting')), models.Q(('decided_at__isnull', False), ('decided_by', None), ('state', 'taken_back')), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('state__in', ['declined', 'done'])), _connector='OR'), name='erasure_is_decided_by_a_person'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'declined'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='erasure_no_silent_refusal')],
            },
            bases=(trustcenter.audit.facts.Answering, models.Model),
        ),
        migrations.CreateModel(
            name='Export',
            fields=[
                ('id', models.CharField(default=trustcenter.work.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('waiting', 'Waiting for its turn'), ('making', 'Being made'), ('ready', 'Ready'), ('failed', 'Could not be made')], default='waiting', max_length=8)),
                ('done', models.PositiveIntegerField(default=0)),
                ('parts', models.PositiveIntegerField(default=0)),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('made_at', models.DateTimeField(null=True)),
                ('file', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='export', to='vault.storedfile')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='exports', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-asked_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('file__isnull', False), ('made_at__isnull', False), ('state', 'ready')), models.Q(models.Q(('state', 'ready'), _negated=True), ('file', None), ('made_at', None)), _connector='OR'), name='export_ready_has_its_file'), models.UniqueConstraint(condition=models.Q(('state__in', ['waiting', 'making'])), fields=('person',), name='export_one_at_a_time')],
            },
        ),
        migrations.CreateModel(
            name='Follower',
            fields=[
                ('id', models.CharField(default=trustcenter.work.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False)),
                ('email', trustcenter.accounts.fields.Address(max_length=254)),
                ('invited_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('agreed_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='followers', to='ndaflow.accessrequest')),
            ],
            options={
                'ordering': ['invited_at'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('request', 'email'), name='follower_once'), models.CheckConstraint(condition=models.Q(models.Q(('agreed_at', None), ('person', None)), models.Q(('agreed_at__isnull', False), ('person__isnull', False)), _connector='OR'), name='follower_agreed_in_person')],
            },
        ),
        migrations.CreateModel(
            name='NewRequestMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField(default=django.utils.timezone.now)),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='new_request_mail', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Office',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('zone', models.CharField(default='UTC', max_length=64, verbose_name='time zone')),
                ('week', models.JSONField(default=ndaflow.duty.models.usual_week)),
                ('holidays', models.JSONField(blank=True, default=list)),
            ],
            options={
                'permissions': [('change_office_hours', 'Can change the business hours')],
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='office_is_one_row')],
            },
        ),
        migrations.CreateModel(
            name='RequestedDocument',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('outcome', models.CharField(choices=[('pending', 'Waiting for review'), ('approved', 'Approved'), ('denied', 'Denied'), ('lapsed', 'Approval ended'), ('withdrawn', 'Withdrawn')], default='pending', max_length=9)),
                ('refused_at', models.DateTimeField(null=True)),
                ('approvals_at_least', models.PositiveSmallIntegerField(default=0)),
                ('needs_legal', models.BooleanField(default=False)),
                ('show_only', models.BooleanField(default=False)),
                ('opened_under', models.JSONField(null=True)),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.document')),
                ('grant', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='requested_document', to='documents.accessgrant')),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='ndaflow.accessrequest')),
            ],
            options={
                'ordering': ['document__position', 'document__slug'],
                'indexes': [models.Index(condition=models.Q(('outcome', 'pending')), fields=['request'], name='requested_document_pending')],
                'constraints': [models.UniqueConstraint(fields=('request', 'document'), name='requested_document_once'), models.CheckConstraint(condition=models.Q(models.Q(('grant', None), ('opened_under__isnull', True)), models.Q(('opened_under__isnull', False), ('outcome', 'approved')), _connector='OR'), name='requested_document_grant_needs_gates_down'), models.CheckConstraint(condition=models.Q(models.Q(('outcome__in', ['denied', 'lapsed']), ('refused_at__isnull', False)), models.Q(models.Q(('outcome__in', ['denied', 'lapsed']), _negated=True), ('refused_at', None)), _connector='OR'), name='requested_document_refused_has_its_time')],
            },
            bases=(trustcenter.audit.facts.Answering, models.Model),
        ),
        migrations.CreateModel(
            name='Finding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('comparison', models.CharField(choices=[('approved_denied', 'approved what people denied'), ('denied_approved', 'denied what people approved'), ('longer', 'approved for longer than people chose'), ('stricter', 'asked for more than people needed'), ('same', 'decided as people did'), ('person', 'left to a person')], max_length=16)),
                ('rule', models.PositiveSmallIntegerField()),
                ('days', models.PositiveSmallIntegerField(null=True)),
                ('days_by_people', models.PositiveSmallIntegerField(null=True)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='findings', to='ndaflow.dryrun')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='ndaflow.requesteddocument')),
            ],
            options={
                'ordering': ['id'],
                'indexes': [models.Index(fields=['run', 'comparison', 'id'], name='finding_by_comparison')],
            },
        ),
        migrations.AddField(
            model_name='accessrequest',
            name='documents',
            field=models.ManyToManyField(related_name='access_requests', through='ndaflow.RequestedDocument', to='documents.document'),
        ),
        migrations.CreateModel(
            name='Review',
            fields=[
                ('id', models.CharField(default=trustcenter.work.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False)),
                ('started_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('finished_at', models.DateTimeField(null=True)),
                ('finished_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('started_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-started_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('finished_at', None), ('finished_by', None)), models.Q(('finished_at__isnull', False), ('finished_by__isnull', False)), _connector='OR'), name='review_finished_by_a_person'), models.UniqueConstraint(models.ExpressionWrapper(models.Q(('finished_at', None)), output_field=models.BooleanField()), condition=models.Q(('finished_at', None)), name='review_one_at_a_time')],
            },
            bases=(trustcenter.audit.facts.Answering, models.Model),
        ),
        migrations.CreateModel(
            name='ReviewedGrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('answer', models.CharField(blank=True, choices=[('needed', 'Still needed'), ('revoked', 'Revoked')], max_length=7)),
                ('answered_at', models.DateTimeField(null=True)),
                ('answered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('grant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='documents.accessgrant')),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='ndaflow.review')),
            ],
            options={
                'ordering': ['pk'],
                'indexes': [models.Index(fields=['review', 'answer'], name='reviewed_grant_left')],
                'constraints': [models.UniqueConstraint(fields=('review', 'grant'), name='reviewed_grant_once'), models.CheckConstraint(condition=models.Q(models.Q(('answer', ''), ('answered_at', None), ('answered_by', None)), models.Q(('answer__in', ['needed', 'revoked']), ('answered_at__isnull', False), ('answered_by__isnull', False)), _connector='OR'), name='reviewed_grant_answered_by_a_person')],
            },
            bases=(trustcenter.audit.facts.Answering, models.Model),
        ),
        migrations.CreateModel(
            name='RuleControl',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('is_on', models.BooleanField(default=False)),
                ('daily_limit', models.PositiveSmallIntegerField(default=20, verbose_name='daily limit')),
                ('reason', models.TextField(blank=True, max_length=2000, validators=[trustcenter.web.typed.validate_lines])),
                ('changed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('told_until', models.DateTimeField(null=True)),
                ('changed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='rule_control_is_one_row')],
            },
        ),
        migrations.CreateModel(
            name='RuleDraft',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('rules', models.JSONField(default=list)),
                ('step', models.PositiveIntegerField(default=0)),
                ('changed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('changed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='rule_draft_is_one_row')],
            },
        ),
        migrations.CreateModel(
            name='RuleVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(unique=True)),
                ('rules', models.JSONField()),
                ('why', models.TextField(max_length=2000, validators=[trustcenter.web.typed.validate_lines])),
                ('published_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('published_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-number'],
                'permissions': [('publish_ruleversion', 'Can write and publish rules')],
            },
            bases=(trustcenter.audit.facts.Answering, models.Model),
        ),
        migrations.CreateModel(
            name='Question',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField(max_length=2000, validators=[trustcenter.web.typed.validate_lines])),
                ('rule', models.PositiveSmallIntegerField(null=True)),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('answer', models.TextField(blank=True, max_length=2000, validators=[trustcenter.web.typed.validate_lines])),
                ('answered_at', models.DateTimeField(null=True)),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='ndaflow.accessrequest')),
                ('rule_version', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ndaflow.ruleversion')),
            ],
            options={
                'ordering': ['asked_at'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('answered_at', None)), fields=('request',), name='question_one_open'), models.CheckConstraint(condition=models.Q(models.Q(('asked_by__isnull', False), ('rule', None), ('rule_version', None)), models.Q(('asked_by', None), ('rule__isnull', False), ('rule_version__isnull', False)), _connector='OR'), name='question_has_exactly_one_asker')],
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('verdict', models.CharField(choices=[('approve', 'Approve'), ('deny', 'Deny')], max_length=7)),
                ('until', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True, validators=[trustcenter.web.typed.validate_lines])),
                ('despite', models.TextField(blank=True, validators=[trustcenter.web.typed.validate_lines])),
                ('for_legal', models.BooleanField(default=False)),
                ('rule', models.PositiveSmallIntegerField(null=True)),
                ('rule_facts', models.JSONField(default=dict)),
                ('because', models.JSONField(default=list)),
                ('decided_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to=settings.AUTH_USER_MODEL)),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='ndaflow.requesteddocument')),
                ('rule_version', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='ndaflow.ruleversion')),
            ],
            options={
                'ordering': ['item', 'position'],
                'constraints': [models.UniqueConstraint(fields=('item', 'position'), name='decision_position_once'), models.UniqueConstraint(fields=('item', 'decided_by'), name='decision_two_people_are_two'), models.UniqueConstraint(condition=models.Q(('decided_by', None)), fields=('item',), name='decision_rules_decide_once'), models.CheckConstraint(condition=models.Q(('position__gte', 1)), name='decision_positions_begin_with_one'), models.CheckConstraint(condition=models.Q(models.Q(('decided_by__isnull', False), ('rule', None), ('rule_version', None)), models.Q(('decided_by', None), ('despite', ''), ('for_legal', False), ('rule__isnull', False), ('rule_version__isnull', False)), _connector='OR'), name='decision_has_exactly_one_decider'), models.CheckConstraint(condition=models.Q(models.Q(('until__isnull', False), ('verdict', 'approve')), models.Q(('verdict', 'deny'), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='decision_has_an_end_or_a_reason'), models.CheckConstraint(condition=models.Q(('verdict', 'approve'), ('despite', ''), _connector='OR'), name='decision_despite_is_for_approvals')],
            },
            bases=(trustcenter.audit.facts.Answering, models.Model),
        ),
        migrations.CreateModel(
            name='SignedCopy',
            fields=[
                ('signature', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='copy', serialize=False, to='ndaflow.signature')),
                ('sha256', models.CharField(max_length=64, unique=True)),
                ('level', models.CharField(choices=[('B-B', 'sealed by us, time from our own clock'), ('B-T', 'sealed by us, with a timestamp from an authority')], max_length=3)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'verbose_name_plural': 'signed copies',
                'constraints': [models.CheckConstraint(condition=models.Q(('level__in', ['B-B', 'B-T'])), name='signed_copy_level')],
            },
            bases=(trustcenter.audit.facts.Answering, models.Model),
        ),
        migrations.AddField(
            model_name='signature',
            name='request',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to='ndaflow.accessrequest'),
        ),
        migrations.AddField(
            model_name='signature',
            name='signer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='signature',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to='ndaflow.agreementversion'),
        ),
        migrations.AddField(
            model_name='coverage',
            name='signature',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='coverage', to='ndaflow.signature'),
        ),
        migrations.CreateModel(
            name='Absence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField(verbose_name='first day away')),
                ('ends_on', models.DateField(verbose_name='last day away')),
                ('deputy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stands_in_for', to=settings.AUTH_USER_MODEL)),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='absence', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='absence_ends_after_it_begins'), models.CheckConstraint(condition=models.Q(('deputy', models.F('person')), _negated=True), name='absence_deputy_is_another_person')],
            },
        ),
        migrations.AddField(
            model_name='countersignedpaper',
            name='certificate',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='countersigned', to='ndaflow.sealcertificate'),
        ),
        migrations.AddField(
            model_name='countersignedpaper',
            name='file',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='vault.storedfile'),
        ),
        migrations.AddConstraint(
            model_name='paper',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('request', 'agreement'), name='paper_one_waits_per_request'),
        ),
        migrations.AddField(
            model_name='signedcopy',
            name='certificate',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='copies', to='ndaflow.sealcertificate'),
        ),
        migrations.AddField(
            model_name='signedcopy',
            name='file',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='vault.storedfile'),
        ),
        migrations.AddConstraint(
            model_name='signature',
            constraint=models.UniqueConstraint(condition=models.Q(('superseded_at', None)), fields=('signer', 'agreement'), name='signature_one_live'),
        ),
        migrations.AddConstraint(
            model_name='coverage',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('paper', None), ('signature__isnull', False), ('version__isnull', False)), models.Q(('paper__isnull', False), ('signature', None), ('version', None)), _connector='OR'), name='coverage_has_one_cause'),
        ),
        migrations.AddConstraint(
            model_name='coverage',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None), ('signature__isnull', False)), fields=('agreement', 'person'), name='coverage_one_live_of_a_signer'),
        ),
        migrations.AddConstraint(
            model_name='coverage',
            constraint=models.UniqueConstraint(condition=models.Q(('scope', 'person'), _negated=True), fields=('signature',), name='coverage_signature_confirmed_once'),
        ),
    ]
