"""Why a step on a subscription is refused."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from trustcenter.audit import words


class Refusal(models.TextChoices):
    CODE_WRONG = "subscription_code_wrong", _("This is not the code in our latest e-mail. Check it and try again.")
    CODE_OVER = "subscription_code_over", _("This code cannot be used any more. Subscribe again to get a new one.")
    NO_TOPIC = "subscription_without_topic", _("Choose at least one topic.")
    NO_SUBSCRIPTION = "no_subscription", _("This subscription has ended. Subscribe again if you want to.")


words.register("refusal", dict(Refusal.choices))
