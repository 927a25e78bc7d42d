"""Pages with invalid images, fonts and colours."""

from typing import Any

from pikepdf import Array, Dictionary, Name, Pdf, Stream

from documents.intake.flaws import Flaw
from tests.documents.corpus import enter_file, with_resources

PICTURES: dict[str, dict[str, Any]] = {
    "of no height": {"Width": 9, "Height": 0},
    "of a negative width": {"Width": -9, "Height": 9},
    "without a size": {},
    "of names": {"Width": Name.A, "Height": Name.B},
    "without colours": {"Width": 9, "Height": 9, "BitsPerComponent": 8},
    "of unknown colours": {"Width": 9, "Height": 9, "BitsPerComponent": 8, "ColorSpace": Name.Unknown},
    "of an empty index": {"Width": 9, "Height": 9, "BitsPerComponent": 8, "ColorSpace": Array([Name.Indexed])},
    "of no bits": {"Width": 9, "Height": 9, "BitsPerComponent": 0, "ColorSpace": Name.DeviceGray},
    "of 99 bits": {"Width": 9, "Height": 9, "BitsPerComponent": 99, "ColorSpace": Name.DeviceGray},
    "of damaged JPEG": {
        "Width": 9,
        "Height": 9,
        "BitsPerComponent": 8,
        "ColorSpace": Name.DeviceRGB,
        "Filter": Name.DCTDecode,
    },
    "of damaged JPEG 2000": {"Width": 9, "Height": 9, "Filter": Name.JPXDecode},
    "of damaged JBIG2": {
        "Width": 9,
        "Height": 9,
        "BitsPerComponent": 1,
        "ColorSpace": Name.DeviceGray,
        "Filter": Name.JBIG2Decode,
    },
    "of an unknown filter": {
        "Width": 9,
        "Height": 9,
        "BitsPerComponent": 8,
        "ColorSpace": Name.DeviceGray,
        "Filter": Name.Unknown,
    },
    "with a mask that is none": {
        "Width": 1,
        "Height": 1,
        "BitsPerComponent": 8,
        "ColorSpace": Name.DeviceGray,
        "SMask": Array([]),
    },
    "with a mask of no size": {
        "Width": 1,
        "Height": 1,
        "BitsPerComponent": 8,
        "ColorSpace": Name.DeviceGray,
        "SMask": Dictionary(),
    },
}
for what, entries in PICTURES.items():

    def picture(pdf: Pdf, entries: dict[str, Any] = entries) -> dict[str, Dictionary]:
        made = Stream(pdf, b"\xff\xd8 no picture")
        for key, value in ({"Type": Name.XObject, "Subtype": Name.Image} | entries).items():
            made[f"/{key}"] = value
        return {"XObject": Dictionary(X=made)}

    flaw = Flaw.BROKEN if what == "of names" else None
    enter_file(
        f"broken: picture {what}", lambda picture=picture: with_resources(b"q 99 0 0 99 0 0 cm /X Do Q", picture), flaw
    )

FONTS: dict[str, Dictionary] = {
    "without a kind": Dictionary(Type=Name.Font),
    "of an unknown kind": Dictionary(Type=Name.Font, Subtype=Name.Unknown, BaseFont=Name.Nothing),
    "composed of nothing": Dictionary(
        Type=Name.Font, Subtype=Name.Type0, BaseFont=Name.Nothing, Encoding=Name("/Identity-H")
    ),
    "composed of itself": Dictionary(
        Type=Name.Font, Subtype=Name.Type0, DescendantFonts=Array([5]), Encoding=Name.Nothing
    ),
    "drawn, without a matrix": Dictionary(Type=Name.Font, Subtype=Name.Type3, CharProcs=Dictionary()),
    "with a broken file": Dictionary(
        Type=Name.Font, Subtype=Name.TrueType, BaseFont=Name.Nothing, FontDescriptor=Dictionary(FontFile2=5, Flags=4)
    ),
}
for what, font in FONTS.items():
    enter_file(
        f"broken: font {what}",
        lambda font=font: with_resources(b"BT /F 12 Tf 9 99 Td (abc) Tj ET", lambda pdf: {"Font": Dictionary(F=font)}),
    )

SPACES: dict[str, Any] = {
    "of a broken profile": Array([Name.ICCBased, 5]),
    "that is its own alternate": Array([Name.Separation, Name.Spot, Name.Unknown, 5]),
    "of a function of nothing": Array([Name.Separation, Name.Spot, Name.DeviceRGB, Dictionary(FunctionType=9)]),
    "of an index out of range": Array([Name.Indexed, Name.DeviceRGB, 9999, b""]),
    "of no name": 5,
}
for what, space in SPACES.items():
    enter_file(
        f"broken: colours {what}",
        lambda space=space: with_resources(
            b"/C cs 0.5 scn 0 0 99 99 re f", lambda pdf: {"ColorSpace": Dictionary(C=space)}
        ),
    )

OTHERS: dict[str, tuple[bytes, dict[str, Dictionary]]] = {
    "shading of an unknown kind": (b"/S sh", {"Shading": Dictionary(S=Dictionary(ShadingType=99))}),
    "shading of nothing": (b"/S sh", {"Shading": Dictionary(S=Dictionary(ShadingType=2, ColorSpace=Name.DeviceRGB))}),
    "pattern of nothing": (b"/Pattern cs /P scn 0 0 9 9 re f", {"Pattern": Dictionary(P=Dictionary(PatternType=2))}),
    "pattern that is none": (b"/Pattern cs /P scn 0 0 9 9 re f", {"Pattern": Dictionary(P=5)}),
    "state with a mask of nothing": (b"/G gs", {"ExtGState": Dictionary(G=Dictionary(SMask=Dictionary(S=Name.Alpha)))}),
    "state that is none": (b"/G gs", {"ExtGState": Dictionary(G=5)}),
    "form that is none": (b"/X Do", {"XObject": Dictionary(X=Dictionary(Subtype=Name.Form))}),
    "object that nobody knows": (b"/X Do", {"XObject": Dictionary(X=Dictionary(Subtype=Name.PS))}),
}
for what, (content, resources) in OTHERS.items():
    enter_file(
        f"broken: {what}",
        lambda content=content, resources=resources: with_resources(content, lambda pdf: resources),
    )
