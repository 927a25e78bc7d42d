"""Two reviewers answer the same row at the same moment."""

from functools import partial

from ndaflow.desk.review import flows
from ndaflow.desk.review.models import ReviewedGrant
from tests import cast
from tests.audit import logs
from tests.ndaflow.desk.review.test_review import holders, of
from tests.races import at_once


def test_keeping_and_revoking_at_once_ends_the_access(racing):
    rhea, otto = holders()
    ada, zoe = cast.ada(), cast.person("zoe@trust.example", "Zoe", "approver")
    flows.start(by=ada)
    for grant in (of(rhea, "report"), of(otto, "report")):
        row = ReviewedGrant.objects.get(grant=grant)
        _wins, errors = at_once([partial(flows.keep, row, by=ada), partial(flows.revoke, row, reason="Over.", by=zoe)])
        assert {error.code for error in errors} <= {"ended_meanwhile"}
        row.refresh_from_db()
        grant.refresh_from_db()
        assert (row.answer, grant.end) == ("revoked", "revoked")
    assert logs.differing() == []
