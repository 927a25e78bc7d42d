"""What `send_code` keeps of a person who has not typed the code yet."""

from trustcenter.accounts import codes


def test_stated_details_are_not_stored_before_the_code(client, db):
    person = codes.prospect("rhea@example.com")
    assert (person.name, person.company, person.is_staff, person.has_usable_password()) == (
        "",
        None,
        False,
        False,
    )
