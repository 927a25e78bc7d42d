"""`manage.py serve` for a test on a busy machine, with two of its limits changed.

Its supervisor waits half a second at most before it starts again what died: in production that pause doubles up to a
minute, and a hundred kills would leave the site down most of the time. And it gives the site longer to stand.
"""

import sys

import django
from django.core.management import execute_from_command_line

from trustcenter.work import processes

if __name__ == "__main__":
    django.setup()
    from trustcenter.site import serve

    processes.FIRST_PAUSE = processes.LONGEST_PAUSE = 0.5
    serve.START_SECONDS = 200
    execute_from_command_line([sys.argv[0], "serve"])
