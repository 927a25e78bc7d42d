"""The settings of a test run: a temporary data folder, fast password hashing, and the chosen database."""

import atexit
import os
import shutil
import sys
import tempfile

# A developer's environment must not change the result of a test.
for _name in (
    "TRUSTCENTER_DEMO",
    "DEBUG",
    "SITE_URL",
    "ALLOWED_HOSTS",
    "TRUSTED_PROXIES",
    "MAIL_URL",
    "HOST",
    "PORT",
    "SEAL_KEY",
    "SEAL_PIN",
    "VAULT_PIN",
    "SEAL_CERTIFICATE",
    "TIMESTAMP_URL",
    "TIMESTAMP_ROOTS",
    "KEEP_DRAFTS_DAYS",
    "KEEP_MAILS_DAYS",
    "KEEP_REFUSED_DAYS",
    "KEEP_SIGN_INS_DAYS",
    "KEEP_EXPORTS_DAYS",
    "KEEP_FAILED_WORK_DAYS",
    "KEEP_LISTED_DAYS",
    "KEEP_OBJECTIONS_DAYS",
):
    os.environ.pop(_name, None)

# Container images often set this. Each of a hundred processes would compile the site anew, which takes half of its start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

if "TRUSTCENTER_TEST_RUN" not in os.environ:
    # A process started by a test reads this file again and must use the same folder and database.
    os.environ["TRUSTCENTER_TEST_RUN"] = _folder = tempfile.mkdtemp(prefix="trustcenter-test-")
    atexit.register(lambda owner: os.getpid() == owner and shutil.rmtree(_folder, ignore_errors=True), os.getpid())
    os.environ["TRUSTCENTER_DATA"] = _folder
    os.environ.pop("DATABASE_URL", None)
    if os.environ.setdefault("TEST_DATABASE", "sqlite") == "postgresql":
        from tests import postgres

        os.environ["DATABASE_URL"] = postgres.start()

from trustcenter.settings import *  # noqa: E402, F403

# Real password hashing takes a quarter of a second on purpose.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":  # noqa: F405
    # Durability does not matter here: a power cut ends the test run too.
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"  # noqa: F405
