"""The steps by which a person deals with background work that failed."""

from collections.abc import Callable

from trustcenter import audit
from trustcenter.accounts.models import User
from trustcenter.audit import FlowError
from trustcenter.audit.actions import Action
from trustcenter.site.work.refusals import Refusal
from trustcenter.work import queue, tasks
from trustcenter.work.models import Task


def retry(task: Task, *, by: User | None) -> None:
    """Starts failed or waiting work again now, with all its tries. Raises FlowError."""
    _settle(task, queue.start_again, Action.TASK_RETRIED, by)


def dismiss(task: Task, *, by: User | None) -> None:
    """Ends failed or waiting work for good: the mail is not sent, the file is not checked. Raises FlowError."""
    _settle(task, queue.dismiss, Action.TASK_DISMISSED, by)


def _settle(task: Task, settle: Callable[[Task], bool], action: Action, by: User | None) -> None:
    if by is not None and not by.has_perm("work.manage_task"):
        raise FlowError(Refusal.NOT_MANAGER)
    (line,) = tasks.lines([task])
    with audit.change(by=by) as change:
        if not settle(task):
            task.refresh_from_db()
            raise FlowError(Refusal.RUNNING if task.state == Task.State.RUNNING else Refusal.ENDED)
        change.record(action, subject=task, work=task.path, about=line.about)
