"""Run the private PostgreSQL for as long as somebody holds the users' lock.

Started by `postgres.py`: keeper.py USERS_LOCK KEEPER_LOCK UID GID postgres ARGUMENTS...
It imports nothing of the project, so that it outlives any change to it.
"""

import ctypes
import fcntl
import signal
import subprocess
import sys


def prepare_server() -> None:
    """Have the kernel shut the server down (SIGINT: fast) should the keeper be killed."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(1, signal.SIGINT)  # PR_SET_PDEATHSIG


def main(users_path: str, keeper_path: str, uid: str, gid: str, *command: str) -> None:
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)  # only the users decide when to stop
    account = {}
    if int(uid) >= 0:
        account = {"user": int(uid), "group": int(gid), "extra_groups": []}
    # The keeper's lock goes first (files close in reverse order): who gets the users' lock
    # after us must see that no keeper is left.
    with open(users_path, "a") as users, open(keeper_path, "a") as keeper:
        fcntl.flock(keeper, fcntl.LOCK_EX)
        server = subprocess.Popen(command, preexec_fn=prepare_server, **account)
        signal.signal(signal.SIGCHLD, lambda *_: server.poll() is None or sys.exit(1))
        if server.poll() is not None:
            sys.exit(1)
        fcntl.flock(users, fcntl.LOCK_EX)  # granted when the last user is gone
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if server.poll() is None:
            server.send_signal(signal.SIGINT)
        server.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
