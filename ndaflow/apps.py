from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NDAFlowConfig(AppConfig):
    name = "ndaflow"
    verbose_name = _("Requests and agreements")

    def ready(self) -> None:
        from documents import agreements
        from documents.standing import add_source
        from ndaflow.agreements import coverage, coverage_changes
        from ndaflow.agreements import mails as agreement_mails  # noqa: F401  (registers what mails attach)
        from ndaflow.agreements import routine as agreement_routine  # noqa: F401  (what the clock does)
        from ndaflow.agreements.sealing import checks  # noqa: F401  (registers the checks of the seal)
        from ndaflow.invitations import prospects
        from ndaflow.invitations import routine as invitations_routine  # noqa: F401  (the clock)
        from ndaflow.objections import routine as objections_routine  # noqa: F401  (the clock)
        from ndaflow.objections import views as objections  # noqa: F401  (connects: a proven mailbox)
        from ndaflow.privacy import routine as privacy_routine  # noqa: F401  (the clock)
        from ndaflow.requests import deciders, drafts, mails, on_opening, routine  # noqa: F401  (connect: a proven mailbox, attachments, the clock)
        from ndaflow.requests.flows import covered
        from ndaflow.requests.standing import waiting
        from ndaflow.rules import flows as rules
        from ndaflow.rules import routine as rules_routine  # noqa: F401  (the clock)
        from trustcenter.accounts import changed

        add_source(waiting)
        agreements.register(
            agreements.Source(covered=coverage.covered, hold=coverage_changes.hold, offered=coverage.offered)
        )
        coverage_changes.register(coverage_changes.Effect(covered.lock, covered.hold, covered.settle))
        changed.add_listener(rules.look_again)
        on_opening.add(on_opening.Listener(prospects.opened, prospects.granted))
        deciders.add(deciders.Decider(rules.look, rules.tighten))
