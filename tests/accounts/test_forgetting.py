from datetime import timedelta

from django.utils import timezone

from tests import cast, signin
from trustcenter.accounts.models import User
from trustcenter.accounts.routine import forget_unproven


def age_everyone():
    User.objects.update(created_at=timezone.now() - timedelta(days=2))


def test_unverified_person_is_deleted_after_a_day(client, db):
    signin.ask_for_code(client, "mistyped@exmaple.com")
    assert forget_unproven() == 0
    age_everyone()
    assert forget_unproven() == 1
    assert not User.objects.exists()


def test_verified_people_and_staff_are_kept(client, ada):
    signin.sign_in_by_code(client, "rhea@example.com")
    cast.vera()
    age_everyone()
    assert forget_unproven() == 0
    assert User.objects.count() == 3


def test_unverified_person_with_a_new_code_is_kept(client, db):
    signin.ask_for_code(client, "rhea@example.com")
    age_everyone()
    signin.ask_for_code(client, "rhea@example.com")
    assert forget_unproven() == 0
    signin.type_code(client, signin.mailed_code("rhea@example.com"))
    assert signin.is_signed_in(client)
