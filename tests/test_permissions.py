"""Every URL as every person. A URL without a row fails, as does a row without a URL."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import connection
from django.template import loader
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.views import csrf, defaults

from tests import cast
from tests.scenes import undone
from tests.signin import staff_client
from trustcenter.accounts.models import User
from trustcenter.web import networks

pytestmark = pytest.mark.django_db

# The outsider is a prospect without requests. The reader owns the request in the URL and has every grant.
PEOPLE = ("anonymous", "outsider", "reader", "sales", "editor", "legal", "auditor", "approver", "administrator")


@dataclass(frozen=True)
class Row:
    """The statuses of GET and POST for each of PEOPLE, in that order; one number applies to all of them."""

    get: str
    post: str
    args: tuple[str, ...] = ()


PUBLIC = Row(get="200", post="405")
NOBODY = "302"  # Redirected to the sign-in page.

TABLE = {
    # Pages for everyone.
    "site:overview": PUBLIC,
    "site:certifications": PUBLIC,
    "site:certification": Row("200", "405", ("soc-2",)),
    "site:products": PUBLIC,
    "site:product": Row("200", "405", ("api",)),
    "site:products_pdf": PUBLIC,
    "site:answers": PUBLIC,
    "site:answers_csv": PUBLIC,
    "site:answers_xlsx": PUBLIC,
    "site:privacy": PUBLIC,
    "certifications:subprocessors": PUBLIC,
    "certifications:changes": PUBLIC,
    "certifications:search": PUBLIC,
    # Nothing is posted in this scene; tests/certifications/updates tests posts.
    "certifications:updates": PUBLIC,
    "certifications:update": Row("404", "405", ("news",)),
    "certifications:feed_atom": PUBLIC,
    "certifications:feed_json": PUBLIC,
    # Nobody has subscribed in this scene; tests/certifications/subscribing tests subscriptions. The last page takes the
    # one-click POST of mail programs, and says the same to everyone.
    "certifications:subscribe": Row("200", "200"),
    "certifications:confirm_subscription": Row("404", "404", ("0" * 16,)),
    "certifications:subscription": Row("404", "404", ("x" * 32,)),
    "certifications:unsubscribe": Row("200", "200", ("x" * 32,)),
    # No picture is uploaded in this scene; tests/certifications/test_brand.py tests them.
    "certifications:brand_image": Row("404", "405", ("logo-123456789012.svg",)),
    "certifications:colour": Row("200", "405", ("2c49c8",)),
    "certifications:badge": Row("200", "405", ("soc-2",)),
    # Nothing is published in this scene; tests/certifications/test_history.py tests revisions.
    "certifications:posture_of": Row("404", "405", ("7",)),
    "certifications:receipt": Row("404", "405", ("7",)),
    "documents:library": PUBLIC,
    "documents:document": Row("200", "405", ("soc2",)),
    "site:posture_json": PUBLIC,
    "site:posture_schema": PUBLIC,
    "site:sitemap": PUBLIC,
    "site:overview_pdf": PUBLIC,
    "site:share_image": PUBLIC,
    "site:llms_txt": PUBLIC,
    # Nothing is published in this scene; tests/site/test_machine.py tests them.
    "site:posture_signature": Row("404", "405"),
    "site:security_txt": Row("404", "405"),
    "site:favicon": PUBLIC,
    # No header says that the form was on a page of ours; tests/web/test_language.py tests the choice.
    "site:language": Row("405", "403"),
    "site:robots": PUBLIC,
    "site:readyz": Row("200", "405"),
    "agreements:agreement": Row("200", "405", ("nda",)),
    "agreements:agreements": PUBLIC,
    "agreements:unsigned_copy": Row("200", "405", ("nda",)),
    # Nothing is sealed in this scene; tests/ndaflow/agreements/test_seal_custody.py tests the file.
    "agreements:seal_certificates": Row("404", "405"),
    # A share link leads to the public page, whether anybody made it or not.
    "requests:shared": Row("302", "405", ("0" * 16,)),
    "requests:shared_document": Row("302", "405", ("0" * 16, "soc2")),
    # An invitation that nobody sent; tests/ndaflow/invitations tests the page.
    "invitations:invited": Row("404", "404", ("0" * 16,)),
    # The log's public pages. No checkpoint is signed in this scene; tests/site/log/test_published.py tests them.
    "log:verify": Row("200", "200"),
    "log:verifier": PUBLIC,
    "log:checkpoint": Row("404", "405"),
    "log:checkpoint_of": Row("404", "405", ("7",)),
    "log:consistency": Row("404", "405", ("1", "7")),
    "log:key": Row("404", "405"),
    # The URL for public documents answers 404 for a gated document and for an unknown one.
    "documents:open": Row("404", "405", ("soc2",)),
    # There is no file in this scene, so even the reader is refused; tests/documents/test_download.py tests downloads.
    "documents:download": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 403 403", ("soc2",)),
    # This document is downloaded, not read on pages; tests/documents/reading/test_reading.py tests reading.
    "documents:read": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 403 403", ("soc2",)),
    "documents:turn": Row(
        "302 404 404 404 404 404 404 404 404", "302 405 405 405 405 405 405 405 405", ("soc2", "0" * 16)
    ),
    "documents:reading_page": Row(
        "302 404 404 404 404 404 404 404 404", "302 405 405 405 405 405 405 405 405", ("soc2", "0" * 16, "1")
    ),
    "documents:page_image": Row(
        "302 404 404 404 404 404 404 404 404", "302 405 405 405 405 405 405 405 405", ("soc2", "0" * 16, "1")
    ),
    "documents:thumbnail": Row(
        "302 404 404 404 404 404 404 404 404", "302 405 405 405 405 405 405 405 405", ("soc2", "0" * 16, "1")
    ),
    # The requester's pages: 404 for everybody else, including staff.
    "requests:ask": Row("200", "200"),
    "requests:my": Row("302 200 200 200 200 200 200 200 200", "302 405 405 405 405 405 405 405 405"),
    "requests:end_sessions": Row("302 405 405 405 405 405 405 405 405", "302"),
    "requests:request": Row("302 404 200 404 404 404 404 404 404", "302 405 405 405 405 405 405 405 405", ("REQUEST",)),
    "requests:sign_next": Row(
        "302 404 302 404 404 404 404 404 404", "302 405 405 405 405 405 405 405 405", ("REQUEST",)
    ),
    "requests:sign": Row(
        "302 404 302 404 404 404 404 404 404", "302 404 302 404 404 404 404 404 404", ("REQUEST", "nda")
    ),
    "requests:agreement_text": Row(
        "302 404 200 404 404 404 404 404 404", "302 405 405 405 405 405 405 405 405", ("REQUEST", "nda")
    ),
    # The requester has signed already, so no paper is needed, and there is none to take back.
    "requests:paper": Row("302 404 302 404 404 404 404 404 404", "302 404 302 404 404 404 404 404 404", ("REQUEST",)),
    "requests:withdraw_paper": Row(
        "302 405 405 405 405 405 405 405 405", "302 404 404 404 404 404 404 404 404", ("REQUEST", "0" * 16)
    ),
    "requests:forward": Row("302 404 200 404 404 404 404 404 404", "302 404 200 404 404 404 404 404 404", ("REQUEST",)),
    # Nobody was offered this request.
    "requests:take_over": Row(
        "302 404 404 404 404 404 404 404 404", "302 404 404 404 404 404 404 404 404", ("REQUEST",)
    ),
    # Nobody was asked to follow this request. Without an address the form comes again.
    "requests:tell": Row("302 405 405 405 405 405 405 405 405", "302 404 200 404 404 404 404 404 404", ("REQUEST",)),
    "requests:follow": Row("302 404 404 404 404 404 404 404 404", "302 405 405 405 405 405 405 405 405", ("REQUEST",)),
    "requests:agree_to_follow": Row(
        "302 405 405 405 405 405 405 405 405", "302 404 404 404 404 404 404 404 404", ("REQUEST",)
    ),
    "requests:stop_following": Row(
        "302 405 405 405 405 405 405 405 405", "302 404 404 404 404 404 404 404 404", ("REQUEST",)
    ),
    "requests:withdraw": Row(
        "302 405 405 405 405 405 405 405 405", "302 404 302 404 404 404 404 404 404", ("REQUEST",)
    ),
    "requests:answer": Row("302 405 405 405 405 405 405 405 405", "302 404 302 404 404 404 404 404 404", ("REQUEST",)),
    # A person's own data: there is no export or erasure in this scene. A box is not ticked, so nothing is asked.
    "privacy:data": Row("302 200 200 200 200 200 200 200 200", "302 405 405 405 405 405 405 405 405"),
    "privacy:export": Row("302 405 405 405 405 405 405 405 405", "302"),
    "privacy:erase": Row("302 405 405 405 405 405 405 405 405", "302"),
    "privacy:download": Row("302 405 405 405 405 405 405 405 405", "302 404 404 404 404 404 404 404 404", ("0" * 16,)),
    "privacy:keep": Row("302 405 405 405 405 405 405 405 405", "302 404 404 404 404 404 404 404 404", ("0" * 16,)),
    "desk:erasures": Row("302 403 403 403 403 200 200 403 200", "302 405 405 405 405 405 405 405 405"),
    "desk:erasure": Row("302 403 403 403 403 404 404 403 404", "302 405 405 405 405 405 405 405 405", ("0" * 16,)),
    "desk:carry_out_erasure": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 403 404 403 403 404", ("0" * 16,)
    ),
    "desk:decline_erasure": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 403 404 403 403 404", ("0" * 16,)
    ),
    # The signed copy is for the signer and for approvers. There is none in this scene, so everybody gets 404.
    "agreements:signed_copy": Row(
        "302 404 404 404 404 404 404 404 404", "302 405 405 405 405 405 405 405 405", ("0" * 16,)
    ),
    "agreements:countersigned_copy": Row(
        "302 404 404 404 404 404 404 404 404", "302 405 405 405 405 405 405 405 405", ("0" * 16,)
    ),
    # Nobody's plan is named in this scene: everybody reads whom to ask, and nothing is signed.
    "agreements:sign_alone": Row(
        "302 200 200 200 200 200 200 200 200", "302 302 302 302 302 302 302 302 302", ("nda",)
    ),
    # Receipts are for the person only; this one is not available yet.
    "requests:receipt": Row(
        "302 404 503 404 404 404 404 404 404", "302 405 405 405 405 405 405 405 405", ("grant", "GRANT")
    ),
    # The desk.
    "desk:requests": Row("302 403 403 200 403 200 200 200 200", "302 405 405 405 405 405 405 405 405"),
    "desk:request": Row("302 403 403 200 403 200 200 200 200", "302 405 405 405 405 405 405 405 405", ("REQUEST",)),
    "desk:approve": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 302 403 302 302", ("REQUEST",)),
    "desk:deny": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 302 302", ("REQUEST",)),
    # Without a reason the page is shown again.
    "desk:revoke": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 200 200", ("REQUEST",)),
    "desk:ask_question": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 302 302", ("REQUEST",)
    ),
    # This signature does not exist: approvers get 404, others are refused first.
    "desk:confirm_coverage": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 404 404", ("0" * 16,)
    ),
    "desk:decline_coverage": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 404 404", ("0" * 16,)
    ),
    "desk:confirm_paper": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 404 404", ("0" * 16,)
    ),
    "desk:decline_scope": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 404 404", ("0" * 16,)
    ),
    "desk:end_coverage": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 404 403 404 404", ("0" * 16,)),
    "desk:seal_again": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 404 404", ("0" * 16,)),
    # Companies, the list, and the steps on both. tests/ndaflow/desk/companies tests them.
    "desk:companies": Row("302 403 403 200 403 403 200 200 200", "302 405 405 405 405 405 405 405 405"),
    "desk:company": Row("302 403 403 200 403 403 200 200 200", "302 405 405 405 405 405 405 405 405", ("COMPANY",)),
    "desk:company_name": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 200 200", ("COMPANY",)
    ),
    "desk:company_details": Row(
        "302 403 403 200 403 403 403 200 200", "302 403 403 200 403 403 403 200 200", ("COMPANY",)
    ),
    "desk:company_note": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 200 403 403 403 200 200", ("COMPANY",)
    ),
    "desk:company_note_remove": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 404 403 403 403 404 404", ("0" * 16,)
    ),
    "desk:company_block": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 200 200", ("COMPANY",)
    ),
    "desk:company_unblock": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 302 302", ("COMPANY",)
    ),
    # The name of the company is asked for, so the page is shown again.
    "desk:company_end_access": Row(
        "302 403 403 403 403 403 403 200 200", "302 403 403 403 403 403 403 200 200", ("COMPANY",)
    ),
    "desk:keep_listed": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 404 404", ("0" * 16,)),
    "desk:company_unmerge": Row(
        "302 403 403 403 403 403 403 404 404", "302 403 403 403 403 403 403 404 404", ("0" * 16,)
    ),
    "desk:company_merge": Row(
        "302 403 403 403 403 403 403 200 200", "302 403 403 403 403 403 403 404 404", ("COMPANY",)
    ),
    "desk:company_apart": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 404 404", ("COMPANY",)
    ),
    "desk:company_domain_add": Row(
        "302 403 403 403 403 403 403 200 200", "302 403 403 403 403 403 403 302 302", ("COMPANY",)
    ),
    "desk:company_domain": Row(
        "302 403 403 403 403 403 403 200 200", "302 403 403 403 403 403 403 302 302", ("COMPANY", "example.com")
    ),
    "desk:listed": Row("302 403 403 403 403 403 200 200 200", "302 403 403 403 403 403 403 200 200"),
    "desk:unlist": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 404 404", ("0" * 16,)),
    # No review is open in this scene; tests/ndaflow/desk/review tests one.
    "desk:review": Row("302 403 403 403 403 403 200 200 200", "302 405 405 405 405 405 405 405 405"),
    "desk:holdings_csv": Row("302 403 403 403 403 403 200 200 200", "302 405 405 405 405 405 405 405 405"),
    "desk:review_start": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 302 302"),
    "desk:review_of": Row("302 403 403 403 403 403 404 404 404", "302 405 405 405 405 405 405 405 405", ("0" * 16,)),
    "desk:review_csv": Row("302 403 403 403 403 403 404 404 404", "302 405 405 405 405 405 405 405 405", ("0" * 16,)),
    "desk:review_keep": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 404 404", ("0" * 16,)),
    "desk:review_revoke": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 404 404", ("0" * 16,)
    ),
    "desk:review_finish": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 404 404", ("0" * 16,)
    ),
    # The request is decided, so its page has nobody to choose.
    "desk:request_owner": Row(
        "302 403 403 403 403 403 403 302 302", "302 405 405 405 405 405 405 405 405", ("REQUEST",)
    ),
    # Without a choice, a colleague or a selection these lead back to the queue.
    "desk:assign": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 302 302", ("REQUEST",)),
    "desk:bulk": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 302 302"),
    "desk:export": Row("302 405 405 405 405 405 405 405 405", "302 403 403 302 403 302 302 302 302"),
    "desk:hours": Row("302 403 403 403 403 403 403 403 200", "302 403 403 403 403 403 403 403 200"),
    "desk:notices": Row("302 403 403 403 403 403 403 200 200", "302 403 403 403 403 403 403 302 302"),
    "desk:be_away": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 200 200"),
    "desk:be_back": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 302 302"),
    "desk:channels": Row("302 403 403 403 403 403 403 403 200", "302 403 403 403 403 403 403 403 200"),
    # This channel does not exist; tests/ndaflow/desk/test_office.py tests a real one.
    "desk:test_channel": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 403 404", ("0" * 16,)),
    "desk:remove_channel": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 403 404", ("0" * 16,)
    ),
    "desk:analytics": Row("302 403 403 200 403 200 200 200 200", "302 405 405 405 405 405 405 405 405"),
    "desk:analytics_csv": Row(
        "302 403 403 200 403 200 200 200 200", "302 405 405 405 405 405 405 405 405", ("requests",)
    ),
    "work:work": Row("302 403 403 403 403 403 200 403 200", "302 405 405 405 405 405 405 405 405"),
    # Tasks that do not exist; tests/site/test_work.py tests real ones.
    "work:retry": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 403 404", ("0" * 16,)),
    "work:dismiss": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 403 404", ("0" * 16,)),
    # Without a day or a reason the page is shown again.
    "desk:grant": Row("302 403 403 200 403 403 200 200 200", "302 405 405 405 405 405 405 405 405", ("GRANT",)),
    "desk:extend": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 200 200", ("GRANT",)),
    "desk:revoke_grant": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 200 200", ("GRANT",)),
    "desk:person_access": Row(
        "302 403 403 200 403 403 200 200 200", "302 405 405 405 405 405 405 405 405", ("READER",)
    ),
    "desk:revoke_person": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 200 200", ("READER",)
    ),
    "desk:ask_to_destroy": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 200 200", ("READER",)
    ),
    "requests:renew": Row("302 405 405 405 405 405 405 405 405", "302 404 302 404 404 404 404 404 404", ("GRANT",)),
    # Nobody was asked to destroy copies.
    "requests:answer_about_copies": Row(
        "302 404 404 404 404 404 404 404 404", "302 404 404 404 404 404 404 404 404", ("0" * 16,)
    ),
    # tests/ndaflow/desk/levels tests editing them. Nobody removes a level that has documents.
    "desk:levels": Row("302 403 403 403 200 200 200 200 200", "302 405 405 405 405 405 405 405 405"),
    "desk:new_level": Row("302 403 403 403 403 403 403 403 200", "302 403 403 403 403 403 403 403 200"),
    "desk:level": Row("302 403 403 403 403 403 403 403 200", "302 403 403 403 403 403 403 403 409", ("nda",)),
    "desk:remove_level": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 403 302", ("nda",)),
    # Only agreements that exist have versions; tests/ndaflow/desk/test_agreement_pages.py tests publishing one.
    # Rules: administrators write them, approvers, legal and auditors read them.
    "desk:rules": Row("302 403 403 403 403 200 200 200 200", "302 405 405 405 405 405 405 405 405"),
    "desk:rule_version": Row("302 403 403 403 403 404 404 404 404", "302 405 405 405 405 405 405 405 405", ("7",)),
    "desk:findings": Row("302 403 403 403 403 404 404 404 404", "302 405 405 405 405 405 405 405 405", ("0" * 16,)),
    "desk:publish_rules": Row("302 403 403 403 403 403 403 403 200", "302 403 403 403 403 403 403 403 200"),
    "desk:add_rule": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 403 302"),
    "desk:discard_draft": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 403 302"),
    "desk:try_draft": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 403 302"),
    "desk:switch_on": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 403 302"),
    "desk:switch_off": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 403 302"),
    "desk:limit_rules": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 403 302"),
    "desk:save_rule": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 403 302", ("0" * 16,)),
    "desk:remove_rule": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 403 302", ("0" * 16,)),
    "desk:add_condition": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 403 302", ("0" * 16,)
    ),
    "desk:remove_condition": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 403 302", ("0" * 16, "0")
    ),
    "desk:move_rule": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 403 302", ("0" * 16, "up")
    ),
    "desk:draft_version": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 403 404", ("7",)),
    "desk:agreements": Row("302 403 403 403 403 200 200 200 200", "302 405 405 405 405 405 405 405 405"),
    "desk:register_csv": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 200 200 200 200"),
    "desk:new_agreement": Row("302 403 403 403 403 200 403 403 200", "302 403 403 403 403 200 403 403 200"),
    "desk:agreement": Row("302 403 403 403 403 200 200 200 200", "302 405 405 405 405 405 405 405 405", ("nda",)),
    "desk:offer": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 200 403 403 200", ("nda",)),
    "desk:file_paper": Row("302 403 403 403 403 200 403 403 200", "302 403 403 403 403 200 403 403 200", ("nda",)),
    # Papers that do not exist; tests/ndaflow/desk/test_filing_papers.py and
    # tests/ndaflow/requests/test_uploading_papers.py test real ones.
    "desk:paper": Row("302 403 403 403 403 404 404 404 404", "302 405 405 405 405 405 405 405 405", ("0" * 16,)),
    "desk:open_paper": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 404 404 404 404", ("0" * 16,)),
    "desk:accept_paper": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 404 403 403 404", ("0" * 16,)),
    "desk:decline_paper": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 403 404 403 403 404", ("0" * 16,)
    ),
    "desk:countersign_paper": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 403 404 403 403 404", ("0" * 16,)
    ),
    "desk:agreement_version": Row(
        "302 403 403 403 403 200 200 200 200", "302 405 405 405 405 405 405 405 405", ("nda", "1")
    ),
    "desk:new_version": Row("302 403 403 403 403 200 403 403 200", "302 403 403 403 403 200 403 403 200", ("nda",)),
    "desk:publish_version": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 302 403 403 302", ("nda",)),
    "desk:preview": Row("302 403 403 200 403 403 200 200 200", "302 405 405 405 405 405 405 405 405"),
    "desk:preview_site": Row("302 403 403 200 403 403 200 200 200", "302 405 405 405 405 405 405 405 405", ("",)),
    "desk:preview_person_site": Row(
        "302 403 403 200 403 403 200 200 200", "302 405 405 405 405 405 405 405 405", ("READER", "")
    ),
    "desk:preview_invited_site": Row(
        "302 403 403 404 403 403 404 404 404", "302 405 405 405 405 405 405 405 405", ("0" * 16, "")
    ),
    "desk:preview_person": Row(
        "302 403 403 200 403 403 200 200 200", "302 405 405 405 405 405 405 405 405", ("READER",)
    ),
    "desk:preview_invited": Row(
        "302 403 403 404 403 403 404 404 404", "302 405 405 405 405 405 405 405 405", ("0" * 16,)
    ),
    "desk:accounts": Row("302 403 403 200 403 403 200 200 200", "302 405 405 405 405 405 405 405 405"),
    "desk:account": Row("302 403 403 200 403 403 200 200 200", "302 405 405 405 405 405 405 405 405", ("COMPANY",)),
    "desk:invitations": Row("302 403 403 200 403 403 200 200 200", "302 405 405 405 405 405 405 405 405"),
    # Without an address the form comes again. Nobody sent the invitation.
    "desk:invite": Row("302 403 403 200 403 403 403 403 200", "302 403 403 200 403 403 403 403 200"),
    "desk:prospect_mails": Row("302 403 403 200 403 403 403 403 200", "302 403 403 302 403 403 403 403 302"),
    "desk:send_invitation_again": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 404 403 403 403 403 404", ("0" * 16,)
    ),
    "desk:withdraw_invitation": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 404 403 403 403 403 404", ("0" * 16,)
    ),
    # Nobody has objected, and no subprocessor is announced in this scene.
    "objections:object": Row("404", "404", ("host",)),
    "objections:mine": Row("302 200 200 200 200 200 200 200 200", "302 405 405 405 405 405 405 405 405"),
    "desk:objections": Row("302 403 403 403 403 200 200 200 200", "302 405 405 405 405 405 405 405 405"),
    "desk:objection": Row("302 403 403 403 403 404 404 404 404", "302 403 403 403 403 404 403 403 404", ("0" * 16,)),
    "log:records": Row("302 403 403 403 403 200 200 200 200", "302 405 405 405 405 405 405 405 405"),
    # The reader of the scene has no proven address yet. tests/site/people tests the pages and steps.
    "people:list": Row("302 403 403 403 403 403 200 403 200", "302 405 405 405 405 405 405 405 405"),
    "people:add": Row("302 403 403 403 403 403 403 403 200", "302 403 403 403 403 403 403 403 200"),
    "people:person": Row("302 403 403 403 403 403 200 403 200", "302 405 405 405 405 405 405 405 405", ("SALES",)),
    "people:roles": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 403 200", ("SALES",)),
    "people:close": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 403 302", ("SALES",)),
    "people:reopen": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 403 302", ("SALES",)),
    "people:start_over": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 403 403 403 403 200", ("SALES",)),
    "certifications:brand": Row("302 403 403 403 302 403 403 403 302", "302 405 405 405 405 405 405 405 405"),
    "certifications:facts": Row("302 403 403 403 200 403 200 403 200", "302 405 405 405 405 405 405 405 405"),
    "certifications:confirm_fact": Row("302 405 405 405 405 405 405 405 405", "302 403 403 403 302 403 403 403 302"),
    "desk:share": Row("302 403 403 200 200 403 403 403 200", "302 403 403 200 200 403 403 403 200"),
    # Without a company the form comes again. The link is nobody's.
    "desk:make_link": Row("302 405 405 405 405 405 405 405 405", "302 403 403 200 200 403 403 403 200"),
    "desk:end_link": Row("302 405 405 405 405 405 405 405 405", "302 403 403 404 404 403 403 403 404", ("0" * 16,)),
    "desk:link_code": Row("302 403 403 404 404 403 403 403 404", "302 405 405 405 405 405 405 405 405", ("0" * 16,)),
    "certifications:content": Row("302 403 403 403 200 403 200 403 200", "302 405 405 405 405 405 405 405 405"),
    "certifications:new_row": Row(
        "302 403 403 403 200 403 403 403 200", "302 403 403 403 200 403 403 403 200", ("topics",)
    ),
    "certifications:edit_row": Row(
        "302 403 403 403 200 403 200 403 200", "302 403 403 403 200 403 403 403 200", ("products", "api")
    ),
    "certifications:earlier_rows": Row(
        "302 403 403 403 200 403 200 403 200", "302 405 405 405 405 405 405 405 405", ("products", "api")
    ),
    # Without a draft there is nothing to publish; tests/certifications/editing tests real ones.
    "certifications:publish_row": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 409 403 403 403 409", ("products", "api")
    ),
    "certifications:schedule_row": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 200 403 403 403 200", ("products", "api")
    ),
    "certifications:unschedule_row": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 302 403 403 403 302", ("products", "api")
    ),
    "certifications:discard_row": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 302 403 403 403 302", ("products", "api")
    ),
    "certifications:remove_row": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 302 403 403 403 302", ("products", "api")
    ),
    "certifications:go_back": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 404 403 403 403 404", ("products", "api")
    ),
    "certifications:desk_updates": Row("302 403 403 403 200 200 200 403 200", "302 405 405 405 405 405 405 405 405"),
    "certifications:new_update": Row("302 403 403 403 200 403 403 403 200", "302 403 403 403 200 403 403 403 200"),
    "certifications:edit_update": Row(
        "302 403 403 403 404 404 404 403 404", "302 403 403 403 404 403 403 403 404", ("news",)
    ),
    "certifications:earlier_update": Row(
        "302 403 403 403 404 404 404 403 404", "302 405 405 405 405 405 405 405 405", ("news",)
    ),
    "certifications:publish_update": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 404 403 403 403 404", ("news",)
    ),
    "certifications:schedule_update": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 404 403 403 403 404", ("news",)
    ),
    "certifications:announce_update": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 404 403 403 403 404", ("news",)
    ),
    "certifications:remove_update": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 404 403 403 403 404", ("news",)
    ),
    "certifications:add_entry": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 404 403 403 403 404", ("news",)
    ),
    "certifications:start_clock": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 404 404 403 403 404", ("news",)
    ),
    "certifications:meet_duty": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 404 404 403 403 404", ("news", "0" * 16)
    ),
    "documents:desk": Row("302 403 403 403 200 403 200 200 200", "302 405 405 405 405 405 405 405 405"),
    # A trace that does not exist; tests/documents/tracing/test_trace.py tests real ones.
    "documents:traces": Row("302 403 403 403 403 403 200 200 200", "302 403 403 403 403 403 200 200 200"),
    "documents:trace": Row("302 403 403 403 403 403 404 404 404", "302 405 405 405 405 405 405 405 405", ("0" * 16,)),
    # This version does not exist; tests/documents/intake/test_publishing.py tests real ones.
    "documents:version": Row(
        "302 403 403 403 404 403 403 403 404", "302 405 405 405 405 405 405 405 405", ("soc2", "1")
    ),
    "documents:version_page": Row(
        "302 403 403 403 404 403 403 403 404", "302 405 405 405 405 405 405 405 405", ("soc2", "1", "1")
    ),
    "documents:open_pages": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 404 403 403 403 404", ("soc2", "1")
    ),
    "documents:publish": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 404 403 403 403 404", ("soc2", "1")
    ),
    "documents:cancel_date": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 404 403 403 403 404", ("soc2", "1")
    ),
    "documents:discard": Row(
        "302 405 405 405 405 405 405 405 405", "302 403 403 403 404 403 403 403 404", ("soc2", "1")
    ),
    "documents:upload": Row("302 403 403 403 200 403 403 403 200", "302 403 403 403 200 403 403 403 200", ("soc2",)),
}

KEPT = {
    "site:overview_pdf",
    "site:share_image",
    "site:overview",
    "site:certifications",
    "site:certification",
    "site:products",
    "site:product",
    "site:products_pdf",
    "site:answers",
    "site:answers_csv",
    "site:answers_xlsx",
    "site:privacy",
    "certifications:subprocessors",
    "certifications:changes",
    "certifications:search",
    "certifications:updates",
    "certifications:feed_atom",
    "certifications:feed_json",
    "certifications:badge",
    "certifications:colour",
    "documents:library",
    "documents:document",
}
KEPT |= {
    "site:posture_json",
    "site:posture_schema",
    "site:sitemap",
    "site:llms_txt",
    "site:favicon",
    "site:robots",
    "log:verifier",
}
# Of these, files that never change, or have a rule of their own: networks keep them as browsers do.
FILES = {"certifications:colour", "log:verifier"}
# The rows of sign-in and admin are in permissions.txt; tests/accounts tests their pages.
ELSEWHERE = ("account_", "mfa_", "admin:", "site:mailbox")
LIBRARY = {
    name: Row(*(half.strip() for half in statuses.split("|")))
    for name, statuses in (
        line.split(maxsplit=1)
        for line in Path(__file__).with_name("permissions.txt").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    )
}


def names(resolver: URLResolver, prefix: str = ""):
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from names(pattern, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}" if pattern.name else f"{prefix}{pattern.pattern}"


@pytest.fixture
def scene():
    """A granted request of the reader, and the cast."""
    from certifications.models import Certification, Framework, Product

    Product.objects.create(slug="api", name="API", summary="x", as_of="2026-03-01")
    framework = Framework.objects.create(slug="soc-2", name="SOC 2", kind="attestation", authority="AICPA", about="x")
    Certification.objects.create(slug="soc-2", framework=framework, stated_status="attested", as_of="2026-03-01")
    soc2 = cast.document("soc2")
    people = {
        "outsider": cast.otto(),
        "reader": cast.rhea(),
        "sales": cast.sal(),
        "editor": cast.edda(),
        "legal": cast.person("lena@trust.example", "Lena Legal", "legal"),
        "auditor": cast.person("iris@trust.example", "Iris Auditor", "auditor"),
        "approver": cast.ben(),
        "administrator": cast.ada(),
    }
    request = cast.granted(people["reader"], people["administrator"], soc2)
    # Without a file nothing is delivered here.
    soc2.versions.all().delete()
    return request, people


def test_every_url_has_a_row():
    ours = {name for name in names(get_resolver()) if not name.startswith(ELSEWHERE)}
    theirs = {name for name in names(get_resolver()) if name.startswith(ELSEWHERE)}
    assert {name for name in theirs if _takes_nothing(name)} == set(LIBRARY)
    without_name = {name for name in ours if "/" in name or "^" in name}
    assert ours - without_name == set(TABLE)
    assert without_name <= {"admin/password_change/"}


def _takes_nothing(name: str) -> bool:
    try:
        return bool(reverse(name))
    except NoReverseMatch:
        return False


def named(request, args: tuple[str, ...]) -> list[str]:
    """The arguments of a URL, with names replaced by the ids of the scene."""
    sales = User.objects.get(email="sal@trust.example")
    ids = {
        "REQUEST": request.pk,
        "GRANT": request.items.get().grant_id,
        "SALES": sales.pk,
        "READER": request.requester_id,
        "COMPANY": request.requester.company_id,
    }
    return [ids.get(arg, arg) for arg in args]


@pytest.fixture
def cookies(scene) -> dict[str, str]:
    """The session cookie of each of PEOPLE."""
    people = scene[1]
    found = {"anonymous": ""}
    for who in PEOPLE[1:]:
        client = Client()
        staff_client(client, people[who]) if people[who].is_staff else client.force_login(people[who])
        found[who] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return found


@pytest.fixture(autouse=True)
def error_pages(monkeypatch):
    """Each person gets the whole page of an error once. Drawing it again for every URL would take most of the time."""
    drawn, get = set(), loader.get_template

    @dataclass(frozen=True)
    class OnceForEach:
        name: str

        def render(self, context=None, request=None) -> str:
            if (self.name, request.user.pk) in drawn:
                return ""
            drawn.add((self.name, request.user.pk))
            return get(self.name).render(context, request)

    for errors in (defaults, csrf):
        monkeypatch.setattr(errors, "loader", SimpleNamespace(get_template=OnceForEach))


@pytest.fixture
def answers(cookies):
    """Each of PEOPLE and the response they get, one after another. All changes are rolled back at the end."""
    # A client loads all middleware with its first request.
    clients = {who: Client() for who in PEOPLE}

    def answers(url: str, method: str, whose=PEOPLE):
        with undone():
            for who in whose:
                client = clients[who]
                client.cookies.clear()
                if cookies[who]:
                    client.cookies[settings.SESSION_COOKIE_NAME] = cookies[who]
                yield who, getattr(client, method)(url)

    return answers


def has_security_headers(headers, url: str) -> None:
    assert "unsafe" not in headers["Content-Security-Policy"], url
    assert headers["X-Content-Type-Options"] == "nosniff", url
    assert headers["Referrer-Policy"] == "same-origin", url
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin", url
    # Other sites may show a badge, and nothing else.
    whose = headers["Cross-Origin-Resource-Policy"]
    assert whose == "same-origin" or (whose == "cross-origin" and url.startswith("/badge/")), url
    assert "camera=()" in headers["Permissions-Policy"], url
    assert headers["X-Frame-Options"] == "DENY", url


# Addresses that lead everyone to a public page.
TO_THE_PUBLIC = {"requests:shared", "requests:shared_document"}


@pytest.mark.parametrize("method", ["get", pytest.param("post", marks=pytest.mark.once)])
def test_url_gives_each_person_the_status_of_its_row(scene, answers, method):
    expected, found = {}, {}
    for name, row in TABLE.items():
        url = reverse(name, args=named(scene[0], row.args))
        statuses = getattr(row, method).split()
        whose = dict(zip(PEOPLE, statuses * len(PEOPLE) if len(statuses) == 1 else statuses, strict=True))
        if connection.vendor == "postgresql":
            # Who may do what does not depend on the database. One person for each status asks all that a page asks it.
            whose = {who: status for status, who in {status: who for who, status in whose.items()}.items()}
        expected[name] = " ".join(whose.values())
        seen = []
        for who, answer in answers(url, method, whose):
            if answer.status_code == 302 and who == "anonymous":
                assert answer.url.startswith(reverse("account_login")) or name in TO_THE_PUBLIC, answer.url
            # Public pages are the same for everyone; all other pages must not be cached.
            assert name in KEPT or "no-store" in answer["Cache-Control"], f"{who}: {url} may be cached"
            # A content delivery network keeps what everyone gets, and nothing else.
            for_everyone = name in KEPT - FILES and who == "anonymous" and answer.status_code == 200
            assert ("CDN-Cache-Control" in answer, "Cache-Groups" in answer) == (for_everyone,) * 2, f"{who}: {url}"
            has_security_headers(answer.headers, url)
            seen.append(str(answer.status_code))
        found[name] = " ".join(seen)
    assert found == expected


@pytest.mark.once
@pytest.mark.parametrize("method", ["get", "post"])
def test_sign_in_and_admin_give_each_person_the_status_of_their_row(answers, method):
    found = {}
    for name in LIBRARY:
        all_answers = [answer for _who, answer in answers(reverse(name), method)]
        found[name] = " ".join(str(answer.status_code) for answer in all_answers)
        assert not any(header in answer for answer in all_answers for header in networks.ALLOWED), name
    assert found == {name: getattr(row, method) for name, row in LIBRARY.items()}


@pytest.mark.once
def test_post_without_the_csrf_token_is_refused(scene):
    request, people = scene
    client = Client(enforce_csrf_checks=True)
    staff_client(client, people["administrator"])
    for name, row in TABLE.items():
        if name == "certifications:unsubscribe":
            # A mail program has no token (RFC 8058), and this ends nothing but mails.
            continue
        assert client.post(reverse(name, args=named(request, row.args))).status_code == 403, name
