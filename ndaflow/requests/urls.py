from django.urls import path

from ndaflow.requests.copies import views as copies
from ndaflow.requests.following import views as following
from ndaflow.requests.sharing import views as sharing
from ndaflow.requests.views import asking, forwarding, my, papers, renewing, signing, status

app_name = "requests"
urlpatterns = [
    path("access/", asking.ask, name="ask"),
    path("access/<slug:id>/", status.request_page, name="request"),
    path("access/<slug:id>/sign/", signing.sign_next, name="sign_next"),
    path("access/<slug:id>/sign/<slug:slug>/", signing.sign, name="sign"),
    path("access/<slug:id>/sign/<slug:slug>/text/", signing.agreement_text, name="agreement_text"),
    path("access/<slug:id>/paper/", papers.upload, name="paper"),
    path("access/<slug:id>/paper/<slug:paper>/withdraw/", papers.withdraw, name="withdraw_paper"),
    path("access/<slug:id>/forward/", forwarding.forward, name="forward"),
    path("access/<slug:id>/take-over/", forwarding.take_over, name="take_over"),
    path("access/<slug:id>/tell/", following.invite, name="tell"),
    path("access/<slug:id>/follow/", following.follow, name="follow"),
    path("access/<slug:id>/follow/agree/", following.agree, name="agree_to_follow"),
    path("access/<slug:id>/follow/stop/", following.stop, name="stop_following"),
    path("access/<slug:id>/withdraw/", status.withdraw, name="withdraw"),
    path("access/<slug:id>/answer/", status.answer, name="answer"),
    path("s/<slug:code>/", sharing.shared, name="shared"),
    path("s/<slug:code>/<slug:document>/", sharing.shared, name="shared_document"),
    path("my/", my.my, name="my"),
    path("my/grants/<slug:id>/renew/", renewing.renew, name="renew"),
    path("my/copies/<slug:id>/", copies.answer, name="answer_about_copies"),
    path("my/sessions/end/", my.end_sessions, name="end_sessions"),
    path("my/receipts/<slug:kind>/<slug:id>/", my.receipt, name="receipt"),
]
