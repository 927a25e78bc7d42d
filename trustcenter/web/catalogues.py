"""The catalogues of translations: read from locale/ and compiled beside their sources when a command starts.

Django reads compiled catalogues (.mo). They are made here, in Python, because `msgfmt` is not on every machine, and
a compiled file in the repository would be out of date after the next change of a text.
"""

import ast
import os
import struct
from collections.abc import Iterator
from pathlib import Path

from trustcenter.work.durable import write_over

# A text and its plural, or "".
Text = tuple[str, str]
# A translation in each form of the language's plural; texts without a plural have one form.
Forms = tuple[str, ...]

CATALOGUE = Path("LC_MESSAGES") / "django.po"


def read(source: str) -> dict[Text, Forms]:
    """The entries of a .po file as `tests/catalogue.py` writes it. The header is the entry ("", "")."""
    entries: dict[Text, Forms] = {}
    for entry in source.split("\n\n"):
        fields = dict(_fields(entry))
        if "msgid" in fields:
            forms = tuple(words for name, words in fields.items() if name.startswith("msgstr"))
            entries[fields["msgid"], fields.get("msgid_plural", "")] = forms
    return entries


def _fields(entry: str) -> Iterator[tuple[str, str]]:
    name, words = "", ""
    for line in [*entry.splitlines(), "end"]:
        if line.startswith("#"):
            continue
        if line.startswith('"'):
            words += ast.literal_eval(line)
            continue
        if name:
            yield name, words
        name, _space, quoted = line.partition(" ")
        words = ast.literal_eval(quoted) if quoted else ""


def compiled(entries: dict[Text, Forms]) -> bytes:
    """The .mo file of a catalogue (GNU gettext, "The Format of GNU MO Files"). Without its untranslated texts."""
    pairs = sorted(
        ("\0".join(filter(None, text)).encode(), "\0".join(forms).encode())
        for text, forms in entries.items()
        if all(forms)
    )
    table = 28
    offset = table + 16 * len(pairs)
    ids, translations, words = b"", b"", b""
    for column in (0, 1):
        places = b""
        for pair in pairs:
            places += struct.pack("<II", len(pair[column]), offset + len(words))
            words += pair[column] + b"\0"
        ids, translations = (places, b"") if column == 0 else (ids, places)
    header = struct.pack("<7I", 0x950412DE, 0, len(pairs), table, table + 8 * len(pairs), 0, table + 16 * len(pairs))
    return header + ids + translations + words


def compile_all(folder: Path) -> None:
    """Compiles each catalogue that is not compiled yet or has changed. English, which the sources have, needs none.

    A compiled file has its source's time of change. Processes may start at once: each writes the same bytes. Where the
    code belongs to somebody else, its owner has compiled them with the first command, as bin/setup and `migrate` do.
    """
    for catalogue in folder.glob(f"*/{CATALOGUE}"):
        made = catalogue.with_suffix(".mo")
        changed = catalogue.stat().st_mtime_ns
        if catalogue.parts[-3] == "en" or (made.exists() and made.stat().st_mtime_ns == changed):
            continue
        if os.access(made.parent, os.W_OK):
            write_over(made, compiled(read(catalogue.read_text())))
            os.utime(made, ns=(changed, changed))
