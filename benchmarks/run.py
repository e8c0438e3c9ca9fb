"""Measures Inkfish beside its peers on this machine and prints what was found. See README.md.

Ends with an error only where something did not work: figures that miss their aim are printed, not punished.
"""

import argparse
import functools
import json
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import cold
import formats
import guard
import hits
import memory
import overload
import peers
import plots
import refining
import report
import servers
import sources
from load import WrongAnswer, connect, get_image
from rounds import Verdict, beside_the_best
from variants import Variant

HERE = Path(__file__).parent
# Names for one photograph: a burst needs a new one each time.
BURSTS = 16
# What one file's header may take, in microseconds, and how much of a file is read at first.
IDENTIFY_US = 5
FIRST_BYTES = 64 * 1024


class Bench:
    """What every part needs: how ours is started, where files are, and what was asked for."""

    def __init__(self, options):
        self.options = options
        self.target = options.target.resolve()
        self.folder = self.target / "bench"
        self.sources = self.folder / "sources"
        self.binary = (options.binary or self.target / "release/inkfish").resolve()
        self.start = functools.partial(servers.inkfish, self.binary, self.sources, self.folder / "inkfish.log")
        sources.make_photographs(self.sources)

    def racing(self, running, names=peers.ALL, **settings):
        """Our server and its peers, running; ours is the first."""
        ours = running.enter_context(self.start(**settings))
        return [ours, *peers.started(running, self.folder, self.sources, names)]

    def judge(self):
        folder = self.folder / "formats"
        folder.mkdir(parents=True, exist_ok=True)
        return formats.Judge(self.target / "release/examples/score", folder)

    def refining(self, running):
        """A server that refines, and two that do not: how far apart these are is how much can be told."""
        on, off, nor = (
            running.enter_context(self.start(CACHE_DIR=running.enter_context(self.cache()), REFINE=refine))
            for refine in ("true", "false", "false")
        )
        on.name, off.name, nor.name = "refining", "not", "nor"
        return [on, off, nor]

    def cache(self):
        return tempfile.TemporaryDirectory(dir=self.folder)

    def race(self, compare, names=peers.ALL, format="jpeg", **settings):
        """What `compare` finds of our server and its peers once they write files that look alike, and at what levels."""
        with ExitStack() as running:
            racing = self.racing(running, names, **settings)
            levels = cold.levelled(racing, self.judge(), format)
            report.print_levels(levels)
            return compare(racing), levels


def main():
    options = arguments()
    if options.quick:
        options.only, options.rounds, options.seconds = QUICK_PARTS, 3, 2
    bench = Bench(options)
    facts = report.machine(bench.binary)
    report.print_machine(facts)
    results, verdicts = {}, []
    for name in bench.options.only or PARTS:
        results[name], of_part = PARTS[name](bench)
        verdicts += of_part
    report.print_verdicts(verdicts)
    if bench.options.keep:
        kept = report.keep(HERE / "runs", facts, {**results, "verdicts": verdicts})
        plot = kept.with_name(f"{kept.stem}-aims.svg")
        plot.write_text(plots.aims("Beside the aims (1 is met)", verdicts))
        print(f"\nKept as {kept.relative_to(HERE.parent)}")
    if options.quick and not guard.holds(HERE / "quick.json", verdicts, options.renew):
        sys.exit("benchmarks: worse than before beside the same peers")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", type=Path, default=Path("target"), help="folder of what was built")
    parser.add_argument("--binary", type=Path, help="the server, if not TARGET/release/inkfish")
    parser.add_argument("--rounds", type=int, default=7, help="rounds of each comparison")
    parser.add_argument("--seconds", type=int, default=5, help="seconds of a server's turn in a round")
    parser.add_argument("--overload-seconds", type=int, default=60, help="how long too much is asked for")
    parser.add_argument("--files", action="append", default=["/usr/share"], help="folders of image files to identify")
    parser.add_argument("--only", action="append", choices=PARTS, help="parts to run")
    parser.add_argument("--quick", action="store_true", help="look whether anything is worse than before by more than 15 %%")
    parser.add_argument("--renew", action="store_true", help="with --quick: what is found is what is held to from now on")
    parser.add_argument("--keep", action="store_true", help="keep the raw figures in benchmarks/runs")
    return parser.parse_args()


def photograph(bench):
    found, levels = bench.race(lambda racing: cold.one_photograph(racing, bench.options))
    report.print_comparison("Made anew: a JPEG of 2725x2225 to widths from 300 to 700, 4 connections", found)
    return {"levels": levels, "rounds": found}, cold.verdicts_of_one_photograph(found)


def folder(bench):
    pictures = sources.wallpapers(bench.sources)
    return each_once(bench, f"{len(pictures)} wallpapers, half of them progressive, each once to 640 px", pictures, 1.6)


def progressive(bench):
    pictures = [sources.PROGRESSIVE] * 4
    return each_once(bench, "a progressive JPEG of 4224x3168 to 320 px", pictures, 1.5, width=320)


def graphics(bench):
    with bench.start() as server:
        connection = connect(server)

        def write(name, width, format):
            return get_image(connection, server.path_of(Variant(name, width, 0, format, 90))).body

        pictures = sources.graphics(bench.sources, write)
    return each_once(bench, "PNG, WebP and GIF, each once to 640 px as WebP", pictures, 1.8, format="webp")


def each_once(bench, work, pictures, aim, width=640, format="jpeg"):
    """Each of some pictures once a round, beside the fastest peer."""
    # One of them writes the format of the source and nothing else.
    names = [name for name in peers.ALL if format == "jpeg" or name != "image_filter"]
    one = functools.partial(cold.each_once, sources=pictures, options=bench.options, width=width, format=format)
    found, levels = bench.race(one, names, format)
    report.print_comparison(f"Made anew: {work}, 4 connections", found)
    return {"levels": levels, "rounds": found}, beside_the_best(f"cold: {work}", found, aim)


def burst(bench):
    names = sources.copies(bench.sources, sources.PHOTOGRAPH, BURSTS)
    # As it comes: with its cache of sources.
    found, levels = bench.race(lambda racing: cold.bursts(racing, names, bench.options), SOURCE_CACHE_BYTES="")
    report.print_comparison("A srcset: 8 widths of a new JPEG of 2725x2225 at once", found)
    return {"levels": levels, "rounds": found}, cold.verdicts_of_bursts(found)


def formats_beside_sharp(bench):
    try:
        peers.install_ipx(bench.folder / "ipx")
    except servers.Unavailable as reason:
        print(f"\nNo comparison: {reason}")
        return None, []
    file = bench.sources / sources.PHOTOGRAPH.name
    with formats.sharp(bench.folder / "ipx", file) as peer:
        found = formats.compare(bench.start, peer, bench.judge(), bench.options.rounds)
    report.print_formats("A JPEG of 2725x2225 to 720 pixels: time, and bytes at equal SSIMULACRA2, beside sharp", found)
    return found, formats.verdicts(found)


def hits_beside(bench):
    results, verdicts = {}, []
    for length in hits.LENGTHS:
        with ExitStack() as running:
            ours = running.enter_context(bench.start())
            path, body = hits.variant_of(ours, length)
            found = race_of_hits(bench, running, ours, path, body)
        report.print_comparison(f"Hits: {len(body)} bytes from memory, 64 kept connections, beside the same bytes", found)
        results[length] = found
        verdicts += hits.verdicts(length, found)
    return results, verdicts


def race_of_hits(bench, running, ours, path, body):
    """Hits of ours beside nginx, which serves the same bytes as a file, and Varnish, which has them from nginx."""
    root = bench.folder / "static"
    root.mkdir(exist_ok=True)
    (root / "hit.jpg").write_bytes(body)
    racing, paths = [ours], {ours.name: path}
    try:
        nginx = running.enter_context(servers.nginx(bench.folder / "nginx", root, bench.folder / "nginx.log"))
        racing.append(nginx)
        print(f"\nThe load generator takes {hits.limit_of_the_generator(nginx, bench.options):.0f} empty answers/s")
        varnish = servers.varnish(bench.folder / "varnish-hits", nginx, bench.folder / "varnish.log")
        racing.append(running.enter_context(varnish))
    except servers.Unavailable as reason:
        print(f"\nWithout it: {reason}")
    for server in racing[1:]:
        paths[server.name] = "/hit.jpg"
        hits.check_same_bytes(server, "/hit.jpg", body)
    return hits.beside(racing, paths, bench.options)


def crowded(bench):
    with bench.start() as server:
        path, _ = hits.variant_of(server, 16 * hits.KIB)
        found = hits.while_busy(server, path, bench.options)
    report.print_crowded("Hits of 16 KiB over 8 connections while misses take all workers: p99 in ms", found)
    return found, hits.verdict_while_busy(found)


def overloaded(bench):
    with bench.start(**memory.BUDGETS) as server:
        found = overload.overload(server, memory.BOUND_BYTES, bench.options)
    report.print_overload("Overload: ten times as many new images as there is capacity for", found)
    return found, found.verdicts()


def beside_no_refining(bench):
    found, verdicts = {}, []
    for work, ask in (("without a pause", refining.without_a_pause), ("one at a time", refining.with_pauses)):
        with ExitStack() as running:
            found[work] = ask(bench.refining(running), bench.options)
        report.print_comparison(f"Images made anew, {work}, beside servers that refine nothing", found[work])
        verdicts += refining.verdicts(work, found[work])
    return found, verdicts


def large_sources(bench):
    names = sources.copies(bench.sources, sources.LARGE, memory.CROWD)
    found = memory.large_sources(bench.start, names)
    report.print_memory("Memory: photographs of 12 megapixels, each with a URL of its own", found)
    peaks = memory.beside_peers(bench.start, names, bench.folder, bench.sources)
    report.print_peaks("The same beside peers, all as they come", peaks)
    work = "64 photographs of 12 megapixels at once"
    return {"budgets": found, "peaks": peaks}, found.verdicts(work) + memory.verdicts(peaks)


def slow_readers(bench):
    found = memory.slow_readers(bench.start)
    report.print_memory(f"Memory: {memory.SLOW_READERS} slow readers, each of a variant of its own", found)
    return found, found.verdicts(f"{memory.SLOW_READERS} slow readers")


def identify(bench):
    """What it takes to identify files, and how many need no more than their first bytes."""
    command = [bench.target / "release/examples/identify_heads", str(FIRST_BYTES), *bench.options.files]
    found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    report.print_identify("Identify: image files of this system", found)
    return found, [
        Verdict("identify: a JPEG's header, in microseconds", found["jpeg_us"], IDENTIFY_US, at_most=True),
        Verdict("identify: files known by their first 64 KiB", found["known"] / found["files"], 0.99),
    ]


PARTS = {
    "photograph": photograph,
    "folder": folder,
    "progressive": progressive,
    "graphics": graphics,
    "burst": burst,
    "formats": formats_beside_sharp,
    "hits": hits_beside,
    "crowded": crowded,
    "overload": overloaded,
    "refining": beside_no_refining,
    "large": large_sources,
    "slow": slow_readers,
    "identify": identify,
}
# What tells most in little time.
QUICK_PARTS = ["photograph", "graphics", "hits"]


if __name__ == "__main__":
    try:
        main()
    except (WrongAnswer, RuntimeError, OSError, subprocess.CalledProcessError) as failure:
        sys.exit(f"benchmarks: {failure}")
