import threading
import time

import pytest

from trustcenter.work.circuit import Away, Circuit


class Server:
    """A server that may be away, and counts who asks it."""

    def __init__(self, circuit: Circuit) -> None:
        self.circuit, self.away, self.asked = circuit, False, 0

    def ask(self, error: Exception | None = None) -> None:
        with self.circuit.asking():
            self.asked += 1
            if error or self.away:
                raise error or OSError("no answer")


def test_after_a_failure_nobody_asks_until_the_pause_is_over():
    server = Server(Circuit("it", pause=0.2))
    server.ask()
    server.away = True
    with pytest.raises(OSError, match="no answer"):
        server.ask()
    with pytest.raises(Away, match="it did not answer"):
        server.ask()
    assert server.asked == 2 and server.circuit.is_open()
    server.away = False
    time.sleep(0.25)
    server.ask()
    server.ask()
    assert server.asked == 4 and not server.circuit.is_open()


def test_refusal_is_an_answer():
    server = Server(Circuit("it", pause=60, counts=lambda error: not isinstance(error, KeyError)))
    with pytest.raises(KeyError):
        server.ask(KeyError("missing"))
    server.ask()
    assert server.asked == 2


def test_one_caller_at_a_time_waits_for_a_server_that_was_away():
    circuit = Circuit("it", pause=0)
    with pytest.raises(OSError, match="no answer"), circuit.asking():
        raise OSError("no answer")
    waiting, go_on = threading.Event(), threading.Event()

    def wait():
        with circuit.asking():
            waiting.set()
            go_on.wait(10)

    one = threading.Thread(target=wait)
    one.start()
    assert waiting.wait(10)
    with pytest.raises(Away), circuit.asking():
        pass
    go_on.set()
    one.join()
    with circuit.asking():
        pass


def test_pause_is_as_long_as_the_failure_took():
    circuit = Circuit("it", pause=0)
    with pytest.raises(OSError, match="no answer"), circuit.asking():
        time.sleep(0.2)
        raise OSError("no answer")
    with pytest.raises(Away), circuit.asking():
        pass
    time.sleep(0.25)
    with circuit.asking():
        pass
