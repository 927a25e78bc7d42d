from django.db import models


class ContentRevision(models.Model):
    """Counts changes to anything public; caches and ETags are keyed by it. One row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    number = models.PositiveBigIntegerField(default=1)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="content_revision_one_row")]

    def __str__(self) -> str:
        return str(self.number)


class Passing(models.Model):
    """A row that means nothing after `ends_at`. `routine.delete_ended` deletes it then, and nothing before."""

    key = models.CharField(primary_key=True, max_length=255, editable=False)
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.key} until {self.ends_at}"


class Counter(Passing):
    """How often somebody did something in the window that ends at `ends_at` (`throttle.allow`)."""

    count = models.PositiveIntegerField()


class CacheEntry(Passing):
    """A value in Django's cache (`table_cache.TableCache`), as JSON."""

    value = models.TextField()
