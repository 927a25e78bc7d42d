"""The audit log, and the only way to make a recorded change: `with audit.change(by=person) as change:`."""

from trustcenter.audit.changes import Change, FlowError, change

__all__ = ["Change", "FlowError", "change"]
