"""What must be true after any crash. Each promise is a function that yields a sentence for each violation.

They run on a site that was restarted once, has finished its tasks and was stopped; see `run.py`. The promises are I1 to
I6 of the threat model. They are read from the database, the vault, the mail server and what people were told.
"""

from typing import Any

from documents.models import AccessGrant, Delivery, DocumentVersion
from ndaflow.agreements.models import Coverage, Signature
from ndaflow.agreements.papers.models import CountersignedPaper, Paper
from ndaflow.desk.companies.models import CompanyMerge
from ndaflow.privacy.models import Erasure
from ndaflow.requests.models import AccessRequest, Decision
from ndaflow.rules.models import RuleVersion
from tests.crash.promises import desk, files, grants, records, told
from tests.crash.promises.promise import Seen, promises
from trustcenter.audit.models import Record
from trustcenter.vault.models import StoredFile
from trustcenter.work.models import Mail

__all__ = ["check", "desk", "files", "grants", "records", "told"]


def check(seen: Seen) -> dict[str, Any]:
    """A sentence for every violation, and the number of rows checked. `seen` is what people and the mail server received."""
    broken = [f"{function.__name__}: {words}" for function in promises for words in function(seen)]
    return {"broken": broken, "counts": _counts()}


def _counts() -> dict[str, int]:
    counted = (AccessRequest, Signature, Decision, AccessGrant, Delivery, DocumentVersion, StoredFile, Mail, Record)
    counted += (Paper, Coverage, RuleVersion)
    names = {"record": "records", "storedfile": "stored files", "accessrequest": "requests", "mail": "mails"}
    counts = {
        names.get(str(m._meta.model_name), str(m._meta.verbose_name_plural)): m._default_manager.count()
        for m in counted
    }
    merges = CompanyMerge.objects
    return counts | {
        "finished deliveries": Delivery.objects.exclude(sha256="").count(),
        "countersigned": CountersignedPaper.objects.count(),
        "extended": AccessGrant.objects.exclude(extends=None).count(),
        "erased": Erasure.objects.filter(state=Erasure.State.DONE).count(),
        "merges": merges.count(),
        "undone": merges.exclude(undone_at=None).count(),
        "decided by rules": Decision.objects.filter(decided_by=None).count(),
    }
