"""Names of one thing. Questionnaires use the short ones, answers spell them out."""

from certifications.search.words import cut

NAMES = (
    ("mfa", "2fa", "two factor", "multi factor", "multifactor", "second factor"),
    ("byok", "cmek", "cmk", "bring your own key", "own encryption key", "customer managed key"),
    ("pentest", "pen test", "penetration test"),
    ("sso", "single sign on", "saml"),
    ("dpa", "data processing agreement", "data processing addendum"),
    ("baa", "business associate agreement"),
    ("scc", "standard contractual clause"),
    ("pii", "personal data", "personal information", "personally identifiable information"),
    ("phi", "health data", "protected health information", "health information"),
    ("gdpr", "dsgvo", "rgpd", "general data protection regulation"),
    ("ccpa", "california consumer privacy act"),
    ("subprocessor", "sub processor"),
    ("type ii", "type 2"),
    ("dr", "disaster recovery"),
    ("bcp", "business continuity"),
    ("rto", "recovery time objective"),
    ("rpo", "recovery point objective"),
    ("sla", "service level agreement"),
    ("dlp", "data loss prevention"),
    ("rbac", "role based access"),
    ("siem", "security information and event management"),
    ("vdp", "vulnerability disclosure", "bug bounty"),
    ("email", "e mail"),
    ("ai", "artificial intelligence"),
    ("llm", "large language model"),
)

Phrase = tuple[str, ...]


def stems(text: str) -> Phrase:
    return tuple(word.stem for word in cut(text))


# Every spelling with all spellings of the same thing.
SPELLINGS: dict[Phrase, tuple[Phrase, ...]] = {
    stems(name): tuple(stems(other) for other in names) for names in NAMES for name in names
}
LONGEST = max(map(len, SPELLINGS))
# What a mistyped word may have been meant to be, besides the words of the content.
KNOWN = frozenset(word.plain for names in NAMES for name in names for word in cut(name))
