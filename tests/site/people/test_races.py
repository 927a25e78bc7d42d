"""Administrators who remove each other at the same moment."""

from functools import partial

import pytest

from tests import cast, signin
from tests.races import at_once, rounds
from trustcenter.accounts import staff
from trustcenter.accounts.models import User
from trustcenter.accounts.roles import Role


def close(one, by):
    staff.close(one, by=by)


def take_role(one, by):
    staff.change_roles(one, [Role.SALES], seen=["administrator"], by=by)


def start_over(one, by):
    staff.start_over(one, by=by)


@pytest.mark.parametrize("step", [close, take_role, start_over])
@pytest.mark.parametrize("other_step", [close, take_role])
def test_of_two_administrators_one_is_left(racing, step, other_step):
    for number in range(rounds(6)):
        one, two = (
            signin.give_password(cast.person(f"{name}-{number}@trust.example", name, "administrator"))
            for name in ("one", "two")
        )
        # As the two pages read them.
        by_one, by_two = User.objects.get(pk=one.pk), User.objects.get(pk=two.pk)
        won, errors = at_once([partial(step, one, by_two), partial(other_step, two, by_one)])
        assert won == 1 and [error.code for error in errors] == ["not_administrator"], errors
        (left,) = User.objects.who_may(staff.MANAGE).filter(
            pk__in=[one.pk, two.pk], password__in=[one.password, two.password]
        )
        assert left.is_active
        User.objects.filter(pk__in=[one.pk, two.pk]).update(is_active=False)
