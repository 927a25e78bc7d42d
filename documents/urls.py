from django.urls import path

from documents import views as library
from documents.intake import version_views as versions
from documents.intake import views as intake
from documents.reading import views as reading
from documents.tracing import views as tracing

app_name = "documents"
urlpatterns = [
    path("documents/", library.documents, name="library"),
    path("documents/<slug:slug>/", library.document, name="document"),
    path("documents/<slug:slug>/open/", library.document_open, name="open"),
    path("documents/<slug:slug>/download/", library.document_download, name="download"),
    path("documents/<slug:slug>/read/", reading.read, name="read"),
    path("documents/<slug:slug>/read/<slug:id>/", reading.turn, name="turn"),
    path("documents/<slug:slug>/read/<slug:id>/<int:number>/", reading.reading_page, name="reading_page"),
    path("documents/<slug:slug>/read/<slug:id>/<int:number>.jpg", reading.page_image, name="page_image"),
    path("documents/<slug:slug>/read/<slug:id>/<int:number>/thumbnail.jpg", reading.thumbnail, name="thumbnail"),
    path("desk/trace/", tracing.traces, name="traces"),
    path("desk/trace/<slug:id>/", tracing.trace, name="trace"),
    path("desk/documents/", intake.desk_documents, name="desk"),
    path("desk/documents/<slug:slug>/upload/", intake.upload, name="upload"),
    path("desk/documents/<slug:slug>/versions/<int:number>/", versions.version, name="version"),
    path("desk/documents/<slug:slug>/versions/<int:number>/<int:page>.jpg", versions.version_page, name="version_page"),
    path("desk/documents/<slug:slug>/versions/<int:number>/open/", versions.open_pages, name="open_pages"),
    path("desk/documents/<slug:slug>/versions/<int:number>/publish/", versions.publish, name="publish"),
    path("desk/documents/<slug:slug>/versions/<int:number>/date/", versions.cancel_date, name="cancel_date"),
    path("desk/documents/<slug:slug>/versions/<int:number>/discard/", versions.discard, name="discard"),
]
