from django.urls import path

from certifications import views
from certifications.sharing import share

app_name = "certifications"
urlpatterns = [
    path("certifications/", views.certifications, name="list"),
    path("answers/", views.answers, name="answers"),
    path("subprocessors/", views.subprocessors, name="subprocessors"),
    path("desk/share/", share, name="share"),
]
