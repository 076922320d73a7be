"""Drawing sample receipts: what is printed on them is known, so every slip can be counted."""

import random
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

PAGE = (620, 880)
INK, PAPER = 30, 246


@dataclass(frozen=True, slots=True)
class Sample:
    """One receipt: its file name and what is printed."""

    name: str
    company: str
    date: str
    address: str
    total: str

    def values(self) -> dict[str, str]:
        """Return the truth by field."""
        return {"company": self.company, "date": self.date, "address": self.address, "total": self.total}


SAMPLES = (
    Sample("shop-1.png", "Harbour Hardware", "04/03/2024", "12 Quay Street, Westport", "48.60"),
    Sample("shop-2.png", "Lindenblatt Books", "17 MAY 2024", "3 Mill Lane, Easton", "RM 1,207.50"),
    Sample("shop-3.png", "Orchard Pharmacy", "21-05-24", "77B Station Road, Norwich", "9.05"),
    Sample("shop-4.png", "Kite and Kettle Cafe", "2024/06/30", "1 Market Square, Ely", "16.80"),
    Sample("shop-5.png", "Northern Tyres", "02.07.2024", "Unit 5, Ring Way, Carlisle", "310.00"),
)


def draw(sample: Sample, folder: Path) -> Path:
    """Draw a receipt as a slightly skewed, speckled grey scan; the same every time."""
    chance = random.Random(sample.name)  # noqa: S311 - specks on paper are no secret
    page = Image.new("L", PAGE, PAPER)
    pen = ImageDraw.Draw(page)
    _write(pen, sample)
    for _ in range(900):
        pen.point((chance.randrange(PAGE[0]), chance.randrange(PAGE[1])), fill=chance.randrange(90, 220))
    tilted = page.rotate(chance.uniform(-0.8, 0.8), resample=Image.Resampling.BICUBIC, fillcolor=PAPER)
    path = folder / sample.name
    tilted.save(path)
    return path


def _write(pen: ImageDraw.ImageDraw, sample: Sample) -> None:
    large, plain = ImageFont.load_default(34), ImageFont.load_default(22)
    pen.text((60, 60), sample.company, font=large, fill=INK)
    pen.text((60, 112), sample.address, font=plain, fill=INK)
    pen.line((60, 160, PAGE[0] - 60, 160), fill=INK, width=2)
    pen.text((60, 190), "Date", font=plain, fill=INK)
    pen.text((340, 190), sample.date, font=plain, fill=INK)
    for row, words in enumerate(("1 x goods as chosen", "1 x carrier bag", "thank you")):
        pen.text((60, 270 + 60 * row), words, font=plain, fill=INK)
    pen.line((60, 560, PAGE[0] - 60, 560), fill=INK, width=2)
    pen.text((60, 590), "Total", font=large, fill=INK)
    pen.text((340, 590), sample.total, font=large, fill=INK)
