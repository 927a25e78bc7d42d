"""The public facts: the company and its products, its certifications, and its claims."""

from certifications.models.claims import Claim, Subprocessor, Topic
from certifications.models.company import Product, Profile, Tone, validate_slugs
from certifications.models.frameworks import STATED, Certification, Framework, Status

__all__ = [
    "STATED",
    "Certification",
    "Claim",
    "Framework",
    "Product",
    "Profile",
    "Status",
    "Subprocessor",
    "Tone",
    "Topic",
    "validate_slugs",
]
