"""The files of the embedded server: what is where, whose it is, and who may read it.

<data folder>/postgres/          passed by the server's user, read by its maker
    cluster/                     the server's own: PGDATA, 0700
    run/                         the socket, where the path is short enough, 0700
    socket-folder                where the socket is otherwise
    passwords.json               of the three roles, 0600
    lock                         held while somebody supervises the server
    server.log                   what the server says before its own log begins
"""

import json
import os
import pwd
import secrets
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from huike.platform.postgres.errors import DataFolderUnreachable, DataFolderUnusable

SYSTEM_USER = "huike"
PORT = 5432
"""Only a part of the socket's name: no port is opened."""

# sun_path of struct sockaddr_un holds 108 bytes with its end mark.
LONGEST_SOCKET_FOLDER_BYTES = 107 - len(f"/.s.PGSQL.{PORT}")


@dataclass(frozen=True, slots=True)
class SystemUser:
    """Whom the server runs as; `changes` says whether that is someone else than the caller."""

    uid: int
    gid: int
    changes: bool


@dataclass(frozen=True, slots=True)
class Passwords:
    superuser: str
    owner: str
    app: str


class Layout:
    """Paths below `data_dir`, and making them. Nothing is written by creating one."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.absolute()
        self.root = self.data_dir / "postgres"
        self.cluster = self.root / "cluster"
        self.passwords_file = self.root / "passwords.json"
        self.lock_file = self.root / "lock"
        self.log_file = self.root / "server.log"
        self.socket_record = self.root / "socket-folder"

    @property
    def initialised(self) -> bool:
        """Whether there is a cluster: its folder gets its name only when complete. Raises DataFolderUnusable."""
        try:
            return self.cluster.is_dir()
        except PermissionError as error:
            raise DataFolderUnusable(
                f"{self.root} is closed to this user. Start Huike as the user it belongs to, "
                "or set HUIKE_DATA_DIR to a folder of your own."
            ) from error

    @cached_property
    def user(self) -> SystemUser:
        """The owner of the cluster where there is one (it may have been made by another user: PostgreSQL insists on its
        owner); else the caller; else, for root, a system user of our own."""
        caller = os.geteuid()
        if self.initialised:
            owner = self.cluster.stat()
            if owner.st_uid == caller != 0:
                return SystemUser(owner.st_uid, owner.st_gid, changes=False)
            if caller != 0 or owner.st_uid == 0:
                raise DataFolderUnusable(
                    f"{self.cluster} belongs to user {_user_name(owner.st_uid)}. Start Huike as that user, "
                    "or set HUIKE_DATA_DIR to a folder of your own."
                )
            return SystemUser(owner.st_uid, owner.st_gid, changes=True)
        if caller != 0:
            return SystemUser(caller, os.getegid(), changes=False)
        entry = _system_user()
        return SystemUser(entry.pw_uid, entry.pw_gid, changes=True)

    def make_root(self) -> None:
        """The folders above the cluster. Folders that are there are left as they are, whatever their permissions."""
        # The server's user must be able to pass, not to look around.
        mode = 0o711 if self.user.changes else 0o700
        try:
            self.data_dir.parent.mkdir(parents=True, exist_ok=True)
            for folder in (self.data_dir, self.root):
                folder.mkdir(mode=mode, exist_ok=True)
        except OSError as error:
            raise DataFolderUnusable(
                f"{self.root} cannot be made: {error.strerror}. Set HUIKE_DATA_DIR to a folder you may write to."
            ) from error

    def make_private_folder(self, folder: Path) -> None:
        """A folder that only the server's user may enter (and root)."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.user.changes:
            os.chown(folder, self.user.uid, self.user.gid)

    def write_for_server(self, path: Path, text: str) -> None:
        """Replace a file that the server reads: whole or not at all, readable by the server's user alone."""
        handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w") as file:
            file.write(text)
            if self.user.changes:
                os.fchown(file.fileno(), self.user.uid, self.user.gid)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)

    def passwords(self) -> Passwords:
        """The kept passwords. Raises DataFolderUnusable when they are gone, or not the caller's to read."""
        try:
            return Passwords(**json.loads(self.passwords_file.read_text()))
        except FileNotFoundError as error:
            raise DataFolderUnusable(
                f"{self.passwords_file} is missing: nobody can sign in to the database beside it. "
                "Restore the file from a backup of the data folder."
            ) from error
        except PermissionError as error:
            raise DataFolderUnusable(f"{self.passwords_file} may not be read by this user.") from error

    def make_passwords(self) -> Passwords:
        """The kept passwords, or new ones kept from now on."""
        if not self.passwords_file.exists():
            made = {name: secrets.token_urlsafe(24) for name in ("superuser", "owner", "app")}
            handle, fresh = tempfile.mkstemp(dir=self.root, prefix=".passwords.")
            with os.fdopen(handle, "w") as file:
                json.dump(made, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(fresh, self.passwords_file)
        return self.passwords()

    def socket_folder(self) -> Path:
        """Where a running server's socket is."""
        near = self.root / "run"
        if _may_hold_socket(near):
            return near
        try:
            return Path(self.socket_record.read_text())
        except FileNotFoundError as error:
            raise DataFolderUnusable("the database was never started here") from error

    def make_socket_folder(self) -> Path:
        """The socket's folder, made where needed. A data folder whose path no socket can have gets a private
        folder elsewhere, remembered in `socket-folder`; one found open to others, or not ours, is not used again."""
        near = self.root / "run"
        if _may_hold_socket(near):
            self.make_private_folder(near)
            return near
        if self.socket_record.exists() and _is_private(Path(self.socket_record.read_text()), uid=self.user.uid):
            return Path(self.socket_record.read_text())
        folder = Path(tempfile.mkdtemp(prefix="huike-", dir=_short_folder()))
        if self.user.changes:
            os.chown(folder, self.user.uid, self.user.gid)
        fresh = self.socket_record.with_suffix(".new")
        fresh.write_text(str(folder))
        os.replace(fresh, self.socket_record)
        return folder


def _may_hold_socket(folder: Path) -> bool:
    """Short enough for the kernel, and without the comma at which clients would take it for two folders."""
    return len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER_BYTES and "," not in str(folder)


def _short_folder() -> Path:
    """A folder for run-time files whose path leaves room for a socket below it."""
    candidates = ["/run" if os.geteuid() == 0 else os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir()]
    for candidate in candidates:
        example = Path(candidate, "huike-12345678")
        if candidate and _may_hold_socket(example) and os.access(candidate, os.W_OK | os.X_OK):
            return Path(candidate)
    raise DataFolderUnreachable(
        "no database socket can have the path of the data folder, and no shorter temporary folder can be "
        "written to. Set HUIKE_DATA_DIR to a shorter path, or TMPDIR to a folder you may write to."
    )


def _is_private(folder: Path, *, uid: int) -> bool:
    try:
        state = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(state.st_mode) and state.st_uid == uid and not state.st_mode & 0o077


def _system_user() -> pwd.struct_passwd:
    """The user `huike`, made on first need; `nobody` on a machine where none can be made."""
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        pass
    try:
        subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER],
            check=True,
            capture_output=True,
        )
        return pwd.getpwnam(SYSTEM_USER)
    except (OSError, subprocess.CalledProcessError, KeyError):
        pass
    try:
        return pwd.getpwnam("nobody")
    except KeyError as error:
        raise DataFolderUnusable(
            "PostgreSQL does not run as root, and this machine has neither a user 'huike' nor 'nobody' to run it as. "
            "Start Huike as a plain user."
        ) from error


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
