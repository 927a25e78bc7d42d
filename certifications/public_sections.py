"""The sections of the content file that hold public facts: the table, the model and the keys of each."""

from dataclasses import replace

from certifications.models import (
    Certification,
    Claim,
    Duty,
    Framework,
    IncidentEntry,
    Product,
    Profile,
    Route,
    Subprocessor,
    Topic,
    Update,
)
from certifications.sections import Section

# What every reviewed fact has.
REVIEWED = ("as_of", "review_by", "owner")
OPTIONAL = frozenset({"review_by", "owner"})

COMPANY = Section(
    "company",
    Profile,
    (
        *("name", "legal_name", "website", "summary", "notice", "contact_email"),
        *REVIEWED,
        *("privacy_notice", "imprint", "terms", "colour", "headline", "notice_days"),
        *("hosting", "breach_notice", "translations"),
    ),
    optional=OPTIONAL
    | {"privacy_notice", "imprint", "terms", "colour", "headline", "notice_days"}
    | {"hosting", "breach_notice", "translations"},
)
# The company with the pictures of its brand, which are files and so in no content file.
BRANDED = replace(
    COMPANY,
    keys=(*COMPANY.keys[:-1], "logo", "icon", COMPANY.keys[-1]),
    optional=COMPANY.optional | {"logo", "icon"},
)
SOURCE = Section(
    "source",
    Profile,
    ("title", "publisher", "note"),
    renamed={"title": "source_title", "publisher": "source_publisher", "note": "source_note"},
)
# The aspects by which products are compared, in the order of the page.
ASPECTS = ("training", "retention", "human_review", "role", "agreements")
PRODUCTS = Section(
    "products",
    Product,
    (
        *("slug", "name", "summary", "plans"),
        *(f"{aspect}{part}" for aspect in ASPECTS for part in ("", "_word", "_tone")),
        *(*REVIEWED, "evidence", "translations"),
    ),
    optional=OPTIONAL
    | {"plans", "evidence", "translations"}
    | {f"{aspect}{part}" for aspect in ASPECTS for part in ("_word", "_tone")},
)
ROUTES = Section(
    "routes",
    Route,
    ("slug", "product", "name", "kind", "our_role", "about", "runs_in", "keys"),
    optional=frozenset({"runs_in", "keys"}),
)
DUTIES = Section(
    "duties",
    Duty,
    ("slug", "product", "task", "ours_word", "ours", "yours_word", "yours"),
    optional=frozenset({"ours", "yours"}),
)
FRAMEWORKS = Section("frameworks", Framework, ("slug", "name", "kind", "authority", "about"))
CERTIFICATIONS = Section(
    "certifications",
    Certification,
    (
        *("slug", "framework", "status", "scope", "notes", "products", *REVIEWED),
        *("evidence", "valid_until", "period_start", "period_end"),
        *("auditor", "number", "registry", "stage", "target", "route", "translations"),
    ),
    optional=OPTIONAL
    | {"products", "evidence", "valid_until", "period_start", "period_end"}
    | {"auditor", "number", "registry", "stage", "target", "route", "translations"},
    renamed={"status": "stated_status"},
)
TOPICS = Section(
    "topics", Topic, ("slug", "name", "review_months", "translations"), optional=frozenset({"translations"})
)
CLAIMS = Section(
    "claims",
    Claim,
    (
        *("slug", "topic", "question", "answer", "products", *REVIEWED),
        *("evidence", "featured", "conflicts_with"),
        *("certification", "not_offered", "not_offered_word", "instead", "translations"),
    ),
    optional=OPTIONAL | {"certification", "not_offered", "not_offered_word", "instead", "translations"},
)
SUBPROCESSORS = Section(
    "subprocessors",
    Subprocessor,
    (
        "slug",
        "name",
        "purpose",
        "data",
        "location",
        "products",
        *REVIEWED,
        "evidence",
        "announced",
        "effective",
        "ended",
        "translations",
    ),
    optional=OPTIONAL | {"evidence", "announced", "effective", "ended", "translations"},
)
UPDATES = Section(
    "updates",
    Update,
    (
        *("slug", "category", "title", "body", "level", "products", "certifications", "documents"),
        *("published_at", "edited_at", "started_at", "impact", "data", "translations"),
    ),
    optional=frozenset({"level", "products", "certifications", "documents"})
    | {"published_at", "edited_at", "started_at", "impact", "data", "translations"},
)
TIMELINE = Section("timeline", IncidentEntry, ("slug", "update", "status", "at", "text"))
# Rows are saved in this order and removed in reverse, so a row exists while others refer to it.
LISTS = (PRODUCTS, ROUTES, DUTIES, FRAMEWORKS, CERTIFICATIONS, TOPICS, CLAIMS, SUBPROCESSORS)
# What was posted is written at the desk too, so a file without it leaves it as it is.
POSTS = (UPDATES, TIMELINE)
NAMES = frozenset(section.name for section in (COMPANY, SOURCE, *LISTS, *POSTS))
