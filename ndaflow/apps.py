from django.apps import AppConfig


class NDAFlowConfig(AppConfig):
    name = "ndaflow"
    verbose_name = "Requests and agreements"

    def ready(self) -> None:
        from ndaflow import checks, drafts, mails, routine  # noqa: F401  (connect: checks, a proven mailbox, attachments, the clock)
