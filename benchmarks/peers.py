"""Image servers that a user would pick instead, each installed from its registry, keeping nothing between requests.

Each is a context that gives a running server whose `path_of` tells the path of a variant.
"""

import os
import shutil
import subprocess
import urllib.parse
from contextlib import contextmanager
from pathlib import Path

import servers
from servers import HERE, Unavailable, fill_in
from variants import image_filter_path, inkfish_path, ipx_path, thumbor_path

IMAGE_FILTER = Path("/usr/lib/nginx/modules/ngx_http_image_filter_module.so")


@contextmanager
def ipx(folder, sources):
    """ipx, on sharp and libvips."""
    install_ipx(folder)
    command = ["node", folder / "server.mjs", sources]
    with start("ipx", folder, lambda port: [*command, str(port)], NODE_ENV="production") as server:
        server.path_of = ipx_path
        yield server


def install_ipx(folder):
    """Installs what `ipx/package-lock.json` names, unless it is there already."""
    if not shutil.which("npm"):
        raise Unavailable("ipx needs node and npm")
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("corpus.mjs", "encode.mjs", "package.json", "package-lock.json", "server.mjs"):
        shutil.copyfile(HERE / "ipx" / name, folder / name)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    install("ipx", folder, HERE / "ipx/package-lock.json", [command])


@contextmanager
def thumbor(folder, sources):
    """thumbor, on Pillow, a process for each core."""
    folder.mkdir(parents=True, exist_ok=True)
    python = folder / "python/bin"
    pip = [python / "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]
    commands = [["python3", "-m", "venv", "python"], [*pip, HERE / "thumbor/requirements.txt"]]
    install("thumbor", folder, HERE / "thumbor/requirements.txt", commands)
    fill_in(HERE / "thumbor/thumbor.conf", folder / "thumbor.conf", {"SOURCES": sources})
    options = ["--ip", "127.0.0.1", "--conf", folder / "thumbor.conf", "--processes", str(os.cpu_count())]
    with start("thumbor", folder, lambda port: [python / "thumbor", *options, "--port", str(port)]) as server:
        server.path_of = thumbor_path
        yield server


@contextmanager
def image_filter(folder, sources):
    """The image filter of nginx, on libgd."""
    program = servers.nginx_program()
    if not program or not IMAGE_FILTER.exists():
        raise Unavailable("nginx or its image filter is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    known = {"MODULE": IMAGE_FILTER, "CORES": os.cpu_count(), "FOLDER": folder, "SOURCES": sources}

    def command(port):
        fill_in(HERE / "image_filter/nginx.conf", folder / "nginx.conf", {**known, "PORT": port})
        return servers.nginx_command(program, folder)

    with start("image_filter", folder, command) as server:
        server.path_of = image_filter_path
        yield server


@contextmanager
def imgproxy(_folder, _sources):
    """One that runs already at `PEER_IMGPROXY`, with the folder of the sources as its local file system."""
    address = os.environ.get("PEER_IMGPROXY")
    if not address:
        raise Unavailable("PEER_IMGPROXY names no imgproxy")
    url = urllib.parse.urlsplit(address if "//" in address else f"//{address}")
    server = servers.Server("imgproxy", None, url.port or 80, url.hostname)
    server.path_of = inkfish_path
    yield server


ALL = {"ipx": ipx, "thumbor": thumbor, "image_filter": image_filter, "imgproxy": imgproxy}


def started(running, folder, sources, names=ALL):
    """Starts those that can be, within the stack `running`; says why of the others."""
    found = []
    for name in names:
        try:
            found.append(running.enter_context(ALL[name](folder / name, sources)))
        except Unavailable as reason:
            print(f"\nWithout {name}: {reason}")
    return found


def start(name, folder, command, **environment):
    """Runs a command that is made for a free port."""
    port = servers.free_port()
    return servers.running(name, command(port), port, folder / "log", {**os.environ, **environment})


def install(name, folder, lock, commands):
    """Runs the commands in the folder, unless what the lock names is installed already."""
    installed = folder / "installed-lock"
    if installed.exists() and installed.read_bytes() == lock.read_bytes():
        return
    for command in commands:
        if subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL).returncode:
            raise Unavailable("it could not be installed")
    installed.write_bytes(lock.read_bytes())
