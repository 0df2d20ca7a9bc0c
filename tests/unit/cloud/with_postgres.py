"""with_postgres.py COMMAND…: runs a test beside a PostgreSQL of its own.

The database server runs as an unprivileged user in a private folder, listens on a socket there and
nowhere else, and ends with this program, however that ends. MV_TEST_POSTGRES says where it is; the
tests give each microvisord a database of its own in it.
"""
import os
import pathlib
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time


def programs():
    """The folder of the newest PostgreSQL's programs, which Debian keeps out of PATH."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"),
                   key=lambda path: int(re.search(r"postgresql/(\d+)", str(path))[1]))
    if not found:
        sys.exit("with_postgres: there is no PostgreSQL; install the package postgresql")
    return found[-1].parent


def unprivileged():
    """PostgreSQL refuses to run as root: who it runs as, in that case."""
    if os.getuid() != 0:
        return []
    user = pwd.getpwnam("postgres")
    return ["setpriv", "--reuid=%d" % user.pw_uid, "--regid=%d" % user.pw_gid, "--clear-groups"]


def start(folder):
    """Makes a database cluster and starts its server; it stops when this process does."""
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    data, bin_folder = folder / "data", programs()
    subprocess.run(unprivileged() + [str(bin_folder / "initdb"), "-D", str(data), "-U", "postgres",
                                     "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
                   check=True, stdout=subprocess.DEVNULL, cwd=folder)
    # A test kills microvisord, never the machine: what the database wrote is there without fsync.
    options = {"listen_addresses": "", "unix_socket_directories": str(folder), "fsync": "off",
               "max_connections": "60", "shared_buffers": "32MB", "log_min_messages": "fatal"}
    arguments = ["%s=%s" % pair for pair in options.items()]
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(
            (unprivileged() or ["setpriv"]) + ["--pdeathsig=QUIT", str(bin_folder / "postgres"),
                                               "-D", str(data)]
            + [word for argument in arguments for word in ("-c", argument)],
            cwd=folder, stdout=log, stderr=log)
    address = "host=%s user=postgres" % folder
    for _ in range(600):
        done = subprocess.run([str(bin_folder / "pg_isready"), "-q", "-d", address], check=False)
        if done.returncode == 0:
            return process, address
        if process.poll() is not None:
            break
        time.sleep(0.05)
    sys.exit("with_postgres: " + (folder / "log").read_text())


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mv-postgres-"))
    process = None
    try:
        process, address = start(folder)
        done = subprocess.run(sys.argv[1:], env=dict(os.environ, MV_TEST_POSTGRES=address),
                              check=False)
        return done.returncode if done.returncode >= 0 else 128 - done.returncode
    finally:
        if process is not None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
