"""`manage.py serve` for a test on a busy machine, with two of its limits changed.

The supervisor waits at most half a second before it starts a process again: in production that pause doubles up to a
minute, and a hundred kills would leave the site down most of the time. It also gives the site longer to start.
"""

import sys

import django
from django.core.management import execute_from_command_line

from trustcenter.work import processes, supervise

if __name__ == "__main__":
    django.setup()
    processes.FIRST_PAUSE = processes.LONGEST_PAUSE = 0.5
    supervise.START_SECONDS = 200
    # The limits are set in this process only, so `serve` must not replace it with another program.
    supervise.become = lambda plan: sys.exit(supervise.supervise(plan))
    execute_from_command_line([sys.argv[0], "serve"])
