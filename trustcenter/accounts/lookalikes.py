"""Whether a mail domain mixes scripts, and which letters it could be taken for.

The database and every page have A-labels, which look like nothing else. This is for the letters that programs may show
instead (Unicode Technical Standard 39), and for those of ASCII that look like others.
"""

import re
import unicodedata

from trustcenter.accounts.addresses import displayed

# Lower-case letters that domains may contain and that many fonts draw as a Latin one. The table of UTS 39 is not in the
# standard library; of its 6,000 lines, domains in one script need these.
LOOKS = str.maketrans(
    dict(zip("авезікмнопрстухѕјһԁԛԝӏьѵг", "abe3ikmhonpctyxsjhdqwlbvr", strict=True))
    | dict(zip("αβγεηικνορτυχωσςϲϳ", "abyenikvoptuxwoccj", strict=True))
    | dict(zip("հոսցօզ", "hnugoq", strict=True))
    | dict(zip("ıɑɡɩʋłđøħŧß", "iagiuldohtb", strict=True))
    | dict(zip("01", "ol", strict=True))
)
# What looks like one letter: rn like m.
PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
# The first word of a letter's name is its script, but for a few.
SCRIPTS = {"IDEOGRAPHIC": "CJK", "KATAKANA-HIRAGANA": "KATAKANA"}
# Scripts that belong together (UTS 39, 5.2, "highly restrictive").
TOGETHER = (
    {"LATIN", "CJK", "HIRAGANA", "KATAKANA"},
    {"LATIN", "CJK", "BOPOMOFO"},
    {"LATIN", "CJK", "HANGUL"},
)


def skeleton(domain: str) -> str:
    """The same for all domains that look alike: without accents, with the Latin letter for every one that looks like it."""
    text = unicodedata.normalize("NFD", displayed(domain))
    text = "".join(one for one in text if unicodedata.category(one)[0] != "M").translate(LOOKS)
    for pair, letter in PAIRS:
        text = text.replace(pair, letter)
    return text


def mixed_scripts(domain: str) -> list[str]:
    """The scripts that one part of the domain mixes although they do not belong together; empty for every other."""
    for label in displayed(domain).split("."):
        found = {_script(letter) for letter in label if letter.isalpha()}
        if len(found) > 1 and not any(found <= belong for belong in TOGETHER):
            return sorted(found)
    return []


def _script(letter: str) -> str:
    word = re.split("[ -]", unicodedata.name(letter, "UNKNOWN"))[0]
    return SCRIPTS.get(word, word)
