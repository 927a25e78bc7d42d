"""Completes the tags of a PDF that WeasyPrint made, for PDF/A-3a (ISO 19005-3) and PDF/UA-1 (ISO 14289-1).

WeasyPrint marks running heads as content that no tag mentions, names the headers of table cells by ids that repeat on the
next page, does not say how lists are numbered, takes lists and paragraphs out of their items, and cannot claim both standards
in one file.
"""

import io
from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf

# Elements that group others. A block in them without a tag of its own, such as <pre>, is a paragraph.
GROUPS = {"/Document", "/Art", "/Sect", "/Div", "/BlockQuote"}
# The label of an unordered list is one character and a space; a number has a full stop too.
BULLET = 2

# PDF/A allows properties that it does not know only with a description of their schema (ISO 19005-3, 6.6.2.3).
CLAIM = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>The part of ISO 14289 that the file meets</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
</rdf:RDF>"""


def completed(pdf: bytes) -> bytes:
    """The same document with complete tags, which also says that it is PDF/UA-1. Table headers are those of rows."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        tree = document.Root.StructTreeRoot
        elements = [found for top in tree.K for found in below(top)]
        glyphs = dict[tuple[Any, int], int]()
        # WeasyPrint numbers the pages' entries in the tree of parents by the order of the pages.
        for page, owners in zip(document.pages, list(tree.ParentTree.Nums)[1::2], strict=False):
            tagged = {mark for one in elements if one.get("/Pg") == page.obj for mark in marks(one)}
            glyphs |= {
                (page.objgen, mark): count for mark, count in _mark_running_heads(document, page, tagged).items()
            }
            for mark in set(range(len(owners))) - tagged:
                owners[mark] = None
        for one in elements:
            _complete(document, one, glyphs)
        claimed = document.Root.Metadata.read_bytes().replace(b"</rdf:RDF>", CLAIM)
        document.Root.Metadata = document.make_stream(claimed, Type=Name.Metadata, Subtype=Name.XML)
        document.save(out)
    return out.getvalue()


def below(element: Object) -> Iterator[Object]:
    """A structure element and all elements below it, in reading order."""
    yield element
    for kid in _kids(element):
        if isinstance(kid, Dictionary) and "/S" in kid:
            yield from below(kid)


def marks(element: Object) -> list[int]:
    """The numbers of the marked content that belongs to the element itself."""
    return [kid for kid in _kids(element) if isinstance(kid, int)]


def _kids(element: Object) -> list[Any]:
    """Elements, references to annotations, and numbers of marked content."""
    kids: Any = element.get("/K", Array())
    return list(kids) if isinstance(kids, Array) else [kids]


def _mark_running_heads(document: Pdf, page: pikepdf.Page, tagged: set[int]) -> dict[int, int]:
    """Turns content that no tag mentions into an artifact; returns the number of glyphs of each marked content."""
    changed, glyphs, mark = [], dict[int, int](), -1
    for step in pikepdf.parse_content_stream(page):
        operands, operator = list(step.operands), step.operator
        match str(operator):
            case "BDC" if "/MCID" in operands[1]:
                mark = int(operands[1].MCID)
                if mark not in tagged:
                    operands = [Name.Artifact, Dictionary(Type=Name.Pagination)]
            case "Tj" | "TJ":
                shown = operands[0] if isinstance(operands[0], Array) else [operands[0]]
                # Two bytes each: WeasyPrint writes composite fonts only.
                length = sum(len(bytes(part)) // 2 for part in shown if isinstance(part, pikepdf.String))
                glyphs[mark] = glyphs.get(mark, 0) + length
        changed.append((operands, operator))
    page.Contents = document.make_stream(pikepdf.unparse_content_stream(changed))
    return glyphs


def _complete(document: Pdf, element: Object, glyphs: dict[tuple[Any, int], int]) -> None:
    match str(element.S):
        case "/TH":
            element.A = Dictionary(O=Name.Table, Scope=Name.Row)
            if "/ID" in element:
                del element.ID
        case "/TD" if "/A" in element and "/Headers" in element.A:
            del element.A.Headers
        case "/L":
            _complete_list(document, element)
            labels = [kid for item in _kids(element) for kid in _kids(item) if kid.S == "/Lbl"]
            if labels:
                shown = sum(glyphs[one.Pg.objgen, mark] for one in below(labels[0]) for mark in marks(one))
                numbering = Name.Disc if shown <= BULLET else Name.Decimal
                element.A = Dictionary(O=Name.List, ListNumbering=numbering)
        case "/NonStruct" if str(element.P.get("/S")) in GROUPS and _kids(element):
            element.S = Name.P


def _complete_list(document: Pdf, element: Object) -> None:
    """Each item is a label and a body, which holds its paragraphs and lists in the order in which they are printed."""
    items = list[tuple[Any, list[Any]]]()
    for kid in _kids(element):
        # WeasyPrint puts a list that is inside an item after it.
        if kid.S == "/L" and items:
            items[-1][1].append(kid)
        else:
            items.append((kid, []))
    for item, content in items:
        body = None
        labels = []
        for kid in _kids(item):
            if kid.S == "/Lbl":
                labels.append(kid)
            elif kid.S == "/LBody" and body is None:
                body = kid
                content += _kids(kid)
            else:
                content.append(kid)
        if body is None:
            body = document.make_indirect(Dictionary(Type=Name.StructElem, S=Name.LBody, P=item, Pg=item.Pg))
        for kid in content:
            kid.P = body
        body.K = Array(sorted(content, key=_first_mark))
        item.K = Array([*labels, body])
    element.K = Array([item for item, _content in items])


def _first_mark(element: Object) -> int:
    """Where the element's content begins on its page. Labels do not count: they are printed after everything else."""
    return min((mark for one in below(element) if one.P.S != "/Lbl" for mark in marks(one)), default=0)
