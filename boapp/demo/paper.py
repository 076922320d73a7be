"""Drawing filled-in paper: a form's own zones say where its values stand, so the truth is known.

The result looks like a scan: grey, a little skewed, with specks and uneven light. The same name and
values always give the same picture.
"""

import io
import random
from collections.abc import Mapping

from PIL import Image, ImageChops, ImageDraw, ImageFont

from boapp.domain.fields import Field, Zone
from boapp.domain.forms import Form
from boapp.resources import resource

SIZE = (1240, 1754)
"""A4 at 150 dpi."""
INK, FAINT, PAPER = 25, 120, 247
PRINT = "fonts/plex/IBMPlexSans-{}.woff2"
HAND = "fonts/breip/Breip.ttf"


def draw(form: Form, values: Mapping[str, str], name: str, *, by_hand: bool) -> bytes:
    """Return the page as a PNG file."""
    chance = random.Random(name)  # noqa: S311 - specks on paper are no secret
    page = Image.new("L", SIZE, PAPER)
    pen = ImageDraw.Draw(page)
    _heading(pen, form)
    for field in form.fields:
        if field.zone:
            _label(pen, field, field.zone, boxed=by_hand)
            _value(pen, field.zone, values.get(field.key, ""), chance, by_hand=by_hand)
    if not by_hand:
        _goods(pen, chance)
    out = io.BytesIO()
    _scanned(page, chance).save(out, "PNG", compress_level=6)
    return out.getvalue()


def _font(weight: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(resource(PRINT.format(weight))), size)


def _box(zone: Zone) -> tuple[int, int, int, int]:
    left, top = round(zone.x * SIZE[0]), round(zone.y * SIZE[1])
    return left, top, left + round(zone.w * SIZE[0]), top + round(zone.h * SIZE[1])


def _heading(pen: ImageDraw.ImageDraw, form: Form) -> None:
    pen.text((100, 40), form.title.upper(), font=_font("SemiBold", 34), fill=FAINT)
    pen.line((100, 104, SIZE[0] - 100, 104), fill=FAINT, width=2)


def _label(pen: ImageDraw.ImageDraw, field: Field, zone: Zone, *, boxed: bool) -> None:
    left, top, right, bottom = _box(zone)
    if boxed:
        pen.rectangle((left, top, right, bottom), outline=FAINT, width=2)
        pen.text((left, top - 30), field.label, font=_font("Regular", 22), fill=FAINT)
    elif left > SIZE[0] / 2:
        pen.text((left - 330, top + 10), field.label, font=_font("Regular", 24), fill=FAINT)


def _value(pen: ImageDraw.ImageDraw, zone: Zone, words: str, chance: random.Random, *, by_hand: bool) -> None:
    left, top, right, bottom = _box(zone)
    file, share = (HAND, 0.78) if by_hand else (PRINT.format("Medium"), 0.62)
    size = round((bottom - top) * share)
    font = ImageFont.truetype(str(resource(file)), size)
    room = right - left - 28
    if font.getlength(words) > room:
        font = ImageFont.truetype(str(resource(file)), int(size * room / font.getlength(words)))
    pen.text((left + 12, top + chance.randint(3, 9)), words, font=font, fill=INK)


def _goods(pen: ImageDraw.ImageDraw, chance: random.Random) -> None:
    """Print some lines that nobody keys between the head and the totals."""
    goods = (
        "Copper pipe 15 mm",
        "Hinge, pair",
        "Paint, white 5 l",
        "Timber 47 x 100",
        "Cable 2.5 mm",
        "Screws, box",
    )
    for row, words in enumerate(chance.sample(goods, 5)):
        y = 560 + 62 * row
        pen.text((100, y), str(chance.randint(1, 24)), font=_font("Regular", 26), fill=INK)
        pen.text((190, y), words, font=_font("Regular", 26), fill=INK)
        pen.line((100, y + 44, SIZE[0] - 100, y + 44), fill=205, width=1)


def _scanned(page: Image.Image, chance: random.Random) -> Image.Image:
    light = Image.linear_gradient("L").rotate(90 * chance.randrange(4)).resize(SIZE)
    lit = ImageChops.multiply(page, light.point(lambda v: 236 + v * 19 // 255))
    pen = ImageDraw.Draw(lit)
    for _ in range(2500):
        pen.point((chance.randrange(SIZE[0]), chance.randrange(SIZE[1])), fill=chance.randrange(70, 225))
    return lit.rotate(chance.uniform(-0.5, 0.5), resample=Image.Resampling.BICUBIC, fillcolor=PAPER)
