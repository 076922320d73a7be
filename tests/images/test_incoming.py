"""What is refused before any worker sees it."""

import os
from pathlib import Path

import pytest

from boapp.images.decode import Decoder
from boapp.images.framing import Limits
from tests.images.scan_files import (
    Arrived,
    encoded,
    posix_only,
    refusal_of,
    sheet,
)

OTHER_FILES = {
    "GIF picture": encoded(sheet(), "GIF"),
    "BMP picture": encoded(sheet(), "BMP"),
    "WebP picture": encoded(sheet(), "WEBP"),
    "Windows icon": encoded(sheet(size=(32, 32)), "ICO"),
    "JPEG 2000 picture": encoded(sheet(), "JPEG2000"),
    "HEIC or AVIF photograph": encoded(sheet("RGB"), "AVIF"),
    "Photoshop file": b"8BPS\0\1" + bytes(30),
    "ZIP archive": b"PK\3\4" + bytes(30),
}


@pytest.mark.parametrize("name", OTHER_FILES)
def test_other_formats_are_named_and_what_to_save_them_as_is_said(
    name: str, decoder: Decoder, arrived: Arrived
) -> None:
    refusal = refusal_of(decoder, arrived(OTHER_FILES[name]))
    assert refusal.title.startswith(f"This is a {name}")
    assert "Save it as PDF, PNG, JPEG or TIFF" in refusal.advice


def test_a_text_called_jpg_is_refused(decoder: Decoder, arrived: Arrived) -> None:
    for text in (b"BMI of the patient\n", b"\0" * 50, b"x"):
        assert refusal_of(decoder, arrived(text)).title == "This is neither a picture nor a PDF."


def test_an_empty_file_a_folder_and_a_missing_file_are_refused(
    decoder: Decoder, arrived: Arrived, tmp_path: Path
) -> None:
    assert refusal_of(decoder, arrived(b"")).title == "The file is empty."
    assert refusal_of(decoder, tmp_path / "gone.png").title == "The file is not there any more."
    assert "not a" in refusal_of(decoder, tmp_path).title


@posix_only
def test_a_named_pipe_and_a_device_are_refused_without_waiting(decoder: Decoder, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.tif"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero")):
        assert refusal_of(decoder, path).title == "This is not an ordinary file."


def test_a_file_over_the_size_limit_is_refused_unread(arrived: Arrived) -> None:
    with Decoder(Limits(file_bytes=1024 * 1024)) as decoder:
        assert refusal_of(decoder, arrived(bytes(1024 * 1024 + 1))).title == "The file is larger than 1 MB."
        assert decoder._process is None
