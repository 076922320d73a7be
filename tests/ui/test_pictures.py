"""A page's bytes become pictures that own their memory, or are refused."""

import gc
import io
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QImage

from boapp.errors import BadInput
from ui import pictures
from ui.pictures import CONTRASTS, Shelf, Tone, decode, develop, enlarge, glance

RECEIPTS = Path(__file__).parents[3] / "shared" / "data" / "receipts-sroie" / "images"
PLAIN = Tone()


def page(mode: str, size: tuple[int, int] = (600, 800), kind: str = "PNG") -> bytes:
    """Draw a white page whose upper left quarter is dark."""
    dark: object = (200, 30, 30) if mode == "RGB" else 0
    white: object = (255, 255, 255) if mode == "RGB" else 255 if mode == "L" else 1
    image = Image.new(mode, size, white)  # type: ignore[arg-type]
    image.paste(dark, (0, 0, size[0] // 2, size[1] // 2))  # type: ignore[arg-type]
    written = io.BytesIO()
    image.save(written, kind)
    return written.getvalue()


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_a_png_keeps_its_pixels_and_is_scaled_to_the_width(mode: str) -> None:
    sheet = decode(page(mode), 3, 300)
    assert sheet.number == 3
    assert sheet.size == QSize(600, 800)
    assert sheet.shown.size() == QSize(300, 400)
    assert sheet.scale == 0.5
    assert sheet.full.getpixel((590, 790)) == ((255, 255, 255) if mode == "RGB" else 255)
    assert sheet.full.getpixel((10, 10)) == ((200, 30, 30) if mode == "RGB" else 0)
    assert sheet.shown.pixelColor(295, 395) == QColor("white")


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_jpeg_of_odd_width_is_read_without_slanting(mode: str) -> None:
    sheet = decode(page(mode, (601, 799), "JPEG"), 1, 601)
    assert sheet.shown.pixelColor(280, 380).lightness() < 140
    assert sheet.shown.pixelColor(320, 380).lightness() > 240
    assert sheet.shown.pixelColor(280, 420).lightness() > 240


def test_a_page_smaller_than_the_canvas_is_enlarged_to_its_width() -> None:
    sheet = decode(page("L", (200, 300)), 1, 500)
    assert sheet.shown.width() == 500
    assert sheet.scale == 2.5


def test_a_glance_at_a_large_jpeg_holds_fewer_pixels_and_says_so() -> None:
    picture = page("L", (2480, 3508), "JPEG")
    quick, whole = glance(picture, 1, 700), decode(picture, 1, 700)
    assert quick.shown.size() == whole.shown.size()
    assert quick.full.width == 1240
    assert not quick.whole
    assert whole.full.width == 2480
    assert whole.whole


def test_a_glance_at_a_png_is_the_whole_page() -> None:
    assert glance(page("L"), 1, 300).whole


def test_the_orientation_that_a_file_claims_is_ignored() -> None:
    written = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (300, 100), 255).save(written, "JPEG", exif=exif)
    assert decode(written.getvalue(), 1, 300).size == QSize(300, 100)


def test_pictures_live_on_when_the_bytes_they_came_from_are_gone() -> None:
    sheet = decode(page("L"), 1, 300)
    gc.collect()
    junk = [bytes(600 * 800) for _ in range(20)]
    assert sheet.shown.pixelColor(295, 395) == QColor("white")
    assert junk


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"GIF89a" + bytes(100),
        b"%PDF-1.7",
        b"\x89PNG\r\n\x1a\n" + bytes(50),
        b"\xff\xd8\xff" + bytes(50),
        page("L")[:2000],
        page("RGB", kind="JPEG")[:-2000],
    ],
    ids=["nothing", "gif", "pdf", "png-head", "jpeg-head", "png-cut", "jpeg-cut"],
)
def test_wrong_bytes_are_refused(wrong: bytes) -> None:
    with pytest.raises(BadInput):
        decode(wrong, 1, 300)
    with pytest.raises(BadInput):
        glance(wrong, 1, 300)


def test_a_page_of_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    written = io.BytesIO()
    Image.new("1", (12_000, 10_001), 1).save(written, "PNG")
    with pytest.raises(BadInput):
        decode(written.getvalue(), 1, 300)


def test_a_huge_page_is_kept_reduced() -> None:
    written = io.BytesIO()
    Image.new("1", (7000, 7000), 1).save(written, "PNG")
    sheet = decode(written.getvalue(), 1, 700)
    assert sheet.size == QSize(3500, 3500)
    assert sheet.whole


def test_real_receipts_open() -> None:
    if not RECEIPTS.is_dir():
        pytest.skip("the receipts of the shared folder are not here")
    for path in sorted(RECEIPTS.glob("*.jpg"))[::10]:
        sheet = decode(path.read_bytes(), 1, 704)
        with Image.open(path) as image:
            assert sheet.full.size == image.size
        assert sheet.shown.width() == 704
        assert not sheet.thumb.isNull()


def test_invert_changes_light_and_dark() -> None:
    sheet = decode(page("L"), 1, 300)
    assert develop(sheet.shown, Tone(inverted=True)).pixelColor(295, 395) == QColor("black")


@pytest.mark.parametrize("contrast", range(1, CONTRASTS))
def test_every_contrast_darkens_faint_print_and_keeps_paper_white(contrast: int) -> None:
    table = Tone(contrast).table()
    assert table[100] < 100
    assert table[255] == 255
    assert list(table) == sorted(table)


def test_an_enlarged_region_is_turned_as_the_page_is() -> None:
    sheet = decode(page("L"), 1, 300)
    made = enlarge(sheet, QRect(200, 0, 200, 100), QSize(400, 200), 1, PLAIN)
    assert made.size() == QSize(200, 400)
    assert made.pixelColor(100, 50) == QColor("black")
    assert made.pixelColor(100, 350) == QColor("white")


def sheet_of(number: int, size: int = 10) -> pictures.Sheet:
    image = QImage(size, size, QImage.Format.Format_RGB32)
    return pictures.Sheet(number, Image.new("RGB", (size, size)), image, 1.0)


def test_the_shelf_keeps_the_five_used_last() -> None:
    shelf = Shelf()
    for number in range(1, 6):
        shelf.put(b"a", sheet_of(number))
    assert shelf.get(b"a", 1) is not None
    shelf.put(b"b", sheet_of(1))
    assert shelf.get(b"a", 2) is None
    assert shelf.get(b"a", 1) is not None
    assert len(shelf) == 5


def test_the_shelf_is_bounded_in_bytes_but_keeps_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "SHELF_BYTES", 1_000)
    shelf = Shelf()
    shelf.put(b"a", sheet_of(1))
    shelf.put(b"a", sheet_of(2, size=100))
    assert shelf.get(b"a", 1) is None
    assert shelf.get(b"a", 2) is not None


def test_a_glance_never_takes_the_place_of_a_whole_page() -> None:
    shelf = Shelf()
    picture = page("L", (2480, 3508), "JPEG")
    shelf.put(b"a", decode(picture, 1, 700))
    shelf.put(b"a", glance(picture, 1, 700))
    held = shelf.get(b"a", 1)
    assert held is not None
    assert held.whole


def test_a_cleared_shelf_holds_nothing() -> None:
    shelf = Shelf()
    shelf.put(b"a", sheet_of(1))
    shelf.clear()
    assert shelf.get(b"a", 1) is None
    assert len(shelf) == 0
