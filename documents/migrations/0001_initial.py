import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import documents.intake.refusals
import trustcenter.audit.facts
import trustcenter.web.fields
import trustcenter.work.ids
import trustcenter.work.tables
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('vault', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        trustcenter.work.tables.CreateTables(
            tables=[
                migrations.CreateModel(
                    name='Document',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('translations', models.JSONField(blank=True, default=dict, help_text='The texts in other languages, as {“de”: {“name of the field”: “text”}}.', verbose_name='translations')),
                        ('slug', models.SlugField(unique=True)),
                        ('title', trustcenter.web.fields.LineColumn(max_length=200, verbose_name='title')),
                        ('kind', models.CharField(choices=[('soc2_report', 'SOC 2 report'), ('certificate', 'Certificate'), ('penetration_test', 'Penetration test'), ('questionnaire', 'Questionnaire'), ('agreement', 'Agreement'), ('bridge_letter', 'Bridge letter'), ('insurance_certificate', 'Insurance certificate'), ('policy', 'Policy'), ('diagram', 'Diagram')], max_length=24, verbose_name='kind')),
                        ('agreements', models.JSONField(blank=True, default=list, verbose_name='further agreements')),
                        ('summary', models.TextField(blank=True, verbose_name='summary')),
                        ('as_of', models.DateField(verbose_name='as of')),
                        ('period_start', models.DateField(blank=True, null=True, verbose_name='period start')),
                        ('period_end', models.DateField(blank=True, null=True, verbose_name='period end')),
                        ('valid_until', models.DateField(blank=True, null=True, verbose_name='valid until')),
                        ('position', models.PositiveSmallIntegerField(default=0)),
                        ('level', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='documents.level', verbose_name='level')),
                    ],
                    options={
                        'ordering': ['position', 'slug'],
                    },
                    bases=(trustcenter.audit.facts.Answering, models.Model),
                ),
                migrations.CreateModel(
                    name='DocumentVersion',
                    fields=[
                        ('id', models.CharField(default=trustcenter.work.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False)),
                        ('number', models.PositiveIntegerField()),
                        ('state', models.CharField(choices=[('checking', 'Being checked'), ('ready', 'Ready to publish'), ('current', 'Current'), ('superseded', 'Former version'), ('refused', 'Refused'), ('discarded', 'Discarded')], default='checking', max_length=12)),
                        ('mark_slots', models.JSONField(default=list)),
                        ('pages', models.PositiveIntegerField(null=True)),
                        ('pages_proven', models.PositiveIntegerField(default=0)),
                        ('carries_signature', models.BooleanField(default=False)),
                        ('refusal', models.CharField(blank=True, choices=documents.intake.refusals.choices, max_length=20)),
                        ('refusal_page', models.PositiveIntegerField(null=True)),
                        ('refusal_code', models.CharField(blank=True, max_length=14)),
                        ('drawing_failure', models.CharField(blank=True, choices=documents.intake.refusals.choices, max_length=20)),
                        ('uploaded_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('checked_at', models.DateTimeField(null=True)),
                        ('published_at', models.DateTimeField(null=True)),
                        ('as_of', models.DateField(null=True, verbose_name='as of')),
                        ('period_start', models.DateField(null=True, verbose_name='period start')),
                        ('period_end', models.DateField(null=True, verbose_name='period end')),
                        ('valid_until', models.DateField(null=True, verbose_name='valid until')),
                        ('check_unavailable_at', models.DateTimeField(null=True)),
                        ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='documents.document')),
                        ('original', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='original_of', to='vault.storedfile')),
                        ('reading_copy', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reading_copy_of', to='vault.storedfile')),
                        ('uploaded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'ordering': ['document', '-number'],
                        'permissions': [('preview_documentversion', 'Can open every version at the desk')],
                        'constraints': [models.UniqueConstraint(fields=('document', 'number'), name='version_number_once'), models.UniqueConstraint(condition=models.Q(('state', 'current')), fields=('document',), name='version_one_current'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['ready', 'current', 'superseded']), _negated=True), models.Q(('original__isnull', False), ('pages__gte', 1), ('pages_proven', models.F('pages')), ('reading_copy__isnull', False)), _connector='OR'), name='version_current_is_complete'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'refused'), _negated=True), models.Q(('original', None), ('reading_copy', None), models.Q(('refusal', ''), _negated=True)), _connector='OR'), name='version_refused_keeps_no_file'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'discarded'), _negated=True), models.Q(('original', None), ('reading_copy', None)), _connector='OR'), name='version_discarded_keeps_no_file')],
                    },
                    bases=(trustcenter.audit.facts.Answering, models.Model),
                ),
                migrations.CreateModel(
                    name='AccessGrant',
                    fields=[
                        ('id', models.CharField(default=trustcenter.work.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False)),
                        ('starts_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('ends_at', models.DateTimeField()),
                        ('approvals', models.PositiveSmallIntegerField(default=0)),
                        ('show_only', models.BooleanField(default=False)),
                        ('warned', models.PositiveSmallIntegerField(default=0, editable=False)),
                        ('ended_at', models.DateTimeField(blank=True, null=True)),
                        ('end', models.CharField(blank=True, choices=[('revoked', 'Revoked'), ('replaced', 'Replaced by a newer grant'), ('expired', 'Expired')], max_length=10)),
                        ('extends', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='extended_by', to='documents.accessgrant')),
                        ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grants', to=settings.AUTH_USER_MODEL)),
                        ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grants', to='documents.document')),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='grant_ends_after_it_starts'), models.CheckConstraint(condition=models.Q(models.Q(('end', ''), ('ended_at', None)), models.Q(('ended_at__isnull', False), models.Q(('end', ''), _negated=True)), _connector='OR'), name='grant_end_has_a_reason'), models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('holder', 'document'), name='grant_one_live_per_document')],
                    },
                    bases=(trustcenter.audit.facts.Answering, models.Model),
                ),
                migrations.CreateModel(
                    name='VersionDate',
                    fields=[
                        ('version', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='goes_live', serialize=False, to='documents.documentversion')),
                        ('at', models.DateTimeField(db_index=True)),
                        ('as_of', models.DateField()),
                        ('period_start', models.DateField(null=True)),
                        ('period_end', models.DateField(null=True)),
                        ('valid_until', models.DateField(null=True)),
                        ('tell_readers', models.BooleanField(default=False)),
                        ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'ordering': ['at'],
                        'default_permissions': (),
                    },
                ),
                migrations.CreateModel(
                    name='Delivery',
                    fields=[
                        ('id', models.CharField(default=trustcenter.work.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False)),
                        ('code', models.CharField(max_length=20, unique=True)),
                        ('kind', models.CharField(choices=[('download', 'Downloaded'), ('reading', 'Read on the screen'), ('desk', 'Opened at the desk')], default='download', max_length=8)),
                        ('printed_email', models.EmailField(max_length=254)),
                        ('printed_company', models.CharField(max_length=200)),
                        ('session_hash', models.CharField(max_length=64)),
                        ('mark_bits', models.BinaryField(max_length=64, unique=True)),
                        ('started_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('size', models.PositiveBigIntegerField()),
                        ('sha256', models.CharField(blank=True, max_length=64)),
                        ('finished_at', models.DateTimeField(null=True)),
                        ('grant', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='documents.accessgrant')),
                        ('reader', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to=settings.AUTH_USER_MODEL)),
                        ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='documents.documentversion')),
                    ],
                    options={
                        'verbose_name_plural': 'deliveries',
                        'ordering': ['-started_at'],
                        'permissions': [('trace_delivery', 'Can trace a leaked file to a delivery')],
                        'indexes': [models.Index(fields=['started_at', 'version', 'grant'], name='delivery_started_at'), models.Index(fields=['reader', '-started_at'], name='delivery_last_of_a_reader')],
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('finished_at', None), ('sha256', '')), models.Q(models.Q(('sha256', ''), _negated=True), ('finished_at__isnull', False)), _connector='OR'), name='delivery_finished_has_its_hash'), models.CheckConstraint(condition=models.Q(('mark_bits', b''), _negated=True), name='delivery_has_its_mark'), models.CheckConstraint(condition=models.Q(('kind', 'download'), ('sha256', ''), _connector='OR'), name='delivery_reading_has_no_file'), models.CheckConstraint(condition=models.Q(models.Q(('grant', None), ('kind', 'desk')), models.Q(models.Q(('kind', 'desk'), _negated=True), ('grant__isnull', False)), _connector='OR'), name='delivery_to_a_reader_has_a_grant')],
                    },
                    bases=(trustcenter.audit.facts.Answering, models.Model),
                ),
                migrations.CreateModel(
                    name='Level',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('translations', models.JSONField(blank=True, default=dict, help_text='The texts in other languages, as {“de”: {“name of the field”: “text”}}.', verbose_name='translations')),
                        ('slug', models.SlugField(unique=True, verbose_name='short name')),
                        ('name', trustcenter.web.fields.LineColumn(max_length=40, verbose_name='name')),
                        ('summary', trustcenter.web.fields.LineColumn(max_length=200, verbose_name='sentence')),
                        ('position', models.PositiveSmallIntegerField(default=0)),
                        ('is_public', models.BooleanField(default=False, editable=False)),
                        ('approvals', models.PositiveSmallIntegerField(default=2, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3)], verbose_name='approvals')),
                        ('way', models.CharField(choices=[('file', 'Downloaded as a marked copy'), ('pages', 'Read here page by page, no file')], default='pages', max_length=5, verbose_name='shown or downloaded')),
                        ('agreements', models.JSONField(blank=True, default=list, verbose_name='agreements')),
                        ('usual_days', models.PositiveSmallIntegerField(default=90, validators=[django.core.validators.MinValueValidator(1)], verbose_name='usual duration')),
                        ('longest_days', models.PositiveSmallIntegerField(default=365, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1095)], verbose_name='longest duration')),
                        ('target_hours', models.PositiveSmallIntegerField(default=8, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(400)], verbose_name='response target')),
                        ('invitation_days', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='longest invitation')),
                        ('open_invitations', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1000)], verbose_name='open invitations')),
                        ('changed_at', models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        'ordering': ['position', 'slug'],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('is_public', True)), fields=('is_public',), name='level_one_is_public'), models.CheckConstraint(condition=models.Q(models.Q(('approvals', 0), ('is_public', True), ('way', 'file')), models.Q(('approvals__gte', 1), ('approvals__lte', 3), ('is_public', False)), _connector='OR'), name='level_gated_needs_a_decision', violation_error_message='Choose 1, 2 or 3 approvals.'), models.CheckConstraint(condition=models.Q(('longest_days__gte', models.F('usual_days')), ('longest_days__lte', 1095), ('usual_days__gte', 1)), name='level_usual_is_not_longer_than_longest', violation_error_message='The usual duration is longer than the longest duration.'), models.CheckConstraint(condition=models.Q(('way__in', ['file', 'pages'])), name='level_has_a_way'), models.CheckConstraint(condition=models.Q(models.Q(('invitation_days', None), ('open_invitations', None)), models.Q(('invitation_days__gte', 1), ('invitation_days__isnull', False), ('invitation_days__lte', models.F('longest_days')), ('is_public', False), ('open_invitations__gte', 1), ('open_invitations__isnull', False), ('open_invitations__lte', 1000)), _connector='OR'), name='level_invitations_have_limits', violation_error_message='Set both limits of invitations, or neither. An invitation cannot be longer than the longest duration.')],
                    },
                    bases=(trustcenter.audit.facts.Answering, models.Model),
                ),
                migrations.CreateModel(
                    name='PageImages',
                    fields=[
                        ('id', models.CharField(default=trustcenter.work.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False)),
                        ('first', models.PositiveIntegerField()),
                        ('last', models.PositiveIntegerField()),
                        ('places', models.JSONField()),
                        ('file', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='page_images', to='vault.storedfile')),
                        ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='page_images', to='documents.documentversion')),
                    ],
                    options={
                        'verbose_name_plural': 'page images',
                        'ordering': ['version', 'first'],
                        'constraints': [models.UniqueConstraint(fields=('version', 'first'), name='page_images_once'), models.CheckConstraint(condition=models.Q(('first__gte', 1), ('last__gte', models.F('first'))), name='page_images_are_in_order')],
                    },
                ),
                migrations.CreateModel(
                    name='ReadPage',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('number', models.PositiveIntegerField()),
                        ('read_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                        ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='read_pages', to='documents.delivery')),
                    ],
                    options={
                        'ordering': ['delivery', 'number'],
                        'constraints': [models.UniqueConstraint(fields=('delivery', 'number'), name='read_page_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Trace',
                    fields=[
                        ('id', models.CharField(default=trustcenter.work.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False)),
                        ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('name', trustcenter.web.fields.LineColumn(max_length=200)),
                        ('size', models.PositiveBigIntegerField()),
                        ('sha256', models.CharField(max_length=64)),
                        ('state', models.CharField(choices=[('waiting', 'Waiting for its turn'), ('reading', 'Being read'), ('answered', 'Answered'), ('failed', 'Could not be read')], default='waiting', max_length=10)),
                        ('verdict', models.CharField(blank=True, choices=[('named', 'One copy, proven'), ('pointed', 'One copy, by its code alone'), ('mixed', 'Made of several copies'), ('at_odds', 'The evidence disagrees'), ('changed', 'The log does not confirm the copy'), ('nobody', 'No copy found')], max_length=10)),
                        ('findings', models.JSONField(default=dict)),
                        ('failure', models.CharField(blank=True, choices=[('too_slow', 'Reading the file took too long. Please send fewer pages, or one page as a picture.'), ('too_large', 'The file unpacks to more than we can read. Please send one page of it as a picture.'), ('broken', 'The file is damaged or encrypted, so nothing in it could be read. Please send a page as a picture.'), ('lost', 'The file could not be read because of a fault on our side. Please send it again.')], max_length=10)),
                        ('finished_at', models.DateTimeField(null=True)),
                        ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('delivery', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='traces', to='documents.delivery')),
                        ('file', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='trace', to='vault.storedfile')),
                    ],
                    options={
                        'ordering': ['-asked_at'],
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('failure', ''), ('finished_at', None), ('state__in', ['waiting', 'reading']), ('verdict', '')), models.Q(('failure', ''), ('finished_at__isnull', False), ('state', 'answered'), models.Q(('verdict', ''), _negated=True)), models.Q(('finished_at__isnull', False), ('state', 'failed'), ('verdict', ''), models.Q(('failure', ''), _negated=True)), _connector='OR'), name='trace_state_fits_its_end'), models.CheckConstraint(condition=models.Q(('finished_at', None), ('file', None), _connector='OR'), name='trace_finished_keeps_no_file'), models.CheckConstraint(condition=models.Q(models.Q(('delivery__isnull', False), ('verdict__in', ['named', 'pointed'])), models.Q(models.Q(('verdict__in', ['named', 'pointed']), _negated=True), ('delivery', None)), _connector='OR'), name='trace_names_one_delivery_or_none')],
                    },
                    bases=(trustcenter.audit.facts.Answering, models.Model),
                ),
                migrations.CreateModel(
                    name='VersionNotice',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('at', models.DateTimeField()),
                        ('reached', models.CharField(blank=True, max_length=16)),
                        ('told', models.PositiveIntegerField(default=0)),
                        ('ended_at', models.DateTimeField(null=True)),
                        ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='documents.documentversion')),
                    ],
                    options={
                        'ordering': ['-at'],
                        'default_permissions': (),
                    },
                ),
            ],
        ),
    ]
