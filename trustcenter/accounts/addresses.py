"""The one door for e-mail addresses: the mailbox that is proven is the one that is mailed, stored and shown.

An address has one spelling here: letters in lower case, a dot-atom before the @ (RFC 5321, 4.1.2), and after it a domain
of letters, digits and hyphens, in which other letters are A-labels (IDNA 2008, RFC 5891). Whatever programs read in
different ways is refused, never repaired: a repaired address may be somebody else's.
"""

import re
import unicodedata

import idna
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LONGEST, LONGEST_LOCAL = 254, 64
# RFC 1035 allows 253. Every page of a copy prints the domain whole, and so many of the widest letters fit on its line.
LONGEST_DOMAIN = 80
DOT_ATOM = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
# IDNA 2003 turned these into other letters or into nothing, and some programs still do (UTS 46, 6, "deviations").
DEVIATIONS = str.maketrans({"ß": "ss", "ς": "σ", "\u200c": "", "\u200d": ""})


def canonical(typed: str) -> str:
    """The one spelling of an address, at which a mail to it arrives. Raises ValidationError with what to type instead."""
    address = _lower(typed.strip())
    local, _at, domain = address.rpartition("@")
    if not local or not domain:
        raise ValidationError(_("Enter an e-mail address such as name@example.com."), code="address")
    domain = canonical_domain(domain)
    if not local.isascii():
        sentence = _(
            "Before the @, use letters from a to z, digits and signs such as . - _ +. We cannot write to others."
        )
        raise ValidationError(sentence, code="local")
    if not DOT_ATOM.fullmatch(local) or len(local) > LONGEST_LOCAL:
        sentence = _(
            "Before the @, use at most 64 letters, digits and signs such as . - _ +, without spaces or quotes."
        )
        raise ValidationError(sentence, code="local")
    if len(local) + 1 + len(domain) > LONGEST:
        raise ValidationError(_("This address is too long. It may have at most 254 characters."), code="length")
    return f"{local}@{domain}"


def canonical_domain(typed: str) -> str:
    """The one spelling of a mail domain, with A-labels. Raises ValidationError with what to type instead."""
    typed = _lower(typed)
    if (plain := typed.translate(DEVIATIONS)) != typed:
        raise ValidationError(_deviation(typed, plain), code="deviation")
    if hidden := next((one for one in typed if unicodedata.category(one)[0] in "CZ"), None):
        words = {"number": f"U+{ord(hidden):04X}"}
        sentence = _(
            "The domain holds a character that cannot be seen (%(number)s). Delete the address and type it again."
        )
        raise ValidationError(sentence % words, code="hidden")
    labels = [_label(label) for label in typed.split(".")]
    if len(labels) < 2 or labels[-1].isdigit() or len(labels[-1]) < 2:
        sentence = _("After the @, enter a whole domain such as example.com.")
        raise ValidationError(sentence, code="domain")
    domain = ".".join(labels)
    if len(domain) > LONGEST_DOMAIN:
        sentence = _("The domain may have at most %(most)d characters: every page that you open prints it whole.")
        raise ValidationError(sentence % {"most": LONGEST_DOMAIN}, code="domain_length")
    return domain


def searched(typed: str) -> str:
    """What to look for when somebody types an address or a part of one: its one spelling, or else what was typed."""
    try:
        return canonical(typed)
    except ValidationError:
        return _lower(typed.strip())


def domain_of(address: str) -> str:
    """The part after the last @, or "" without one."""
    return address.rpartition("@")[2].lower() if "@" in address else ""


def displayed(domain: str) -> str:
    """How programs may show a domain: with the letters that its A-labels stand for."""
    return ".".join(_displayed_label(label) for label in domain.split("."))


def _displayed_label(label: str) -> str:
    try:
        return str(idna.ulabel(label))
    except idna.IDNAError:
        return label


def _lower(text: str) -> str:
    # Only A to Z. Unicode turns other capitals into letters of ASCII too: the Kelvin sign becomes a k.
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


def _label(typed: str) -> str:
    try:
        return idna.alabel(typed).decode("ascii")
    except idna.IDNAError:
        sentence = _(
            "After the @, enter the domain in lower case and as your mail program shows it, such as example.com."
        )
        raise ValidationError(sentence, code="domain") from None


def _deviation(typed: str, plain: str) -> str:
    """Names both domains that programs would write to, so that the person can choose theirs."""
    letter = next(one for one in typed if one.translate(DEVIATIONS) != one)
    words = {"letter": letter if letter.isalpha() else f"U+{ord(letter):04X}", "plain": plain}
    try:
        words["encoded"] = ".".join(idna.alabel(label).decode("ascii") for label in typed.split("."))
    except idna.IDNAError:
        return _("%(letter)s in a domain is read in different ways. Type %(plain)s if that is your domain.") % words
    return (
        _(
            "%(letter)s in a domain leads to different mailboxes. Type the domain that is yours: %(plain)s or %(encoded)s."
        )
        % words
    )
