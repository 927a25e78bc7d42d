"""The whole gate with the vault in a bucket: upload, check, request, sign, approve, download, revoke."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from documents.models import DocumentVersion
from documents.tasks import check_version
from ndaflow.agreements.models import Signature
from ndaflow.agreements.tasks import make_signed_copy
from ndaflow.requests import flows
from tests import cast, signin
from tests.documents import pdfs

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_whole_gate_works_with_a_bucket(bucket, files):
    document, ada, rhea = cast.document(), cast.ada(), cast.rhea()
    edda = signin.staff_client(Client(), cast.edda())
    report = SimpleUploadedFile("report.pdf", pdfs.blank(pdfs.TEXT, pdfs.TEXT), "application/pdf")
    assert edda.post(reverse("documents:upload", args=[document.slug]), {"file": report}).status_code == 302
    version = DocumentVersion.objects.get()
    check_version.call(version.pk)
    publish = reverse("documents:publish", args=[document.slug, version.number])
    assert edda.post(publish, {"as_of": "2026-03-01"}).status_code == 302

    request = cast.granted(rhea, ada, document)
    signature = Signature.objects.get()
    make_signed_copy.call(signature.pk)

    reader = signin.with_proofs(Client(), rhea, "code")
    response = reader.post(reverse("documents:download", args=[document.slug]))
    copy = b"".join(response.streaming_content)
    assert response.status_code == 200 and len(copy) == int(response["Content-Length"])
    texts = list(pdfs.texts(copy))
    assert len(texts) == 2 and all("rhea@example.com" in text for text in texts)
    paper = reader.get(reverse("agreements:signed_copy", args=[signature.pk]))
    assert paper.content.startswith(b"%PDF-")

    flows.revoke(cast.fresh(request), by=ada, reason="The deal is off.")
    assert reader.post(reverse("documents:download", args=[document.slug])).status_code == 403
    assert not files.exists()
    lying = [item.get()["Body"].read() for item in bucket.objects.all()]
    assert len(lying) == 3 and not any(b"%PDF" in data for data in lying)
