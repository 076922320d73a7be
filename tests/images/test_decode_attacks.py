"""Files made to hang, fill or deceive: cut short, enormous, endless, damaged."""

import io
import random
import struct
import time
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

from boapp.errors import BadInput
from boapp.images.decode import CheckedFile, Decoder
from boapp.images.framing import Limits
from tests.images.scan_files import (
    FULL,
    NOISE,
    WHOLE,
    Arrived,
    PeakMemory,
    encoded,
    endless_tiff,
    folder,
    good,
    linux_only,
    outcome,
    pdf_of_pages,
    png_of_size,
    refusal_of,
    sheet,
    tiff,
)


def some_cuts(data: bytes) -> list[bytes]:
    chance = random.Random(len(data))
    places = {len(data) - 1, len(data) - 9, len(data) // 2, 20}
    places |= {chance.randrange(12, len(data)) for _ in range(60 if FULL else 6)}
    return [data[:place] for place in sorted(places)]


@pytest.mark.parametrize("kind", WHOLE)
def test_a_file_that_was_cut_short_is_never_shown_in_part(
    kind: str, decoder: Decoder, arrived: Arrived
) -> None:
    whole = decoder.read(arrived(WHOLE[kind]))
    for cut in some_cuts(WHOLE[kind].rstrip(b"\r\n")):
        result = outcome(decoder, arrived(cut))
        # A few bytes behind the last page may be missing: then every page is the same.
        assert isinstance(result, BadInput) or result.pages == whole.pages


@pytest.mark.parametrize("name", ["662260-color.tif", "g4-multi.tiff", "multipage-mmap.tiff", "rotation.pdf"])
def test_a_real_scan_that_was_cut_short_is_refused(name: str, decoder: Decoder, arrived: Arrived) -> None:
    for cut in some_cuts((folder("multipage") / name).read_bytes().rstrip()[:-3]):
        assert isinstance(outcome(decoder, arrived(cut)), BadInput), len(cut)


def test_a_fax_without_its_length_must_end_like_a_fax(decoder: Decoder, arrived: Arrived) -> None:
    data = fax_without_length()
    assert len(decoder.read(arrived(data)).pages) == 1
    for place in (len(data) - 4, len(data) - 200, len(data) // 2):
        assert "ends too early" in refusal_of(decoder, arrived(data[:place])).title


def fax_without_length() -> bytes:
    """One G4 page whose data reach to the end of the file and whose length is given as none."""
    with Image.open(io.BytesIO(tiff([NOISE.convert("1")], compression="group4"))) as opened:
        start, length = opened.tag_v2[273][0], opened.tag_v2[279][0]  # type: ignore[attr-defined]
        opened.fp.seek(start)  # type: ignore[union-attr]
        page = opened.fp.read(length)  # type: ignore[union-attr]
    begins = 8 + 2 + 9 * 12 + 4
    size = ((256, 160), (257, 120), (278, 120))
    kind = ((258, 1), (259, 4), (262, 0), (277, 1))
    entries = sorted((*size, *kind, (273, begins), (279, 0)))
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + directory + bytes(4) + page


def test_a_broken_third_page_refuses_the_file_and_is_named(decoder: Decoder, arrived: Arrived) -> None:
    data = bytearray(tiff([NOISE] * 4, compression="tiff_adobe_deflate"))
    with Image.open(arrived(bytes(data))) as opened:
        opened.seek(2)
        start = opened.tag_v2[273][0]  # type: ignore[attr-defined]
    data[start : start + 200] = bytes(200)
    assert refusal_of(decoder, arrived(bytes(data))).title == "Page 3 cannot be read: the file is damaged."


def test_a_picture_of_enormous_size_is_refused_before_it_is_decoded(
    decoder: Decoder, arrived: Arrived
) -> None:
    zeros = zlib.compress(bytes(10_000_000))
    began = time.monotonic()
    for width, height in ((50_000, 50_000), (2**31 - 1, 2**31 - 1), (120_000_001, 1)):
        assert "picture is too large" in refusal_of(decoder, arrived(png_of_size(width, height, zeros))).title
    assert time.monotonic() - began < 5


@linux_only
def test_a_picture_just_inside_the_size_limit_stays_inside_the_memory_limit(arrived: Arrived) -> None:
    side = 10_900
    data = zlib.compress(bytes((3 * side + 1) * side), 1)
    with Decoder() as decoder, PeakMemory(decoder).measured() as memory:
        result = outcome(decoder, arrived(png_of_size(side, side, data)))
    assert isinstance(result, CheckedFile) or "too large" in result.title
    assert 300 < memory.mib < 1024


@pytest.mark.parametrize("make", [endless_tiff, pdf_of_pages])
def test_ten_thousand_pages_are_refused_at_once(
    make: Callable[[int], bytes], decoder: Decoder, arrived: Arrived
) -> None:
    began = time.monotonic()
    refusal = refusal_of(decoder, arrived(make(10_000)))
    assert refusal.title == "The file has too many pages."
    assert time.monotonic() - began < 3


def test_a_tiff_whose_directories_go_round_has_an_end(decoder: Decoder, arrived: Arrived) -> None:
    data = bytearray(tiff([sheet()]))
    (first,) = struct.unpack_from("<I", data, 4)
    (entries,) = struct.unpack_from("<H", data, first)
    struct.pack_into("<I", data, first + 2 + 12 * entries, first)
    assert len(decoder.read(arrived(bytes(data))).pages) == 1


def test_as_many_pages_as_allowed_are_read(arrived: Arrived) -> None:
    with Decoder(Limits(pages=40)) as decoder:
        assert len(decoder.read(arrived(pdf_of_pages(40))).pages) == 40
        assert "too many pages" in refusal_of(decoder, arrived(pdf_of_pages(41))).title


def test_pages_that_together_take_too_much_space_are_refused(arrived: Arrived) -> None:
    with Decoder(Limits(total_bytes=50_000)) as decoder:
        assert "too much space" in refusal_of(decoder, arrived(tiff([NOISE] * 9))).title
        assert decoder.read(arrived(good())).pages


def test_a_page_that_alone_takes_too_much_space_is_refused_by_the_worker(arrived: Arrived) -> None:
    with Decoder(Limits(page_bytes=2_000)) as decoder:
        assert "too much space" in refusal_of(decoder, arrived(encoded(NOISE, "PNG"))).title


def test_a_pdf_with_a_password_is_refused_with_advice(decoder: Decoder, arrived: Arrived) -> None:
    marks = b"<%s>" % (b"5a" * 32)
    locked = b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O %s /U %s >> /ID [<00> <00>]" % (marks, marks)
    refusal = refusal_of(decoder, arrived(pdf_of_pages(1, trailer=locked)))
    assert refusal.title == "The file is locked with a password."
    assert refusal.advice.startswith("Save it without a password")


def test_pdf_pages_of_no_size_or_of_no_end_are_refused_or_shown(decoder: Decoder, arrived: Arrived) -> None:
    for box in (b"0 0 0 0", b"0 0 1e30 1e30", b"0 0 1e9 0.0001", b"-1 -1 -1 -1", b"0 0 nan 9"):
        result = outcome(decoder, arrived(pdf_of_pages(1, box=box)))
        assert isinstance(result, BadInput) or result.pages[0].width < 40_000


def test_files_with_changed_bytes_open_or_are_refused(arrived: Arrived) -> None:
    chance = random.Random(7)
    with Decoder(Limits(seconds=10)) as decoder:
        for data in WHOLE.values():
            for _ in range(60 if FULL else 5):
                damaged = bytearray(data)
                for _ in range(chance.choice((1, 3, 20))):
                    damaged[chance.randrange(len(data))] = chance.randrange(256)
                result = outcome(decoder, arrived(bytes(damaged)))
                assert isinstance(result, BadInput) or result.pages
