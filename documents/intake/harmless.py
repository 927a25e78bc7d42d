"""Removes everything from a PDF that does more than show pages. Runs in a sandboxed child, without Django.

The allowed entries of the catalogue and actions of links and bookmarks are listed. Everything else is removed wherever it
is, because an action or an attachment works in any object that a program reads.
"""

import re
from collections.abc import Iterator

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream, String

# The entries of the catalogue that a reader needs.
CATALOGUE = {
    Name.Type, Name.Version, Name.Pages, Name.PageLabels, Name.PageLayout, Name.PageMode,
    Name.ViewerPreferences, Name.Names, Name.Dests, Name.Outlines, Name.StructTreeRoot, Name.MarkInfo, Name.Lang,
    Name.OCProperties, Name.Metadata, Name.AcroForm,
}  # fmt: skip
VIEWER_PREFERENCES = {Name.Direction, Name.DisplayDocTitle}
PAGE_MODES = (Name.UseNone, Name.UseOutlines)
# The allowed actions with their entries. Every other action runs, sends or opens something.
ACTIONS = {
    Name.GoTo: {Name.Type, Name.S, Name.D},
    Name.URI: {Name.Type, Name.S, Name.URI},
    Name.Named: {Name.Type, Name.S, Name.N},
}
TURNS = (Name.NextPage, Name.PrevPage, Name.FirstPage, Name.LastPage)
# A web or mail address without control characters, which programs skip when they read the scheme.
ADDRESS = re.compile(rb"(https?://|mailto:)[^\x00-\x20\x7f][^\x00-\x1f\x7f]*", re.IGNORECASE)
HARMFUL_ACTIONS = {
    Name(f"/{kind}")
    for kind in (
        "GoToR", "GoToE", "GoTo3DView", "Hide", "ImportData", "JavaScript", "Launch", "Movie", "Rendition", "ResetForm",
        "RichMediaExecute", "SetOCGState", "Sound", "SubmitForm", "Thread", "Trans",
    )
}  # fmt: skip
# The entries of a file specification.
FILE = {"/F", "/UF", "/EF", "/RF", "/DOS", "/Mac", "/Unix"}


def make_harmless(pdf: Pdf) -> None:
    """Removes scripts, actions, attachments, private data and pages that are not shown.

    Form fields and annotations are left to `pages`, which draws them into the page.
    """
    pages = {page.obj.objgen for page in pdf.pages}
    root = pdf.Root
    _keep_only(root, CATALOGUE)
    if Name.PageMode in root and root.PageMode not in PAGE_MODES:
        del root.PageMode
    for key, kept in ((Name.ViewerPreferences, VIEWER_PREFERENCES), (Name.Names, {Name.Dests})):
        if isinstance(inner := root.get(key), Dictionary):
            _keep_only(inner, kept)
        elif inner is not None:
            del root[key]
    for thing in pdf.objects:
        if isinstance(thing, Dictionary) and thing.get(Name.Type) == Name.Page and thing.objgen not in pages:
            # A page outside the page tree, such as a template or the target of a link. It would stay unmarked.
            _keep_only(thing, set())
        for holder in _holders(thing):
            _disarm(holder, pages)


def leads_on(action: Object | None, pages: set[tuple[int, int]]) -> bool:
    """Whether an action only turns to one of the `pages`, or opens a web page or a mail."""
    if not isinstance(action, Dictionary):
        return False
    match action.get(Name.S):
        case Name.GoTo:
            return is_place(action.get(Name.D), pages)
        case Name.URI:
            address = action.get(Name.URI)
            return isinstance(address, String) and ADDRESS.fullmatch(bytes(address)) is not None
        case Name.Named:
            return action.get(Name.N) in TURNS
        case _:
            return False


def is_place(place: Object | None, pages: set[tuple[int, int]]) -> bool:
    """Whether a destination is a name or one of the `pages`."""
    if isinstance(place, Array):
        target = place[0] if len(place) else None
        return isinstance(target, int) or (isinstance(target, Dictionary) and target.objgen in pages)
    return isinstance(place, Name | String)


def _keep_only(holder: Object, keys: set[Name]) -> None:
    for key in set(holder.keys()) - {str(key) for key in keys}:
        del holder[key]


def _holders(thing: Object) -> Iterator[Dictionary | Stream]:
    """The object and its nested dictionaries."""
    waiting = [thing]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Array):
            waiting += [inner for inner in node if isinstance(inner, Array | Dictionary) and not inner.is_indirect]
        elif isinstance(node, Dictionary | Stream):
            yield node
            waiting += [v for _k, v in node.items() if isinstance(v, Array | Dictionary) and not v.is_indirect]


def _disarm(holder: Dictionary | Stream, pages: set[tuple[int, int]]) -> None:
    """Removes actions, attachments and private data from one dictionary.

    A resource dictionary may use any of these keys as the name of a font, so the value is checked too.
    """
    for key, value in list(holder.items()):
        match key:
            case "/A" | "/PA" if isinstance(value, Dictionary) and Name.S in value:
                if leads_on(value, pages):
                    kept = next(keys for kind, keys in ACTIONS.items() if kind == value.S)
                    # Also removes an action chained to a harmless one.
                    _keep_only(value, kept)
                else:
                    del holder[key]
            case "/AA" if isinstance(value, Dictionary) and all(_is_action(inner) for inner in value.values()):
                del holder[key]
            case "/AF" | "/FS" if _is_file(value) or (isinstance(value, Array) and all(map(_is_file, value))):
                del holder[key]
            case "/EF" | "/RF" if _is_file(value):
                del holder[key]
            case "/PieceInfo" if isinstance(value, Dictionary):
                del holder[key]
            case "/F" | "/OPI" | "/Ref" if isinstance(holder, Stream) and not isinstance(value, Name | Array):
                # The data would be read from another file.
                del holder[key]
            case "/S" if isinstance(value, Name) and value in HARMFUL_ACTIONS and Name.P not in holder:
                _keep_only(holder, set())
                return


def _is_action(value: Object) -> bool:
    return isinstance(value, Dictionary) and (Name.S in value or not value.keys())


def _is_file(value: Object) -> bool:
    """Whether a value names a file or contains one."""
    return isinstance(value, Dictionary) and any(key in FILE for key in value)
