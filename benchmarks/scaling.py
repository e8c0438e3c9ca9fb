"""Checks the model of `scaling/` against a small cluster: three servers behind nginx with the placement of `nginx/`.

Both answer the same requests with the same room; what is compared is where answers came from, and which server gave them.
See README.md and docs/scaling.md.
"""

import argparse
import json
import os
import re
import subprocess
import tempfile
from collections import Counter
from contextlib import ExitStack, contextmanager
from pathlib import Path

import load
import report
import servers

HERE = Path(__file__).parent
PLACEMENT = HERE.parent / "nginx/parts/placement.conf"
WALLPAPER = Path("/usr/share/backgrounds/Dragonfly_by_Bolly.jpg")
ORIGINS = 3
# Of each source.
VARIANTS = 5
# The tier that each detail of Cache-Status stands for; what was made has none.
TIERS = {"hit_memory": "memory", "hit_disk": "disk"}
MIB = 1024 * 1024


def main():
    options = arguments()
    target = options.target.resolve()
    binary = options.binary or target / "release/inkfish"
    model = options.model or target / "release/scaling"
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        make_sources(folder / "sources", options.sources)
        trace = draw(model, options)
        answers, addresses = ask_cluster(binary, folder, trace, options)
        expected = replay(model, folder / "answers", answers, addresses, options)
    results = compare(answers, expected, addresses)
    print_results(results, options)
    if options.keep:
        kept = report.keep(HERE / "runs", facts(binary), {"options": settings(options), **results}, "-scaling-check")
        print(f"Kept as {kept.relative_to(HERE.parent)}")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", type=Path, default=Path("target"), help="folder of what was built")
    parser.add_argument("--binary", type=Path, help="the server, if it is elsewhere")
    parser.add_argument("--model", type=Path, help="the model, if it is elsewhere")
    parser.add_argument("--requests", type=int, default=3_000)
    parser.add_argument("--sources", type=int, default=1_000)
    parser.add_argument("--skew", type=float, default=0.9)
    parser.add_argument("--memory-mib", type=float, default=1, help="of each server")
    parser.add_argument("--disk-mib", type=float, default=1024, help="of each server")
    parser.add_argument("--keep", action="store_true", help="keep figures in benchmarks/runs")
    return parser.parse_args()


def facts(binary):
    """What the figures depend on."""
    versions = {"inkfish": [binary, "--version"], "nginx": [servers.nginx_program(), "-v"]}
    return report.hardware() | {name: report.said(command) for name, command in versions.items()}


def settings(options):
    """What was asked for."""
    return {name: getattr(options, name) for name in ("requests", "sources", "skew", "memory_mib", "disk_mib")}


def make_sources(folder, count):
    """Photographs so small that making them takes little: one under the numbers of all sources."""
    folder.mkdir()
    pixels = subprocess.run(["djpeg", "-scale", "1/8", WALLPAPER], check=True, stdout=subprocess.PIPE).stdout
    first = folder / "0.jpg"
    with open(first, "wb") as output:
        subprocess.run(["cjpeg", "-quality", "85"], check=True, input=pixels, stdout=output)
    for number in range(1, count):
        os.link(first, folder / f"{number}.jpg")


def draw(model, options):
    """The requests: the number of each variant and its path."""
    command = [model, "--sources", options.sources, "--skew", options.skew, "--trace", options.requests]
    lines = subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return [(int(variant), path) for variant, path in (line.split(" ") for line in lines)]


def ask_cluster(binary, folder, trace, options):
    """Asks for everything in its order; returns variant, tier, server and bytes of each answer, and the servers."""
    with ExitStack() as stack:
        origins = [stack.enter_context(origin(binary, folder, number, options)) for number in range(ORIGINS)]
        addresses = [f"127.0.0.1:{origin.port}" for origin in origins]
        balancer = stack.enter_context(internal(folder, addresses))
        connection = load.connect(balancer)
        return [(variant, *answer(connection, path)) for variant, path in trace], addresses


@contextmanager
def origin(binary, folder, number, options):
    """A server with a small memory and a folder of its own."""
    cache = folder / f"cache-{number}"
    cache.mkdir()
    chosen = {
        "CACHE_DIR": cache,
        "CACHE_MEMORY_BYTES": int(options.memory_mib * MIB),
        "CACHE_DISK_BYTES": int(options.disk_mib * MIB),
        "SOURCE_CACHE_BYTES": "64MiB",
        "REFINE": "false",
    }
    with servers.inkfish(binary, folder / "sources", folder / "log", **chosen) as server:
        yield server


@contextmanager
def internal(folder, addresses):
    """nginx with the placement of the edge, before servers that are not on the ports of its own files."""
    port = servers.free_port()
    peers = "".join(f"server {address} max_fails=3 fail_timeout=5s; " for address in addresses)
    configuration = f"""
        daemon off;
        pid {folder}/nginx.pid;
        events {{ worker_connections 256; }}
        http {{
            include {PLACEMENT};
            map $image_source $hot_share {{ default ""; }}
            merge_slashes off;
            access_log off;
            upstream origins {{ zone origins 128k; hash $home consistent; {peers} keepalive 8; }}
            server {{
                listen 127.0.0.1:{port};
                keepalive_requests 1000000;
                proxy_http_version 1.1;
                proxy_set_header Connection "";
                add_header Upstream $upstream_addr;
                location / {{ proxy_pass http://origins; }}
            }}
        }}
    """
    (folder / "nginx.conf").write_text(configuration)
    command = servers.nginx_command(servers.nginx_program(), folder)
    with servers.running("nginx", command, port, folder / "log", None) as server:
        yield server


def answer(connection, path):
    """Tier, server and bytes of an answer."""
    connection.request("GET", path)
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:
        raise load.WrongAnswer(f"{response.status} to {path}: {body[:200]!r}")
    detail = re.search(r"detail=(\w+)", response.headers["Cache-Status"] or "")
    return TIERS[detail[1]] if detail else "made", response.headers["Upstream"], len(body)


def replay(model, file, answers, addresses, options):
    """What the model says of the same requests."""
    file.write_text("".join(f"{variant} {size}\n" for variant, _, _, size in answers))
    room = ["--memory", options.memory_mib / 1024, "--disk", options.disk_mib / 1024]
    command = [model, "--check", file, *room, *(f"--address={address}" for address in addresses)]
    return json.loads(subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE).stdout)


def compare(answers, expected, addresses):
    """Both, tier by tier, and the requests that were answered by another server than the model's."""
    tiers = Counter(tier for _, tier, _, _ in answers)
    elsewhere = sum(server != addresses[expected["homes"][variant // VARIANTS]] for variant, _, server, _ in answers)
    return {
        "cluster": {tier: tiers[tier] / len(answers) for tier in ("memory", "disk", "made")},
        "model": {tier: expected[tier] / len(answers) for tier in ("memory", "disk", "made")},
        "answered_elsewhere": elsewhere,
        "bytes": sum(size for *_, size in answers),
    }


def print_results(results, options):
    print(f"{options.requests} requests for {options.sources} sources, {ORIGINS} servers with {options.memory_mib:g} MiB of memory each")
    print(f"{'':10}{'memory':>9}{'disk':>9}{'made':>9}")
    for name in ("cluster", "model"):
        print(f"{name:10}" + "".join(f"{part:>9.1%}" for part in results[name].values()))
    print(f"{results['answered_elsewhere']} answers came from another server than in the model")


if __name__ == "__main__":
    main()
