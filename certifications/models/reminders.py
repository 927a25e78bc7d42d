from django.conf import settings
from django.db import models


class ReviewReminder(models.Model):
    """A reminder of a fact's review date that is on its way. While the row is there, nobody is told the same again."""

    class Stage(models.IntegerChoices):
        """The number of days before the review date at which it is due; 0 once the date has passed."""

        MONTH = 30
        WEEK = 7
        PASSED = 0

    # The name of the model, and the key of the row.
    kind = models.CharField(max_length=40)
    fact = models.PositiveBigIntegerField()
    review_due = models.DateField()
    stage = models.PositiveSmallIntegerField(choices=Stage)
    # Nobody if the security contact got it and has no account.
    to = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    on = models.DateField()

    class Meta:
        constraints = [
            # Of two workers that remind at once, the second fails with its mail.
            models.UniqueConstraint(fields=["kind", "fact", "review_due", "stage"], name="review_reminder_once"),
        ]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.kind} {self.fact}, {self.review_due}"
