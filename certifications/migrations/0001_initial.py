import certifications.models.company
import certifications.models.review
import certifications.models.subscriptions
import certifications.models.updates
import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import trustcenter.accounts.fields
import trustcenter.audit.facts
import trustcenter.web.fields
import trustcenter.web.typed
import trustcenter.work.ids
import trustcenter.work.tables
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        trustcenter.work.tables.CreateTables(
            tables=[
                migrations.CreateModel(
                    name='BrandImage',
                    fields=[
                        ('name', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('kind', models.CharField(choices=[('logo', 'logo'), ('icon', 'icon of the browser tab')], max_length=4)),
                        ('form', models.CharField(choices=[('svg', 'image/svg+xml'), ('png', 'image/png')], max_length=3)),
                        ('data', models.BinaryField()),
                        ('sha256', models.CharField(max_length=64)),
                        ('width', models.PositiveSmallIntegerField()),
                        ('height', models.PositiveSmallIntegerField()),
                    ],
                ),
                migrations.CreateModel(
                    name='Framework',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('slug', models.SlugField(unique=True)),
                        ('name', trustcenter.web.fields.LineColumn(max_length=100, verbose_name='name')),
                        ('kind', models.CharField(choices=[('attestation', 'Attestation'), ('certificate', 'Certificate'), ('authorization', 'Authorization'), ('regulation', 'Regulation'), ('self_assessment', 'Self-assessment'), ('standard', 'Standard')], max_length=20, verbose_name='kind')),
                        ('authority', trustcenter.web.fields.LineColumn(max_length=200, verbose_name='authority')),
                        ('about', models.TextField(verbose_name='about')),
                        ('position', models.PositiveSmallIntegerField(default=0)),
                    ],
                    options={
                        'ordering': ['position', 'slug'],
                    },
                ),
                migrations.CreateModel(
                    name='IncidentEntry',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('slug', models.SlugField(max_length=90, unique=True)),
                        ('status', models.CharField(choices=[('investigating', 'Investigating'), ('identified', 'Identified'), ('monitoring', 'Monitoring'), ('resolved', 'Resolved')], max_length=13, verbose_name='status')),
                        ('at', models.DateTimeField(verbose_name='time')),
                        ('text', models.TextField(validators=[trustcenter.web.typed.validate_lines], verbose_name='what happened')),
                        ('update', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='timeline', to='certifications.update', verbose_name='incident')),
                    ],
                    options={
                        'verbose_name': 'timeline entry',
                        'verbose_name_plural': 'timeline entries',
                        'ordering': ['-at', 'slug'],
                        'constraints': [models.UniqueConstraint(fields=('update', 'at'), name='incident_entry_one_at_a_time', violation_error_message='There is already an entry for this time.')],
                    },
                ),
                migrations.CreateModel(
                    name='SubscriptionRequest',
                    fields=[
                        ('id', models.CharField(default=trustcenter.work.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False)),
                        ('address', trustcenter.accounts.fields.Address(max_length=254, verbose_name='e-mail')),
                        ('topics', models.JSONField(verbose_name='topics')),
                        ('rhythm', models.CharField(choices=[('at_once', 'At once, one e-mail for each post'), ('weekly', 'Once a week, on Monday, all posts in one e-mail')], max_length=7, verbose_name='how often')),
                        ('language', models.CharField(blank=True, max_length=10)),
                        ('digest', models.CharField(max_length=64)),
                        ('tries_left', models.PositiveSmallIntegerField()),
                        ('expires_at', models.DateTimeField()),
                    ],
                ),
                migrations.CreateModel(
                    name='Topic',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('translations', models.JSONField(blank=True, default=dict, help_text='The texts in other languages, as {“de”: {“name of the field”: “text”}}.', verbose_name='translations')),
                        ('slug', models.SlugField(unique=True)),
                        ('name', trustcenter.web.fields.LineColumn(max_length=100, verbose_name='name')),
                        ('review_months', models.PositiveSmallIntegerField(default=12, help_text='How long a claim of this topic counts as reviewed, unless the claim says otherwise.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(36)], verbose_name='months between reviews')),
                        ('position', models.PositiveSmallIntegerField(default=0)),
                    ],
                    options={
                        'ordering': ['position', 'slug'],
                    },
                ),
                migrations.CreateModel(
                    name='Update',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('translations', models.JSONField(blank=True, default=dict, help_text='The texts in other languages, as {“de”: {“name of the field”: “text”}}.', verbose_name='translations')),
                        ('slug', models.SlugField(max_length=80, unique=True, validators=[certifications.models.updates.validate_address])),
                        ('category', models.CharField(choices=[('general', 'General'), ('compliance', 'Compliance'), ('security', 'Security'), ('privacy', 'Privacy'), ('subprocessors', 'Subprocessors'), ('incident', 'Incidents')], max_length=14, verbose_name='category')),
                        ('title', trustcenter.web.fields.LineColumn(max_length=150, verbose_name='title')),
                        ('body', models.TextField(help_text='Separate paragraphs with an empty line. Begin list items with “- ”. **Bold** is bold.', validators=[trustcenter.web.typed.validate_lines], verbose_name='text')),
                        ('level', models.SlugField(blank=True, verbose_name='for')),
                        ('documents', models.JSONField(blank=True, default=list, validators=[certifications.models.company.validate_slugs], verbose_name='documents')),
                        ('published_at', models.DateTimeField(blank=True, null=True, verbose_name='published')),
                        ('edited_at', models.DateTimeField(blank=True, null=True, verbose_name='changed')),
                        ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='began at')),
                        ('impact', trustcenter.web.fields.LineColumn(blank=True, max_length=40, verbose_name='effect in a few words')),
                        ('data', trustcenter.web.fields.LineColumn(blank=True, max_length=200, verbose_name='customers’ data')),
                        ('certifications', models.ManyToManyField(blank=True, related_name='updates', to='certifications.certification', verbose_name='certifications')),
                        ('products', models.ManyToManyField(blank=True, help_text='None means every product.', related_name='updates', to='certifications.product', verbose_name='products')),
                    ],
                    options={
                        'ordering': [models.OrderBy(models.F('published_at'), descending=True, nulls_first=True), 'slug'],
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('category', 'incident'), ('started_at__isnull', False)), models.Q(models.Q(('category', 'incident'), _negated=True), ('started_at', None)), _connector='OR'), name='update_incident_has_a_start', violation_error_message='An incident has a time at which it began, and no other post has one.'), models.CheckConstraint(condition=models.Q(('edited_at', None), ('published_at__isnull', False), _connector='OR'), name='update_edited_after_publishing')],
                    },
                ),
                migrations.CreateModel(
                    name='Announcement',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('at', models.DateTimeField()),
                        ('ended_at', models.DateTimeField(null=True)),
                        ('entry', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='announcement', to='certifications.incidententry')),
                        ('update', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='announcements', to='certifications.update')),
                    ],
                    options={
                        'default_permissions': (),
                        'constraints': [models.UniqueConstraint(condition=models.Q(('entry', None)), fields=('update',), name='announcement_one_of_a_post')],
                    },
                ),
                migrations.CreateModel(
                    name='PostureRevision',
                    fields=[
                        ('number', models.PositiveBigIntegerField(editable=False, primary_key=True, serialize=False)),
                        ('at', models.DateTimeField(db_index=True)),
                        ('sha256', models.CharField(max_length=64)),
                        ('deflated', models.BinaryField()),
                        ('differences', models.JSONField(default=list)),
                        ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'ordering': ['-number'],
                    },
                    bases=(trustcenter.audit.facts.Answering, models.Model),
                ),
                migrations.CreateModel(
                    name='Product',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('as_of', models.DateField(verbose_name='as of')),
                        ('review_by', models.DateField(blank=True, help_text='If left empty, the usual time after “as of”.', null=True, verbose_name='review by')),
                        ('owner', trustcenter.accounts.fields.Address(blank=True, help_text='The colleague who keeps it true and gets the reminders. If left empty, the security contact gets them.', max_length=254, verbose_name='owner')),
                        ('translations', models.JSONField(blank=True, default=dict, help_text='The texts in other languages, as {“de”: {“name of the field”: “text”}}.', verbose_name='translations')),
                        ('evidence', models.JSONField(blank=True, default=list, help_text='Slugs of documents.', validators=[certifications.models.company.validate_slugs], verbose_name='evidence')),
                        ('slug', models.SlugField(unique=True)),
                        ('name', trustcenter.web.fields.LineColumn(max_length=100, verbose_name='name')),
                        ('summary', models.TextField(verbose_name='summary')),
                        ('plans', models.JSONField(blank=True, default=list, help_text='The plans that include it, as named on your price list.', validators=[certifications.models.review.validate_lines], verbose_name='plans')),
                        ('training', models.TextField(verbose_name='training')),
                        ('training_word', trustcenter.web.fields.LineColumn(blank=True, max_length=40, verbose_name='training in a word')),
                        ('training_tone', models.CharField(blank=True, choices=[('good', 'Good'), ('wait', 'Depends'), ('none', 'Not stated or not there')], max_length=4, verbose_name='tone of the word')),
                        ('retention', models.TextField(verbose_name='retention')),
                        ('retention_word', trustcenter.web.fields.LineColumn(blank=True, max_length=40, verbose_name='retention in a word')),
                        ('retention_tone', models.CharField(blank=True, choices=[('good', 'Good'), ('wait', 'Depends'), ('none', 'Not stated or not there')], max_length=4, verbose_name='tone of the word')),
                        ('human_review', models.TextField(verbose_name='human review')),
                        ('human_review_word', trustcenter.web.fields.LineColumn(blank=True, max_length=40, verbose_name='human review in a word')),
                        ('human_review_tone', models.CharField(blank=True, choices=[('good', 'Good'), ('wait', 'Depends'), ('none', 'Not stated or not there')], max_length=4, verbose_name='tone of the word')),
                        ('role', models.TextField(verbose_name='our role')),
                        ('role_word', trustcenter.web.fields.LineColumn(blank=True, max_length=40, verbose_name='our role in a word')),
                        ('role_tone', models.CharField(blank=True, choices=[('good', 'Good'), ('wait', 'Depends'), ('none', 'Not stated or not there')], max_length=4, verbose_name='tone of the word')),
                        ('agreements', models.TextField(verbose_name='agreements')),
                        ('agreements_word', trustcenter.web.fields.LineColumn(blank=True, max_length=40, verbose_name='agreements in a word')),
                        ('agreements_tone', models.CharField(blank=True, choices=[('good', 'Good'), ('wait', 'Depends'), ('none', 'Not stated or not there')], max_length=4, verbose_name='tone of the word')),
                        ('position', models.PositiveSmallIntegerField(default=0)),
                    ],
                    options={
                        'ordering': ['position', 'slug'],
                        'abstract': False,
                        'constraints': [models.CheckConstraint(condition=models.Q(('review_by', None), ('review_by__gt', models.F('as_of')), _connector='OR'), name='product_reviewed_after_as_of', violation_error_message='The review date must be after the “as of” date.')],
                    },
                ),
                migrations.CreateModel(
                    name='Duty',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('slug', models.SlugField(max_length=80, unique=True)),
                        ('task', trustcenter.web.fields.LineColumn(max_length=100, verbose_name='task')),
                        ('ours_word', trustcenter.web.fields.LineColumn(max_length=40, verbose_name='our part in a word')),
                        ('ours', models.TextField(blank=True, verbose_name='our part')),
                        ('yours_word', trustcenter.web.fields.LineColumn(max_length=40, verbose_name='the customer’s part in a word')),
                        ('yours', models.TextField(blank=True, verbose_name='the customer’s part')),
                        ('position', models.PositiveSmallIntegerField(default=0)),
                        ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='duties', to='certifications.product', verbose_name='product')),
                    ],
                    options={
                        'verbose_name_plural': 'duties',
                        'ordering': ['position', 'slug'],
                    },
                ),
                migrations.CreateModel(
                    name='Certification',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('as_of', models.DateField(verbose_name='as of')),
                        ('review_by', models.DateField(blank=True, help_text='If left empty, the usual time after “as of”.', null=True, verbose_name='review by')),
                        ('owner', trustcenter.accounts.fields.Address(blank=True, help_text='The colleague who keeps it true and gets the reminders. If left empty, the security contact gets them.', max_length=254, verbose_name='owner')),
                        ('translations', models.JSONField(blank=True, default=dict, help_text='The texts in other languages, as {“de”: {“name of the field”: “text”}}.', verbose_name='translations')),
                        ('evidence', models.JSONField(blank=True, default=list, help_text='Slugs of documents.', validators=[certifications.models.company.validate_slugs], verbose_name='evidence')),
                        ('slug', models.SlugField(unique=True)),
                        ('stated_status', models.CharField(choices=[('attested', 'Attested'), ('certified', 'Certified'), ('authorized', 'Authorized'), ('available', 'Available'), ('compliant', 'Compliant'), ('published', 'Published'), ('in_progress', 'In progress'), ('not_certified', 'Not certified'), ('not_available', 'Not available')], max_length=20, verbose_name='status')),
                        ('scope', models.TextField(verbose_name='scope')),
                        ('notes', models.TextField(blank=True, verbose_name='notes')),
                        ('valid_until', models.DateField(blank=True, null=True, verbose_name='valid until')),
                        ('period_start', models.DateField(blank=True, null=True, verbose_name='period start')),
                        ('period_end', models.DateField(blank=True, null=True, verbose_name='period end')),
                        ('auditor', trustcenter.web.fields.LineColumn(blank=True, help_text='The firm, certification body or assessor.', max_length=200, verbose_name='auditor')),
                        ('number', trustcenter.web.fields.LineColumn(blank=True, max_length=100, verbose_name='certificate number')),
                        ('registry', models.URLField(blank=True, help_text='Where anyone can look up the certificate.', verbose_name='entry in a register')),
                        ('stage', trustcenter.web.fields.LineColumn(blank=True, help_text='Such as “Assessment by a 3PAO”.', max_length=100, verbose_name='stage')),
                        ('target', models.DateField(blank=True, null=True, verbose_name='target date')),
                        ('route', trustcenter.web.fields.LineColumn(blank=True, help_text='Such as “FedRAMP 20x Moderate”.', max_length=100, verbose_name='route')),
                        ('position', models.PositiveSmallIntegerField(default=0)),
                        ('framework', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='certifications', to='certifications.framework')),
                        ('products', models.ManyToManyField(blank=True, help_text='None means the whole company.', related_name='certifications', to='certifications.product')),
                    ],
                    options={
                        'ordering': ['position', 'slug'],
                        'abstract': False,
                        'constraints': [models.CheckConstraint(condition=models.Q(('review_by', None), ('review_by__gt', models.F('as_of')), _connector='OR'), name='certification_reviewed_after_as_of', violation_error_message='The review date must be after the “as of” date.'), models.CheckConstraint(condition=models.Q(('stated_status', 'in_progress'), models.Q(('route', ''), ('stage', ''), ('target', None)), _connector='OR'), name='certification_stage_while_in_progress', violation_error_message='Only a certification in progress has a stage, a target date or a route.'), models.CheckConstraint(condition=models.Q(('stated_status', 'expired'), _negated=True), name='certification_expiry_is_computed'), models.CheckConstraint(condition=models.Q(models.Q(('period_end', None), ('period_start', None)), models.Q(('period_end__gte', models.F('period_start')), ('period_end__isnull', False), ('period_start__isnull', False)), _connector='OR'), name='certification_period_in_order', violation_error_message='A reporting period needs a start and an end, in that order.')],
                    },
                ),
                migrations.CreateModel(
                    name='Profile',
                    fields=[
                        ('as_of', models.DateField(verbose_name='as of')),
                        ('review_by', models.DateField(blank=True, help_text='If left empty, the usual time after “as of”.', null=True, verbose_name='review by')),
                        ('owner', trustcenter.accounts.fields.Address(blank=True, help_text='The colleague who keeps it true and gets the reminders. If left empty, the security contact gets them.', max_length=254, verbose_name='owner')),
                        ('translations', models.JSONField(blank=True, default=dict, help_text='The texts in other languages, as {“de”: {“name of the field”: “text”}}.', verbose_name='translations')),
                        ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                        ('name', trustcenter.web.fields.LineColumn(max_length=100, verbose_name='name')),
                        ('legal_name', trustcenter.web.fields.LineColumn(max_length=200, verbose_name='legal name')),
                        ('website', models.URLField(verbose_name='website')),
                        ('summary', models.TextField(verbose_name='summary')),
                        ('notice', models.TextField(blank=True, verbose_name='notice shown on every page')),
                        ('contact_email', trustcenter.accounts.fields.Address(max_length=254, verbose_name='security contact')),
                        ('colour', models.CharField(blank=True, help_text='Used for links and for the line at the top of each e-mail. It is darkened where text would be hard to read.', max_length=7, validators=[django.core.validators.RegexValidator('^#[0-9a-f]{6}$', 'Write the color as # and six digits, such as #2c49c8.')], verbose_name='color')),
                        ('headline', trustcenter.web.fields.LineColumn(blank=True, help_text='“Security and compliance at …” when empty.', max_length=100, verbose_name='headline')),
                        ('notice_days', models.PositiveSmallIntegerField(blank=True, help_text='How many days before a new subprocessor starts you tell customers, as your agreements say.', null=True, verbose_name='days of notice')),
                        ('hosting', trustcenter.web.fields.LineColumn(blank=True, help_text='Such as “AWS, United States”.', max_length=100, verbose_name='hosting')),
                        ('breach_notice', trustcenter.web.fields.LineColumn(blank=True, help_text='How soon you tell customers, such as “72 hours”.', max_length=100, verbose_name='breach notice')),
                        ('logo', trustcenter.web.fields.LineColumn(blank=True, editable=False, help_text='SVG or PNG, shown 32 pixels high beside the name. E-mails show only a PNG.', max_length=40, verbose_name='logo')),
                        ('icon', trustcenter.web.fields.LineColumn(blank=True, editable=False, help_text='A square SVG or PNG.', max_length=40, verbose_name='browser tab icon')),
                        ('source_title', trustcenter.web.fields.LineColumn(max_length=300, verbose_name='source')),
                        ('source_publisher', trustcenter.web.fields.LineColumn(blank=True, max_length=200, verbose_name='publisher of the source')),
                        ('source_note', models.TextField(blank=True, verbose_name='note on the source')),
                        ('privacy_notice', models.TextField(blank=True, help_text='Markdown. If empty, the page says what this trust center itself keeps.', verbose_name='privacy notice')),
                        ('imprint', models.URLField(blank=True, help_text='The address of its page.', verbose_name='imprint')),
                        ('terms', models.URLField(blank=True, help_text='The address of their page.', verbose_name='terms')),
                    ],
                    options={
                        'permissions': [('share_posture', 'Can send the public page to a prospect')],
                        'abstract': False,
                        'constraints': [models.CheckConstraint(condition=models.Q(('review_by', None), ('review_by__gt', models.F('as_of')), _connector='OR'), name='profile_reviewed_after_as_of', violation_error_message='The review date must be after the “as of” date.'), models.CheckConstraint(condition=models.Q(('id', 1)), name='profile_one_row')],
                    },
                ),
                migrations.CreateModel(
                    name='ReviewReminder',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(max_length=40)),
                        ('fact', models.PositiveBigIntegerField()),
                        ('review_due', models.DateField()),
                        ('stage', models.PositiveSmallIntegerField(choices=[(30, 'Month'), (7, 'Week'), (0, 'Passed')])),
                        ('on', models.DateField()),
                        ('to', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'default_permissions': (),
                        'constraints': [models.UniqueConstraint(fields=('kind', 'fact', 'review_due', 'stage'), name='review_reminder_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Route',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('slug', models.SlugField(max_length=80, unique=True)),
                        ('name', trustcenter.web.fields.LineColumn(max_length=100, verbose_name='name')),
                        ('kind', models.CharField(choices=[('direct', 'Direct'), ('marketplace', 'Cloud marketplace'), ('reseller', 'Reseller')], max_length=12, verbose_name='kind')),
                        ('our_role', models.CharField(choices=[('controller', 'Controller'), ('processor', 'Processor'), ('subprocessor', 'Subprocessor'), ('changes', 'Role changes'), ('not_stated', 'Not stated')], max_length=12, verbose_name='our role')),
                        ('about', models.TextField(verbose_name='about')),
                        ('runs_in', trustcenter.web.fields.LineColumn(blank=True, max_length=200, verbose_name='runs in')),
                        ('keys', trustcenter.web.fields.LineColumn(blank=True, help_text='Who holds the encryption keys.', max_length=200, verbose_name='keys')),
                        ('position', models.PositiveSmallIntegerField(default=0)),
                        ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='routes', to='certifications.product', verbose_name='product')),
                    ],
                    options={
                        'ordering': ['position', 'slug'],
                    },
                ),
                migrations.CreateModel(
                    name='SearchEntry',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(max_length=20)),
                        ('slug', models.CharField(max_length=100)),
                        ('position', models.PositiveIntegerField()),
                        ('title', models.TextField()),
                        ('text', models.TextField(blank=True)),
                        ('detail', models.TextField(blank=True)),
                        ('status', models.CharField(blank=True, max_length=40)),
                        ('products', models.JSONField(default=list)),
                        ('words', models.TextField(blank=True)),
                        ('title_stems', models.TextField(blank=True)),
                        ('text_stems', models.TextField(blank=True)),
                        ('digest', models.CharField(max_length=64)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('kind', 'slug'), name='search_entry_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Subprocessor',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('as_of', models.DateField(verbose_name='as of')),
                        ('review_by', models.DateField(blank=True, help_text='If left empty, the usual time after “as of”.', null=True, verbose_name='review by')),
                        ('owner', trustcenter.accounts.fields.Address(blank=True, help_text='The colleague who keeps it true and gets the reminders. If left empty, the security contact gets them.', max_length=254, verbose_name='owner')),
                        ('translations', models.JSONField(blank=True, default=dict, help_text='The texts in other languages, as {“de”: {“name of the field”: “text”}}.', verbose_name='translations')),
                        ('evidence', models.JSONField(blank=True, default=list, help_text='Slugs of documents.', validators=[certifications.models.company.validate_slugs], verbose_name='evidence')),
                        ('slug', models.SlugField(unique=True)),
                        ('name', trustcenter.web.fields.LineColumn(max_length=200, verbose_name='name')),
                        ('purpose', models.TextField(verbose_name='purpose')),
                        ('data', models.TextField(verbose_name='data')),
                        ('location', trustcenter.web.fields.LineColumn(max_length=200, verbose_name='location')),
                        ('announced', models.DateField(blank=True, help_text='When customers were told of it.', null=True, verbose_name='announced')),
                        ('effective', models.DateField(blank=True, help_text='The first day on which it processes data, if there is one.', null=True, verbose_name='starts')),
                        ('ended', models.DateField(blank=True, help_text='The last day on which it processes data, if there is one.', null=True, verbose_name='ends')),
                        ('position', models.PositiveSmallIntegerField(default=0)),
                        ('products', models.ManyToManyField(blank=True, help_text='None means every product.', related_name='subprocessors', to='certifications.product')),
                    ],
                    options={
                        'ordering': ['position', 'slug'],
                        'abstract': False,
                        'constraints': [models.CheckConstraint(condition=models.Q(('review_by', None), ('review_by__gt', models.F('as_of')), _connector='OR'), name='subprocessor_reviewed_after_as_of', violation_error_message='The review date must be after the “as of” date.'), models.CheckConstraint(condition=models.Q(('announced', None), models.Q(('effective__gte', models.F('announced')), ('effective__isnull', False)), _connector='OR'), name='subprocessor_announced_before_it_starts', violation_error_message='An announced subprocessor needs a start date, on the day of its notice or later.'), models.CheckConstraint(condition=models.Q(('effective', None), ('ended', None), ('ended__gte', models.F('effective')), _connector='OR'), name='subprocessor_starts_before_it_ends', violation_error_message='It ends before it starts.')],
                    },
                ),
                migrations.CreateModel(
                    name='Subscription',
                    fields=[
                        ('id', models.CharField(default=trustcenter.work.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False)),
                        ('address', trustcenter.accounts.fields.Address(max_length=254, unique=True, verbose_name='e-mail')),
                        ('token', models.CharField(default=certifications.models.subscriptions.new_token, editable=False, max_length=32, unique=True)),
                        ('rhythm', models.CharField(choices=[('at_once', 'At once, one e-mail for each post'), ('weekly', 'Once a week, on Monday, all posts in one e-mail')], max_length=7, verbose_name='how often')),
                        ('language', models.CharField(blank=True, max_length=10)),
                        ('confirmed_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='confirmed')),
                        ('due_at', models.DateTimeField(null=True)),
                    ],
                    options={
                        'default_permissions': ('view',),
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('rhythm', 'weekly'), _negated=True), ('due_at__isnull', False), _connector='OR'), name='subscription_weekly_has_its_day')],
                    },
                ),
                migrations.CreateModel(
                    name='SubscribedTopic',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('category', models.CharField(choices=[('general', 'General'), ('compliance', 'Compliance'), ('security', 'Security'), ('privacy', 'Privacy'), ('subprocessors', 'Subprocessors'), ('incident', 'Incidents')], max_length=14)),
                        ('subscription', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='topics', to='certifications.subscription')),
                    ],
                    options={
                        'default_permissions': (),
                        'constraints': [models.UniqueConstraint(fields=('subscription', 'category'), name='subscribed_topic_once')],
                    },
                ),
                migrations.CreateModel(
                    name='SentAnnouncement',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('at', models.DateTimeField(db_index=True)),
                        ('announcement', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sent', to='certifications.announcement')),
                        ('subscription', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sent', to='certifications.subscription')),
                    ],
                    options={
                        'default_permissions': (),
                        'constraints': [models.UniqueConstraint(fields=('subscription', 'announcement'), name='announcement_sent_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Claim',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('as_of', models.DateField(verbose_name='as of')),
                        ('review_by', models.DateField(blank=True, help_text='If left empty, the usual time after “as of”.', null=True, verbose_name='review by')),
                        ('owner', trustcenter.accounts.fields.Address(blank=True, help_text='The colleague who keeps it true and gets the reminders. If left empty, the security contact gets them.', max_length=254, verbose_name='owner')),
                        ('translations', models.JSONField(blank=True, default=dict, help_text='The texts in other languages, as {“de”: {“name of the field”: “text”}}.', verbose_name='translations')),
                        ('evidence', models.JSONField(blank=True, default=list, help_text='Slugs of documents.', validators=[certifications.models.company.validate_slugs], verbose_name='evidence')),
                        ('slug', models.SlugField(max_length=80, unique=True)),
                        ('question', trustcenter.web.fields.LineColumn(max_length=300, verbose_name='question')),
                        ('answer', models.TextField(verbose_name='answer')),
                        ('featured', models.BooleanField(default=False, verbose_name='shown on the overview')),
                        ('not_offered', trustcenter.web.fields.LineColumn(blank=True, help_text='A few words such as “Keeping data in the EU” list this claim under “What is not offered”.', max_length=100, verbose_name='what is not offered')),
                        ('not_offered_word', trustcenter.web.fields.LineColumn(blank=True, help_text='“Not offered” when empty.', max_length=40, verbose_name='how far it is not offered')),
                        ('instead', models.TextField(blank=True, help_text='What a customer can do instead.', verbose_name='instead')),
                        ('position', models.PositiveSmallIntegerField(default=0)),
                        ('certification', models.ForeignKey(blank=True, help_text='Whose page shows this claim too.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='claims', to='certifications.certification', verbose_name='certification')),
                        ('conflicts_with', models.ManyToManyField(blank=True, to='certifications.claim')),
                        ('products', models.ManyToManyField(blank=True, help_text='None means every product.', related_name='claims', to='certifications.product')),
                        ('topic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='certifications.topic')),
                    ],
                    options={
                        'ordering': ['position', 'slug'],
                        'abstract': False,
                        'constraints': [models.CheckConstraint(condition=models.Q(('review_by', None), ('review_by__gt', models.F('as_of')), _connector='OR'), name='claim_reviewed_after_as_of', violation_error_message='The review date must be after the “as of” date.')],
                    },
                ),
                migrations.CreateModel(
                    name='UpdateSchedule',
                    fields=[
                        ('update', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='schedule', serialize=False, to='certifications.update')),
                        ('publish_at', models.DateTimeField()),
                        ('tell', models.BooleanField(default=False)),
                        ('stopped_at', models.DateTimeField(blank=True, null=True)),
                        ('scheduled_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'default_permissions': (),
                    },
                ),
                migrations.CreateModel(
                    name='DutyClock',
                    fields=[
                        ('id', models.CharField(default=trustcenter.work.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False)),
                        ('duty', models.CharField(choices=[('authority', 'Data protection authority (GDPR, Article 33)'), ('customers', 'Customers, by contract'), ('cra_warning', 'Early warning (Cyber Resilience Act, Article 14)'), ('cra_notice', 'Notification (Cyber Resilience Act, Article 14)'), ('cra_report', 'Final report on a vulnerability (Cyber Resilience Act, Article 14)'), ('cra_incident', 'Final report on a severe incident (Cyber Resilience Act, Article 14)')], max_length=12, verbose_name='duty')),
                        ('contract', trustcenter.web.fields.LineColumn(blank=True, max_length=100, verbose_name='contract')),
                        ('hours', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1440)], verbose_name='hours')),
                        ('started_at', models.DateTimeField(verbose_name='the event happened at')),
                        ('met_at', models.DateTimeField(blank=True, null=True, verbose_name='told at')),
                        ('reminded_at', models.DateTimeField(blank=True, editable=False, null=True)),
                        ('overdue_told_at', models.DateTimeField(blank=True, editable=False, null=True)),
                        ('update', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='clocks', to='certifications.update')),
                    ],
                    options={
                        'verbose_name': 'duty',
                        'verbose_name_plural': 'notification duties',
                        'ordering': ['started_at', 'pk'],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('duty', 'customers'), _negated=True), fields=('update', 'duty'), name='duty_clock_one_of_each_law'), models.CheckConstraint(condition=models.Q(models.Q(('duty', 'customers'), models.Q(('contract', ''), _negated=True)), models.Q(models.Q(('duty', 'customers'), _negated=True), ('contract', '')), _connector='OR'), name='duty_clock_names_its_contract'), models.CheckConstraint(condition=models.Q(models.Q(('duty', 'customers'), ('hours__gte', 1)), models.Q(('duty__in', ['authority', 'cra_notice']), ('hours', 72)), models.Q(('duty', 'cra_warning'), ('hours', 24)), models.Q(('duty', 'cra_report'), ('hours', 336)), models.Q(('duty', 'cra_incident'), ('hours__in', [672, 696, 720, 744])), _connector='OR'), name='duty_clock_has_the_hours_of_its_law'), models.CheckConstraint(condition=models.Q(('met_at', None), ('met_at__gte', models.F('started_at')), _connector='OR'), name='duty_clock_met_after_it_began')],
                    },
                    bases=(trustcenter.audit.facts.Answering, models.Model),
                ),
                migrations.CreateModel(
                    name='ContentDraft',
                    fields=[
                        ('id', models.CharField(default=trustcenter.work.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False)),
                        ('part', models.CharField(max_length=20)),
                        ('slug', models.CharField(max_length=80)),
                        ('name', models.CharField(max_length=300)),
                        ('table', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
                        ('base', models.CharField(blank=True, max_length=16)),
                        ('saved_at', models.DateTimeField()),
                        ('publish_at', models.DateTimeField(blank=True, null=True)),
                        ('stopped', models.CharField(blank=True, max_length=40)),
                        ('saved_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('scheduled_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'ordering': ['part', 'slug'],
                        'default_permissions': (),
                        'constraints': [models.UniqueConstraint(fields=('part', 'slug'), name='content_draft_one_per_row'), models.CheckConstraint(condition=models.Q(models.Q(('publish_at', None), ('scheduled_by', None)), models.Q(('publish_at__isnull', False), ('scheduled_by__isnull', False), ('stopped', '')), _connector='OR'), name='content_draft_schedule_has_a_person')],
                    },
                ),
            ],
        ),
    ]
