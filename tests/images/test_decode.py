"""What comes out of real files and of files of every kind that scanners and cameras write."""

import hashlib
import io
import struct
import sys
import time
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from boapp.errors import BadInput
from boapp.images.decode import CheckedFile, CheckedPage, Decoder
from tests.images.scan_files import (
    FULL,
    PeakMemory,
    encoded,
    folder,
    manifest,
    outcome,
    pdf_of_pages,
    picture,
    sheet,
    tiff,
)

# Slightly broken files that a person can still read; every other file of the hostile set is refused.
READABLE = {
    "imagetiff": set[str](),
    "pdfjs": {
        "bad-PageLabels.pdf",
        "empty_protected.pdf",
        "helloworld-bad.pdf",
        "poppler-67295-0.pdf",
        "xref_command_missing.pdf",
    },
    "pillow": {
        "apng_chunk_multi_actl.png",
        "app13-multiple.jpg",
        "broken_exif_dpi.jpg",
        "crash-74d2a78403a5a59db1fb0a2b8735ac068a75f6e3.tif",
        "exif-dpi-zerodivision.jpg",
        "exif_typeerror.jpg",
        "hopper_bad_exif.jpg",
        "invalid-exif.jpg",
        "multipage_out_of_order.tiff",
        "multipage_single_frame_loop.tiff",
    },
    "twelvemonkeys": {
        "broken-jpeg_broken-invalid-adobe-ycc-gray.jpg",
        "tiff_ccitt-too-many-changes.tif",
        "tiff_ccitt_tolessrows.tif",
    },
}


@pytest.fixture
def kept(decoder: Decoder, tmp_path: Path) -> "Kept":
    return Kept(decoder, tmp_path)


class Kept:
    """What becomes of bytes that arrive as a file with a meaningless name."""

    def __init__(self, decoder: Decoder, tmp_path: Path) -> None:
        self._decoder, self._path = decoder, tmp_path / "arrived.dat"

    def file(self, data: bytes) -> CheckedFile:
        self._path.write_bytes(data)
        return self._decoder.read(self._path)

    def page(self, data: bytes) -> CheckedPage:
        (page,) = self.file(data).pages
        return page


@pytest.mark.parametrize("name", ["hostile", "multipage", "exif-orientation"])
@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured through /proc")
def test_every_file_opens_or_is_refused_in_ten_seconds_and_a_gigabyte(name: str) -> None:
    slowest = 0.0
    with Decoder() as decoder, PeakMemory(decoder).measured() as memory:
        for file in manifest(name):
            began = time.monotonic()
            result = outcome(decoder, folder(name) / file)
            slowest = max(slowest, time.monotonic() - began)
            assert isinstance(result, BadInput) or result.pages
    assert slowest < 10
    assert 0 < memory.mib < 1024


@pytest.mark.parametrize("source", sorted(READABLE))
def test_of_the_hostile_files_exactly_the_readable_ones_open(source: str, decoder: Decoder) -> None:
    files = [folder("hostile") / name for name in manifest("hostile") if name.startswith(source)]
    results = {path.name: outcome(decoder, path) for path in files}
    assert {name for name, result in results.items() if isinstance(result, CheckedFile)} == READABLE[source]


def test_a_refusal_is_two_sentences_without_a_word_of_the_machinery(decoder: Decoder) -> None:
    for name in manifest("hostile"):
        result = outcome(decoder, folder("hostile") / name)
        if isinstance(result, BadInput):
            assert result.title.endswith(".")
            assert result.advice.endswith(".")
            assert not any(word in str(result) for word in ("Error", "<", "_", "PIL", "pdfium", name))


@pytest.mark.parametrize("name", ["multipage", "exif-orientation"])
def test_the_digest_and_the_number_of_pages_are_those_of_the_file(name: str, decoder: Decoder) -> None:
    for file, row in manifest(name).items():
        opened = decoder.read(folder(name) / file)
        assert len(opened.pages) == int(row.get("pages", 1)), file
        assert opened.digest.hex() == row["sha256"], file


def test_colour_photographs_of_every_orientation_come_out_the_same_way_up(decoder: Decoder) -> None:
    files = sorted(folder("exif-orientation").glob("hopper_*.jpg"))
    first, *others = [picture(decoder.read(file).pages[0]).convert("RGB") for file in files]
    for other in others:
        assert other.size == first.size
        assert max(ImageStat.Stat(ImageChops.difference(first, other)).mean) < 6


def test_faxes_of_every_orientation_come_out_the_same_way_up(decoder: Decoder) -> None:
    files = sorted(folder("exif-orientation").glob("g4_*.tif"))
    first, *others = [picture(decoder.read(file).pages[0]).convert("L") for file in files]
    assert len(others) == 7
    for other in others:
        assert other.size == first.size
        assert ImageStat.Stat(ImageChops.difference(first, other)).mean[0] < 1


def test_upright_receipts_and_table_pages_keep_their_bytes(decoder: Decoder) -> None:
    files = [
        *folder("receipts-sroie").glob("images/*.jpg"),
        *folder("tables-weather-rescue").glob("images/*"),
    ]
    for file in files if FULL else files[::10]:
        (page,) = decoder.read(file).pages
        assert (page.data, page.media_type) == (file.read_bytes(), "image/jpeg")
        assert (page.width, page.height) == picture(page).size


def test_an_invoice_is_drawn_at_200_dpi(decoder: Decoder) -> None:
    (page,) = decoder.read(folder("invoices-invoice2data") / "AzureInterior.pdf").pages
    assert (page.width, page.height, page.dpi, page.media_type) == (1653, 2339, 200, "image/png")


def test_a_scan_inside_a_pdf_is_not_blown_up(decoder: Decoder) -> None:
    path = folder("multipage") / "c02-22.pdf"
    (page,) = decoder.read(path).pages
    assert page.media_type == "image/jpeg"
    assert len(page.data) < 3 * path.stat().st_size


def test_filled_form_fields_are_drawn(decoder: Decoder) -> None:
    page = decoder.read(folder("multipage") / "prefilled_f1040.pdf").pages[1]
    left, top, right, bottom = (round(points * 200 / 72) for points in (160, 734, 230, 743))
    typed_in = picture(page).convert("L").crop((left, top, right, bottom))
    assert any(typed_in.histogram()[:80])


def test_each_page_of_a_pdf_has_its_own_rotation(decoder: Decoder) -> None:
    pages = decoder.read(folder("multipage") / "rotation.pdf").pages
    assert [page.width > page.height for page in pages] == [False, True]


def test_a_very_large_pdf_page_is_drawn_coarser_but_whole(kept: Kept) -> None:
    page = kept.page(pdf_of_pages(1, box=b"0 0 14400 7200"))
    assert 40 <= page.dpi < 50
    assert page.width / page.height == pytest.approx(2, rel=0.01)
    assert page.width * page.height <= 40_100_000


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("1", "PNG"), ("1", "TIFF"), ("L", "PNG"), ("L", "TIFF"), ("RGB", "PNG"), ("RGB", "TIFF"), ("P", "PNG")],
)
def test_what_is_kept_as_png_is_exact(mode: str, kind: str, kept: Kept) -> None:
    source = Image.effect_noise((90, 70), 80).convert("RGB")
    source.putpixel((3, 4), (200, 10, 10))
    source = source.convert(mode)
    page = kept.page(encoded(source, kind))
    assert page.media_type == "image/png"
    assert picture(page).convert("RGB").tobytes() == source.convert("RGB").tobytes()


@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_lzw", "packbits"])
def test_bilevel_pages_stay_bilevel_under_every_compression(compression: str, kept: Kept) -> None:
    pages = kept.file(tiff([sheet("1"), sheet("1")], compression=compression)).pages
    assert [picture(page).mode for page in pages] == ["1", "1"]
    assert picture(pages[1]).tobytes() == sheet("1").tobytes()


def test_a_colour_page_without_colour_is_kept_grey(kept: Kept) -> None:
    assert picture(kept.page(encoded(sheet("RGB"), "PNG"))).mode == "L"


def test_cmyk_becomes_what_a_person_sees(kept: Kept) -> None:
    page = kept.page(encoded(Image.new("CMYK", (30, 20), (0, 255, 255, 0)), "JPEG"))
    red, green, blue = picture(page).resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
    assert red > 220
    assert max(green, blue) < 40
    assert page.media_type == "image/png"


def test_transparent_paper_is_white(kept: Kept) -> None:
    clear = Image.new("RGBA", (30, 20), (0, 0, 0, 0))
    assert picture(kept.page(encoded(clear, "PNG"))).convert("L").getextrema() == (255, 255)


def test_a_transparent_palette_colour_is_white(kept: Kept) -> None:
    clear = Image.new("P", (30, 20), 0)
    clear.putpalette([0, 0, 0, 255, 0, 0])
    clear.putpixel((5, 5), 1)
    shown = picture(kept.page(encoded(clear, "PNG", transparency=0))).convert("RGB")
    assert (shown.getpixel((0, 0)), shown.getpixel((5, 5))) == ((255, 255, 255), (255, 0, 0))


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_deep_grey_is_neither_black_nor_white(bits: int, kind: str, kept: Kept) -> None:
    row = struct.pack("<40H", *[1 << (bits - 1)] * 20, *[(1 << bits) - 1] * 20)
    deep = Image.frombytes("I;16", (40, 30), row * 30)
    page = picture(kept.page(encoded(deep, kind)))
    assert page.mode == "L"
    assert (page.getpixel((5, 5)), page.getpixel((35, 5))) == (128, 255)


def test_colours_with_no_plain_form_are_refused_with_advice(kept: Kept) -> None:
    with pytest.raises(BadInput, match=r"colours cannot be shown\. Save it as"):
        kept.page(encoded(Image.new("F", (5, 5)), "TIFF"))


def test_a_turned_second_page_is_turned_alone(kept: Kept) -> None:
    turned = io.BytesIO()
    sheet().save(turned, "TIFF", tiffinfo={274: 6})
    both = io.BytesIO()
    sheet().save(both, "TIFF", save_all=True, append_images=[Image.open(turned)])
    upright, sideways = kept.file(both.getvalue()).pages
    assert (upright.width, upright.height) == (sideways.height, sideways.width) == (200, 280)
    assert picture(upright).transpose(Image.Transpose.ROTATE_270).tobytes() == picture(sideways).tobytes()


def test_a_turned_png_is_turned(kept: Kept) -> None:
    exif = Image.Exif()
    exif[0x0112] = 8
    page = kept.page(encoded(sheet(), "PNG", exif=exif))
    assert picture(page).tobytes() == sheet().transpose(Image.Transpose.ROTATE_90).tobytes()


def test_of_a_cameras_two_pictures_in_one_file_the_first_counts(kept: Kept) -> None:
    both = encoded(
        Image.new("RGB", (64, 48), "red"), "MPO", save_all=True, append_images=[Image.new("RGB", (64, 48))]
    )
    page = kept.page(both)
    assert (page.width, page.height, page.media_type) == (64, 48, "image/jpeg")
    assert picture(page).convert("RGB").getpixel((9, 9)) == (254, 0, 0)


def test_a_coarse_fax_is_as_high_as_its_sheet(kept: Kept) -> None:
    page = kept.page(encoded(sheet("1", (1728, 1100)), "TIFF", compression="group3", dpi=(204, 98)))
    assert (page.width, page.height, page.dpi) == (1728, round(1100 * 204 / 98), 204)
    assert picture(page).mode == "1"


@pytest.mark.parametrize(("said", "understood"), [((300, 300), 300), ((1, 1), 0), ((9e9, 9e9), 0), (None, 0)])
def test_dots_per_inch_are_believed_only_when_credible(
    said: tuple[float, float] | None, understood: int, kept: Kept
) -> None:
    options = {"dpi": said} if said else {}
    assert kept.page(encoded(sheet(), "TIFF", **options)).dpi == understood


def test_an_ordinary_colour_page_takes_a_small_part_of_its_time(kept: Kept) -> None:
    noisy = encoded(Image.merge("RGB", [Image.effect_noise((2480, 3508), 40) for _ in range(3)]), "PNG")
    # Beside decoding and encoding it here, so that a busy machine slows both.
    began = time.monotonic()
    encoded(Image.open(io.BytesIO(noisy)).convert("RGB"), "PNG", compress_level=1)
    plain = time.monotonic() - began
    began = time.monotonic()
    kept.page(noisy)
    assert time.monotonic() - began < 4 * plain


def test_the_digest_is_of_the_file_and_not_of_its_pages(kept: Kept) -> None:
    data = encoded(sheet(), "PNG")
    assert kept.file(data).digest == hashlib.sha256(data).digest()
