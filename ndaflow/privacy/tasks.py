"""Background tasks of this room. Each may run twice and has one effect."""

from django.utils.translation import gettext_lazy as _

from ndaflow.privacy import archive
from ndaflow.privacy.models import Export
from trustcenter.work.lanes import Lane
from trustcenter.work.tasks import background


def _exports(ids: list[str]) -> dict[str, str]:
    return {row.pk: row.person.email for row in Export.objects.filter(pk__in=ids).select_related("person")}


# Somebody waits for the check of an upload with a page open; this one is mailed.
@background(Lane.DOCUMENTS, _("Prepare a file with a person’s data"), about=_exports, priority=-5)
def make_export(export_id: str) -> None:
    """Makes the file of one export, if it is still wanted."""
    export = Export.objects.select_related("person").filter(pk=export_id).first()
    if export is not None:
        archive.make(export)
