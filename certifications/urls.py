from django.urls import path

from certifications import views
from certifications.sharing import share

app_name = "certifications"
urlpatterns = [
    path("subprocessors/", views.subprocessors, name="subprocessors"),
    path("desk/share/", share, name="share"),
]
