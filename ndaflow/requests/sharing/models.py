from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trustcenter.web.fields import LineColumn
from trustcenter.work.ids import new_id


class ShareLink(models.Model):
    """A link of one colleague to the public page, for one account or for everybody. It opens nothing and counts nobody."""

    # In the address, and with a request that comes from it.
    id = models.CharField(primary_key=True, max_length=16, default=new_id, editable=False)
    colleague = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="share_links")
    # As the colleague calls the company; empty for a link that is not for one.
    account = LineColumn(_("company"), max_length=200, blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["account", "made_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["colleague", "account"], condition=Q(ended_at=None), name="share_link_one_for_an_account"
            )
        ]

    def __str__(self) -> str:
        return self.account
