"""The log, and the one way to change anything that it answers for: `with audit.change(by=person) as change:`."""

from trustcenter.audit.changes import Change, FlowError, change

__all__ = ["Change", "FlowError", "change"]
