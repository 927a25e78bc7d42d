import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


def forget_unsealed_copies(apps, schema_editor):
    """Copies from before there was a seal are not copies; `manage.py seal start` makes them again."""
    apps.get_model('ndaflow', 'SignedCopy').objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ('documents', '0001_initial'),
        ('ndaflow', '0001_initial'),
    ]

    operations = [
        migrations.RunPython(forget_unsealed_copies, migrations.RunPython.noop),
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
        ),
        migrations.AddField(
            model_name='signedcopy',
            name='level',
            field=models.CharField(choices=[('B-B', 'sealed; the time is our own word'), ('B-T', 'sealed, with a timestamp from an authority')], default=None, max_length=3),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='signedcopy',
            name='sha256',
            field=models.CharField(default=None, max_length=64, unique=True),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='signedcopy',
            name='certificate',
            field=models.ForeignKey(default=None, on_delete=django.db.models.deletion.PROTECT, related_name='copies', to='ndaflow.sealcertificate'),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name='signedcopy',
            constraint=models.CheckConstraint(condition=models.Q(('level__in', ['B-B', 'B-T'])), name='signed_copy_level'),
        ),
    ]
