"""Content streams that do not end, leave their graphics state open, or end inside an operation."""

from pikepdf import Array, Dictionary, Name, Pdf, Stream

from tests.documents import pdfs
from tests.documents.corpus import enter_file, file, form, page, with_resources

STATES = {
    "nothing": b"",
    "states never restored": b"q q q 0.1 0 0 0.1 300 300 cm",
    "states never saved": b"Q Q Q Q Q Q 0 0 1 rg",
    "a clip of nothing": b"q 0 0 0 0 re W n",
    "a clip of nothing that is not saved": b"0 0 1 1 re W n 1000 1000 1 1 re W n",
    "text that never ends": b"BT /F0 12 Tf 10 10 Td (never ended) Tj",
    "a clip by text that never ends": b"BT /F0 12 Tf 7 Tr 100 600 Td (clip) Tj",
    "a clip by text": b"BT /F0 12 Tf 7 Tr 100 600 Td (clip) Tj ET",
    "invisible text from here on": b"BT /F0 12 Tf 3 Tr (unseen) Tj ET",
    "letters without width": b"BT /F0 12 Tf 0 Tz 50 Ts 900 Tc 900 Tw 400 TL (a) Tj ET",
    "a size of zero": b"BT /F0 0 Tf (a) Tj ET",
    "a matrix of zeros": b"0 0 0 0 0 0 cm",
    "a matrix without inverse": b"1 1 1 1 0 0 cm",
    "a large matrix": b"99999 0 0 99999 -99999 -99999 cm",
    "a mirror": b"-1 0 0 1 595 0 cm 0 -1 1 0 0 0 cm",
    "white ink": b"1 1 1 rg 1 1 1 RG 1 g 1 G 0 0 0 0 k 0 0 0 0 K",
    "a black page": b"0 g -9 -9 999 999 re f",
    "a red page": b"1 0 0 rg -9 -9 999 999 re f",
    "a grey page": b"0.32 g -9 -9 999 999 re f",
    "a page in the mark's grey with white": b"0.32 g 0 0 595 842 re f 1 g 0 0 595 30 re f",
    "a path that is never painted": b"0 0 m 595 842 l 100 0 l",
    "a path that is cut off": b"0 0 m 595 842",
    "a string that never ends": b"BT /F0 12 Tf (",
    "a string in hexadecimal that never ends": b"BT /F0 12 Tf <4142",
    "an array that never ends": b"BT /F0 12 Tf [(a) 20 (b)",
    "a dictionary that never ends": b"/Span <</ActualText (a) /MCID 0",
    "a name cut off": b"0 0 m /",
    "a comment at the end": b"0 0 10 10 re f % the rest",
    "marked content that never ends": b"/Artifact BMC /Span <</ActualText (b)>> BDC",
    "more ends than starts": b"EMC EMC ET ET Q EMC",
    "compatibility that never ends": b"BX unknown operators here",
    "operators that nobody knows": b"1 2 3 foo /Bar baz (x) qux",
    "noise": bytes(range(256)) * 8,
    "zeros": b"\0" * 500,
    "too few operands": b"rg 1 cm re f Tf Tj w Do",
    "far too many operands": b"1 " * 5000 + b"rg",
    "numbers out of range": b"1e99 -99999999999999999999 0 0 0 0 cm 99999999999 w",
    "ten thousand saved states": b"q " * 10_000,
    "glyph widths on a page": b"1000 0 d0 1000 0 0 0 10 10 d1 0 0 10 10 re f",
    "no flatness": b"100 i [0 0] 0 d [1e9] 5 d 0 w 2 J 2 j 0.0001 M",
    "strange intent": b"/Nothing ri /Unknown gs /Unknown sh /Unknown Do",
    "an inline image cut off": b"BI /W 1 /H 1 ID x",
    "an inline image without data": b"BI /W 8 /H 8 /BPC 8 /CS /G ID",
    "an inline image at the end": b"q 99 0 0 99 99 99 cm BI /W 1 /H 1 /BPC 8 /CS /G ID x EI Q",
    "an inline image at the very end": b"BI /W 1 /H 1 /BPC 8 /CS /G ID x EI",
    "an inline image with too little data": b"BI /W 900 /H 900 /BPC 8 /CS /RGB ID xyz EI",
    "an inline image with too much data": b"BI /W 1 /H 1 /BPC 8 /CS /G ID " + b"EI x" * 99 + b" EI",
    "an inline image with a wrong filter": b"BI /W 9 /H 9 /BPC 8 /CS /G /F /Fl ID \x01\x02\x03 EI Q q",
    "an inline image with a fax filter": b"BI /W 9 /H 9 /IM true /F /CCF ID \x01\x02\x03 EI",
    "an inline image of unknown colours": b"BI /W 2 /H 2 /BPC 8 /CS /Unknown ID abcd EI",
    "an inline image that is a mask": b"595 0 0 842 0 0 cm BI /W 8 /H 1 /IM true /D [1 0] ID \xff EI",
    "an inline image with a second one in it": b"BI /W 1 /H 1 /CS /G ID BI ID x EI EI BI /W 1 ID",
}
for what, content in STATES.items():
    enter_file(f"content: {what}", lambda content=content: page(content))


@file("content: in parts that are cut in the middle")
def in_parts() -> Pdf:
    pdf = page()
    parts = [b"q BT /F0 12", b"Tf 72 700 Td", b"(Page of the report)", b"Tj ET", b"0 0 m", b"Q Q"]
    pdf.pages[0].obj.Contents = Array([Stream(pdf, part) for part in parts])
    return pdf


@file("content: in two hundred parts")
def in_many_parts() -> Pdf:
    pdf = page()
    pdf.pages[0].obj.Contents = Array([Stream(pdf, pdfs.TEXT + b" q") for _part in range(200)])
    return pdf


@file("content: an empty list of parts")
def without_parts() -> Pdf:
    return page(Contents=Array([]))


@file("content: none at all")
def without_content() -> Pdf:
    pdf = page()
    del pdf.pages[0].obj.Contents
    return pdf


@file("content: parts that are not streams")
def with_odd_parts() -> Pdf:
    return page(Contents=Array([Name.Nothing, 5, Dictionary()]))


@file("content: a form that draws itself")
def recursion() -> Pdf:
    def forms(pdf: Pdf) -> dict[str, Dictionary]:
        inner = pdf.make_indirect(form(pdf, b"/X Do"))
        inner.Resources = Dictionary(XObject=Dictionary(X=inner))
        return {"XObject": Dictionary(X=inner)}

    return with_resources(b"/X Do", forms)


@file("content: draws itself as a form")
def itself() -> Pdf:
    pdf = page(b"/X Do 0 0 9 9 re f")
    pdf.pages[0].obj.Resources.XObject = Dictionary(X=pdf.pages[0].obj.Contents)
    return pdf


@file("content: forms in forms in forms")
def deep() -> Pdf:
    def forms(pdf: Pdf) -> dict[str, Dictionary]:
        inner = form(pdf, b"0 0 50 50 re f q q")
        for _level in range(25):
            outer = form(pdf, b"q q /X Do")
            outer.Resources = Dictionary(XObject=Dictionary(X=pdf.make_indirect(inner)))
            inner = outer
        return {"XObject": Dictionary(X=pdf.make_indirect(inner))}

    return with_resources(b"q /X Do", forms)


@file("content: a form with open states and a clip")
def open_form() -> Pdf:
    return with_resources(
        b"/X Do", lambda pdf: {"XObject": Dictionary(X=form(pdf, b"q 0 0 1 1 re W n BT 3 Tr /OC /No BDC"))}
    )


@file("content: packed in three ways")
def packed() -> Pdf:
    pdf = page()
    contents = [
        Stream(pdf, pdfs.TEXT.hex().encode() + b">", Filter=Name.ASCIIHexDecode),
        Stream(pdf, b"\x80".join([bytes([len(pdfs.TEXT) - 1]) + pdfs.TEXT, b""]), Filter=Name.RunLengthDecode),
        Stream(pdf, pdfs.TEXT),
    ]
    pdf.pages[0].obj.Contents = Array(contents)
    return pdf


@file("content: one stream for four pages")
def shared() -> Pdf:
    pdf = page()
    for _copy in range(3):
        pdf.pages.append(pdf.pages[0])
    return pdf
