"""The mail server refuses connections or vanishes under a running site."""

import pytest

from tests.operations.proxy import Fault
from tests.operations.sites import SOON, wait_until

pytestmark = pytest.mark.site


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.TRUNCATED], ids=lambda one: one.name)
def test_code_waits_for_the_mail_server_and_the_page_does_not(site, mail_proxy, inbox, fault):
    address = f"{fault.name.lower()}@example.com"
    said = site.said().count("The mail server does not answer")
    mail_proxy.fault = fault
    answer = site.post("/accounts/login/code/", email=address)
    assert answer.status == 302 and answer.seconds < SOON
    wait_until(lambda: site.said().count("The mail server does not answer") > said, 10)
    assert inbox.codes(address) == []
    mail_proxy.fault = Fault.NONE
    assert wait_until(lambda: len(inbox.codes(address)) == 1, 20) < 15
