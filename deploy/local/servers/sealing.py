"""Keeps a server from starting other programs, so that `COPY … PROGRAM` has none to run, whoever asks for it.

A filter of system calls (seccomp) that stays with the process and all it forks: execve(2) is refused, and no file
gives anybody's rights any more. It is one door less and no sandbox: a superuser who loads code of his own into the
server does what the server's account may do. Linux on x86-64 and arm64 only; elsewhere nothing happens. Imported by
`launch.py`.
"""

import ctypes
import errno
import os
import platform
import struct
import sys

PROGRAMS = ("postgres",)
"""What needs no other program; initdb starts postgres through a shell."""

PR_SET_NO_NEW_PRIVS = 38
PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2
EXECVE = {"x86_64": (0xC000003E, 59), "aarch64": (0xC00000B7, 221)}
"""By machine: how the kernel calls it (linux/audit.h), and the number of execve(2)."""

LOAD_WORD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
NUMBER_AT, MACHINE_AT = 0, 4
REFUSE, ALLOW = 0x00050000 | errno.EPERM, 0x7FFF0000


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def seal() -> None:
    """Refuse execve(2) from now on; execveat(2), by which the launcher itself goes on, is left."""
    if sys.platform != "linux" or platform.machine() not in EXECVE:
        return
    machine, number = EXECVE[platform.machine()]
    instructions = (
        (LOAD_WORD, 0, 0, MACHINE_AT),
        (JUMP_IF_EQUAL, 0, 3, machine),
        (LOAD_WORD, 0, 0, NUMBER_AT),
        (JUMP_IF_EQUAL, 0, 1, number),
        (RETURN, 0, 0, REFUSE),
        (RETURN, 0, 0, ALLOW),
    )
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in instructions)
    program = _Program(len(instructions), code)
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program))):
        if libc.prctl(*arguments) and ctypes.get_errno() != errno.EINVAL:  # a kernel that was built without it
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
