"""A reading copy contains nothing harmful in any of its objects, wherever the upload had it."""

import io

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Stream

from documents.intake.reading_copy import prepare
from tests.documents import pdfs

SCRIPT = Dictionary(S=Name.JavaScript, JS=b"app.alert(1)")
HOLDERS = ["catalogue", "page", "annotation", "structure", "picture", "form"]


def copy_of(pdf):
    target = io.BytesIO()
    prepare(io.BytesIO(pdfs.saved(pdf)), target)
    return pikepdf.open(target)


def link(action):
    return Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([9, 99, 99, 199]), A=action)


def with_links(*actions):
    pdf = pdfs.with_pages(pdfs.TEXT)
    pdf.pages[0].obj.Annots = Array([link(action) for action in actions])
    return pdf


def everything(pdf):
    """Every dictionary in the file, including nested ones."""
    waiting, seen = list(pdf.objects), set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, Array):
            waiting += [inner for inner in node if isinstance(inner, Array | Dictionary)]
        elif isinstance(node, Dictionary | Stream):
            if node.is_indirect and node.objgen in seen:
                continue
            seen.add(node.objgen)
            yield node
            waiting += [inner for inner in node.values() if isinstance(inner, Array | Dictionary | Stream)]


def links(pdf):
    return [a for page in pdf.pages for a in page.obj.get("/Annots", []) if "/A" in a or "/Dest" in a]


def holder_in(pdf, where):
    page = pdf.pages[0].obj
    match where:
        case "catalogue":
            return pdf.Root
        case "page":
            return page
        case "annotation":
            page.Annots = Array([pdf.make_indirect(link(Dictionary(S=Name.URI, URI=b"https://example.com/")))])
            return page.Annots[0]
        case "structure":
            root = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
            root.K = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Document, P=root))
            pdf.Root.StructTreeRoot = root
            return root.K
        case _:
            subtype = Name.Image if where == "picture" else Name.Form
            page.Resources.XObject = Dictionary(X=Stream(pdf, b"", Type=Name.XObject, Subtype=subtype))
            return page.Resources.XObject.X


@pytest.mark.parametrize("where", HOLDERS)
def test_attachments_private_data_and_scripts_are_removed(where):
    pdf = pdfs.with_pages(pdfs.TEXT)
    holder = holder_in(pdf, where)
    inside = pdf.make_indirect(Stream(pdf, b"carried along", Type=Name.EmbeddedFile))
    holder.AF = Array([pdf.make_indirect(Dictionary(Type=Name.Filespec, F=b"a.txt", EF=Dictionary(F=inside)))])
    holder.PieceInfo = Dictionary(Any=Dictionary(Private=Dictionary(File=holder.AF[0])))
    holder.AA = Dictionary(O=SCRIPT, E=SCRIPT)
    with copy_of(pdf) as copy:
        for node in everything(copy):
            assert not {"/AF", "/PieceInfo", "/AA", "/EF", "/JS"} & set(node.keys()), node
            assert node.get("/Type") != Name.EmbeddedFile


@pytest.mark.parametrize(
    "address",
    [
        b"javascript:alert(1)", b"JaVaScRiPt:alert(1)", b" javascript:alert(1)", b"java\nscript:alert(1)", b"vbscript:x",
        b"file:///etc/passwd", b"FILE://server/share", b"data:text/html,x", b"ms-msdt:/id", b"smb://server/x", b"tel:1",
        b"report.exe", b"//server/share", b"\\\\server\\share", b"", b"https://", b"https://a\r\nb", b"ftp://example.com/",
        "https://example.com/".encode("utf-16"),
    ],
)  # fmt: skip
def test_links_to_anything_but_web_and_mail_addresses_are_removed(address):
    with copy_of(with_links(Dictionary(S=Name.URI, URI=pikepdf.String(address)))) as copy:
        assert links(copy) == []


@pytest.mark.parametrize("address", [b"https://example.com/a?b=c#d", b"HTTP://example.com", b"mailto:a@example.com"])
def test_links_to_web_and_mail_addresses_are_kept(address):
    with copy_of(with_links(Dictionary(S=Name.URI, URI=address, IsMap=True, Next=SCRIPT))) as copy:
        [kept] = links(copy)
        assert dict(kept.A) == {"/S": Name.URI, "/URI": pikepdf.String(address)}


@pytest.mark.parametrize(
    "action",
    [
        SCRIPT,
        Dictionary(S=Name.Launch, F=b"calc.exe"),
        Dictionary(S=Name.GoToR, F=b"other.pdf", D=Array([0, Name.Fit])),
        Dictionary(S=Name.GoToE, T=Dictionary(R=Name.C, N=b"hidden.pdf")),
        Dictionary(S=Name.SubmitForm, F=b"https://example.com/"),
        Dictionary(S=Name.Named, N=Name.Print),
        Dictionary(S=Name.Unknown),
        Dictionary(S=Name.GoTo, D=Dictionary(S=Name.JavaScript, JS=b"x")),
    ],
)
def test_other_actions_are_removed(action):
    pdf = with_links(action)
    pdf.Root.Outlines = pdf.make_indirect(Dictionary(First=pdf.make_indirect(Dictionary(Title=b"One", A=action))))
    with copy_of(pdf) as copy:
        assert links(copy) == []
        assert all(node.get("/S") != action.get("/S", "none") for node in everything(copy))
        assert action.get("/S") is None or "/A" not in copy.Root.Outlines.First


def test_internal_links_and_bookmarks_still_work():
    pdf = pdfs.with_pages(pdfs.TEXT, pdfs.TEXT)
    place = Array([pdf.pages[1].obj, Name.XYZ, 10, 500, 0])
    pdf.pages[0].obj.Annots = Array(
        [
            link(Dictionary(S=Name.GoTo, D=place)),
            Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([9, 9, 99, 99]), Dest=b"chapter"),
            link(Dictionary(S=Name.Named, N=Name.NextPage)),
        ]
    )
    pdf.Root.Names = Dictionary(Dests=Dictionary(Names=Array([b"chapter", place])))
    with pdf.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem("Chapter", 1))
    with copy_of(pdf) as copy:
        second = copy.pages[1].obj
        goto, named, turn = links(copy)
        assert goto.A.D[0] == second and list(goto.A.D)[2:] == [10, 500, 0]
        assert str(named.Dest) == "chapter" and copy.Root.Names.Dests.Names[1][0] == second
        assert str(turn.A.N) == "/NextPage"
        assert copy.Root.Outlines.First.Dest[0] == second


def test_pages_outside_the_page_tree_are_emptied():
    pdf = pdfs.with_pages(pdfs.TEXT)
    hidden = pdf.make_indirect(
        Dictionary(Type=Name.Page, MediaBox=Array([0, 0, 9, 9]), Contents=Stream(pdf, b"(not marked) pop"))
    )
    pdf.Root.Names = Dictionary(
        Templates=Dictionary(Names=Array([b"t", hidden])),
        Dests=Dictionary(Names=Array([b"d", Array([hidden, Name.Fit])])),
    )
    pdf.pages[0].obj.Annots = Array([link(Dictionary(S=Name.GoTo, D=Array([hidden, Name.Fit])))])
    with copy_of(pdf) as copy:
        assert links(copy) == [] and list(copy.Root.Names.keys()) == ["/Dests"]
        assert sum(node.get("/Type") == Name.Page for node in everything(copy)) == 1
        assert all(b"not marked" not in o.read_bytes() for o in copy.objects if isinstance(o, Stream) and "/W" not in o)


def test_fonts_and_colours_with_the_name_of_something_harmful_are_kept():
    pdf = pdfs.with_pages(b"/AF cs 1 scn BT /AF 12 Tf (a) Tj /JS 12 Tf (b) Tj ET /AA gs")
    font = pdf.pages[0].obj.Resources.Font.F0
    fonts = Dictionary({f"/{name}": font for name in ("AF", "AA", "EF", "JS", "FS", "A", "S", "PieceInfoX")})
    spaces = Dictionary(
        AF=Array([Name.Separation, Name.Spot, Name.DeviceGray, Dictionary(FunctionType=2, N=1, Domain=Array([0, 1]))])
    )
    states = Dictionary(AA=Dictionary(ca=1), AF=Dictionary(LW=2))
    pdf.pages[0].obj.Resources = pdf.make_indirect(
        Dictionary(
            Font=pdf.make_indirect(fonts), ColorSpace=pdf.make_indirect(spaces), ExtGState=pdf.make_indirect(states)
        )
    )
    with copy_of(pdf) as copy:
        found = [set(node.keys()) for node in everything(copy)]
        for names in (fonts, spaces, states):
            assert any(set(names.keys()) <= keys for keys in found), names


def test_catalogue_has_only_the_entries_that_reading_needs():
    pdf = pdfs.with_pages(pdfs.TEXT)
    pdf.Root.URI = Dictionary(Base=b"file:///")
    pdf.Root.OpenAction = SCRIPT
    pdf.Root.PageMode = Name.FullScreen
    pdf.Root.ViewerPreferences = Dictionary(HideToolbar=True, PrintClip=Name.ArtBox, DisplayDocTitle=True)
    pdf.Root.Lang = b"en"
    with copy_of(pdf) as copy:
        assert set(copy.Root.keys()) == {"/Type", "/Pages", "/ViewerPreferences", "/Lang"}
        assert list(copy.Root.ViewerPreferences.keys()) == ["/DisplayDocTitle"]
