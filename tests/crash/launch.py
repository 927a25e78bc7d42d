"""`manage.py serve`, whose supervisor waits half a second at most before it starts again what died.

In production that pause doubles up to a minute, and a hundred kills would leave the site down most of the time.
"""

import sys

from django.core.management import execute_from_command_line

from trustcenter import processes

if __name__ == "__main__":
    processes.FIRST_PAUSE = processes.LONGEST_PAUSE = 0.5
    execute_from_command_line([sys.argv[0], "serve"])
