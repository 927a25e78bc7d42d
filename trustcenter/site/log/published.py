"""The public files of the log: its checkpoints, its key, and consistency proofs, without any details of records."""

import hashlib
from pathlib import Path

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from trustcenter.audit import offline, receipts
from trustcenter.audit.models import Checkpoint

NOW, EVER = "public, no-cache", "public, max-age=31536000, immutable"
VERIFIER = Path(offline.__file__).read_bytes()
VERIFIER_ETAG = f'"{hashlib.sha256(VERIFIER).hexdigest()}"'


@login_not_required
@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest checkpoint."""
    return _text(_or_404(receipts.newest()).note, NOW)


@login_not_required
@require_safe
def checkpoint_of(request: HttpRequest, size: int) -> HttpResponse:
    """An earlier checkpoint, by its size."""
    return _text(_or_404(receipts.of_size(size)).note, EVER)


@login_not_required
@require_safe
def key(request: HttpRequest) -> HttpResponse:
    """The key that checkpoints are checked with."""
    return _text(_or_404(receipts.newest()).verifier_key + "\n", NOW)


@login_not_required
@require_safe
def consistency(request: HttpRequest, old: int, new: int) -> HttpResponse:
    """The proof that one checkpoint extends an earlier one."""
    try:
        return _text(receipts.extension(_or_404(receipts.of_size(old)), _or_404(receipts.of_size(new))), EVER)
    except (LookupError, ValueError):
        raise Http404 from None


@login_not_required
@require_safe
def verifier(request: HttpRequest) -> HttpResponse:
    """verify.py, the program that checks receipts and checkpoints without us."""
    response = get_conditional_response(request, etag=VERIFIER_ETAG)
    if response is None:
        response = HttpResponse(VERIFIER, content_type="text/x-python; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="verify.py"'
    response["ETag"], response["Cache-Control"] = VERIFIER_ETAG, NOW
    return response


def _or_404(found: Checkpoint | None) -> Checkpoint:
    if found is None:
        raise Http404
    return found


def _text(text: str, kept: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = kept
    return response
