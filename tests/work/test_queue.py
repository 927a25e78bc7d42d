"""The queue: one worker gets a task, a task whose worker died comes back, and what fails is tried again."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.tasks.exceptions import InvalidTask
from django.utils import timezone

from tests.work import sample
from trustcenter.work import clock, lanes, queue, routine
from trustcenter.work.lanes import Lane
from trustcenter.work.models import Routine, Task

pytestmark = pytest.mark.django_db
State = Task.State


def queued(task=sample.succeed, id="a") -> Task:
    return Task.objects.get(pk=task.enqueue(id).id)


def running(worker="w", **fields) -> Task:
    row = queued()
    taken = queue.claim(Lane(row.lane), worker)
    Task.objects.filter(pk=row.pk).update(**fields)
    return taken


def state(task: Task) -> str:
    return Task.objects.get(pk=task.pk).state


def ago(**time) -> object:
    return timezone.now() - timedelta(**time)


def test_task_is_written_in_the_transaction_that_needs_it(racing):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        sample.succeed.enqueue("a")
        1 / 0  # noqa: B018
    assert not Task.objects.exists()


def test_unknown_lane_and_named_arguments_are_refused():
    with pytest.raises(InvalidTask):
        sample.succeed.using(queue_name="default")
    with pytest.raises(TypeError):
        sample.succeed.enqueue(id="a")


def test_higher_priority_is_taken_first_and_then_the_oldest():
    for task, id in ((sample.succeed, "a"), (sample.succeed, "b"), (sample.hurry, "c")):
        queued(task, id)
    order = [queue.claim(Lane.DOCUMENTS, "w").arguments[0] for _ in range(3)]
    assert order == ["c", "a", "b"]
    assert queue.claim(Lane.DOCUMENTS, "w") is None


def test_lane_takes_only_its_own_tasks():
    queued()
    assert queue.claim(Lane.MAIL, "w") is None


def test_task_is_taken_by_one_of_many_workers(racing):
    for number in range(5):
        sample.succeed.enqueue(str(number))
    barrier, taken = threading.Barrier(4), []

    def take(worker):
        barrier.wait()
        while (task := queue.claim(Lane.DOCUMENTS, worker)) is not None:
            taken.append(task.arguments[0])
        connections.close_all()

    threads = [threading.Thread(target=take, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == ["0", "1", "2", "3", "4"]


def test_task_of_a_dead_worker_comes_back_and_that_of_a_living_one_does_not():
    dead, alive = running(leased_until=ago(seconds=1)), running()
    assert queue.recover() == 1
    assert (state(dead), state(alive)) == (State.WAITING, State.RUNNING)
    dead.refresh_from_db()
    # A loss says nothing about the task.
    assert (dead.losses, dead.tries) == (1, 0)


def test_lost_task_is_back_within_thirty_seconds():
    assert timedelta(seconds=30) >= queue.LEASE + 2 * queue.BEAT


def test_living_worker_extends_its_leases():
    task, other = running(leased_until=ago(seconds=1)), running(worker="x", leased_until=ago(seconds=1))
    queue.beat("w", [task.pk, other.pk])
    assert queue.recover() == 1
    assert (state(task), state(other)) == (State.RUNNING, State.WAITING)


def test_lease_of_a_clock_that_was_ahead_is_not_believed():
    task = running(leased_until=timezone.now() + timedelta(days=400))
    assert queue.recover() == 1
    assert state(task) == State.WAITING


def test_worker_that_is_alone_believes_no_lease():
    task = running()
    assert queue.recover(everything=True) == 1
    assert state(task) == State.WAITING


def test_task_that_kills_every_worker_is_given_up():
    task = queued()
    for _time in range(queue.MOST_LOSSES):
        assert queue.given_up() == 0
        assert queue.claim(Lane.DOCUMENTS, "w") == task
        queue.recover(everything=True)
    task.refresh_from_db()
    assert (task.state, task.losses, queue.given_up()) == (State.FAILED, queue.MOST_LOSSES, 1)


def test_worker_that_lost_its_task_cannot_end_it():
    slow = running()
    queue.recover(everything=True)
    quick = queue.claim(Lane.DOCUMENTS, "w2")
    assert not queue.done(slow) and not queue.failed(slow, ValueError())
    assert queue.done(quick) and state(slow) == State.DONE


def pauses(task) -> list[float]:
    """How long the task waits after each failure, until it waits for a person."""
    row, found = queued(task), []
    while (taken := queue.claim(Lane(row.lane), "w")) is not None:
        assert queue.failed(taken, ValueError("no"))
        row.refresh_from_db()
        if row.state == State.WAITING:
            found.append((row.due_at - timezone.now()).total_seconds())
            Task.objects.update(due_at=timezone.now())
    assert row.state == State.FAILED and row.reason() == "no"
    return [round(seconds) for seconds in found]


def test_failing_task_is_tried_again_after_longer_and_longer_pauses():
    assert pauses(sample.fail) == [30, 120, 480, 1920]
    assert queue.given_up() == 1


def test_mail_is_tried_for_a_day():
    found = pauses(sample.find_no_server)
    assert found[:5] == [30, 120, 480, 1920, 3600]
    assert 23 * 3600 < sum(found) < 25 * 3600


def test_code_is_tried_every_half_minute_as_long_as_it_works():
    rules = Lane.CODES.rules
    waits = [rules.pause(tries).total_seconds() for tries in range(1, rules.tries)]
    assert waits[:4] == [5, 20, 30, 30] and sum(waits) > 600


def test_task_without_hope_waits_for_a_person_at_once():
    taken = queue.claim(Lane.DOCUMENTS, "w") if queued(sample.give_up) else None
    queue.failed(taken, queue.GiveUp("of no use"))
    assert state(taken) == State.FAILED


def test_time_of_a_clock_that_was_ahead_holds_up_no_task():
    task = queued()
    for later, taken in ((lanes.HOUR, None), (timedelta(days=400), task)):
        Task.objects.update(due_at=timezone.now() + later)
        assert queue.claim(Lane.DOCUMENTS, "w") == taken


def test_person_starts_a_failed_task_again_with_all_its_tries():
    task = running()
    for _try in range(4):
        Task.objects.update(tries=4)
    queue.failed(Task.objects.get(), ValueError())
    assert state(task) == State.FAILED
    assert queue.start_again(task)
    task.refresh_from_db()
    assert (task.state, task.tries) == (State.WAITING, 0)
    assert queue.claim(Lane.DOCUMENTS, "w") == task
    assert not queue.start_again(task) and not queue.dismiss(task)


def test_dismissed_task_is_never_taken():
    task = queued()
    assert queue.dismiss(task) and queue.claim(Lane.DOCUMENTS, "w") is None
    assert not queue.start_again(task) and not queue.known(sample.succeed, "a")


def test_call_is_known_until_it_is_done():
    task = queued()
    assert queue.known(sample.succeed, "a")
    assert not queue.known(sample.succeed, "b") and not queue.known(sample.hurry, "a")
    queue.done(queue.claim(Lane.DOCUMENTS, "w"))
    assert state(task) == State.DONE and not queue.known(sample.succeed, "a")


def test_what_ended_long_ago_is_deleted_and_what_failed_is_kept_longer():
    for kind, days in ((State.DONE, 8), (State.DONE, 6), (State.FAILED, 89), (State.DISMISSED, 91)):
        Task.objects.filter(pk=queued().pk).update(state=kind, ended_at=ago(days=days))
    routine.delete_ended()
    assert set(Task.objects.values_list("state", flat=True)) == {State.DONE, State.FAILED}


# PostgreSQL counts by itself.
@pytest.mark.once
def test_sqlite_knows_how_many_rows_there_are():
    for _ in range(3):
        queued()
    routine.count_rows_of_sqlite()
    with connection.cursor() as cursor:
        cursor.execute("SELECT stat FROM sqlite_stat1 WHERE tbl = 'work_task'")
        assert {stat.split()[0] for (stat,) in cursor.fetchall()} >= {"3"}
    (seconds,) = (one.seconds for one in clock.periodics() if one.run == routine.count_rows_of_sqlite)
    assert seconds == 24 * 3600


# -- The clock -----------------------------------------------------------------------------------------


def test_scheduled_work_runs_once_per_period(monkeypatch):
    calls = []
    periodic = clock.Periodic("test.count", 60, lambda: calls.append(1))
    monkeypatch.setattr(clock, "_registry", {periodic.name: periodic})
    assert clock.last_run() is None
    assert clock.run_due() == ["test.count"]
    assert clock.run_due() == []
    assert timezone.now() - clock.last_run() < timedelta(seconds=10)
    Routine.objects.update(due_at=ago(seconds=1))
    assert clock.run_due() == ["test.count"]
    assert len(calls) == 2


def test_clock_that_was_ahead_freezes_no_routine(monkeypatch):
    periodic = clock.Periodic("test.count", 60, lambda: None)
    monkeypatch.setattr(clock, "_registry", {periodic.name: periodic})
    clock.run_due()
    Routine.objects.update(due_at=timezone.now() + timedelta(days=400))
    assert clock.run_due() == ["test.count"]
    assert clock.run_due() == []


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
        "trustcenter.work.routine.delete_ended",
        "ndaflow.requests.routine.expire_requests",
        "documents.routine.sweep_vault",
    ],
)
def test_routines_of_every_app_are_registered(name):
    assert name in {periodic.name for periodic in clock.periodics()}


def test_row_that_fails_holds_back_no_other_row(caplog):
    """Drafts, posts and versions that go live at a time of their own; each comes again with the next call."""
    done = []

    def do(row: str) -> None:
        if row == "broken":
            raise LookupError("its document is gone")
        done.append(row)

    clock.for_each(["first", "broken", "last"], do)
    assert done == ["first", "last"]
    assert "failed for broken. It is tried again" in caplog.text and "its document is gone" in caplog.text
