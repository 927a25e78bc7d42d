"""The public facts: the company and its products, its certifications, and its claims."""

from certifications.models.brand import BrandImage
from certifications.models.claims import Claim, Topic
from certifications.models.company import Profile, validate_slugs
from certifications.models.drafts import ContentDraft
from certifications.models.duties import DutyClock
from certifications.models.evidence import Evidenced
from certifications.models.frameworks import STATED, Certification, Framework, Status
from certifications.models.products import Duty, Product, Route, Tone
from certifications.models.reminders import ReviewReminder
from certifications.models.review import Reviewed
from certifications.models.revisions import PostureRevision
from certifications.models.search import SearchEntry
from certifications.models.subprocessors import Subprocessor
from certifications.models.subscriptions import Announcement, SentAnnouncement, Subscription, SubscriptionRequest
from certifications.models.updates import IncidentEntry, Update, UpdateSchedule

__all__ = [
    "STATED",
    "Announcement",
    "BrandImage",
    "Certification",
    "Claim",
    "ContentDraft",
    "Duty",
    "DutyClock",
    "Evidenced",
    "Framework",
    "IncidentEntry",
    "PostureRevision",
    "Product",
    "Profile",
    "ReviewReminder",
    "Reviewed",
    "Route",
    "SearchEntry",
    "SentAnnouncement",
    "Status",
    "Subprocessor",
    "Subscription",
    "SubscriptionRequest",
    "Tone",
    "Topic",
    "Update",
    "UpdateSchedule",
    "validate_slugs",
]
