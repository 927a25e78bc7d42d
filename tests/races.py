"""Several at once: threads that start at one shot, on a real database."""

import threading
from collections.abc import Callable

from django.db import connections


def at_once(deeds: list[Callable[[], object]]) -> tuple[int, list[BaseException]]:
    """Runs the deeds in as many threads from one starting shot; returns how many succeeded, and the errors."""
    shot = threading.Barrier(len(deeds))
    done, errors = [], []

    def run(deed: Callable[[], object]) -> None:
        try:
            shot.wait()
            deed()
            done.append(deed)
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(done), errors
