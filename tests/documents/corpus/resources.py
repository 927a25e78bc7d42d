"""Resources that change the meaning of a colour, a name or the page's white."""

from typing import Any

from pikepdf import Array, Dictionary, Name, Pdf, Stream

from tests.documents import pdfs
from tests.documents.corpus import enter_file, file, form, page, with_resources

# Maps every colour to white.
WHITE = {
    1: Dictionary(FunctionType=2, Domain=Array([0, 1]), C0=Array([1, 1, 1]), C1=Array([1, 1, 1]), N=1),
    3: b"{pop pop pop 1 1 1}",
    4: b"{pop pop pop pop 1 1 1}",
}


def white_space(pdf: Pdf, colours: int) -> Array:
    names = Array([Name(f"/Spot{number}") for number in range(colours)])
    function: Any = WHITE[colours]
    if isinstance(function, bytes):
        domain, range_ = Array([0, 1] * colours), Array([0, 1] * 3)
        function = pdf.make_indirect(Stream(pdf, function, FunctionType=4, Domain=domain, Range=range_))
    return Array([Name.DeviceN, names, Name.DeviceRGB, function])


for default, colours in {"DefaultGray": 1, "DefaultRGB": 3, "DefaultCMYK": 4}.items():
    enter_file(
        f"colours: {default} is white",
        lambda default=default, colours=colours: with_resources(
            pdfs.TEXT, lambda pdf: {"ColorSpace": Dictionary({f"/{default}": white_space(pdf, colours)})}
        ),
    )


@file("colours: all three defaults are white")
def all_white() -> Pdf:
    return with_resources(
        b"0 g 0 0 9 9 re f 0 0 0 rg 0 0 0 1 k",
        lambda pdf: {
            "ColorSpace": Dictionary(
                DefaultGray=white_space(pdf, 1), DefaultRGB=white_space(pdf, 3), DefaultCMYK=white_space(pdf, 4)
            )
        },
    )


@file("colours: DefaultGray is an indexed space, DefaultRGB no space at all")
def odd_defaults() -> Pdf:
    spaces = Dictionary(
        DefaultGray=Array([Name.Indexed, Name.DeviceRGB, 1, b"\xff" * 6]), DefaultRGB=Name.Pattern, DefaultCMYK=5
    )
    return with_resources(pdfs.TEXT, lambda pdf: {"ColorSpace": spaces})


@file("colours: defaults inherited from the page tree")
def inherited_defaults() -> Pdf:
    pdf = page()
    pdf.Root.Pages.Resources = Dictionary(
        Font=pdf.pages[0].obj.Resources.Font, ColorSpace=Dictionary(DefaultGray=white_space(pdf, 1))
    )
    del pdf.pages[0].obj.Resources
    return pdf


@file("colours: an output intent that nobody can read")
def output_intent() -> Pdf:
    pdf = page()
    profile = pdf.make_indirect(Stream(pdf, b"no profile", N=3, Alternate=Name.DeviceRGB))
    intent = Dictionary(Type=Name.OutputIntent, S=Name.GTS_PDFX, DestOutputProfile=profile)
    pdf.Root.OutputIntents = Array([intent])
    return pdf


STATES: dict[str, dict[str, Any]] = {
    "transparent from here on": {"ca": 0, "CA": 0},
    "nearly transparent and knocked out": {"ca": 0.01, "CA": 0.01, "AIS": True, "TK": True},
    "blended away": {"BM": Name.Lighten},
    "blended by colour": {"BM": Array([Name.Unknown, Name.Color, Name.Difference])},
    "overprinted": {"OP": True, "op": True, "OPM": 1},
    "with a strange line and font": {"LW": 0, "LC": 9, "LJ": 9, "ML": 0, "D": Array([Array([0, 0]), 0]), "Font": 5},
    "flat and smooth": {"FL": 100, "SM": 1, "RI": Name.Unknown, "SA": True, "UseBlackPtComp": Name.ON},
    "turned to white by a transfer function": {"TR": WHITE[1], "TR2": WHITE[1]},
    "with a halftone of nothing": {"HT": Dictionary(HalftoneType=1, Frequency=1, Angle=0, SpotFunction=Name.Round)},
}
for what, state in STATES.items():
    enter_file(
        f"state: {what}",
        lambda state=state: with_resources(
            b"/G gs 0 0 300 300 re f", lambda pdf: {"ExtGState": Dictionary(G=Dictionary(**state))}
        ),
    )


@file("state: behind a mask that lets nothing through")
def masked() -> Pdf:
    def resources(pdf: Pdf) -> dict[str, Dictionary]:
        group = form(pdf, b"0 g 0 0 595 842 re f", Group=Dictionary(S=Name.Transparency, CS=Name.DeviceGray))
        mask = Dictionary(Type=Name.Mask, S=Name.Luminosity, G=pdf.make_indirect(group))
        return {"ExtGState": Dictionary(G=Dictionary(SMask=mask))}

    return with_resources(b"/G gs 0 0 300 300 re f", resources)


@file("state: a pattern as colour")
def pattern() -> Pdf:
    def resources(pdf: Pdf) -> dict[str, Dictionary]:
        tile = Stream(pdf, b"1 g 0 0 9 9 re f", PatternType=1, PaintType=1, TilingType=1, XStep=9, YStep=9)
        tile.BBox, tile.Resources = Array([0, 0, 9, 9]), Dictionary()
        return {"Pattern": Dictionary(P=tile)}

    return with_resources(b"/Pattern cs /P scn /Pattern CS /P SCN 0 0 595 842 re f", resources)


@file("state: a shading over the page")
def shading() -> Pdf:
    shade = Dictionary(
        ShadingType=2,
        ColorSpace=Name.DeviceRGB,
        Coords=Array([0, 0, 595, 0]),
        Function=WHITE[1],
        Extend=Array([True, True]),
    )
    return with_resources(b"/S sh", lambda pdf: {"Shading": Dictionary(S=shade)})


GROUPS: dict[str, Dictionary] = {
    "isolated": Dictionary(S=Name.Transparency, CS=Name.DeviceRGB, I=True),
    "knocked out": Dictionary(S=Name.Transparency, I=True, K=True),
    "in ink": Dictionary(S=Name.Transparency, CS=Name.DeviceCMYK),
    "in grey": Dictionary(S=Name.Transparency, CS=Name.DeviceGray),
    "in no colours": Dictionary(
        S=Name.Transparency, CS=Array([Name.Separation, Name("/None"), Name.DeviceGray, WHITE[1]])
    ),
    "of an unknown kind": Dictionary(S=Name.Unknown, CS=5),
}
for what, group in GROUPS.items():
    enter_file(f"group: {what}", lambda group=group: page(b"0.5 g 0 0 300 300 re f", Group=group))


@file("names: every name that a mark could have")
def taken_names() -> Pdf:
    def resources(pdf: Pdf) -> dict[str, Dictionary]:
        empty = form(pdf, b"")
        names = ("P", "A0", "M", "F", "I", "G", "H", "X", "ReaderMark")
        fonts = Dictionary({f"/{n}": Dictionary(Type=Name.Font, Subtype=Name.Type3) for n in names})
        return {"XObject": Dictionary({f"/{name}": empty for name in names}), "Font": fonts}

    return with_resources(pdfs.TEXT, resources)


@file("names: Helvetica is a font without letters")
def empty_font() -> Pdf:
    def resources(pdf: Pdf) -> dict[str, Dictionary]:
        nothing = pdf.make_indirect(Stream(pdf, b"1000 0 d0"))
        encoding = Dictionary(Differences=Array([32, *[Name.a] * 90]))
        font = Dictionary(
            Type=Name.Font, Subtype=Name.Type3, Name=Name.Helvetica, BaseFont=Name.Helvetica, Encoding=encoding,
            FontBBox=Array([0, 0, 1, 1]), FontMatrix=Array([0.001, 0, 0, 0.001, 0, 0]), FirstChar=32, LastChar=121,
            Widths=Array([1000] * 90), CharProcs=Dictionary(a=nothing), Resources=Dictionary(),
        )  # fmt: skip
        return {"Font": Dictionary(F0=font, F=font, Helvetica=font)}

    return with_resources(b"BT /F 12 Tf (abc) Tj ET", resources)


@file("resources: none")
def no_resources() -> Pdf:
    pdf = page(b"0 0 9 9 re f")
    del pdf.pages[0].obj.Resources
    return pdf


@file("resources: of the wrong kind")
def wrong_resources() -> Pdf:
    return page(Resources=Array([1, 2]))
