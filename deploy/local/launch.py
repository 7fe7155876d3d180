"""Becomes one child of the stack: leaves root where the program refuses it, ties its life to its parent, then execs.

`python -I -S launch.py PARENT_PID DEATH_SIGNAL OWNED_DIR|- PROGRAM ARGUMENT…` — a program of its own, because both the
credentials and the death signal must be set in the child, after fork, where Python code of a large parent is unsafe.
It imports the standard library alone and is run by its path, so it starts in some 20 ms. `OWNED_DIR` is the directory
that belongs to a program which refuses root (PostgreSQL); `-` leaves the credentials as they are.

Exit status 78 says that no way out of root was found; the reason is on stderr.
"""

import ctypes
import os
import pwd
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

NOT_POSSIBLE = 78

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_SET_SECUREBITS = 28
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
SECBIT_NO_SETUID_FIXUP = 4
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522
CLONE_NEWUSER = 0x10000000

ADVICE = """\
PostgreSQL runs neither as root nor as a user without a name, and no way around that was found: {error}.
Do one of these: run `sluice up` as an ordinary user with a name; allow user namespaces
(sysctl user.max_user_namespaces=10000, kernel.unprivileged_userns_clone=1); put the project and --data-dir where
every user may enter, not in {where}; or name another server in SLUICE_DATABASE_URL.
PostgreSQL không chạy dưới quyền root hay người dùng không có tên, và không tìm được cách khác: {error}.
Hãy làm một trong các cách sau: chạy `sluice up` bằng người dùng thường có tên; cho phép user namespace
(sysctl user.max_user_namespaces=10000, kernel.unprivileged_userns_clone=1); đặt dự án và --data-dir ở nơi mọi người
dùng vào được, không phải {where}; hoặc chỉ định máy chủ khác trong SLUICE_DATABASE_URL."""

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
    """Give up root for good, but keep passing through directories that only root may enter (CAP_DAC_OVERRIDE)."""
    # access(2) ignores capabilities of a process that is not root, unless this bit is set; initdb calls access(2).
    libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(account.pw_gid, account.pw_gid, account.pw_gid)
    os.setresuid(account.pw_uid, account.pw_uid, account.pw_uid)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    mask = 1 << CAP_DAC_OVERRIDE
    sets = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)  # effective, permitted, inheritable: low words, high words
    check(libc.capset(header, sets))
    check(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0))


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

    def within_namespace() -> None:
        enter_user_namespace(account)
        require_reach(directory, program)

    if os.geteuid() != 0 or works(within_namespace):
        within_namespace()
        return
    if not works(lambda: become_account(account)):
        raise PermissionError(f"neither a user namespace nor a change to {account.pw_name} is allowed")
    hand_over(directory, account.pw_uid, account.pw_gid)
    become_account(account)
    require_reach(directory, program)


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
    sys.stderr.write(ADVICE.format(error=error, where=Path(directory).parent) + "\n")
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
    os.execv(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
