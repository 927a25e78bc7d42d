"""Removes everything from a PDF that does more than show pages. Runs in a sandboxed child, without Django."""

from collections.abc import Callable

from pikepdf import Array, Dictionary, Name, Object, Pdf
from pikepdf.sanitize import Sanitizer

# What a click may still do. Every other action runs, sends or opens something.
HARMLESS_ACTIONS = {Name.GoTo, Name.URI, Name.Named}
HARMFUL_ANNOTATIONS = {
    Name.FileAttachment, Name.Movie, Name.Sound, Name.Screen, Name.RichMedia, Name("/3D"),
}  # fmt: skip


def make_harmless(pdf: Pdf) -> None:
    """Removes scripts, actions, attachments, media and XFA, and signatures that marking breaks."""
    Sanitizer().remove_javascript().remove_multimedia().remove_attachments().apply(pdf)
    root = pdf.Root
    for key in (Name.OpenAction, Name.AA, Name.AF, Name.Collection, Name.Perms):
        if key in root:
            del root[key]
    form = root.get(Name.AcroForm)
    if isinstance(form, Dictionary):
        for key in (Name.XFA, Name.SigFlags, Name.CO):
            if key in form:
                del form[key]
        _walk(form.get(Name.Fields), _defuse_field)
    outlines = root.get(Name.Outlines)
    if isinstance(outlines, Dictionary):
        _walk(outlines.get(Name.First), _defuse)
    for page in pdf.pages:
        if Name.AA in page.obj:
            del page.obj[Name.AA]
        annotations = page.obj.get(Name.Annots)
        if isinstance(annotations, Array):
            kept = [
                a for a in annotations if isinstance(a, Dictionary) and a.get(Name.Subtype) not in HARMFUL_ANNOTATIONS
            ]
            for annotation in kept:
                _defuse(annotation)
            if len(kept) != len(annotations):
                page.obj.Annots = Array(kept)


def _defuse(holder: Dictionary) -> None:
    """Removes every action of an annotation, field or bookmark except links to a place or a web page."""
    for key in (Name.AA, Name.PA):
        if key in holder:
            del holder[key]
    action = holder.get(Name.A)
    if action is None:
        return
    if not isinstance(action, Dictionary) or action.get(Name.S) not in HARMLESS_ACTIONS:
        del holder[Name.A]
    elif Name.Next in action:
        # A chain can hide its second action behind a harmless first one.
        del action[Name.Next]


def _defuse_field(field: Dictionary) -> None:
    _defuse(field)
    # Marking breaks a signature, and the reader's program would report tampering.
    if field.get(Name.FT) == Name.Sig and Name.V in field:
        del field[Name.V]


def _walk(start: Object | None, visit: Callable[[Dictionary], None]) -> None:
    """Calls `visit` once for every node of a tree of fields or bookmarks, even if the tree has cycles."""
    waiting = list(start) if isinstance(start, Array) else [start]
    seen = set()
    while waiting:
        node = waiting.pop()
        if not isinstance(node, Dictionary) or node.objgen in seen:
            continue
        if node.is_indirect:
            seen.add(node.objgen)
        visit(node)
        kids = node.get(Name.Kids)
        waiting += [*(kids if isinstance(kids, Array) else []), node.get(Name.First), node.get(Name.Next)]
