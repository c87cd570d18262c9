"""Become the database's system user, then become the program given. Run as a script of its own:

    python -I launch.py '{"uid": …, "gid": …, "parent": …, "must_reach": […]}' PROGRAM ARGUMENT…

It exists because this cannot be done between fork and exec of a process with threads, and because PostgreSQL refuses
to run as root. It uses only the standard library and starts in some 20 ms.

- `uid`, `gid`: whom to become; null when the caller is a plain user already.
- `parent`: process id of the caller. When the caller dies, however it dies, the program gets SIGINT, which PostgreSQL
  takes as "roll back, write a checkpoint, stop": no server outlives its supervisor.
- `must_reach`: paths the program has to get at besides its own file.

A user of its own may be unable to pass a folder above the program or above the data (a checkout in root's home, mode
0700). Opening that folder to everybody would be the easy way and the wrong one. Instead the program keeps one
capability: to read and pass folders (CAP_DAC_READ_SEARCH), or, when files themselves are closed to others, to ignore
file permissions (CAP_DAC_OVERRIDE). Nothing is kept when nothing is needed.
"""

import ctypes
import json
import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

# From linux/prctl.h, linux/securebits.h and linux/capability.h.
PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2

EXIT_UNREACHABLE = 77
"""Exit code when the user cannot reach the program or a path, even with a capability."""

libc = ctypes.CDLL(None, use_errno=True)


def main(options_json: str, program: str, arguments: Sequence[str]) -> NoReturn:
    options = json.loads(options_json)
    # Neither the folder the caller stands in nor its file mask may decide how the database behaves.
    os.chdir("/")
    os.umask(0o077)
    if options["uid"] is not None:
        capability = least_capability(options, program)
        drop_to(options["uid"], options["gid"], capability)
    # After the change of user, which clears it.
    prctl(PR_SET_PDEATHSIG, signal.SIGINT)
    if os.getppid() != options["parent"]:
        sys.exit("the process that asked for this one is gone")
    os.execv(program, [program, *arguments])  # noqa: S606 - becoming it is the purpose


def least_capability(options: dict, program: str) -> int | None:
    """The first of none, read-and-search, override with which the user reaches everything. Exits when none is
    enough."""
    for capability in (None, CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE):
        child = os.fork()
        if child == 0:
            os._exit(try_to_reach(options, program, capability))
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
            return capability
    print(f"user id {options['uid']} cannot reach {program} or {options['must_reach']}", file=sys.stderr)
    sys.exit(EXIT_UNREACHABLE)


def try_to_reach(options: dict, program: str, capability: int | None) -> int:
    try:
        drop_to(options["uid"], options["gid"], capability)
        for path in options["must_reach"]:
            os.close(os.open(path, os.O_RDONLY))
        # access() is what PostgreSQL asks about its own file before it starts.
        return 0 if os.access(program, os.R_OK | os.X_OK) else 1
    except OSError:
        return 1


def drop_to(uid: int, gid: int, capability: int | None) -> None:
    """Change user for good. Without the secure bit, access() would judge by the user's own rights and forget the kept
    capability, and PostgreSQL would not find its own file."""
    if capability is not None:
        prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP)
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    if capability is not None:
        set_capabilities(1 << capability)
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0)


def set_capabilities(mask: int) -> None:
    """Exactly `mask`, as effective, permitted and inheritable."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    low, high = mask & 0xFFFFFFFF, mask >> 32
    data = (ctypes.c_uint32 * 6)(low, low, low, high, high, high)
    if libc.capset(header, data) != 0:
        raise_errno("capset")


def prctl(option: int, *arguments: int) -> None:
    if libc.prctl(option, *(ctypes.c_ulong(argument) for argument in arguments)) != 0:
        raise_errno(f"prctl {option}")


def raise_errno(what: str) -> NoReturn:
    number = ctypes.get_errno()
    raise OSError(number, f"{what}: {os.strerror(number)}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
