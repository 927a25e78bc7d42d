from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('documents', '0001_initial'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='delivery',
            options={'ordering': ['-started_at'], 'permissions': [('trace_delivery', 'Can trace a leaked file to a delivery')], 'verbose_name_plural': 'deliveries'},
        ),
        migrations.AddField(
            model_name='delivery',
            name='mark_bits',
            field=models.BinaryField(max_length=64, null=True, unique=True),
        ),
    ]
