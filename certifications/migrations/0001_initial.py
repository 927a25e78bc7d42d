import certifications.models.company
import django.core.validators
import django.db.models.deletion
import trustcenter.accounts.fields
import trustcenter.web.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
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
            name='Product',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(unique=True)),
                ('name', trustcenter.web.fields.LineColumn(max_length=100, verbose_name='name')),
                ('summary', models.TextField(verbose_name='summary')),
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
            },
        ),
        migrations.CreateModel(
            name='Topic',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(unique=True)),
                ('name', trustcenter.web.fields.LineColumn(max_length=100, verbose_name='name')),
                ('position', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'ordering': ['position', 'slug'],
            },
        ),
        migrations.CreateModel(
            name='Certification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(unique=True)),
                ('stated_status', models.CharField(choices=[('attested', 'Attested'), ('certified', 'Certified'), ('authorized', 'Authorized'), ('available', 'Available'), ('compliant', 'Compliant'), ('published', 'Published'), ('in_progress', 'In progress'), ('not_certified', 'Not certified'), ('not_available', 'Not available')], max_length=20, verbose_name='status')),
                ('scope', models.TextField(verbose_name='scope')),
                ('notes', models.TextField(blank=True, verbose_name='notes')),
                ('as_of', models.DateField(verbose_name='as of')),
                ('evidence', models.JSONField(blank=True, default=list, help_text='Slugs of documents.', validators=[certifications.models.company.validate_slugs], verbose_name='evidence')),
                ('valid_until', models.DateField(blank=True, null=True, verbose_name='valid until')),
                ('period_start', models.DateField(blank=True, null=True, verbose_name='period start')),
                ('period_end', models.DateField(blank=True, null=True, verbose_name='period end')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('framework', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='certifications', to='certifications.framework')),
            ],
            options={
                'ordering': ['position', 'slug'],
                'constraints': [models.CheckConstraint(condition=models.Q(('stated_status', 'expired'), _negated=True), name='certification_expiry_is_computed'), models.CheckConstraint(condition=models.Q(models.Q(('period_end', None), ('period_start', None)), models.Q(('period_end__gte', models.F('period_start')), ('period_end__isnull', False), ('period_start__isnull', False)), _connector='OR'), name='certification_period_in_order', violation_error_message='A reporting period has a start and an end, in this order.')],
            },
        ),
        migrations.CreateModel(
            name='Profile',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('name', trustcenter.web.fields.LineColumn(max_length=100, verbose_name='name')),
                ('legal_name', trustcenter.web.fields.LineColumn(max_length=200, verbose_name='legal name')),
                ('website', models.URLField(verbose_name='website')),
                ('summary', models.TextField(verbose_name='summary')),
                ('notice', models.TextField(blank=True, verbose_name='notice shown on every page')),
                ('contact_email', trustcenter.accounts.fields.Address(max_length=254, verbose_name='security contact')),
                ('as_of', models.DateField(verbose_name='last reviewed')),
                ('colour', models.CharField(blank=True, help_text='Of links and of the line on top of each mail. It is made darker where text would be hard to read.', max_length=7, validators=[django.core.validators.RegexValidator('^#[0-9a-f]{6}$', 'Write the colour as # and six digits, such as #2c49c8.')], verbose_name='colour')),
                ('source_title', trustcenter.web.fields.LineColumn(max_length=300, verbose_name='source')),
                ('source_publisher', trustcenter.web.fields.LineColumn(blank=True, max_length=200, verbose_name='publisher of the source')),
                ('source_note', models.TextField(blank=True, verbose_name='note on the source')),
                ('privacy_notice', models.TextField(blank=True, help_text='Markdown. While it is empty, the page says what this trust center keeps by itself.', verbose_name='privacy notice')),
            ],
            options={
                'permissions': [('share_posture', 'Can send the public page to a prospect')],
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='profile_one_row')],
            },
        ),
        migrations.CreateModel(
            name='Subprocessor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(unique=True)),
                ('name', trustcenter.web.fields.LineColumn(max_length=200, verbose_name='name')),
                ('purpose', models.TextField(verbose_name='purpose')),
                ('data', models.TextField(verbose_name='data')),
                ('location', trustcenter.web.fields.LineColumn(max_length=200, verbose_name='location')),
                ('as_of', models.DateField(verbose_name='as of')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('products', models.ManyToManyField(blank=True, help_text='None means every product.', related_name='subprocessors', to='certifications.product')),
            ],
            options={
                'ordering': ['position', 'slug'],
            },
        ),
        migrations.CreateModel(
            name='Claim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=80, unique=True)),
                ('question', trustcenter.web.fields.LineColumn(max_length=300, verbose_name='question')),
                ('answer', models.TextField(verbose_name='answer')),
                ('as_of', models.DateField(verbose_name='as of')),
                ('valid_until', models.DateField(blank=True, null=True, verbose_name='valid until')),
                ('evidence', models.JSONField(blank=True, default=list, help_text='Slugs of documents.', validators=[certifications.models.company.validate_slugs], verbose_name='evidence')),
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
            },
        ),
    ]
