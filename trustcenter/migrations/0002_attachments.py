from django.db import migrations, models


def to_list(apps, editor):
    for mail in apps.get_model("trustcenter", "Mail").objects.exclude(attachment_kind="").only(
        "attachment_kind", "attachment_id"
    ):
        mail.attachments = [[mail.attachment_kind, mail.attachment_id]]
        mail.save(update_fields=["attachments"])


def to_one(apps, editor):
    for mail in apps.get_model("trustcenter", "Mail").objects.exclude(attachments=[]):
        mail.attachment_kind, mail.attachment_id = mail.attachments[0]
        mail.save(update_fields=["attachment_kind", "attachment_id"])


class Migration(migrations.Migration):
    dependencies = [("trustcenter", "0001_initial")]

    operations = [
        migrations.AddField("mail", "attachments", models.JSONField(default=list, blank=True)),
        migrations.RunPython(to_list, to_one),
        migrations.RemoveField("mail", "attachment_kind"),
        migrations.RemoveField("mail", "attachment_id"),
    ]
