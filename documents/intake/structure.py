"""Keeps the tags of a PDF, which screen readers use, when the content of its pages moves."""

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

Id = tuple[int, int]


def lead_to(pdf: Pdf, moved: dict[Id, Object], links: set[Id]) -> None:
    """Makes the structure refer to the pages' content in its new place.

    `moved` holds for each page the form that draws its content. References to annotations other than `links` are
    removed, so that the file does not keep them.
    """
    root = pdf.Root.get(Name.StructTreeRoot)
    waiting = [root] if isinstance(root, Dictionary) else []
    seen: set[Id] = set()
    while waiting:
        element = waiting.pop()
        if element.is_indirect:
            if element.objgen in seen:
                continue
            seen.add(element.objgen)
        kids = element.get(Name.K)
        if kids is None:
            continue
        is_list = isinstance(kids, Array)
        kept = []
        for kid in kids if is_list else [kids]:
            match _led(kid, element, moved, links):
                case None:
                    continue
                case led:
                    kept.append(led)
                    if isinstance(led, Dictionary) and led.get(Name.Type) not in (Name.MCR, Name.OBJR):
                        waiting.append(led)
        element.K = Array(kept) if is_list or not kept else kept[0]


def _led(kid: Object, element: Dictionary, moved: dict[Id, Object], links: set[Id]) -> Object | None:
    """Updates one child of an element: another element, content of a page, or an annotation."""
    if isinstance(kid, int):
        page = element.get(Name.Pg)
        form = moved.get(page.objgen) if isinstance(page, Dictionary) else None
        return None if form is None else Dictionary(Type=Name.MCR, Pg=page, Stm=form, MCID=kid)
    if not isinstance(kid, Dictionary):
        return None
    if kid.get(Name.Type) == Name.MCR and Name.Stm not in kid:
        page = kid.get(Name.Pg, element.get(Name.Pg))
        form = moved.get(page.objgen) if isinstance(page, Dictionary) else None
        if form is None:
            return None
        kid.Stm = form
    if kid.get(Name.Type) == Name.OBJR:
        shown = kid.get(Name.Obj)
        return kid if isinstance(shown, Stream) or (isinstance(shown, Dictionary) and shown.objgen in links) else None
    return kid
