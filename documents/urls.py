from django.urls import path

from documents import desk, trace_desk, viewer, views

urlpatterns = [
    path("documents/", views.documents, name="documents"),
    path("documents/<slug:slug>/", views.document, name="document"),
    path("documents/<slug:slug>/open/", views.document_open, name="document_open"),
    path("documents/<slug:slug>/download/", views.document_download, name="document_download"),
    path("documents/<slug:slug>/read/", viewer.read, name="read"),
    path("documents/<slug:slug>/read/<slug:id>/", viewer.turn, name="turn"),
    path("documents/<slug:slug>/read/<slug:id>/<int:number>/", viewer.reading_page, name="reading_page"),
    path("documents/<slug:slug>/read/<slug:id>/<int:number>.jpg", viewer.page_image, name="page_image"),
    path("desk/trace/", trace_desk.traces, name="traces"),
    path("desk/trace/<slug:id>/", trace_desk.trace, name="trace"),
    path("desk/documents/", desk.desk_documents, name="desk_documents"),
    path("desk/documents/<slug:slug>/upload/", desk.upload, name="upload"),
]
