from django.db import models


class SearchEntry(models.Model):
    """One public fact as the search finds it, made from what everybody may read. `certifications.search.index` writes it.

    The database indexes the two columns of stems by itself (migration 0002): a generated column on PostgreSQL, a table
    of FTS5 kept by triggers on SQLite. So an entry and its index cannot differ, whatever writes the row.
    """

    kind = models.CharField(max_length=20)
    slug = models.CharField(max_length=100)
    # Of its kind, in the order of the pages.
    position = models.PositiveIntegerField()
    title = models.TextField()
    text = models.TextField(blank=True)
    detail = models.TextField(blank=True)
    # A code that its source turns into a word with a tone.
    status = models.CharField(max_length=40, blank=True)
    # The slugs of its products; none means every product.
    products = models.JSONField(default=list)
    # Each word once, as it is written, to correct the spelling of a search.
    words = models.TextField(blank=True)
    title_stems = models.TextField(blank=True)
    text_stems = models.TextField(blank=True)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "slug"], name="search_entry_once")]

    def __str__(self) -> str:
        return self.title
