"""Measures Inkfish beside its peers on this machine and prints what was found. See README.md.

Ends with an error only where something did not work: figures that miss their aim are printed, not punished.
"""

import argparse
import functools
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import formats
import report
import servers
import workloads
from load import WrongAnswer
from sources import PHOTOGRAPH, make_sources

HERE = Path(__file__).parent


def main():
    options = arguments()
    folder = options.target.resolve() / "bench"
    sources = folder / "sources"
    binary = (options.binary or options.target / "release/inkfish").resolve()
    copies = make_sources(sources, workloads.CROWD)
    start = functools.partial(servers.inkfish, binary, sources, folder / "inkfish.log")
    facts = report.machine(binary)
    report.print_machine(facts)
    parts = {
        "cold": lambda: cold(start, folder, options),
        "formats": lambda: formats_beside_sharp(start, folder, options),
        "hits": lambda: hits(start, folder, options),
        "refining": lambda: refining(start, folder, options),
        "large": lambda: large_sources(start, copies),
        "slow": lambda: slow_readers(start),
    }
    results = {name: parts[name]() for name in options.only or parts}
    if options.keep:
        print(f"\nKept as {report.keep(HERE / 'runs', facts, results).relative_to(HERE.parent)}")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", type=Path, default=Path("target"), help="folder of what was built")
    parser.add_argument("--binary", type=Path, help="the server, if not TARGET/release/inkfish")
    parser.add_argument("--rounds", type=int, default=7, help="rounds of each comparison")
    parser.add_argument("--seconds", type=int, default=5, help="seconds of a server's turn in a round")
    parser.add_argument("--only", action="append", choices=("cold", "formats", "hits", "refining", "large", "slow"), help="parts to run")
    parser.add_argument("--keep", action="store_true", help="keep the raw figures in benchmarks/runs")
    return parser.parse_args()


def cold(start, folder, options):
    with ExitStack() as running:
        ours = running.enter_context(start())
        theirs = peer(running, servers.ipx(folder / "ipx", folder / "sources", folder / "ipx.log"))
        found = workloads.cold(ours, theirs, options.rounds, options.seconds)
    title = "Variants made anew: a JPEG of 2725x2225 to widths from 300 to 700, quality 80, 4 connections"
    report.print_comparison(title, found, "ipx", aim=2.0)
    return found


def formats_beside_sharp(start, folder, options):
    scorer = (options.target / "release/examples/score").resolve()
    try:
        servers.install_ipx(folder / "ipx")
    except servers.Unavailable as reason:
        print(f"\nNo comparison: {reason}")
        return None
    photograph = folder / "sources" / PHOTOGRAPH.name
    with formats.sharp(folder / "ipx", photograph) as peer:
        found = formats.compare(start, peer, scorer, folder / "formats", options.rounds)
    report.print_formats("A JPEG of 2725x2225 to 720 pixels: time, and bytes at equal SSIMULACRA2, beside sharp", found)
    return found


def hits(start, folder, options):
    root = folder / "static"
    root.mkdir(exist_ok=True)
    with ExitStack() as running:
        ours = running.enter_context(start())
        path, body = workloads.hit_variant(ours)
        (root / "hit.jpg").write_bytes(body)
        theirs = peer(running, servers.nginx(folder / "nginx", root, folder / "nginx.log"))
        paths = {"inkfish": path, "nginx": "/hit.jpg"}
        if theirs:
            workloads.check_same_bytes(theirs, paths["nginx"], body)
        found = workloads.hits(ours, theirs, paths, options.rounds, options.seconds)
    title = f"Hits: {len(body)} bytes from memory, 64 kept connections; nginx: the same bytes as a file"
    report.print_comparison(title, found, "nginx", aim=0.8)
    return found


def refining(start, folder, options):
    with ExitStack() as running:
        caches = [running.enter_context(tempfile.TemporaryDirectory(dir=folder)) for _ in range(2)]
        on, off = (
            running.enter_context(start(CACHE_DIR=cache, REFINE=refine))
            for cache, refine in zip(caches, ("true", "false"))
        )
        on.name, off.name = "refining", "not"
        found = workloads.refining(on, off, options.rounds, options.seconds)
    report.print_refining("Images made anew while others are refined, beside a server that refines nothing", found)
    return found


def large_sources(start, copies):
    found = workloads.large_sources(start, copies)
    report.print_memory("Memory: photographs of 12 megapixels, each with a URL of its own", found)
    return found


def slow_readers(start):
    found = workloads.slow_readers(start)
    report.print_memory(f"Memory: {workloads.SLOW_READERS} slow readers, each of a variant of its own", found)
    return found


def peer(running, context):
    """Starts a server to compare with; without one the rest still counts."""
    try:
        return running.enter_context(context)
    except servers.Unavailable as reason:
        print(f"\nNo comparison: {reason}")
        return None


if __name__ == "__main__":
    try:
        main()
    except (WrongAnswer, RuntimeError, OSError) as failure:
        sys.exit(f"benchmarks: {failure}")
