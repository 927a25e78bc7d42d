from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "trustcenter.vault"
    label = "vault"
    verbose_name = "Vault"

    def ready(self) -> None:
        from trustcenter.vault import checks  # noqa: F401  (registers its checks)
