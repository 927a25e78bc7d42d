"""Two users of this machine that can run the site, although they may not be able to read the checkout."""

import os
import shutil
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

# Numbers that no package gives to a user.
WEB, WORKER, GROUP = 61001, 61002, 61001
NOT_NEEDED = shutil.ignore_patterns("test", "site-packages", "idlelib", "config-*", ".git", ".venv", "var", ".*_cache")


@dataclass(frozen=True)
class Program:
    """How to run `manage.py`: the interpreter, the folder, and what it needs in its environment."""

    python: Path
    folder: Path
    environment: dict[str, str]


def are_separate() -> bool:
    """Whether this process may start others as other users."""
    return os.geteuid() == 0


def running_as(user: int) -> dict[str, Any]:
    """Options for a process of that user; without the right to change users, of this one."""
    return {"user": user, "group": GROUP, "extra_groups": [], "umask": 0o077} if are_separate() else {"umask": 0o077}


def give(folder: Path, user: int, mode: int) -> None:
    """Makes a folder of that user."""
    folder.mkdir()
    if are_separate():
        os.chown(folder, user, GROUP)
    folder.chmod(mode)


def program(folder: Path) -> Program:
    """`manage.py` for everybody. What only root may be able to read is copied into `folder`, as for PostgreSQL."""
    python, packages = Path(sys.executable), Path(sysconfig.get_path("purelib"))
    environment = {"HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"}
    if not are_separate():
        return Program(python, settings.BASE_DIR, environment)
    if not _is_open(python.resolve()):
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        base, copy = Path(sys.base_prefix), folder / "python"
        (copy / "bin").mkdir(parents=True)
        python = Path(shutil.copy(python.resolve(), copy / "bin" / version))
        shutil.copytree(base / "lib" / version, copy / "lib" / version, symlinks=True, ignore=NOT_NEEDED)
        for library in (base / "lib").glob("libpython*"):
            shutil.copy(library, copy / "lib")
        environment |= {"PYTHONHOME": str(copy), "LD_LIBRARY_PATH": str(copy / "lib")}
    environment["PYTHONPATH"] = str(_opened(packages, folder / "packages"))
    return Program(python, _opened(settings.BASE_DIR, folder / "checkout"), environment)


def _opened(path: Path, copy: Path) -> Path:
    if _is_open(path):
        return path
    shutil.copytree(path, copy, symlinks=True, ignore=NOT_NEEDED)
    return copy


def _is_open(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in path.parents)
