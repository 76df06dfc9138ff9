"""The filter of system calls that a box is started with: no process, no thread, no socket, no memory beside its own.

A classic BPF program over ``struct seccomp_data`` (linux/seccomp.h): the word at 0 is the number of the call, that at 4
the architecture. A call that is refused answers EPERM. Limits of processes do not bind root, and limits of memory know
nothing of what lies in shared segments: so this does.
"""

from __future__ import annotations

import struct

LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050001, 0x80000000
X32 = 0x40000000  # x86-64's second table of the same calls
# By their numbers in linux's syscall tables, in this order. Processes: (fork, vfork,) clone, clone3, ptrace,
# process_vm_readv, process_vm_writev, unshare, setns. Network: socket, socketpair. Memory: shmget, semget, msgget,
# mq_open, memfd_create, memfd_secret. The kernel: mount, bpf, userfaultfd, perf_event_open, io_uring_setup, keyctl,
# add_key, request_key, fanotify_init.
CALLS: dict[str, tuple[int, tuple[tuple[int, ...], ...]]] = {
    "x86_64": (
        0xC000003E,
        (
            (57, 58, 56, 435, 101, 310, 311, 272, 308),
            (41, 53),
            (29, 64, 68, 240, 319, 447),
            (165, 321, 323, 298, 425, 250, 248, 249, 300),
        ),
    ),
    "aarch64": (
        0xC00000B7,
        (
            (220, 435, 117, 270, 271, 97, 268),
            (198, 199),
            (194, 190, 186, 180, 279, 447),
            (40, 280, 282, 241, 425, 219, 217, 218, 262),
        ),
    ),
}


def program(machine: str) -> bytes | None:
    """The filter for a machine as ``os.uname`` names it; None where its calls are not known here."""
    if machine not in CALLS:
        return None
    architecture, groups = CALLS[machine]
    refused = [call for group in groups for call in group]
    count = len(refused)
    steps = [
        (LOAD, 0, 0, 4),
        (EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, 0),
        (AT_LEAST, count + 1, 0, X32),
        *((EQUAL, count - at, 0, call) for at, call in enumerate(refused)),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE),
    ]
    return b"".join(struct.pack("<HBBI", *step) for step in steps)
