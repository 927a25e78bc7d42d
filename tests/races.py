"""Races: threads that start at the same moment on a real database."""

import os
import threading
from collections.abc import Callable

from django.db import connection, connections


def at_once(functions: list[Callable[[], object]]) -> tuple[int, list[BaseException]]:
    """Runs the functions at the same moment, each in its own thread. Returns the number of successes, and the errors."""
    barrier = threading.Barrier(len(functions))
    done, errors = [], []

    def run(function: Callable[[], object]) -> None:
        try:
            barrier.wait()
            function()
            done.append(function)
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(done), errors


def rounds(number: int) -> int:
    """How often to run a race: on PostgreSQL `number` times, or RACES times as often.

    SQLite admits one writer after another, so it races less.
    """
    if connection.vendor == "postgresql":
        return number * int(os.environ.get("RACES") or 1)
    return max(2, number // 2)
