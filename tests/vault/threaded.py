"""A job whose module starts a thread, as a careless library would. The sandbox refuses to run it."""

import threading


def echo(source):
    return source.read()


threading.Thread(target=threading.Event().wait, daemon=True).start()
