from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "trustcenter.accounts"
    label = "accounts"
    verbose_name = _("People and companies")

    def ready(self) -> None:
        from trustcenter.accounts import (  # noqa: F401  (signal receivers, periodic tasks)
            journal,
            languages,
            routine,
            sessions,
        )
        from trustcenter.accounts.roles import sync

        post_migrate.connect(sync, sender=self)
