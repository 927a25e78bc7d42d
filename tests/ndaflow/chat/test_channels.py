"""Chat channels: what is sent there, and that no message goes where it must not."""

import socket
import threading
import time
from contextlib import suppress

import pytest

from ndaflow.chat import addresses, flows, messages, sending, tasks
from ndaflow.chat.models import ChatChannel
from ndaflow.chat.refusals import Refusal
from ndaflow.requests import flows as requests
from tests import cast
from tests.ndaflow.chat.receiver import receiving
from trustcenter.audit import FlowError
from trustcenter.audit.models import Detail
from trustcenter.work.models import Mail, Task
from trustcenter.work.queue import GiveUp

Kind = ChatChannel.Kind


@pytest.fixture
def receiver(demo):
    with receiving() as found:
        yield found


def sent() -> None:
    """Runs the messages that wait, as the worker does."""
    for task in Task.objects.filter(lane="chat", state=Task.State.WAITING):
        tasks.tell.call(*task.arguments)
        task.delete()


@pytest.mark.django_db
def test_channel_is_told_what_happens_without_naming_anybody(receiver):
    ada, rhea = cast.ada(), cast.rhea()
    flows.add(Kind.WEBHOOK, receiver.address, names_people=False, by=ada)
    request = cast.open_request(rhea, cast.document("pentest", "restricted"))
    assert not Mail.objects.filter(subject__startswith="Access request").exists(), (
        "the channel replaces the mail to all"
    )
    cast.approve(request, ada)
    requests.escalate(cast.fresh(request))
    sent()
    events = [body["event"] for _path, body in receiver.posted]
    assert set(events) == {"request.new", "request.second_approval", "request.due_soon"} and len(events) == 3
    for path, body in receiver.posted:
        assert path == "/services/T0/B0/secret?x=1" and body["url"].endswith(f"/desk/requests/{request.pk}/")
        assert request.reference in body["text"] and not {"Rhea", "example.com", "Example Corp"} & set(
            body["text"].split()
        )
    assert ChatChannel.objects.get().sent_at and not ChatChannel.objects.get().is_failing


@pytest.mark.django_db
def test_channel_names_people_only_where_it_was_switched_on(receiver):
    flows.add(Kind.SLACK, receiver.address, names_people=True, by=cast.ada())
    cast.open_request(cast.person("eve@example.com", "<!channel> & Eve"), cast.document())
    sent()
    text = receiver.posted[0][1]["text"]
    assert "rhea" not in text and "eve@example.com" in text
    # Slack would call everybody for the name as it was typed; `draft` in the cast types another one.
    assert messages.body(Kind.SLACK, messages.Message("x", "<!channel> & Eve", "https://a"))["text"].startswith(
        "&lt;!channel&gt; &amp; Eve"
    )
    card = messages.body(Kind.TEAMS, messages.Message("x", "[a](https://b)", "https://a"))["attachments"][0]["content"]
    assert card["body"][0]["type"] == "RichTextBlock" and card["actions"][0]["url"] == "https://a"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "error"), [(404, GiveUp), (301, GiveUp), (307, GiveUp), (429, sending.Later), (503, sending.Later)]
)
def test_answers_decide_whether_it_is_tried_again(receiver, status, error):
    channel = flows.add(Kind.SLACK, receiver.address, names_people=False, by=cast.ada())
    receiver.status = status
    with pytest.raises(error):
        tasks.tell.call(channel.pk, flows.TEST, "")
    channel.refresh_from_db()
    assert channel.is_failing and str(status) in channel.failure and len(receiver.posted) == 1, (
        "redirects are not followed"
    )
    receiver.status = 200
    tasks.tell.call(channel.pk, flows.TEST, "")
    channel.refresh_from_db()
    assert not channel.is_failing and channel.failure == ""


@pytest.mark.django_db
def test_address_is_a_secret(receiver):
    channel = flows.add(Kind.SLACK, receiver.address, names_people=False, by=cast.ada())
    assert "secret" not in channel.address and channel.host == "127.0.0.1"
    assert not any("secret" in str(detail.__dict__) for detail in Detail.objects.all())


@pytest.mark.django_db
@pytest.mark.once
@pytest.mark.parametrize(
    "address",
    [
        "http://hooks.slack.com/services/x",
        "ftp://hooks.slack.com/x",
        "https://user:word@hooks.slack.com/x",
        "https:///x",
        "https://127.0.0.1/x",
        "https://10.0.0.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://[64:ff9b::a00:1]/x",
        "https://[2002:a00:1::]/x",
        "https://0.0.0.0/x",
        # The column of the host holds no more than a host can be long.
        f"https://{'a' * 60}.{'b.' * 97}example/x",
        "https://224.0.0.1/x",
        "https://hooks.slack.com:port/x",
        "https://hooks.slack.com/x\r\nHost: other",
        "https://höoks.example/x",
        "https://hooks.slack.com/" + "x" * 2000,
        "",
    ],
)
def test_address_that_is_not_public_https_is_refused(address):
    with pytest.raises(FlowError) as refused:
        flows.add(Kind.WEBHOOK, address, names_people=False, by=cast.ada())
    assert refused.value.code == Refusal.NO_ADDRESS and not ChatChannel.objects.exists()


@pytest.mark.parametrize("ip", ["10.1.2.3", "127.0.0.1", "192.168.1.1", "100.64.0.1", "::1", "fd00::1", "fe80::1%eth0"])
def test_host_that_leads_into_a_private_network_is_refused_when_it_is_sent(monkeypatch, ip):
    """One public address beside a private one does not help, and nobody is connected to."""
    answers = [(0, 0, 0, "", ("93.184.216.34", 443)), (0, 0, 0, "", (ip, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **words: answers)
    monkeypatch.setattr(socket, "create_connection", lambda *arguments, **words: pytest.fail("connected"))
    with pytest.raises(addresses.Forbidden):
        sending.post("https://hooks.example/x", {})


def test_name_is_asked_for_once_and_the_answer_is_used(monkeypatch):
    """A name that leads elsewhere when it is asked for again is of no use (DNS rebinding)."""
    asked, used = [], []

    def resolve(host, port, **words):
        asked.append(host)
        return [(0, 0, 0, "", ("93.184.216.34", 443))]

    def connect(address, **words):
        used.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(ConnectionRefusedError):
        sending.post("https://hooks.example/x", {})
    assert (asked, used) == (["hooks.example"], [("93.184.216.34", 443)])


@pytest.mark.django_db
def test_only_administrators_change_channels_and_there_are_few(monkeypatch):
    ada, ben = cast.ada(), cast.ben()
    address = "https://hooks.slack.com/services/x"
    channel = flows.add(Kind.SLACK, address, names_people=False, by=ada)
    for step in (
        lambda: flows.add(Kind.SLACK, address, names_people=False, by=ben),
        lambda: flows.remove(channel, by=ben),
        lambda: flows.test(channel, by=ben),
    ):
        with pytest.raises(FlowError) as refused:
            step()
        assert refused.value.code == Refusal.NOT_MANAGER
    monkeypatch.setattr(flows, "MOST", 1)
    with pytest.raises(FlowError) as refused:
        flows.add(Kind.SLACK, address, names_people=False, by=ada)
    assert refused.value.code == Refusal.TOO_MANY
    flows.remove(channel, by=ada)
    with pytest.raises(FlowError):
        flows.remove(channel, by=ada)
    tasks.tell.call(channel.pk, flows.TEST, "")


def test_receiver_that_answers_byte_by_byte_does_not_hold_the_lane(demo, monkeypatch):
    """It is never silent for as long as one read may take."""
    monkeypatch.setattr(sending, "IN_ALL", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _address = server.accept()
            with connection, suppress(OSError):
                for letter in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 300:
                    connection.sendall(bytes([letter]))
                    time.sleep(0.02)

        threading.Thread(target=drip, daemon=True).start()
        began = time.monotonic()
        with pytest.raises(sending.Later, match="longer than"):
            sending.post(f"http://127.0.0.1:{server.getsockname()[1]}/", {})
        assert time.monotonic() - began < 3
