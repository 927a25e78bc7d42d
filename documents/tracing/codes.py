"""Finds possible copy codes in text, even if OCR or a line break has put spaces into them."""

import re

MOST = 500
_LETTER = r"[0-9A-Za-z]"
_DASH = r"[-\u00ad\u2010-\u2015\u2212_~.]"
_GROUP = rf"{_LETTER}(?:\s{{0,2}}{_LETTER}){{3}}"
# With dashes anywhere, or without dashes after the word "copy", as on the page. The lookahead lets matches overlap, so
# that a letter before a code does not hide it.
_CODES = (
    re.compile(rf"(?=({_GROUP}\s{{0,3}}{_DASH}\s{{0,3}}{_GROUP}\s{{0,3}}{_DASH}\s{{0,3}}{_GROUP}))"),
    re.compile(
        rf"(?i:c\s?o\s?p\s?y)\W{{0,4}}({_GROUP}\s{{0,3}}{_DASH}?\s{{0,3}}{_GROUP}\s{{0,3}}{_DASH}?\s{{0,3}}{_GROUP})"
    ),
)
# A PDF may write its text as hexadecimal digits.
_HEXADECIMAL = re.compile(rb"<([0-9A-Fa-f\s]{28,4000})>")
# How Crockford's base 32 reads the letters that it leaves out.
_ALIKE = str.maketrans("OIL", "011")


def codes(text: str) -> set[str]:
    """Everything in `text` that has the form of a copy code, as 7F3K-2QXW-9B4T; at most MOST."""
    found: set[str] = set()
    for pattern in _CODES:
        for match in pattern.finditer(text):
            letters = re.sub(r"[^0-9A-Z]", "", match[1].upper()).translate(_ALIKE)
            found.add(f"{letters[:4]}-{letters[4:8]}-{letters[8:]}")
            if len(found) >= MOST:
                return found
    return found


def codes_in(data: bytes) -> set[str]:
    """Codes in bytes of any kind: as letters of one byte or two, and in a PDF's hexadecimal strings."""
    found = codes(data.replace(b"\0", b"").decode("latin-1"))
    for match in _HEXADECIMAL.finditer(data):
        digits = re.sub(rb"\s", b"", match[1])
        text = bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
        found |= codes(text.replace(b"\0", b"").decode("latin-1"))
    return found
