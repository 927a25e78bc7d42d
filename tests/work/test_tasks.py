from datetime import timedelta

import pytest
from django.tasks import TaskResultStatus as Status
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from trustcenter.work import clock, tasks
from trustcenter.work.models import Routine
from trustcenter.work.worker import Worker

pytestmark = pytest.mark.django_db
PATH = "trustcenter.work.mail.hand_over"


def task(status: Status, *, workers: int = 1, ago: timedelta = timedelta(0), path: str = PATH) -> DBTaskResult:
    then = timezone.now() - ago
    return DBTaskResult.objects.create(
        status=status,
        task_path=path,
        args_kwargs={"args": ["nothing"] if path == PATH else [], "kwargs": {}},
        backend_name="default",
        run_after=then,
        started_at=then,
        finished_at=then if status == Status.FAILED else None,
        worker_ids=["w"] * workers,
        exception_class_path="",
        traceback="",
    )


def test_task_of_a_killed_worker_starts_again(settings):
    lost = task(Status.RUNNING, ago=timedelta(seconds=settings.TASK_LEASE_SECONDS + 1))
    alive = task(Status.RUNNING, ago=timedelta(seconds=settings.TASK_LEASE_SECONDS - 10))
    assert tasks.requeue_lost() == 1
    assert [DBTaskResult.objects.get(pk=row.pk).status for row in (lost, alive)] == [
        Status.READY,
        Status.RUNNING,
    ]


def test_lost_task_starts_again_more_often_than_a_failed_one(settings):
    task(Status.RUNNING, workers=settings.TASK_ATTEMPTS, ago=timedelta(days=1))
    tasks.requeue_lost()
    assert DBTaskResult.objects.get().status == Status.READY
    assert tasks.given_up() == 0


def taken(row: DBTaskResult, status: Status) -> None:
    """A worker took the task a day ago, with this outcome or none."""
    row.refresh_from_db()
    row.worker_ids = [*row.worker_ids, "w"]
    row.status, row.started_at = status, timezone.now() - timedelta(days=1)
    row.finished_at = timezone.now() if status == Status.FAILED else None
    row.save()


def test_task_that_kills_every_worker_is_given_up():
    row = task(Status.READY, workers=0)
    for _time in range(tasks.MAX_LOST):
        assert tasks.given_up() == 0
        taken(row, Status.RUNNING)
        tasks.requeue_lost()
    assert DBTaskResult.objects.get().status == Status.FAILED
    assert tasks.given_up() == 1
    assert tasks.retry_failed() == 0


def test_lost_tries_do_not_count_as_failures(settings):
    row = task(Status.READY, workers=0)
    for _time in range(settings.TASK_ATTEMPTS):
        taken(row, Status.RUNNING)
        assert tasks.requeue_lost() == 1
    for failed in range(1, settings.TASK_ATTEMPTS):
        taken(row, Status.FAILED)
        assert tasks.retry_failed() == 1, f"failed {failed} times"
    taken(row, Status.FAILED)
    assert tasks.retry_failed() == 0 and tasks.given_up() == 1


def test_failed_task_is_retried_with_increasing_delays(settings):
    waits = []
    for attempts in range(1, settings.TASK_ATTEMPTS):
        row = task(Status.FAILED, workers=attempts)
        assert tasks.retry_failed() == 1
        again = DBTaskResult.objects.get(pk=row.pk)
        assert again.status == Status.READY
        waits.append((again.run_after - row.finished_at).total_seconds())
    assert waits == [30, 120, 480, 1920]


def test_task_stays_failed_after_the_last_attempt_and_is_counted(settings):
    task(Status.FAILED, workers=settings.TASK_ATTEMPTS)
    assert tasks.retry_failed() == 0
    assert tasks.given_up() == 1


def test_scheduled_work_runs_once_per_period(monkeypatch):
    calls = []
    periodic = clock.Periodic("test.count", 60, lambda: calls.append(1))
    monkeypatch.setattr(clock, "_registry", {periodic.name: periodic})
    assert clock.run_due() == ["test.count"]
    assert clock.run_due() == []
    Routine.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert clock.run_due() == ["test.count"]
    assert len(calls) == 2


def test_failing_routine_does_not_stop_the_others(monkeypatch):
    calls = []
    bad = clock.Periodic("test.a", 60, lambda: 1 / 0)
    good = clock.Periodic("test.b", 60, lambda: calls.append(1))
    monkeypatch.setattr(clock, "_registry", {"test.a": bad, "test.b": good})
    clock.run_due()
    assert calls == [1]


@pytest.mark.parametrize(
    "name",
    [
        "trustcenter.work.tasks.retry_failed",
        "ndaflow.requests.routine.expire_requests",
        "documents.routine.sweep_vault",
    ],
)
def test_routines_of_every_app_are_registered(name):
    assert name in {periodic.name for periodic in clock.periodics()}


@pytest.mark.django_db(transaction=True)
def test_slow_task_is_stopped_within_its_lease(racing, settings):
    settings.TASK_LEASE_SECONDS = 1
    row = task(Status.RUNNING, path="tests.work.slow.sleep")
    Worker().run_task(row)
    assert DBTaskResult.objects.get().exception_class_path.endswith("TookTooLong")


@pytest.mark.django_db(transaction=True)
def test_worker_runs_due_tasks(racing):
    task(Status.READY)
    worker = Worker()
    worker.run()
    assert DBTaskResult.objects.get().status == Status.SUCCESSFUL
