"""Where a workspace is: a folder on this computer, or a database of a PostgreSQL server."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

from boapp.errors import BadInput

SCHEMES = ("postgresql", "postgres")
PORT = 5432


@dataclass(frozen=True, slots=True)
class Address:
    """A database of a server, without a login. host: a name, an address, or the folder of a socket."""

    host: str
    port: int
    database: str

    def __str__(self) -> str:
        if self.host.startswith("/") or not self.host:
            asked = [f"host={quote(self.host)}"] if self.host else []
            asked += [f"port={self.port}"] if self.port != PORT else []
            return f"postgresql:///{quote(self.database)}" + ("?" + "&".join(asked) if asked else "")
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = f":{self.port}" if self.port != PORT else ""
        return f"postgresql://{host}{port}/{quote(self.database)}"


Place = Path | Address


def read_place(text: str) -> Place:
    """Return the place that was named; BadInput for a URL that names no database."""
    return read_address(text) if "://" in text else Path(text)


def read_address(url: str) -> Address:
    """Return which database a PostgreSQL URL names, leaving out its login; BadInput when it names none."""
    try:
        parts = urlsplit(url)
        asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        port = int(asked.get("port", parts.port or PORT))
    except ValueError as error:
        raise _no_address(url) from error
    database = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in SCHEMES or not database or "/" in database or "," in parts.netloc:
        raise _no_address(url)
    return Address(asked.get("host", unquote(parts.hostname or "")), port, database)


def _no_address(url: str) -> BadInput:
    # A password before the host, or after the database, is nobody's to read.
    shown = url.rpartition("@")[2].partition("?")[0] if "://" in url else "This"
    return BadInput(
        f"{shown} names no PostgreSQL database.", "Write it as postgresql://HOST[:PORT]/DATABASE."
    )


def words_for(place: Place) -> str:
    """Return what a person calls this place: a folder by its name, a database by its own and its server's."""
    if isinstance(place, Path):
        return place.name
    here = not place.host or place.host.startswith("/")
    return place.database if here else f"{place.database} · {place.host}"
