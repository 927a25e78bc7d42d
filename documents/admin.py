from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certifications import evidence
from documents import agreements
from documents.models import AccessGrant, Delivery, Document, DocumentVersion
from trustcenter.audit.admin import FreshForm, RecordedAdmin


class DocumentForm(FreshForm):
    """A document as editors fill it in. What it requires is chosen, and can only become more once it has versions."""

    agreements = forms.MultipleChoiceField(
        label=gettext_lazy("Further agreements"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Readers need them besides those of its level."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "agreements" in self.fields:
            offered = dict(agreements.offered())
            choices = {slug: slug for slug in self.instance.agreements} | offered
            self.fields["agreements"].choices = list(choices.items())  # type: ignore[attr-defined]  # a choice field

    def clean_agreements(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["agreements"]
        had = Document.objects.filter(pk=self.instance.pk, versions__isnull=False).values_list("agreements", flat=True)
        if set(next(iter(had), [])) - set(chosen):
            # One person must not open a report to everyone by taking away what it requires.
            raise forms.ValidationError(_("Once a document has versions, no agreement can be removed."))
        return chosen


@admin.register(Document)
class DocumentAdmin(RecordedAdmin):
    list_display = ["title", "kind", "level", "as_of", "valid_until", "position"]
    list_filter = ["kind", "level"]
    search_fields = ["title", "slug"]
    form = DocumentForm
    prepopulated_fields = {"slug": ["title"]}

    def view_on_site(self, obj: Document) -> str:
        return reverse("documents:document", args=[obj.slug])

    def response_post_save_add(self, request: HttpRequest, obj: Document) -> HttpResponseRedirect:
        """A new document has no file yet, so its upload comes next."""
        return redirect("documents:upload", slug=obj.slug)

    def get_readonly_fields(self, request: HttpRequest, obj: Document | None = None) -> list[str]:
        if obj is None:
            return []
        # Evidence, links and records name the slug. And one person must not open a report to everyone by choosing another
        # level from a list. One that nobody has chosen yet can be.
        return ["slug", "level"] if obj.level_id and obj.versions.exists() else ["slug"]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Document | None = None) -> Any:
        return {} if obj is not None else super().get_prepopulated_fields(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """A document is not removed while something names it as its evidence."""
        found, counts, forbidden, protected = super().get_deleted_objects(objs, request)
        return found, counts, forbidden, [*protected, *evidence.of({document.slug for document in objs})]


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # Django's class takes no argument at run time
    """Rows that only the flows write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(DocumentVersion)
class DocumentVersionAdmin(ReadOnlyAdmin):
    fields = [
        *("document", "number", "state", "refusal", "refusal_page", "refusal_code"),
        *("pages", "pages_proven", "carries_signature"),
    ]
    fields += ["uploaded_by", "uploaded_at", "checked_at"]
    list_display = ["document", "number", "state", "pages", "uploaded_by", "uploaded_at", "checked_at"]
    list_filter = ["state", "document"]
    list_select_related = ["document", "uploaded_by"]


@admin.register(AccessGrant)
class AccessGrantAdmin(ReadOnlyAdmin):
    list_display = ["holder", "document", "starts_at", "ends_at", "ended_at", "end"]
    list_filter = ["document", "end"]
    list_select_related = ["holder", "document"]
    search_fields = ["holder__email"]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    exclude = ["session_hash", "mark_bits"]
    list_display = ["code", "reader", "version", "started_at", "finished_at", "size"]
    list_select_related = ["reader", "version__document"]
    search_fields = ["code", "printed_email", "sha256"]
