"""What a backup refuses. That it brings everything back is tried in test_separate_server.py."""

from __future__ import annotations

import io
import json
import stat
import tarfile
from pathlib import Path

import psycopg
import pytest

from huike.platform.postgres import EmbeddedPostgres
from tests.cli.product import environment, huike

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A small installation with one user, and its backup beside it as backup.tar."""
    folder = tmp_path_factory.mktemp("shop")
    env = environment(folder / "data", 1)
    assert huike("migrate", env=env).returncode == 0
    assert huike("createuser", "first@example.com", env=env).returncode == 0
    made = huike("backup", str(folder / "backup.tar"), env=env)
    assert made.returncode == 0, made.stderr
    return env


def backup_of(shop: dict[str, str]) -> Path:
    return Path(shop["HUIKE_DATA_DIR"]).parent / "backup.tar"


def test_backup_is_for_its_maker_alone_when_it_is_written(shop: dict[str, str]) -> None:
    assert stat.S_IMODE(backup_of(shop).stat().st_mode) == 0o600
    with tarfile.open(backup_of(shop)) as archive:
        assert archive.getnames() == ["manifest.json", "secret.key", "database.dump"]


def test_backup_is_refused_when_the_file_exists(shop: dict[str, str]) -> None:
    before = backup_of(shop).read_bytes()
    refused = huike("backup", str(backup_of(shop)), env=shop)
    assert refused.returncode == 1
    assert "exists already" in refused.stderr
    assert backup_of(shop).read_bytes() == before


def test_restore_is_refused_and_changes_nothing_when_the_database_has_tables(shop: dict[str, str]) -> None:
    assert huike("createuser", "second@example.com", env=shop).returncode == 0
    refused = huike("restore", str(backup_of(shop)), env=shop)
    assert refused.returncode == 1
    assert "tables already" in refused.stderr
    with EmbeddedPostgres(Path(shop["HUIKE_DATA_DIR"])) as server, psycopg.connect(server.app_url) as connection:
        emails = connection.execute("SELECT email FROM staff_user ORDER BY email").fetchall()
    assert emails == [("first@example.com",), ("second@example.com",)]


def test_restore_is_refused_when_the_folder_has_another_key(shop: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secret.key").write_text("x" * 40)
    refused = huike("restore", str(backup_of(shop)), env=environment(tmp_path / "data", 1))
    assert refused.returncode == 1
    assert "is not the key of this backup" in refused.stderr
    assert (tmp_path / "data" / "secret.key").read_text() == "x" * 40


def test_nothing_is_restored_when_the_dump_is_cut_short(shop: dict[str, str], tmp_path: Path) -> None:
    cut = tmp_path / "cut.tar"
    with tarfile.open(backup_of(shop)) as whole, tarfile.open(cut, "w") as archive:
        for member in whole.getmembers():
            content = whole.extractfile(member)
            assert content is not None
            data = content.read()
            data = data[: len(data) * 2 // 3] if member.name == "database.dump" else data
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    env = environment(tmp_path / "data", 1)
    refused = huike("restore", str(cut), env=env)
    assert refused.returncode == 1
    with EmbeddedPostgres(tmp_path / "data") as server, psycopg.connect(server.owner_url) as connection:
        row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert row == (0,)


@pytest.mark.parametrize("content", [b"", b"no tar at all", "future"], ids=["empty", "no tar", "newer format"])
def test_restore_is_refused_when_the_file_is_no_backup(content: bytes | str, tmp_path: Path) -> None:
    file = tmp_path / "file.tar"
    if isinstance(content, bytes):
        file.write_bytes(content)
    else:
        manifest = json.dumps({"format": 99, "huike_version": "9", "created_at": "", "server_version": 180000}).encode()
        with tarfile.open(file, "w") as archive:
            entry = tarfile.TarInfo("manifest.json")
            entry.size = len(manifest)
            archive.addfile(entry, io.BytesIO(manifest))
    refused = huike("restore", str(file), env=environment(tmp_path / "data", 1))
    assert refused.returncode == 1
    assert refused.stderr.startswith("huike: ")
    assert "Traceback" not in refused.stderr


def test_uploaded_files_and_refused_rows_are_there_again_when_a_backup_is_restored(
    shop: dict[str, str], tmp_path: Path
) -> None:
    kept = {"7/source": b"CustomerID,Name\n1,Li\n", "3/refused.parquet": b"PAR1"}
    imports = Path(shop["HUIKE_DATA_DIR"], "imports")
    for name, content in {**kept, "7/checked.duckdb": b"made again", "incoming-1": b"half a file"}.items():
        (imports / name).parent.mkdir(parents=True, exist_ok=True)
        (imports / name).write_bytes(content)
    made = huike("backup", str(tmp_path / "backup.tar"), env=shop)
    assert made.returncode == 0, made.stderr

    restored = huike("restore", str(tmp_path / "backup.tar"), env=environment(tmp_path / "data", 1))
    assert restored.returncode == 0, restored.stderr
    found = {path for path in (tmp_path / "data" / "imports").rglob("*") if path.is_file()}
    assert {str(path.relative_to(tmp_path / "data" / "imports")): path.read_bytes() for path in found} == kept
    assert {stat.S_IMODE(path.stat().st_mode) for path in found} == {0o600}


@pytest.mark.parametrize("name", ["imports/../../secret.key", "imports/x/source", "imports/7/other"])
def test_restore_writes_nothing_elsewhere_when_a_file_names_another_place(
    shop: dict[str, str], tmp_path: Path, name: str
) -> None:
    forged = tmp_path / "forged.tar"
    forged.write_bytes(backup_of(shop).read_bytes())
    with tarfile.open(forged, "a") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = 4
        archive.addfile(entry, io.BytesIO(b"evil"))
    env = environment(tmp_path / "data", 1)
    refused = huike("restore", str(forged), env=env)
    assert refused.returncode == 1
    assert "which no backup does" in refused.stderr
    assert not (tmp_path / "data" / "imports").exists()
