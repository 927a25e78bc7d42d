"""What an editor types about a public fact."""

from datetime import date

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

from trustcenter.audit.admin import FreshForm


class ReviewedForm(FreshForm):
    """Takes no new review date that has passed: the page would say so the moment it is saved."""

    def clean_review_by(self) -> date | None:
        chosen: date | None = self.cleaned_data["review_by"]
        # The one that was there before may have passed, while somebody corrects another field.
        if chosen and chosen < timezone.localdate() and "review_by" in self.changed_data:
            raise forms.ValidationError(
                _("This review date has passed. Choose today or a later day, or leave it empty for the usual time.")
            )
        return chosen
