"""A minimal content file that uses every key."""

import copy
from datetime import UTC, date, datetime
from typing import Any

import tomli_w

from trustcenter.site.content_file import import_content

DAY = date(2026, 3, 1)
# Long after the tests run.
LATER = date(2036, 12, 31)

TABLES: dict[str, Any] = {
    "company": {
        "name": "Example",
        "legal_name": "Example, Inc.",
        "website": "https://www.example.com",
        "summary": "What Example can show.",
        "notice": "A note with “quotes”, a \\ and\na second line.",
        "contact_email": "security@trust.example",
        "as_of": DAY,
        "review_by": LATER,
        "imprint": "https://example.com/imprint",
        "terms": "https://example.com/terms",
        "headline": "Trust at Example",
        "notice_days": 30,
        "hosting": "A cloud in Iceland",
        "breach_notice": "48 hours",
        "translations": {"fr": {"headline": "La confiance chez Example", "summary": "Ce qu’Example peut montrer."}},
    },
    "source": {"title": "An article", "publisher": "", "note": "March 2026."},
    "products": [
        {
            "slug": slug,
            "name": name,
            "summary": "A plan.",
            "plans": [name],
            "training": "No training.",
            "training_word": "Never",
            "training_tone": "good",
            "retention": "30 days.",
            "retention_word": "30 days",
            "retention_tone": "good",
            "human_review": "None.",
            "human_review_word": "Not stated",
            "human_review_tone": "none",
            "role": "Processor.",
            "role_word": "Processor",
            "role_tone": "good",
            "agreements": "DPA.",
            "agreements_word": "DPA",
            "agreements_tone": "wait",
            "as_of": DAY,
            "review_by": LATER,
            "evidence": [evidence],
        }
        for slug, name, evidence in [("enterprise", "Enterprise", "report"), ("api", "API", "caiq")]
    ],
    "routes": [
        {
            "slug": "enterprise-direct",
            "product": "enterprise",
            "name": "Direct",
            "kind": "direct",
            "our_role": "processor",
            "about": "We process for you.",
            "runs_in": "Vienna",
            "keys": "Ours",
        }
    ],
    "duties": [
        {
            "slug": "enterprise-accounts",
            "product": "enterprise",
            "task": "Accounts",
            "ours_word": "Provides",
            "ours": "Single sign-on.",
            "yours_word": "Your part",
            "yours": "Connect it.",
        }
    ],
    "frameworks": [
        {
            "slug": "soc-2",
            "name": "SOC 2 Type II",
            "kind": "attestation",
            "authority": "AICPA",
            "about": "An opinion on controls.",
        },
        {
            "slug": "fedramp",
            "name": "FedRAMP",
            "kind": "authorization",
            "authority": "GSA",
            "about": "An authorization.",
        },
    ],
    "certifications": [
        {
            "slug": "soc-2-type-ii",
            "framework": "soc-2",
            "status": "attested",
            "scope": "Security",
            "notes": "",
            "products": ["enterprise"],
            "as_of": DAY,
            "review_by": LATER,
            "owner": "mara@trust.example",
            "evidence": ["report"],
            "valid_until": LATER,
            "period_start": date(2025, 1, 1),
            "period_end": date(2025, 12, 31),
            "auditor": "Sample Audit LLP",
            "number": "S-1",
            "registry": "https://register.example/S-1",
        },
        {
            "slug": "fedramp",
            "framework": "fedramp",
            "status": "in_progress",
            "scope": "Agencies",
            "notes": "",
            "as_of": DAY,
            "review_by": LATER,
            "stage": "Assessment",
            "target": LATER,
            "route": "FedRAMP 20x",
        },
    ],
    "topics": [
        {"slug": "keys", "name": "Keys", "review_months": 12, "translations": {"de": {"name": "Schlüssel"}}},
        {"slug": "law", "name": "Law", "review_months": 24},
    ],
    "claims": [
        {
            "slug": "own-keys",
            "topic": "keys",
            "question": "Can we bring our own keys?",
            "answer": "Yes, by arrangement.",
            "products": ["enterprise"],
            "as_of": DAY,
            "review_by": LATER,
            "evidence": ["report"],
            "featured": True,
            "conflicts_with": ["keys-later"],
            "certification": "soc-2-type-ii",
            "not_offered": "Keys of your own",
            "not_offered_word": "By arrangement",
            "instead": "Run it in your own cloud.",
            "translations": {
                "de": {"answer": "Ja, nach\nAbsprache.", "question": "Eigene „Schlüssel“?"},
                "ja": {"answer": "はい"},
            },
        },
        {
            "slug": "keys-later",
            "topic": "keys",
            "question": "Are customer keys there?",
            "answer": "Not yet.",
            "products": ["enterprise", "api"],
            "as_of": DAY,
            "review_by": LATER,
            "evidence": [],
            "featured": False,
            "conflicts_with": ["own-keys"],
        },
        {
            "slug": "law",
            "topic": "law",
            "question": "Which law holds?",
            "answer": "Österreichisches Recht, and that of the EU.",
            "products": [],
            "as_of": DAY,
            "review_by": LATER,
            "evidence": [],
            "featured": False,
            "conflicts_with": [],
        },
    ],
    "subprocessors": [
        {
            "slug": "host",
            "name": "Host",
            "purpose": "Hosting",
            "data": "All",
            "location": "Vienna",
            "products": ["api"],
            "as_of": DAY,
            "review_by": LATER,
            "evidence": ["report"],
            "announced": date(2025, 11, 1),
            "effective": date(2025, 12, 1),
            "ended": LATER,
            "translations": {"fr": {"purpose": "Hébergement"}},
        }
    ],
    "updates": [
        {
            "slug": "export-late",
            "category": "incident",
            "title": "Export runs late",
            "body": "Entries reach you late.",
            "products": ["enterprise"],
            "published_at": datetime(2026, 3, 3, 9, tzinfo=UTC),
            "edited_at": datetime(2026, 3, 3, 14, 10, tzinfo=UTC),
            "started_at": datetime(2026, 3, 3, 6, 40, tzinfo=UTC),
            "impact": "Export late",
            "data": "None exposed or lost",
            "translations": {"de": {"body": "Einträge kommen **später** an.", "title": "Export läuft verspätet"}},
        },
        {
            "slug": "report-added",
            "category": "compliance",
            "title": "SOC 2 report added",
            "body": "For the year 2025.\n\n- Under **NDA**",
            "level": "nda",
            "certifications": ["soc-2-type-ii"],
            "documents": ["report"],
            "published_at": datetime(2026, 3, 1, 9, tzinfo=UTC),
        },
    ],
    "timeline": [
        {
            "slug": "export-late-2",
            "update": "export-late",
            "status": "resolved",
            "at": datetime(2026, 3, 3, 14, 10, tzinfo=UTC),
            "text": "All entries are sent.",
        },
        {
            "slug": "export-late-1",
            "update": "export-late",
            "status": "investigating",
            "at": datetime(2026, 3, 3, 8, 55, tzinfo=UTC),
            "text": "We are looking into it.",
        },
    ],
    "levels": [
        {"slug": "public", "name": "Open to everyone", "summary": "Everyone can open it at once."},
        {
            "slug": "nda",
            "name": "Under NDA",
            "summary": "You sign, one of us approves.",
            "agreements": ["nda"],
            "approvals": 1,
            "way": "file",
            "usual_days": 365,
            "longest_days": 1095,
            "target_hours": 8,
            "invitation_days": 90,
            "open_invitations": 10,
            "translations": {"de": {"name": "Mit NDA", "summary": "Sie unterschreiben, wir geben frei."}},
        },
    ],
    "documents": [
        {
            "slug": "report",
            "title": "SOC 2 report",
            "kind": "soc2_report",
            "level": "nda",
            "summary": "Secret summary of the report.",
            "as_of": DAY,
            "period_start": date(2025, 1, 1),
            "period_end": date(2025, 12, 31),
            "translations": {"de": {"summary": "Geheim.", "title": "SOC-2-Bericht"}},
        },
        {
            "slug": "caiq",
            "title": "CAIQ",
            "kind": "questionnaire",
            "level": "public",
            "summary": "Questions and answers.",
            "as_of": DAY,
            "valid_until": LATER,
        },
    ],
}


def tables() -> dict[str, Any]:
    return copy.deepcopy(TABLES)


def text(of: dict[str, Any] | None = None) -> str:
    return tomli_w.dumps(of or TABLES)


def publish(of: dict[str, Any] | None = None) -> None:
    import_content(text(of).encode(), file="posture.toml")
