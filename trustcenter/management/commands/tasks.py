"""Shows background work that failed, and starts it again or dismisses it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from trustcenter.audit import FlowError
from trustcenter.site.work import flows
from trustcenter.work import queue, tasks
from trustcenter.work.models import Task

SETTLED = {flows.retry: "starts again now", flows.dismiss: "is dismissed"}


class Command(BaseCommand):
    help = "Lists background work that failed or is being tried again, starts it again, or dismisses it."

    def add_arguments(self, parser: CommandParser) -> None:
        steps = parser.add_subparsers(dest="step", required=True)
        steps.add_parser("list", help="what failed, and what will be tried again")
        for name, help in (("retry", "start it again now"), ("dismiss", "never try it again")):
            step = steps.add_parser(name, help=help)
            step.add_argument("ids", nargs="*", metavar="ID", help="from `tasks list`")
            step.add_argument("--all", action="store_true", help="everything that failed")

    def handle(self, *args: Any, step: str, **options: Any) -> None:
        match step:
            case "list":
                self._list()
            case "retry":
                self._settle(flows.retry, **options)
            case "dismiss":
                self._settle(flows.dismiss, **options)

    def _list(self) -> None:
        for line in tasks.lines(queue.troubled()):
            task = line.task
            failed = task.state == Task.State.FAILED
            state = "failed" if failed else f"next try at {task.due_at:%Y-%m-%d %H:%M:%S} UTC"
            self.stdout.write(f"{task.pk}  {line.label}: {line.about}")
            self.stdout.write(f"    since {task.queued_at:%Y-%m-%d %H:%M:%S} UTC, {task.tries} tries, {state}")
            if reason := task.reason():
                self.stdout.write(f"    {reason}")
        for lane in queue.lanes():
            self.stdout.write(f"{lane.label}: {lane.waiting} waiting, {lane.running} running, {lane.failed} failed")

    def _settle(self, step: Any, *, ids: list[str], all: bool, **options: Any) -> None:
        if bool(ids) == all:
            raise CommandError("Name the tasks, or say --all.")
        rows = queue.troubled().filter(state=Task.State.FAILED) if all else Task.objects.filter(pk__in=ids)
        found = {row.pk: row for row in rows}
        if missing := [id for id in ids if id not in found]:
            raise CommandError(f"There is no task {', '.join(missing)}. See manage.py tasks list.")
        for row in found.values():
            try:
                step(row, by=None)
            except FlowError as refusal:
                raise CommandError(f"{row.pk}: {refusal}") from refusal
            self.stdout.write(f"{row.pk} {SETTLED[step]}.")
        if not found:
            self.stdout.write("Nothing has failed.")
