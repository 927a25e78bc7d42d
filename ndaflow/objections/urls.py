from django.urls import path

from ndaflow.objections import views

app_name = "objections"
urlpatterns = [
    path("subprocessors/<slug:slug>/object/", views.object_to, name="object"),
    path("my/objections/", views.mine, name="mine"),
]
