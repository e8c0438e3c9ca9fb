"""Starts the servers that are measured, each on a free port of the loopback address, and stops them again.

A server is a context: it answers once the context is entered, and is gone once it is left.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from variants import inkfish_path

HERE = Path(__file__).parent
START_SECONDS = 20
STOP_SECONDS = 20
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Unavailable(Exception):
    """A peer that is not installed and cannot be; what needs it is left out."""


class Server:
    """A running server: where it listens, and what it has used. One of another machine has no process."""

    def __init__(self, name, process, port, host="127.0.0.1"):
        self.name = name
        self.process = process
        self.port = port
        self.host = host

    def cpu_seconds(self):
        """Processor time of the process and its children so far; None of one of another machine."""
        return sum(cpu_seconds(pid) for pid in self.pids()) if self.process else None

    def stand_still(self):
        """Takes the processor away from it."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def go_on(self):
        """Gives it back."""
        os.kill(self.process.pid, signal.SIGCONT)

    def peak_bytes(self):
        """The most memory that was resident at once, in the process and its children."""
        return sum(memory_bytes(pid, "VmHWM") for pid in self.pids())

    def resident_bytes(self):
        """The memory that is resident now."""
        return memory_bytes(self.process.pid, "VmRSS")

    def pids(self):
        """The process and its children; none of the servers has grandchildren."""
        own = self.process.pid
        children = Path(f"/proc/{own}/task/{own}/children").read_text().split()
        return [own, *map(int, children)]


@contextmanager
def inkfish(binary, sources, log, **settings):
    """Inkfish over a folder, without a disk cache; `settings` are variables without their prefix."""
    port = free_port()
    chosen = {
        "BIND": f"127.0.0.1:{port}",
        "ADMIN_BIND": f"127.0.0.1:{free_port()}",
        "ALLOW_UNSIGNED": "true",
        "LOCAL_FILESYSTEM_ROOT": str(sources),
        # What is made anew is read anew.
        "SOURCE_CACHE_BYTES": "0",
        "ACCESS_LOG": "false",
        "LOG_LEVEL": "warn",
        **settings,
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith("INKFISH_")}
    environment |= {f"INKFISH_{name}": str(value) for name, value in chosen.items()}
    with running("inkfish", [binary, "serve"], port, log, environment) as server:
        server.path_of = inkfish_path
        yield server


@contextmanager
def nginx(folder, root, log):
    """nginx over a folder of static files, its own files in `folder`."""
    program = nginx_program()
    if not program:
        raise Unavailable("nginx is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    fill_in(HERE / "nginx.conf", folder / "nginx.conf", {"ROOT": root, "PORT": port, "FOLDER": folder})
    with running("nginx", nginx_command(program, folder), port, log, None) as server:
        yield server


@contextmanager
def varnish(folder, backend, log):
    """Varnish over another server, with room for everything in memory."""
    program = varnish_program()
    if not program:
        raise Unavailable("varnish is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    options = ["-F", "-n", folder, "-a", f"127.0.0.1:{port}", "-s", "malloc,256m", "-t", "3600"]
    command = [program, *options, "-b", f"127.0.0.1:{backend.port}"]
    with running("varnish", command, port, log, None) as server:
        yield server


def nginx_command(program, folder):
    """nginx with the configuration of a folder."""
    command = [program, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"]
    # Else its workers become a user who may not read the folder.
    return [*command, "-g", "user root;"] if os.geteuid() == 0 else command


def fill_in(template, target, values):
    """Writes a file of which the marks are replaced."""
    text = template.read_text()
    for mark, value in values.items():
        text = text.replace(f"@{mark}@", str(value))
    target.write_text(text)


def nginx_program():
    """Where nginx is; None if it is not installed."""
    return system_program("nginx")


def varnish_program():
    """Where Varnish is; None if it is not installed."""
    return system_program("varnishd")


def system_program(name):
    """Where a program of the system is, which is nowhere in a user's PATH on Debian."""
    return shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")


@contextmanager
def running(name, command, port, log, environment):
    """Starts a command, waits until its port accepts, and stops it in the end."""
    with open(log, "ab") as output:
        streams = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output}
        process = subprocess.Popen(command, env=environment, start_new_session=True, **streams)
    try:
        wait_until_it_accepts(name, process, port, log)
        yield Server(name, process, port)
    finally:
        stop(process)


def wait_until_it_accepts(name, process, port, log):
    """Returns once a connection can be made; a server that ends or dawdles is an error."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"{name} did not start; it said:\n{Path(log).read_text()[-2000:]}")


def stop(process):
    """Asks a server and its children to end, and makes them if they do not."""
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port():
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(pid):
    """Processor time of one process, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def memory_bytes(pid, field):
    """A field of the process' memory that the kernel counts in kB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024
    raise KeyError(field)
