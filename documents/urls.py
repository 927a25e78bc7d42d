from django.urls import path

from documents import desk, trace_desk, views

urlpatterns = [
    path("documents/", views.documents, name="documents"),
    path("documents/<slug:slug>/", views.document, name="document"),
    path("documents/<slug:slug>/open/", views.document_open, name="document_open"),
    path("documents/<slug:slug>/download/", views.document_download, name="document_download"),
    path("desk/trace/", trace_desk.traces, name="traces"),
    path("desk/trace/<str:id>/", trace_desk.trace, name="trace"),
    path("desk/documents/", desk.desk_documents, name="desk_documents"),
    path("desk/documents/<slug:slug>/upload/", desk.upload, name="upload"),
]
