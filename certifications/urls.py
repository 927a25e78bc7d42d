from django.urls import path

from certifications import views

urlpatterns = [
    path("certifications/", views.certifications, name="certifications"),
    path("answers/", views.answers, name="answers"),
    path("subprocessors/", views.subprocessors, name="subprocessors"),
]
