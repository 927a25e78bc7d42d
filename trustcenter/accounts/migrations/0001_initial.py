import django.db.models.deletion
import django.db.models.functions.text
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
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        trustcenter.work.tables.CreateTables(
            tables=[
                migrations.CreateModel(
                    name='MailedCode',
                    fields=[
                        ('id', models.CharField(default=trustcenter.work.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False)),
                        ('digest', models.CharField(max_length=64)),
                        ('former_digest', models.CharField(blank=True, max_length=64)),
                        ('tries_left', models.PositiveSmallIntegerField()),
                        ('expires_at', models.DateTimeField(db_index=True)),
                        ('used_at', models.DateTimeField(null=True)),
                    ],
                ),
                migrations.CreateModel(
                    name='User',
                    fields=[
                        ('password', models.CharField(max_length=128, verbose_name='password')),
                        ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                        ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                        ('id', models.CharField(default=trustcenter.work.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False)),
                        ('email', trustcenter.accounts.fields.Address(max_length=254, unique=True, verbose_name='e-mail')),
                        ('name', trustcenter.web.fields.LineColumn(blank=True, max_length=150, verbose_name='name')),
                        ('is_active', models.BooleanField(default=True, verbose_name='active')),
                        ('is_staff', models.BooleanField(default=False, verbose_name='staff')),
                        ('language', models.CharField(blank=True, editable=False, max_length=10)),
                        ('one_time_password_until', models.DateTimeField(editable=False, null=True)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('proven_at', models.DateTimeField(editable=False, null=True)),
                        ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                        ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                        ('company', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='people', to='accounts.company', verbose_name='company')),
                    ],
                    options={
                        'indexes': [models.Index(condition=models.Q(('is_staff', True)), fields=['name'], name='user_staff')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('email', django.db.models.functions.text.Lower('email'))), name='user_email_lower_case')],
                    },
                    bases=(trustcenter.audit.facts.Answering, models.Model),
                ),
                migrations.CreateModel(
                    name='Company',
                    fields=[
                        ('id', models.CharField(default=trustcenter.work.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False)),
                        ('legal_name', trustcenter.web.fields.LineColumn(max_length=200, verbose_name='legal name')),
                        ('comparable_name', models.CharField(db_index=True, editable=False, max_length=200)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('confirmed_at', models.DateTimeField(editable=False, null=True, verbose_name='confirmed')),
                        ('is_customer', models.BooleanField(default=False, verbose_name='customer')),
                        ('plan', trustcenter.web.fields.LineColumn(blank=True, max_length=100, verbose_name='plan')),
                        ('crm_id', trustcenter.web.fields.LineColumn(blank=True, max_length=100, verbose_name='CRM ID')),
                        ('blocked_at', models.DateTimeField(editable=False, null=True)),
                        ('blocked_reason', models.TextField(blank=True, editable=False, validators=[trustcenter.web.typed.validate_lines])),
                        ('blocked_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('confirmed_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='confirmed by')),
                        ('merged_into', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged_from', to='accounts.company')),
                        ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='owned_companies', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                    ],
                    options={
                        'verbose_name_plural': 'companies',
                        'permissions': [('confirm_company', 'Can confirm, correct and merge companies and move their domains'), ('annotate_company', 'Can edit the notes, owner, plan and CRM ID of a company')],
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at', None), ('confirmed_by', None)), models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False)), _connector='OR'), name='company_confirmed_by_a_person'), models.CheckConstraint(condition=models.Q(models.Q(('blocked_at', None), ('blocked_by', None), ('blocked_reason', '')), models.Q(('blocked_at__isnull', False), ('blocked_by__isnull', False), models.Q(('blocked_reason', ''), _negated=True)), _connector='OR'), name='company_blocked_by_a_person_with_a_reason'), models.CheckConstraint(condition=models.Q(('merged_into', models.F('id')), _negated=True), name='company_not_merged_into_itself')],
                    },
                    bases=(trustcenter.audit.facts.Answering, models.Model),
                ),
                migrations.CreateModel(
                    name='CompanyDomain',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('domain', trustcenter.accounts.fields.Domain(max_length=253, unique=True)),
                        ('skeleton', models.CharField(db_index=True, editable=False, max_length=253)),
                        ('verified_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('company', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='domains', to='accounts.company')),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('domain', django.db.models.functions.text.Lower('domain'))), name='company_domain_lower_case'), models.CheckConstraint(condition=models.Q(('domain', ''), _negated=True), name='company_domain_is_not_empty')],
                    },
                ),
                migrations.CreateModel(
                    name='CompanyNote',
                    fields=[
                        ('id', models.CharField(default=trustcenter.work.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False)),
                        ('text', models.TextField(max_length=2000, validators=[trustcenter.web.typed.validate_lines])),
                        ('written_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='accounts.company')),
                        ('written_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'ordering': ['-written_at'],
                        'constraints': [models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='company_note_has_text')],
                    },
                ),
                migrations.CreateModel(
                    name='Listed',
                    fields=[
                        ('id', models.CharField(default=trustcenter.work.ids.new_id, editable=False, max_length=16, primary_key=True, serialize=False)),
                        ('verdict', models.CharField(choices=[('allow', 'Allowed'), ('block', 'Blocked')], max_length=5)),
                        ('address', trustcenter.accounts.fields.Address(blank=True, max_length=254)),
                        ('domain', trustcenter.accounts.fields.Domain(blank=True, max_length=253)),
                        ('reason', models.TextField(validators=[trustcenter.web.typed.validate_lines])),
                        ('added_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('reviewed_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('warned_at', models.DateTimeField(null=True)),
                        ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'listed address or domain',
                        'verbose_name_plural': 'listed addresses and domains',
                        'ordering': ['-added_at'],
                        'permissions': [('manage_listed', 'Can allow and block addresses, domains and companies')],
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('address', ''), models.Q(('domain', ''), _negated=True)), models.Q(models.Q(('address', ''), _negated=True), ('domain', '')), _connector='OR'), name='listed_is_an_address_or_a_domain'), models.UniqueConstraint(condition=models.Q(('address', ''), _negated=True), fields=('address',), name='listed_address_once'), models.UniqueConstraint(condition=models.Q(('domain', ''), _negated=True), fields=('domain',), name='listed_domain_once'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='listed_has_a_reason'), models.CheckConstraint(condition=models.Q(('verdict__in', ['allow', 'block'])), name='listed_allows_or_blocks')],
                    },
                    bases=(trustcenter.audit.facts.Answering, models.Model),
                ),
                migrations.CreateModel(
                    name='Session',
                    fields=[
                        ('session_key', models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name='session key')),
                        ('session_data', models.TextField(verbose_name='session data')),
                        ('expire_date', models.DateTimeField(db_index=True, verbose_name='expire date')),
                        ('handle', models.CharField(blank=True, max_length=16)),
                        ('browser', models.CharField(blank=True, max_length=80)),
                        ('network', models.CharField(blank=True, max_length=45)),
                        ('began_at', models.DateTimeField(null=True)),
                        ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'session',
                        'verbose_name_plural': 'sessions',
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='ToldApart',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('said_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('one', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.company')),
                        ('other', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.company')),
                        ('said_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('one', 'other'), name='told_apart_once'), models.CheckConstraint(condition=models.Q(('one__lt', models.F('other'))), name='told_apart_in_order')],
                    },
                ),
            ],
        ),
    ]
