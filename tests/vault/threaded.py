"""A module that starts a thread when imported, as a library might. The sandbox refuses to run it."""

import threading


def echo(source):
    return source.read()


threading.Thread(target=threading.Event().wait, daemon=True).start()
