"""What people type in a line or a text, and how our sentences quote it.

A name is part of our sentences: in the log, in mails, at the desk. So a line holds nothing that ends it, that turns the
order of its letters around, or that nobody sees; and a sentence puts it in quotation marks, which it cannot close.
"""

import re
import unicodedata

import idna
from django.core.exceptions import ValidationError
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

# A letter may carry accents and vowel signs. A heap of them would cover the lines above and below.
MOST_MARKS = 4
LINE_ENDS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
JOINERS = frozenset("\u200c\u200d")
# Drawn as nothing, although they count as letters, marks or signs (Default_Ignorable_Code_Point and the empty Braille cell).
BLANK = frozenset(map(chr, [0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0]))
BLANK |= frozenset(map(chr, [*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]))
# Inside quotation marks, double ones become single ones, and several single ones, which look like a double one, become one.
DOUBLE = str.maketrans(dict.fromkeys('"“”„‟″‶〝〞〟❝❞＂ʺˮ״˝', "’"))
SEVERAL = re.compile("['‘’‚‛′‵`´ʹʼʽˈ׳＇]{2,}")
REPLACED = "\N{REPLACEMENT CHARACTER}"


def line(typed: str) -> str:
    """One line of letters that are seen: composed (NFC), with single spaces. Raises ValidationError with what is wrong."""
    text = unicodedata.normalize("NFC", typed).strip()
    if LINE_ENDS & set(text):
        raise ValidationError(_("Write this on one line."), code="not_shown")
    _refuse(text, [at for at in range(len(text)) if _is_hidden(text, at)])
    return " ".join(text.split())


def lines(typed: str) -> str:
    """A text of several lines, which may hold tabs and joined emoji. Raises ValidationError with what is wrong."""
    text = re.sub("\r\n?|[\u2028\u2029]", "\n", unicodedata.normalize("NFC", typed))
    _refuse(
        text,
        [at for at, one in enumerate(text) if unicodedata.category(one)[0] == "C" and one not in "\n\t\u200c\u200d"],
    )
    return text


def validate_lines(typed: str) -> None:
    """For columns of several lines."""
    lines(typed)


def shown(text: str) -> str:
    """Any text as a line that can be shown, with U+FFFD for what a line may not hold: for what cannot be typed again."""
    text = "".join(" " if one in LINE_ENDS else one for one in unicodedata.normalize("NFC", text))
    text = "".join(REPLACED if _is_hidden(text, at) else one for at, one in enumerate(text))
    return " ".join("".join(one for at, one in enumerate(text) if not _is_one_too_many(text, at)).split())


def quoted(text: str) -> str:
    """Any text in quotation marks that it cannot close."""
    return f"“{isolated(SEVERAL.sub('’', shown(text).translate(DOUBLE)))}”"


def named(name: str, address: str) -> str:
    """A person in a sentence: the name that somebody typed, and the address that was proven."""
    return f"{quoted(name)} ({address})" if name else address


def isolated(text: str) -> str:
    """The text between isolates (UAX #9) if it runs the other way than our sentences, so that it takes nothing with it."""
    runs = {unicodedata.bidirectional(one) for one in text}
    other = {"L"} if get_language_bidi() else {"R", "AL"}
    return f"\u2068{text}\u2069" if runs & other else text


def _is_hidden(text: str, at: int) -> bool:
    letter = text[at]
    if letter in BLANK:
        return True
    return unicodedata.category(letter)[0] == "C" and not (letter in JOINERS and _joins(text, at))


def _joins(text: str, at: int) -> bool:
    """Whether a joiner is where scripts such as Persian and Hindi write it; elsewhere it is not seen (RFC 5892, A.1 and A.2)."""
    try:
        return bool(idna.valid_contextj(text, at))
    except (idna.IDNAError, ValueError):
        return False


def _is_one_too_many(text: str, at: int) -> bool:
    """Whether this mark is on a letter that has enough of them, or on none."""
    first = max(0, at - MOST_MARKS)
    return all(unicodedata.category(one)[0] == "M" for one in text[first : at + 1])


def _refuse(text: str, hidden: list[int]) -> None:
    """Raises ValidationError for the first of these characters, and for a heap of accents."""
    if hidden:
        before = text[max(0, hidden[0] - 12) : hidden[0]].strip()
        words = {"number": f"U+{ord(text[hidden[0]]):04X}", "before": quoted(before)}
        if before:
            sentence = _("After %(before)s there is a character that cannot be seen (%(number)s). Remove it.") % words
        else:
            sentence = _("This begins with a character that cannot be seen (%(number)s). Remove it.") % words
        raise ValidationError(sentence, code="not_shown")
    if any(_is_one_too_many(text, at) for at in range(len(text))):
        raise ValidationError(_("A letter here has too many accents, or an accent has no letter."), code="not_shown")
