"""Layers (optional content) that the reader, printing or a script switches."""

from typing import Any

from pikepdf import Array, Dictionary, Name, Object, Pdf

from tests.documents import pdfs
from tests.documents.corpus import file, form, page
from tests.documents.corpus.annotations import ALL, annotation


def with_layer(content: bytes, usage: dict[str, Any] | None = None, **config: Any) -> tuple[Pdf, Object]:
    pdf = page(content)
    layer = pdf.make_indirect(
        Dictionary(Type=Name.OCG, Name=b"Layer", **({"Usage": Dictionary(**usage)} if usage else {}))
    )
    pdf.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary({f"/{k}": v for k, v in config.items()}))
    pdf.pages[0].obj.Resources.Properties = Dictionary(L=layer)
    return pdf, layer


@file("layer: switched off and never ended")
def off() -> Pdf:
    pdf, layer = with_layer(b"/OC /L BDC 0 g 0 0 300 300 re f")
    pdf.Root.OCProperties.D.OFF = Array([layer])
    return pdf


@file("layer: everything off")
def all_off() -> Pdf:
    return with_layer(b"/OC /L BDC " + pdfs.TEXT + b" EMC", BaseState=Name.OFF)[0]


@file("layer: covers the page in print only")
def print_only() -> Pdf:
    usage = {"Print": Dictionary(PrintState=Name.ON), "View": Dictionary(ViewState=Name.OFF)}
    pdf, layer = with_layer(pdfs.TEXT + b" /OC /L BDC 1 g 0 0 595 842 re f EMC", usage)
    events = [
        Dictionary(Event=event, OCGs=Array([layer]), Category=Array([event])) for event in (Name.Print, Name.View)
    ]
    pdf.Root.OCProperties.D.AS = Array(events)
    return pdf


@file("layer: covers the page on the screen only")
def screen_only() -> Pdf:
    usage = {"Print": Dictionary(PrintState=Name.OFF), "View": Dictionary(ViewState=Name.ON)}
    pdf, layer = with_layer(pdfs.TEXT + b" /OC /L BDC 1 g 0 0 595 842 re f", usage)
    pdf.Root.OCProperties.D.AS = Array(
        [Dictionary(Event=Name.Print, OCGs=Array([layer]), Category=Array([Name.Print]))]
    )
    return pdf


@file("layer: a stamp in a layer that is off")
def stamp() -> Pdf:
    pdf, layer = with_layer(pdfs.TEXT)
    pdf.Root.OCProperties.D.OFF = Array([layer])
    pdf.pages[0].obj.Annots = Array([annotation(pdf, "Stamp", ALL, OC=layer)])
    return pdf


@file("layer: a membership that nobody can calculate")
def membership() -> Pdf:
    pdf, layer = with_layer(b"/OC /L BDC /OC /L BDC 0 0 9 9 re f")
    member = pdf.make_indirect(Dictionary(Type=Name.OCMD, OCGs=layer, P=Name.AllOff))
    member.VE = Array([Name.Not, Array([Name.And, layer, member])])
    pdf.pages[0].obj.Resources.Properties.L = member
    return pdf


@file("layer: the page's picture is in one that is off")
def picture() -> Pdf:
    pdf, layer = with_layer(b"/X Do")
    pdf.Root.OCProperties.D.OFF = Array([layer])
    pdf.pages[0].obj.Resources.XObject = Dictionary(X=form(pdf, pdfs.TEXT, OC=layer))
    return pdf


@file("layer: properties of the wrong kind")
def broken() -> Pdf:
    pdf, _layer = with_layer(b"/OC /L BDC")
    pdf.Root.OCProperties = Array([1])
    return pdf
