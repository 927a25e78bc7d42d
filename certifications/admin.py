from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.urls import reverse

from certifications.checking.checks import check_now
from certifications.checking.facts import place
from certifications.evidence import EvidenceForm
from certifications.forms import ReviewedForm
from certifications.models import Certification, Claim, Duty, Framework, Product, Profile, Route, Subprocessor, Topic
from trustcenter.audit.admin import RecordedAdmin


class CheckedAdmin(RecordedAdmin):
    """After a row is saved, the page says what the checks find about it. They never refuse what somebody has typed."""

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        request.admin_saved = obj  # type: ignore[attr-defined]  # carried to changeform_view

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        response = super().changeform_view(request, *args, **kwargs)
        # Only now: the change is committed, so nothing waits for the checks, and an error in them loses nothing.
        if saved := getattr(request, "admin_saved", None):
            where = place(saved)
            for finding in check_now():
                if (where.part, where.slug) in {(one.part, one.slug) for one in finding.places}:
                    messages.warning(request, str(finding))
        return response


@admin.register(Profile)
class ProfileAdmin(CheckedAdmin):
    form = ReviewedForm
    list_display = ["name", "legal_name", "contact_email", "as_of"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not Profile.objects.exists()


class NamedAdmin(CheckedAdmin):
    """A model with a slug and a position in a list."""

    prepopulated_fields = {"slug": ["name"]}
    search_fields = ["name", "slug"]


@admin.register(Product)
class ProductAdmin(NamedAdmin):
    form = EvidenceForm
    list_display = ["name", "summary", "position"]

    def view_on_site(self, obj: Product) -> str:
        return reverse("site:product", args=[obj.slug])


@admin.register(Route)
class RouteAdmin(NamedAdmin):
    list_display = ["name", "product", "kind", "our_role", "position"]
    list_filter = ["product", "kind"]
    list_select_related = ["product"]


@admin.register(Duty)
class DutyAdmin(CheckedAdmin):
    list_display = ["task", "product", "ours_word", "yours_word", "position"]
    list_filter = ["product"]
    list_select_related = ["product"]
    prepopulated_fields = {"slug": ["task"]}
    search_fields = ["task", "slug"]


@admin.register(Framework)
class FrameworkAdmin(NamedAdmin):
    list_display = ["name", "kind", "authority", "position"]
    list_filter = ["kind"]


@admin.register(Topic)
class TopicAdmin(NamedAdmin):
    list_display = ["name", "position"]


@admin.register(Subprocessor)
class SubprocessorAdmin(NamedAdmin):
    form = EvidenceForm
    list_display = ["name", "purpose", "location", "as_of", "position"]
    filter_horizontal = ["products"]


@admin.register(Certification)
class CertificationAdmin(CheckedAdmin):
    form = EvidenceForm
    list_display = ["framework", "stated_status", "scope", "as_of", "valid_until", "position"]
    list_filter = ["stated_status"]
    list_select_related = ["framework"]
    search_fields = ["slug", "framework__name", "scope"]
    filter_horizontal = ["products"]

    def view_on_site(self, obj: Certification) -> str:
        return reverse("site:certification", args=[obj.slug])


@admin.register(Claim)
class ClaimAdmin(CheckedAdmin):
    form = EvidenceForm
    list_display = ["question", "topic", "as_of", "review_by", "featured", "position"]
    list_filter = ["topic", "products", "featured"]
    list_select_related = ["topic"]
    search_fields = ["question", "answer", "slug"]
    filter_horizontal = ["products", "conflicts_with"]
