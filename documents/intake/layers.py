"""Removes the layers (optional content) of a PDF: content that is visible when it is opened stays, the rest is removed.

In some programs a layer that is not closed continues in the content that follows, so a hidden one would hide the mark.
A layer can also look different in print.
"""

import pikepdf
from pikepdf import (
    Array,
    ContentStreamInlineImage,
    ContentStreamInstruction,
    Dictionary,
    Name,
    Object,
    Operator,
    Pdf,
    Stream,
)

Instruction = ContentStreamInstruction | ContentStreamInlineImage

# Operators that paint, and their replacements in hidden content, which have the same effect on the state.
PAINTS: dict[str, list[str]] = {
    **{key: ["n"] for key in ["S", "s", "f", "F", "f*", "B", "B*", "b", "b*"]},
    **{key: [] for key in ["sh", "Do", "INLINE IMAGE", "Tj", "TJ"]},
    **{key: ["T*"] for key in ["'", '"']},
}
# The deepest nesting of visibility expressions.
DEEPEST = 20


class Layers:
    """The layers of a file in the state in which it is opened."""

    def __init__(self, pdf: Pdf) -> None:
        properties = pdf.Root.get(Name.OCProperties)
        config = properties.get(Name.D) if isinstance(properties, Dictionary) else None
        self._all_off, self._on, self._off = False, set[tuple[int, int]](), set[tuple[int, int]]()
        if isinstance(config, Dictionary):
            self._all_off = config.get(Name.BaseState) == Name.OFF
            self._on, self._off = _ids(config.get(Name.ON)), _ids(config.get(Name.OFF))

    def hide(self, layer: Object | None, depth: int = 0) -> bool:
        """Whether content of `layer`, a group or a membership in groups, is hidden."""
        if not isinstance(layer, Dictionary) or depth > DEEPEST:
            return False
        if layer.get(Name.Type) != Name.OCMD:
            return layer.objgen in self._off or (self._all_off and layer.objgen not in self._on)
        expression = layer.get(Name.VE)
        if isinstance(expression, Array):
            return not self._holds(expression, depth + 1)
        groups = layer.get(Name.OCGs)
        off = [self.hide(group, depth + 1) for group in (groups if isinstance(groups, Array) else [groups])]
        match str(layer.get(Name.P)):
            case "/AllOn":
                return any(off)
            case "/AnyOff":
                return not any(off)
            case "/AllOff":
                return not all(off)
            case _:
                return all(off)

    def _holds(self, expression: Object, depth: int) -> bool:
        if not isinstance(expression, Array) or depth > DEEPEST:
            return not self.hide(expression, depth)
        parts = list(expression)[1:]
        match str(expression[0]) if len(expression) else "":
            case "/Not":
                return not any(self._holds(part, depth + 1) for part in parts[:1])
            case "/Or":
                return any(self._holds(part, depth + 1) for part in parts)
            case _:
                return all(self._holds(part, depth + 1) for part in parts)


def remove(pdf: Pdf, layers: Layers) -> None:
    """Removes the layers of a file whose pages are rebuilt, with all their hidden content."""
    if Name.OCProperties not in pdf.Root:
        return
    del pdf.Root.OCProperties
    streams = [thing for thing in pdf.objects if isinstance(thing, Stream)]
    for stream in streams:
        if stream.get(Name.Subtype) in (Name.Form, Name.Image) or stream.get(Name.PatternType) == 1:
            _remove_hidden(stream, layers)
    for thing in pdf.objects:
        resources = thing.get(Name.Resources) if isinstance(thing, Dictionary | Stream) else None
        inner = [thing, *(_properties(resources).values() if isinstance(resources, Dictionary) else [])]
        for layer in inner:
            if isinstance(layer, Dictionary) and layer.get(Name.Type) in (Name.OCG, Name.OCMD):
                for key in set(layer.keys()) - {"/Name"}:
                    del layer[key]
                layer.Type = Name.OCG


def _remove_hidden(stream: Stream, layers: Layers) -> None:
    is_hidden = layers.hide(stream.get(Name.OC))
    if Name.OC in stream:
        del stream.OC
    if is_hidden:
        make_empty(stream)
        return
    properties = _properties(stream.get(Name.Resources))
    hidden = {name for name, layer in properties.items() if layers.hide(layer)}
    if hidden:
        stream.write(pikepdf.unparse_content_stream(_without(stream, hidden)))


def make_empty(stream: Stream) -> None:
    """Turns a stream into a form that draws nothing."""
    for key in set(stream.keys()) - {"/Length"}:
        del stream[key]
    stream.write(b"")
    stream.Type, stream.Subtype, stream.BBox = Name.XObject, Name.Form, Array([0, 0, 0, 0])


def _without(stream: Stream, hidden: set[str]) -> list[Instruction]:
    """The content of a form without its `hidden` layers, given by their names in its resources."""
    kept: list[Instruction] = []
    open_: list[bool] = []
    for instruction in pikepdf.parse_content_stream(stream):
        operator, operands = str(instruction.operator), instruction.operands
        if operator in ("BMC", "BDC"):
            is_layer = operator == "BDC" and len(operands) == 2 and operands[0] == Name.OC
            open_.append(is_layer and str(operands[1]) in hidden)
        elif operator == "EMC" and open_:
            open_.pop()
        if any(open_) and operator in PAINTS:
            kept += [ContentStreamInstruction([], Operator(left)) for left in PAINTS[operator]]
        else:
            kept.append(instruction)
    return kept


def _properties(resources: Object | None) -> Dictionary:
    found = resources.get(Name.Properties) if isinstance(resources, Dictionary) else None
    return found if isinstance(found, Dictionary) else Dictionary()


def _ids(groups: Object | None) -> set[tuple[int, int]]:
    return {group.objgen for group in groups if isinstance(group, Dictionary)} if isinstance(groups, Array) else set()
