from django.urls import path

from ndaflow.privacy import views

app_name = "privacy"
urlpatterns = [
    path("my/data/", views.data, name="data"),
    path("my/data/export/", views.export, name="export"),
    path("my/data/erase/", views.erase, name="erase"),
    path("my/data/<slug:id>/download/", views.download, name="download"),
    path("my/data/<slug:id>/keep/", views.keep, name="keep"),
]
