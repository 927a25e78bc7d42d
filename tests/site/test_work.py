"""Background work that failed: the page at the desk and `manage.py tasks`."""

from io import StringIO

import pytest
from django.core import mail as django_mail
from django.core.management import CommandError, call_command
from django.urls import reverse

from tests import cast
from tests.signin import staff_client
from tests.work import sample
from trustcenter.audit.actions import Action
from trustcenter.audit.history import history
from trustcenter.audit.models import Record
from trustcenter.site.work import flows
from trustcenter.work import mail, mail_server, queue
from trustcenter.work.lanes import Lane
from trustcenter.work.models import Task

pytestmark = pytest.mark.django_db


@pytest.fixture
def failed() -> Task:
    sample.fail.enqueue("report")
    task = queue.claim(Lane.DOCUMENTS, "w")
    queue.failed(task, queue.GiveUp("the report is broken"))
    return Task.objects.get()


@pytest.fixture
def administrator(client):
    return staff_client(client, cast.person("admin@trust.example", "Admin", "administrator"))


def words(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_page_says_what_failed_why_and_since_when(administrator, failed, django_assert_num_queries):
    seen = words(administrator.get(reverse("work:work")))
    for said in ("Fail", "about report", "Failed", "1 try.", "the report is broken", "Try again now", "Dismiss"):
        assert said in seen
    sample.fail.enqueue("second")
    queue.failed(queue.claim(Lane.DOCUMENTS, "w"), ValueError("not now"))
    seen = words(administrator.get(reverse("work:work")))
    assert "Will be tried again" in seen and "not now" in seen and "Next try at" in seen
    # Session, user, permissions, the count and the page of tasks, the lanes.
    with django_assert_num_queries(5):
        administrator.get(reverse("work:work"))


def test_a_failed_mail_says_to_whom_and_why_and_is_sent_again_once(administrator):
    row = mail.send("no_code", to="rhea@example.com")
    task = queue.claim(Lane.MAIL, "w")
    queue.failed(task, queue.GiveUp("550 no such mailbox"))
    seen = words(administrator.get(reverse("work:work")))
    for said in (
        "To rhea@example.com: No sign-in code for this address",
        "has permanently refused this e-mail",
        "Send again",
    ):
        assert said in seen
    again = reverse("work:retry", args=[task.pk])
    for _press in range(2):
        assert "It starts again now." in words(administrator.post(again, follow=True))
    (one,) = Task.objects.filter(state=Task.State.WAITING)
    claimed = queue.claim(Lane.MAIL, "w")
    assert claimed.pk == one.pk and queue.claim(Lane.MAIL, "other") is None
    assert "running now" in words(administrator.post(again, follow=True))
    mail.hand_over.func(row.pk)
    queue.done(claimed)
    assert "already ended" in words(administrator.post(again, follow=True))
    mail.hand_over.func(row.pk)
    assert len(django_mail.outbox) == 1


@pytest.mark.once
@pytest.mark.parametrize(
    "error, sentence",
    [
        ("550 no such mailbox", "has permanently refused this e-mail"),
        ("{'r@example.com': (450, b'greylisted')}", "try again later"),
        ("TimeoutError: timed out", "could not be reached"),
        ("connect to 10.0.0.450 port 587", "could not be reached"),
    ],
)
def test_answer_of_the_mail_server_in_words(error, sentence):
    assert sentence in mail_server.why(error)


def test_page_without_failures_says_so(administrator):
    assert "Nothing has failed" in words(administrator.get(reverse("work:work")))


def test_task_is_started_again_and_recorded(administrator, failed):
    answer = administrator.post(reverse("work:retry", args=[failed.pk]), follow=True)
    assert "It starts again now." in words(answer)
    failed.refresh_from_db()
    assert (failed.state, failed.tries) == (Task.State.WAITING, 0)
    record = Record.objects.get(action=Action.TASK_RETRIED)
    assert record.subject == f"task:{failed.pk}"
    assert "started background work again: tests.work.sample.fail, “about report”" in history(failed)[0].text


def test_task_is_dismissed_and_recorded(administrator, failed):
    answer = administrator.post(reverse("work:dismiss", args=[failed.pk]), follow=True)
    assert "Dismissed." in words(answer) and "Nothing has failed" in words(answer)
    assert Record.objects.filter(action=Action.TASK_DISMISSED).count() == 1
    again = administrator.post(reverse("work:retry", args=[failed.pk]), follow=True)
    assert "already ended" in words(again)
    assert not Record.objects.filter(action=Action.TASK_RETRIED).exists()


def test_running_task_is_left_alone(administrator):
    sample.succeed.enqueue("a")
    running = queue.claim(Lane.DOCUMENTS, "w")
    assert "running now" in words(administrator.post(reverse("work:dismiss", args=[running.pk]), follow=True))
    running.refresh_from_db()
    assert running.state == Task.State.RUNNING


def test_auditor_reads_and_changes_nothing(client, failed):
    auditor = cast.person("iris@trust.example", "Iris", "auditor")
    seen = words(staff_client(client, auditor).get(reverse("work:work")))
    assert "the report is broken" in seen and "Try again now" not in seen
    with pytest.raises(flows.FlowError, match="permission"):
        flows.retry(failed, by=auditor)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("tasks", *arguments, stdout=out)
    return out.getvalue()


def test_command_lists_and_starts_again(failed):
    listed = run("list")
    assert failed.pk in listed and "Fail: about report" in listed and "the report is broken" in listed
    assert "Checking documents: 0 waiting, 0 running, 1 failed" in listed
    assert "starts again now" in run("retry", failed.pk)
    assert Record.objects.get(action=Action.TASK_RETRIED).actor == ""
    failed.refresh_from_db()
    assert failed.state == Task.State.WAITING


def test_command_dismisses_everything_that_failed(failed):
    assert "is dismissed" in run("dismiss", "--all")
    assert "Nothing has failed." in run("dismiss", "--all")


@pytest.mark.parametrize("arguments", [("retry",), ("retry", "0" * 16, "--all"), ("retry", "0" * 16)])
def test_command_refuses_what_it_cannot_do(arguments):
    with pytest.raises(CommandError):
        run(*arguments)
