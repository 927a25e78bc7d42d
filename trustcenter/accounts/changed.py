"""Tells the rooms above that something about people has changed: their company, or an entry of the list."""

from collections.abc import Callable

from trustcenter.audit import Change

# The change in which it happens, then what it is about: `company:` and an id, or `listed:` and an address or a domain.
Listener = Callable[[Change, str], None]
_listeners: list[Listener] = []


def add_listener(listener: Listener) -> None:
    """Registers what a higher room does; see `AppConfig.ready`."""
    _listeners.append(listener)


def company(change: Change, id: str) -> None:
    """The company was confirmed, corrected, blocked, became a customer, or got people from another one."""
    _tell(change, f"company:{id}")


def listed(change: Change, entry: str) -> None:
    """An address or a mail domain was put on the list, or was taken off it."""
    _tell(change, f"listed:{entry}")


def _tell(change: Change, about: str) -> None:
    for listener in _listeners:
        listener(change, about)
