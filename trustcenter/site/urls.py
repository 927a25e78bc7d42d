from django.conf import settings
from django.urls import path

from trustcenter.site import crawlers, views
from trustcenter.site.answers import answers
from trustcenter.site.answers_table import answers_csv, answers_xlsx
from trustcenter.site.health import readyz
from trustcenter.site.language import choose
from trustcenter.site.machine import views as machine
from trustcenter.site.machine.sitemap import sitemap
from trustcenter.site.mailbox import mailbox
from trustcenter.site.one_page import overview_pdf
from trustcenter.site.products import product, products
from trustcenter.site.products_sheet import products_pdf
from trustcenter.site.share_image import share_image

app_name = "site"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("posture.json", views.posture_json, name="posture_json"),
    path("posture.schema.json", machine.posture_schema, name="posture_schema"),
    path("posture.json.sig", machine.posture_signature, name="posture_signature"),
    path(".well-known/security.txt", machine.security_txt, name="security_txt"),
    path("llms.txt", machine.llms_txt, name="llms_txt"),
    path("overview.pdf", overview_pdf, name="overview_pdf"),
    path("overview.png", share_image, name="share_image"),
    path("sitemap.xml", sitemap, name="sitemap"),
    path("certifications/", views.certifications, name="certifications"),
    path("certifications/<slug:slug>/", views.certification, name="certification"),
    path("products/", products, name="products"),
    path("products/<slug:slug>/", product, name="product"),
    path("products.pdf", products_pdf, name="products_pdf"),
    path("answers.csv", answers_csv, name="answers_csv"),
    path("answers.xlsx", answers_xlsx, name="answers_xlsx"),
    path("answers/", answers, name="answers"),
    path("privacy/", views.privacy, name="privacy"),
    path("language/", choose, name="language"),
    path("favicon.ico", crawlers.favicon, name="favicon"),
    path("robots.txt", crawlers.robots, name="robots"),
    path("readyz", readyz, name="readyz"),
]

if settings.DEMO:
    urlpatterns += [path("mailbox/", mailbox, name="mailbox")]
