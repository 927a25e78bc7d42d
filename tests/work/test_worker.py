"""The worker with its real threads: lanes do not wait for each other, limits hold, and a silent mail server costs one try."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from django.db import connections, transaction
from django.utils import timezone

from tests.work import sample
from trustcenter.work import lanes, mail, queue, worker
from trustcenter.work.lanes import Lane
from trustcenter.work.models import Mail, Task
from trustcenter.work.worker import Worker

State = Task.State
CODE = {"code": "BCDF-GHJK", "minutes": 10}


@pytest.fixture(autouse=True)
def _nothing_ran():
    sample.ran.clear()
    sample.released.clear()
    yield
    sample.released.set()


@contextmanager
def working(expected: int = 0):
    """A worker with all its threads, stopped at the end of the block as a signal stops it."""
    one, status = Worker(), []
    thread = threading.Thread(target=lambda: status.append(one.work(alone=False)))
    thread.start()
    try:
        yield one
    finally:
        sample.released.set()
        one.on_signal(15, None)
        thread.join(20)
        connections.close_all()
        assert status == [expected]


def wait_until(true: Callable[[], object], what: str, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.05)


def state(id: str) -> str:
    return Task.objects.get(pk=id).state


def send(to: str, **more) -> Mail:
    with transaction.atomic():
        return mail.send("sign_in_code", to=to, context=CODE, **more)


def soon() -> object:
    return timezone.now() + timedelta(minutes=10)


@pytest.fixture
def silent(settings):
    """A mail server that takes connections and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(50)
        settings.MAILERS = {
            "default": {
                "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
                "OPTIONS": {"host": "127.0.0.1", "port": listening.getsockname()[1], "timeout": 1},
            }
        }
        yield listening


def test_code_does_not_wait_for_a_slow_trace_a_slow_check_and_five_hundred_mails(racing, monkeypatch):
    handed = EmailMessage.send

    def slow(message, *arguments, **words):
        time.sleep(0.05 if message.to != ["rhea@example.com"] else 0)
        return handed(message, *arguments, **words)

    monkeypatch.setattr(EmailMessage, "send", slow)
    sample.wait.enqueue("trace")
    sample.wait.using(queue_name=Lane.DOCUMENTS.value).enqueue("check")
    with transaction.atomic():
        for number in range(500):
            mail.send("sign_in_code", to=f"p{number}@example.com", context=CODE)
    with working():
        wait_until(lambda: sorted(sample.ran) == ["check", "trace"], "both slow tasks")
        started = time.monotonic()
        code = send("rhea@example.com", expires_at=soon())
        wait_until(lambda: Mail.objects.get(pk=code.pk).sent_at, "the code")
        assert time.monotonic() - started < 2
        assert Mail.objects.filter(sent_at=None).count() > 300


def test_silent_mail_server_costs_one_try_and_delays_no_other_lane(racing, silent):
    for number in range(6):
        send(f"p{number}@example.com")
    with working():
        check = sample.succeed.enqueue("check").id
        wait_until(lambda: state(check) == State.DONE, "the check")
        wait_until(lambda: Task.objects.filter(tries=1).exists(), "the first try")
        time.sleep(1.5)
        # Without the pause, every mail would have waited for the server.
        assert Task.objects.filter(lane=Lane.MAIL, tries=0).count() == 5


def test_pause_ends_and_the_mails_are_handed_over(racing, silent, settings, monkeypatch):
    monkeypatch.setattr(worker, "FIRST_PAUSE", 1.0)
    kept = settings.MAILERS
    row = send("rhea@example.com")
    other = send("vera@example.com")
    with working():
        wait_until(lambda: Task.objects.filter(tries=1).exists(), "the first try")
        settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
        wait_until(lambda: Mail.objects.filter(sent_at=None).count() == 1, "the other mail", seconds=8)
    assert kept["default"]["OPTIONS"]["timeout"] == 1
    assert {row.pk, other.pk} >= set(Mail.objects.filter(sent_at=None).values_list("pk", flat=True))


def test_task_over_its_limit_is_stopped_and_tried_again(racing, monkeypatch):
    short = replace(Lane.DOCUMENTS.rules, limit=timedelta(seconds=0.5))
    monkeypatch.setitem(lanes.RULES, Lane.DOCUMENTS, short)
    slow, next = sample.sleep.enqueue("slow").id, sample.succeed.enqueue("next").id
    with working():
        wait_until(lambda: state(next) == State.DONE, "the next task")
    row = Task.objects.get(pk=slow)
    assert (row.state, row.tries) == (State.WAITING, 1) and "TookTooLong" in row.error


def test_failing_task_keeps_its_error_and_the_lane_goes_on(racing):
    bad, good = sample.fail.enqueue("a").id, sample.succeed.enqueue("b").id
    with working():
        wait_until(lambda: state(good) == State.DONE, "the good task")
    assert Task.objects.get(pk=bad).reason() == "a is broken"


def test_task_that_no_longer_exists_fails(racing):
    gone = Task.objects.create(path="tests.work.sample.gone", arguments=["a"], lane=Lane.DOCUMENTS)
    plain = Task.objects.create(path="tests.work.sample.end", arguments=["a"], lane=Lane.DOCUMENTS)
    with working():
        wait_until(lambda: not Task.objects.filter(tries=0).exists(), "both tasks")
    assert "ImportError" in Task.objects.get(pk=gone.pk).error
    assert "not a task" in Task.objects.get(pk=plain.pk).reason()


def test_running_task_is_finished_before_the_worker_stops(racing):
    task = sample.wait.enqueue("a").id
    with working() as one:
        wait_until(lambda: sample.ran == ["a"], "the task")
        one.on_signal(15, None)
        time.sleep(0.3)
        assert state(task) == State.RUNNING
    assert state(task) == State.DONE


def test_leases_are_extended_while_a_task_runs(racing, monkeypatch):
    monkeypatch.setattr(queue, "LEASE", timedelta(seconds=0.5))
    monkeypatch.setattr(queue, "BEAT", timedelta(seconds=0.1))
    task = sample.wait.enqueue("a").id
    with working():
        wait_until(lambda: sample.ran == ["a"], "the task")
        time.sleep(1.5)
        assert (state(task), sample.ran) == (State.RUNNING, ["a"])


def test_worker_with_a_dead_thread_ends_with_an_error(racing, monkeypatch):
    def die(*arguments):
        raise SystemExit

    monkeypatch.setattr(queue, "claim", die)
    with working(expected=1):
        time.sleep(0.5)
