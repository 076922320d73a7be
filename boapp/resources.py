"""Where the files of `resources/` are: beside the code in a checkout, inside the package when installed."""

from pathlib import Path

_INSTALLED = Path(__file__).parent / "_resources"
_CHECKOUT = Path(__file__).parent.parent / "resources"


def resource(name: str) -> Path:
    """Return the path of a resource, such as `forms/receipt.toml`."""
    return (_INSTALLED if _INSTALLED.is_dir() else _CHECKOUT) / name
