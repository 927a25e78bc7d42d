from django.db import models
from django.utils import timezone


class Record(models.Model):
    """One leaf of the log's Merkle tree. The database refuses to change or delete it."""

    number = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)
    # A value of `Action`. Not `choices`: with them every better sentence would be a migration.
    action = models.CharField(max_length=40, db_index=True)
    # Random ids, never names: personal data is in the detail, which can be erased.
    actor = models.CharField(max_length=16, blank=True, db_index=True)
    subject = models.CharField(max_length=60, blank=True, db_index=True)
    # Canonical JSON of what the rows of this change say, by subject; see `audit.facts`. Empty if it wrote none.
    facts = models.TextField(blank=True)
    detail_digest = models.BinaryField(max_length=32)
    # The RFC 6962 root of the tree that ends with this leaf.
    root = models.BinaryField(max_length=32)

    class Meta:
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.number} {self.action}"


class Detail(models.Model):
    """The readable part of a record, outside the tree: the leaf contains only a keyed digest of it."""

    record = models.OneToOneField(Record, primary_key=True, on_delete=models.PROTECT, related_name="detail")
    key = models.BinaryField(max_length=32)
    # Canonical JSON: exactly the text that the digest covers.
    body = models.TextField(blank=True)
    # The record of the erasure. Key and body are then empty; nothing else may empty them.
    erased_by = models.ForeignKey(Record, null=True, on_delete=models.PROTECT, related_name="erased_details")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(erased_by=None) | models.Q(body="", key=b""), name="audit_detail_erased_whole"
            ),
        ]

    def __str__(self) -> str:
        return f"detail of {self.record_id}"


class Head(models.Model):
    """The tree's size and frontier. Its single row is the lock that keeps the log free of gaps."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    size = models.PositiveBigIntegerField(default=0)
    # The roots of the full subtrees from left to right, 32 bytes each.
    frontier = models.BinaryField(default=b"")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="audit_head_one_row")]

    def __str__(self) -> str:
        return f"tree of {self.size}"


class Checkpoint(models.Model):
    """A head of the tree that the worker signed. Rows are only added, each with a larger size than all before it."""

    size = models.PositiveBigIntegerField(primary_key=True)
    # 1, 2, 3, …, so that a row that is gone leaves a gap.
    number = models.PositiveBigIntegerField(unique=True)
    root = models.BinaryField(max_length=32)
    # The next checkpoint starts from this frontier, so that it need not read the old records again.
    frontier = models.BinaryField()
    # The signed note, as published.
    note = models.TextField()
    verifier_key = models.CharField(max_length=400)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-size"]

    def __str__(self) -> str:
        return f"checkpoint of {self.size}"


class Subtree(models.Model):
    """The root of 256 leaves, or of 256 such roots, and so on, so that no proof has to read the whole log."""

    # 8 for 256 leaves, 16 for 65,536, …
    level = models.PositiveSmallIntegerField()
    index = models.PositiveBigIntegerField()
    root = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "index"], name="audit_subtree_once")]

    def __str__(self) -> str:
        return f"subtree {self.index} of level {self.level}"
