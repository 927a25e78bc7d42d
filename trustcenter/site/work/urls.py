from django.urls import path

from trustcenter.site.work import views

app_name = "work"
urlpatterns = [
    path("desk/work/", views.work, name="work"),
    path("desk/work/<slug:id>/retry/", views.retry, name="retry"),
    path("desk/work/<slug:id>/dismiss/", views.dismiss, name="dismiss"),
]
