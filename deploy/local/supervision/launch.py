"""Becomes one child of the stack: leaves root for good where it is not to have it, ties its life to its parent.

`python -I -S launch.py PARENT_PID DEATH_SIGNAL OWNED_DIR|- PROGRAM ARGUMENT…` — a program of its own, because both the
credentials and the death signal must be set in the child, after fork, where Python code of a large parent is unsafe.
It needs the standard library alone and is run by its path, so it starts in some 20 ms. `OWNED_DIR` is the directory
that belongs to a program which refuses root (PostgreSQL); `-` leaves the credentials as they are.

Started by root, such a program is another account: no user, group or capability of root is left to it, since whoever is
PostgreSQL's superuser may have it read any file. `windows.py` shows it its own directories where only root may pass.

Exit status 78 says that no way out of root was found; the reason is on stderr.
"""

import ctypes
import os
import pwd
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

sys.path.append(str(Path(__file__).parents[3]))  # run by its path alone, without any of the environment's

from deploy.local.servers import sealing, windows

NOT_POSSIBLE = 78

PR_SET_PDEATHSIG = 1
CAPABILITY_VERSION_3 = 0x20080522
CLONE_NEWUSER = 0x10000000
WHOLE_RANGE = "0 0 4294967295"
"""`/proc/self/uid_map` where root is root, and not only called so inside a user namespace."""

libc = ctypes.CDLL(None, use_errno=True)


def check(result: int) -> None:
    """Raise what errno says if a libc call failed."""
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def ordinary_account() -> pwd.struct_passwd:
    """An account that is not root and has a name: initdb asks for the name. LookupError if there is none."""
    accounts = sorted((a for a in pwd.getpwall() if a.pw_uid), key=lambda account: account.pw_name != "nobody")
    if not accounts:
        raise LookupError("no account but root in /etc/passwd")
    return accounts[0]


def enter_user_namespace(account: pwd.struct_passwd) -> None:
    """Call ourselves `account` inside a user namespace; outside we stay who we are, so no file changes hands."""
    uid, gid = os.geteuid(), os.getegid()
    check(libc.unshare(CLONE_NEWUSER))
    for name, text in (
        ("setgroups", "deny"),  # without this the kernel refuses a gid_map from an unprivileged process
        ("uid_map", f"{account.pw_uid} {uid} 1"),
        ("gid_map", f"{account.pw_gid} {gid} 1"),
    ):
        Path("/proc/self", name).write_text(text, encoding="ascii")


def become_account(account: pwd.struct_passwd) -> None:
    """Give up root for good: user, groups and every capability."""
    os.setgroups([])
    os.setresgid(account.pw_gid, account.pw_gid, account.pw_gid)
    os.setresuid(account.pw_uid, account.pw_uid, account.pw_uid)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    check(libc.capset(header, (ctypes.c_uint32 * 6)()))


def works(attempt: Callable[[], None]) -> bool:
    """Whether `attempt` succeeds, tried in a child because half of it could not be undone."""
    child = os.fork()
    if child == 0:
        try:
            attempt()
        except (OSError, AttributeError):  # AttributeError: this C library has no unshare
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def hand_over(directory: str, uid: int, gid: int) -> None:
    """Make `uid` the owner of all in `directory`. The directory itself comes last: it says that the rest is done."""
    if Path(directory).stat().st_uid == uid:
        return
    for folder, _, files in os.walk(directory, topdown=False):
        for name in files:
            os.chown(Path(folder, name), uid, gid, follow_symlinks=False)
        os.chown(folder, uid, gid)


def require_reach(directory: str, program: str) -> None:
    """Raise PermissionError unless we may run `program` and write in `directory`, the way PostgreSQL itself looks."""
    if not (os.access(program, os.X_OK) and os.access(directory, os.R_OK | os.W_OK | os.X_OK)):
        raise PermissionError(f"no access to {directory} or {Path(program).parent}")


def leave_root(directory: str, program: str) -> None:
    """Run on as somebody whom PostgreSQL accepts: not root, with a name, the owner of `directory`."""
    account = ordinary_account()
    if os.geteuid() == 0 and works(lambda: become_account(account)):
        hand_over(directory, account.pw_uid, account.pw_gid)
        windows.show(account.pw_uid, account.pw_gid, directory, program)
        become_account(account)
    elif os.geteuid() == 0 and is_root_outside():
        raise PermissionError(f"a change to {account.pw_name} is not allowed")
    else:
        enter_user_namespace(account)
    os.chdir(directory)  # where we were may be closed to the account
    require_reach(directory, program)


def is_root_outside() -> bool:
    """Whether our root is the machine's, and not that of a user namespace alone."""
    return " ".join(Path("/proc/self/uid_map").read_text(encoding="ascii").split()) == WHOLE_RANGE


def acceptable() -> bool:
    """Whether PostgreSQL takes us as we are: it refuses root, and initdb refuses a uid without a name."""
    if os.geteuid() == 0:
        return False
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        return False
    return True


def give_up(error: Exception, directory: str) -> NoReturn:
    """Say what is wrong and how to mend it."""
    from libs.contracts.texts import said

    sys.stderr.write(said("NO_WAY_OUT_OF_ROOT", reason=error, path=Path(directory).parent) + "\n")
    raise SystemExit(NOT_POSSIBLE)


def die_with(parent: int, death_signal: int) -> None:
    """Have the kernel send `death_signal` to this process when its parent dies. Any change of credentials undoes it."""
    if sys.platform != "linux":
        return
    check(libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0))
    if os.getppid() != parent:
        raise SystemExit("the parent is gone already")


def main(parent: str, death_signal: str, directory: str, *command: str) -> NoReturn:
    """Do what the module says; does not return."""
    if directory != "-" and not acceptable():
        try:
            leave_root(directory, command[0])
        except (OSError, LookupError) as error:
            give_up(error, directory)
    die_with(int(parent), int(death_signal))
    if Path(command[0]).name not in sealing.PROGRAMS:
        os.execv(command[0], command)
    program = os.open(command[0], os.O_RDONLY | os.O_CLOEXEC)
    sealing.seal()
    os.execve(program, command, os.environ)  # by its descriptor, which a sealed process may still do


if __name__ == "__main__":
    main(*sys.argv[1:])
