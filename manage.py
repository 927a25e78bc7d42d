#!/usr/bin/env python
"""Runs the management commands of the trust center."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trustcenter.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
