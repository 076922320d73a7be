"""A decoder shared by the tests of one file, and files that arrive under a meaningless name."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from boapp.images.decode import Decoder


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as one:
        yield one


@pytest.fixture
def arrived(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(data: bytes) -> Path:
        path = tmp_path / f"arrived-{len(list(tmp_path.iterdir()))}.jpg"
        path.write_bytes(data)
        return path

    return write
