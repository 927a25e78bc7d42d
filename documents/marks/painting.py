"""Paints the second mark onto the picture of a page. Runs where pictures are made, never in the web process."""

from PIL import Image, ImageChops

from documents.marks.second_mark import ABOVE, BENEATH, SIDE, picture, places


def painted(image: Image.Image, bits: bytes) -> Image.Image:
    """The picture of a whole page with the second mark, as a new RGB image of the same size.

    The mark is as strong as in a marked PDF, and is found the same way at any scale.
    """
    width, height = image.size
    mask = Image.frombytes("1", (SIDE, SIDE), bytes(255 - byte for byte in picture(bits))).convert("L")
    sheet = Image.new("L", image.size)
    for left, top, side in places(width, height):
        right, bottom = min(width, left + side), min(height, top + side)
        area = (round(left), round(top), round(right), round(bottom))
        size = area[2] - area[0], area[3] - area[1]
        seen = (0, 0, (right - left) / side * SIDE, (bottom - top) / side * SIDE)
        sheet.paste(mask.resize(size, Image.Resampling.NEAREST, box=seen), area)
    kept = sheet.point(lambda set_: round(255 * (1 - ABOVE) * (1 - BENEATH)) if set_ else 255)
    red, green, blue = image.convert("RGB").split()
    return Image.merge("RGB", (red, green, ImageChops.multiply(blue, kept)))
