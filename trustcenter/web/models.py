from django.db import models


class ContentRevision(models.Model):
    """Counts changes to anything public; caches and ETags are keyed by it. One row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    number = models.PositiveBigIntegerField(default=1)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="content_revision_one_row")]

    def __str__(self) -> str:
        return str(self.number)
