from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from trustcenter.work.ids import new_id


class ContentDraft(models.Model):
    """What an editor proposes for one row of the public content. No public page reads it."""

    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    # The section of the content file, and the slug of the row; the section's own name where it is one table.
    part = models.CharField(max_length=20)
    slug = models.CharField(max_length=80)
    # What people know the row by.
    name = models.CharField(max_length=300)
    # The row as a table of the content file, with its dates as ISO dates.
    table = models.JSONField(encoder=DjangoJSONEncoder)
    # The digest of what was public when the draft was begun; "" for a new row.
    base = models.CharField(max_length=16, blank=True)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()
    # When the clock publishes it, and who said so.
    publish_at = models.DateTimeField(null=True, blank=True)
    scheduled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    # The code of the refusal for which the clock did not publish it.
    stopped = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["part", "slug"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["part", "slug"], name="content_draft_one_per_row"),
            models.CheckConstraint(
                condition=Q(publish_at=None, scheduled_by=None)
                | Q(publish_at__isnull=False, scheduled_by__isnull=False, stopped=""),
                name="content_draft_schedule_has_a_person",
            ),
        ]

    def __str__(self) -> str:
        return self.name
