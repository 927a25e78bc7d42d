import re

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management.sql import emit_post_migrate_signal

from tests import cast, signin
from trustcenter.accounts import roles
from trustcenter.accounts.models import User
from trustcenter.accounts.roles import Role

# Each permission, and whether administrator, approver, editor, legal, sales and auditor have it.
TABLE = {
    "ndaflow.view_accessrequest": "yy-yyy",
    "ndaflow.decide_accessrequest": "yy----",
    "ndaflow.decide_for_legal": "y--y--",
    "ndaflow.view_ruleversion": "yy-y-y",
    "ndaflow.publish_ruleversion": "y-----",
    "ndaflow.view_agreementversion": "yy-y-y",
    "ndaflow.view_signature": "yy-y-y",
    "ndaflow.publish_agreementversion": "y--y--",
    "ndaflow.file_paper": "y--y--",
    "ndaflow.view_paper": "yy-y-y",
    "documents.view_document": "yyy--y",
    "documents.add_documentversion": "y-y---",
    "certifications.share_posture": "y-y-y-",
    "certifications.change_claim": "y-y---",
    "ndaflow.view_invitation": "yy--yy",
    "ndaflow.send_invitation": "y---y-",
    "ndaflow.manage_invitation": "y-----",
    "audit.view_record": "yy-y-y",
    "accounts.view_company": "yy--yy",
    "ndaflow.view_review": "yy---y",
    "ndaflow.change_reviewedgrant": "------",
    "accounts.view_companynote": "yy--yy",
    "accounts.view_listed": "yy---y",
    "accounts.confirm_company": "yy----",
    "accounts.annotate_company": "yy--y-",
    "accounts.manage_listed": "yy----",
    "accounts.change_company": "------",
    "accounts.delete_companydomain": "------",
    "accounts.view_user": "y----y",
    "accounts.change_user": "y-----",
    # Nobody writes these by hand.
    "audit.add_record": "------",
    "audit.delete_record": "------",
    "ndaflow.add_agreementversion": "------",
    "ndaflow.add_signature": "------",
    "ndaflow.change_signature": "------",
    "ndaflow.change_accessrequest": "------",
    "ndaflow.add_decision": "------",
    "documents.add_accessgrant": "------",
    "documents.change_documentversion": "------",
}


@pytest.mark.once
@pytest.mark.parametrize("permission", TABLE)
def test_table_of_permissions(db, permission):
    for number, role in enumerate(Role):
        person = cast.person(f"{role.value}@trust.example", role.value, role.value)
        assert person.has_perm(permission) is (TABLE[permission][number] == "y"), role


def test_permissions_come_from_every_role_and_the_person_in_one_query(db, django_assert_num_queries):
    person = cast.person("edda@trust.example", "Edda", "editor", "sales")
    person.user_permissions.add(Permission.objects.get(codename="view_record"))
    with django_assert_num_queries(1):
        found = person.get_all_permissions()
        assert person.has_perm("audit.view_record") and not person.has_perm("ndaflow.decide_accessrequest")
    assert found == Role.EDITOR.permissions | Role.SALES.permissions | {"audit.view_record"}
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert User.objects.get(pk=person.pk).get_all_permissions() == set(), "a closed account kept its permissions"
    User.objects.filter(pk=person.pk).update(is_active=True, is_superuser=True)
    assert User.objects.get(pk=person.pk).has_perm("ndaflow.decide_accessrequest")


def test_groups_have_exactly_the_permissions_of_the_roles(db):
    for role in Role:
        rows = Group.objects.get(name=role.value).permissions.select_related("content_type")
        assert {f"{row.content_type.app_label}.{row.codename}" for row in rows} == role.permissions


def test_sync_undoes_manual_changes(db):
    Group.objects.get(name="sales").permissions.set(Permission.objects.all()[:3])
    Group.objects.get(name="auditor").delete()
    roles.sync("default")
    test_groups_have_exactly_the_permissions_of_the_roles(db)


def test_migrate_and_flush_create_the_groups(db):
    Group.objects.all().delete()
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
    assert set(Group.objects.values_list("name", flat=True)) == set(Role.values)


def test_misspelt_permission_is_refused(db, monkeypatch):
    monkeypatch.setattr(roles, "DECIDE", frozenset({"ndaflow.decide_request"}))
    with pytest.raises(LookupError, match=r"ndaflow\.decide_request"):
        roles.sync("default")


def test_removed_role_takes_effect_at_the_next_request(client, ada):
    signin.staff_client(client, ada)
    assert client.get("/admin/accounts/user/").status_code == 200
    ada.groups.clear()
    assert client.get("/admin/accounts/user/").status_code == 403
    assert User.objects.get(pk=ada.pk).is_staff


@pytest.mark.once
@pytest.mark.parametrize("role", Role.values)
def test_menu_of_the_public_page_leads_each_role_to_a_page_it_may_see(client, role):
    """The menu once led every role to the queue, which an editor may not see."""
    signin.staff_client(client, cast.person("one@trust.example", "One", role))
    page = client.get("/").content.decode()
    assert '<a href="/accounts/login/">Desk</a>' in page
    answer = client.get("/accounts/login/", follow=True)
    assert answer.status_code == 200 and answer.redirect_chain[-1][0].startswith("/desk/")


# What each role finds in the navigation of the desk.
PAGES = {
    Role.ADMINISTRATOR: "Requests, Documents, Companies, Agreements, Content, Share, Updates, Brand, Facts to review, Accounts, Invitations, Objections, Access review, People, Erasures, Trace a copy, Audit log, Background work",
    Role.APPROVER: "Requests, Documents, Companies, Agreements, Accounts, Invitations, Objections, Access review, Trace a copy, Audit log",
    Role.EDITOR: "Documents, Content, Share, Updates, Brand, Facts to review",
    Role.LEGAL: "Requests, Agreements, Updates, Objections, Erasures, Audit log",
    Role.SALES: "Requests, Companies, Accounts, Invitations, Share",
    Role.AUDITOR: "Requests, Documents, Companies, Agreements, Content, Updates, Facts to review, Accounts, Invitations, Objections, Access review, People, Erasures, Trace a copy, Audit log, Background work",
}


@pytest.mark.once
@pytest.mark.parametrize("role", Role)
def test_navigation_leads_each_role_to_its_pages_and_to_no_other(client, role):
    signin.staff_client(client, cast.person("one@trust.example", "One", role))
    page = client.get("/accounts/login/", follow=True).content.decode()
    links = re.findall(
        r'<a href="([^"]+)"[^>]*>([^<]+)</a>', page.partition("<nav")[2].partition('<details class="account">')[0]
    )
    assert ", ".join(word for _address, word in links) == PAGES[role]
    for address, _word in links:
        answer = client.get(address, follow=True)
        # Brand leads on to the form of the company, or to the content of a site that has none; nobody is asked to sign in.
        assert answer.status_code == 200 and answer.request["PATH_INFO"].startswith("/desk/")
    for address in {"/desk/", "/desk/documents/", "/desk/agreements/", "/desk/people/", "/desk/audit/"} - {
        address for address, _word in links
    }:
        answer = client.get(address)
        assert answer.status_code == 403 and "Go to the desk" in answer.content.decode()


def test_admin_leads_back_to_the_desk(client, ada):
    signin.staff_client(client, ada)
    assert '<a href="/accounts/login/">Desk</a>' in client.get("/admin/").content.decode()
