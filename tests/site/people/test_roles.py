import pytest

from tests import cast, signin
from tests.site.people.conftest import confirmed
from trustcenter.accounts import staff
from trustcenter.accounts.models import User
from trustcenter.accounts.roles import Role
from trustcenter.audit import FlowError, history


def save(client, person, roles, seen=None):
    seen = [group.name for group in person.groups.all()] if seen is None else seen
    return client.post(f"/desk/people/{person.pk}/roles/", {"roles": roles, "seen": seen}, follow=True)


def roles_of(person):
    return {group.name for group in User.objects.get(pk=person.pk).groups.all()}


def test_roles_are_saved_and_recorded(client, ada, ben, of_ben):
    page = save(client, ben, ["sales"]).content.decode()
    assert "Saved." in page and roles_of(ben) == {"sales"}
    assert history.history(ben)[0].text == (
        "“Ada Approver” (ada@trust.example) changed “Ben Approver” (ben@trust.example): account open, roles sales"
    )
    # Saving the same once more is no change.
    save(client, ben, ["sales"])
    assert len(history.history(ben)) == 1
    # A removed role is gone with the next page, without a new sign-in.
    assert of_ben.get("/desk/audit/").status_code == 403


def test_page_says_what_each_role_may_do(client, ada, ben):
    page = client.get(f"/desk/people/{ben.pk}/").content.decode()
    for role in Role:
        assert str(role.label) in page and str(role.may_do) in page


def test_page_that_has_grown_old_does_not_give_a_role_back(client, ada, ben):
    old = ["approver"]
    save(client, ben, ["sales"])
    page = save(client, ben, ["approver", "editor"], seen=old).content.decode()
    assert "Somebody has changed this" in page and roles_of(ben) == {"sales"}


def test_no_role_is_a_mistake(client, ada, ben):
    assert "Choose at least one role." in save(client, ben, []).content.decode()
    assert roles_of(ben) == {"approver"}


def test_nobody_changes_their_own_roles(client, ada):
    page = client.get(f"/desk/people/{ada.pk}/").content.decode()
    assert "This is you." in page and "Save roles" not in page and "Close the account" not in page
    assert "You cannot close or reset your own account" in save(client, ada, ["sales"]).content.decode()
    assert roles_of(ada) == {"administrator"}


def test_requester_gets_no_role(client, ada):
    """Without a password and a second factor, a mailed code would be enough to use it."""
    rhea = cast.rhea()
    User.objects.filter(pk=rhea.pk).update(proven_at=ada.created_at)
    assert "not a member of staff" in save(client, rhea, ["administrator"]).content.decode()
    assert roles_of(rhea) == set()


def test_last_administrator_stays_also_on_the_command_line(ada):
    with pytest.raises(FlowError, match="last administrator"):
        staff.add(ada.email, name="", roles=[Role.SALES])
    assert roles_of(ada) == {"administrator"}
    assert User.objects.get(pk=ada.pk).check_password(signin.PASSWORD)


def test_unknown_person_is_not_found(client, ada):
    assert client.get("/desk/people/0000000000000000/").status_code == 404
    assert client.post("/desk/people/0000000000000000/roles/", {"roles": ["sales"]}).status_code == 404


def test_administrator_who_was_removed_meanwhile_changes_nothing(client, ada, ben):
    """The page was asked for before; the step reads the roles again."""
    mira = confirmed(client, signin.give_password(cast.person("mira@trust.example", "Mira", "administrator")))
    staff.change_roles(ada, [Role.SALES], seen=["administrator"], by=mira)
    with pytest.raises(FlowError, match="do not have permission"):
        staff.change_roles(mira, [Role.SALES], seen=["administrator"], by=ada)
    assert roles_of(mira) == {"administrator"}
