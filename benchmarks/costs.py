"""Measures what a variant costs: processor time and bytes, by format and size, made anew and from the cache.

The time is the kernel's account of the server's threads, so other work on the machine counts for little: it takes a few
percent by what it pushes out of the processor's caches. See README.md and docs/scaling.md.
"""

import argparse
import json
import subprocess
import tempfile
import time
from itertools import product
from pathlib import Path
from statistics import geometric_mean, linear_regression, mean

import load
import report
import servers

HERE = Path(__file__).parent
BACKGROUNDS = Path("/usr/share/backgrounds")
# Of the package lomiri-wallpapers-16.04: landscapes, a portrait, fine detail, much sky.
WALLPAPERS = (
    "Bridge_by_Sander_Klootwijk.jpg",
    "Dragonfly_by_Bolly.jpg",
    "Wine_by_Jakkub_Mede.jpg",
    "life_by_Aitzol_Berasategi.jpg",
    "seeding_by_Clements_Engelhardt.jpg",
    "umang_by_Abhishek_Mudgal.jpg",
)
FORMATS = ("jpg", "webp", "avif")
WIDTHS = (320, 640, 1280)
REPEATS = 3
REFINING_SECONDS = 240
HIT_SECONDS = 3


def main():
    options = arguments()
    binary = options.binary or options.target.resolve() / "release/inkfish"
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        sources = photographs(binary, folder / "sources")
        results = {
            "variants": made_anew(binary, sources, folder),
            "refined": refined(binary, sources, folder),
            "hits": hits(binary, sources, folder),
        }
    results["model"] = model(results["variants"])
    print_results(results)
    if options.keep:
        kept = report.keep(HERE / "runs", facts(binary), results, "-costs")
        print(f"Kept as {kept.relative_to(HERE.parent)}")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", type=Path, default=Path("target"), help="folder of what was built")
    parser.add_argument("--binary", type=Path, help="the server, if it is elsewhere")
    parser.add_argument("--keep", action="store_true", help="keep figures in benchmarks/runs")
    return parser.parse_args()


def facts(binary):
    """What the figures depend on."""
    return report.hardware() | {"inkfish": report.said([binary, "--version"]), "wrk": report.said(["wrk", "-v"])}


def photographs(binary, folder):
    """Writes wallpapers as cameras and shops do, whole and halved, baseline and progressive; returns what each is."""
    folder.mkdir()
    asks = product(WALLPAPERS, ("1/1", "1/2"), (False, True))
    return [photograph(binary, write(folder, *one), progressive=one[2]) for one in asks]


def write(folder, wallpaper, scale, is_progressive):
    """One photograph: 4:2:0 at quality 85, as those of sources.py."""
    path = folder / f"{wallpaper.partition('_')[0]}-{scale[-1]}-{'progressive' if is_progressive else 'baseline'}.jpg"
    pixels = subprocess.run(["djpeg", "-scale", scale, BACKGROUNDS / wallpaper], check=True, stdout=subprocess.PIPE).stdout
    command = ["cjpeg", "-quality", "85", "-sample", "2x2", *(["-progressive"] if is_progressive else [])]
    with open(path, "wb") as output:
        subprocess.run(command, check=True, input=pixels, stdout=output)
    return path


def photograph(binary, path, progressive):
    """What a photograph is, by its header."""
    said = json.loads(subprocess.run([binary, "identify", path], check=True, stdout=subprocess.PIPE).stdout)
    return {
        "name": path.name,
        "megapixels": said["width"] * said["height"] / 1e6,
        "ratio": said["height"] / said["width"],
        "width": said["width"],
        "progressive": progressive,
        "bytes": path.stat().st_size,
    }


def path_of(source, width, extension):
    """The URL's path of a variant."""
    return f"/unsigned/w:{width}/plain/local:///{source['name']}@{extension}"


def made_anew(binary, sources, folder):
    """Every variant, made several times by a server that keeps nothing; the least of the times."""
    nothing = {"CACHE_MEMORY_BYTES": 0, "REFINE": "false"}
    with servers.inkfish(binary, folder / "sources", folder / "log", **nothing) as server:
        connection = load.connect(server)
        # What is done once at the start, and by the first of each format, is not the cost of a variant.
        for extension in FORMATS:
            ask(connection, path_of(sources[0], 64, extension))
        asks = product(sources, WIDTHS, FORMATS)
        return [variant(server, connection, *one) for one in asks if one[1] < one[0]["width"]]


def variant(server, connection, source, width, extension):
    """One variant: its size, and the processor time that it takes."""
    times, path = [], path_of(source, width, extension)
    for _ in range(REPEATS):
        before = processor_ms(server)
        body = ask(connection, path)
        times.append(processor_ms(server) - before)
    return {
        "source": source,
        "format": extension,
        "width": width,
        "megapixels": width * round(width * source["ratio"]) / 1e6,
        "bytes": len(body),
        # What other work on the machine adds by sharing a core and its caches is not ours.
        "cpu_ms": min(times),
    }


def ask(connection, path):
    """The body of what is asked for, which must come."""
    answer = load.get(connection, path)
    if answer.status != 200:
        raise load.WrongAnswer(f"{answer.status} to {path}: {answer.body[:200]!r}")
    return answer.body


def processor_ms(server):
    """Processor time of all threads so far, which the kernel counts in nanoseconds."""
    threads = Path(f"/proc/{server.process.pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e6


def refined(binary, sources, folder):
    """By format: what the refined stage takes beside the fast one, and the bytes it leaves."""
    return {extension: refined_format(binary, sources, folder, extension) for extension in FORMATS}


def refined_format(binary, sources, folder, extension):
    """The same for one format, of variants of 640 pixels width and progressive sources."""
    cache = folder / f"cache-{extension}"
    cache.mkdir()
    settings = {"CACHE_DIR": cache, "REFINE": "true", "SOURCE_CACHE_BYTES": "1GiB"}
    with servers.inkfish(binary, folder / "sources", folder / "log", **settings) as server:
        connection = load.connect(server)
        sources = [source for source in sources if source["progressive"]]
        paths = [path_of(source, 640, extension) for source in sources]
        # Nothing is refined while the server has much to do, so that its time up to here is the fast stage's.
        fast = [ask(connection, path) for path in paths]
        before = processor_ms(server)
        refined = wait_until_refined(server, connection, paths)
        spent = processor_ms(server) - before
    return {
        "cpu_ms": spent / len(paths),
        "bytes_ratio": geometric_mean(len(after) / len(body) for body, after in zip(fast, refined)),
    }


def wait_until_refined(server, connection, paths):
    """The bodies once no answer says that it will be made smaller."""
    deadline = time.monotonic() + REFINING_SECONDS
    waiting = list(paths)
    while waiting:
        if time.monotonic() > deadline:
            raise RuntimeError(f"not refined: {waiting}")
        time.sleep(1)
        waiting = [path for path in waiting if stage(connection, path) == "fast"]
    return [ask(connection, path) for path in paths]


def stage(connection, path):
    """What the answer says of its stage."""
    connection.request("HEAD", path)
    response = connection.getresponse()
    response.read()
    return response.headers["Inkfish-Stage"]


def hits(binary, sources, folder):
    """Processor time of a hit in each tier."""
    found = {}
    path = path_of(sources[0], 320, "webp")
    for tier, memory in (("memory", "64MiB"), ("disk", 0)):
        cache = folder / f"hits-{tier}"
        cache.mkdir()
        settings = {"CACHE_DIR": cache, "CACHE_MEMORY_BYTES": memory, "REFINE": "false"}
        with servers.inkfish(binary, folder / "sources", folder / "log", **settings) as server:
            found[tier] = hit(server, path)
    return found | {"shared": shared_hits(binary, sources, folder)}


def shared_hits(binary, sources, folder):
    """The mean of hits in a shared store, here a folder: one server fills it, another one finds everything there."""
    paths = [path_of(source, 640, extension) for source, extension in product(sources, FORMATS)]
    store = folder / "shared"
    store.mkdir()
    with sharing(binary, folder, store, "first") as server:
        connection = load.connect(server)
        sizes = [len(ask(connection, path)) for path in paths]
    with sharing(binary, folder, store, "second") as server:
        connection = load.connect(server)
        before = processor_ms(server)
        found = sum(is_shared(connection, path) for path in paths)
        spent = processor_ms(server) - before
    if found < len(paths):
        raise load.WrongAnswer(f"{found} of {len(paths)} were in the shared store")
    return {"cpu_ms": spent / len(paths), "bytes": round(mean(sizes))}


def sharing(binary, folder, store, name):
    """A server with a folder of its own and a shared one, which has everything once the server has stopped."""
    cache = folder / f"sharing-{name}"
    cache.mkdir()
    settings = {"CACHE_DIR": cache, "REFINE": "false", "SHARED_CACHE_URL": f"file://{store}", "SHARED_CACHE_SINGLE_WRITER": "true"}
    return servers.inkfish(binary, folder / "sources", folder / "log", **settings)


def is_shared(connection, path):
    """Whether the answer came from the shared store."""
    connection.request("GET", path)
    response = connection.getresponse()
    response.read()
    return "hit_shared" in response.headers["Cache-Status"]


def hit(server, path):
    """The time of one of many hits of a path, and its bytes."""
    body = ask(load.connect(server), path)
    before = processor_ms(server)
    rate, _, _ = load.wrk(server, path, 16, HIT_SECONDS)
    return {"cpu_ms": (processor_ms(server) - before) / (rate * HIT_SECONDS), "bytes": len(body)}


def model(variants):
    """Milliseconds for each megapixel of a source, and, beside that, for each file and megapixel of a format.

    What a source takes is what its smallest JPEG does, of which hardly anything is not reading and decoding it. A
    progressive one takes less of that at an eighth than at other sizes, so formats are told by baseline sources alone.
    """
    decoding = {one["source"]["name"]: one["cpu_ms"] for one in variants if (one["format"], one["width"]) == ("jpg", 320)}
    return {
        "source_megapixel_ms": {kind: decoding_time(variants, decoding, kind) for kind in ("baseline", "progressive")},
        "formats": {extension: writing_time(variants, decoding, extension) for extension in FORMATS},
    }


def decoding_time(variants, decoding, kind):
    """Milliseconds for each megapixel of the sources of a kind."""
    sources = {one["source"]["name"]: one["source"] for one in variants}
    own = [source for source in sources.values() if source["progressive"] == (kind == "progressive")]
    return sum(decoding[source["name"]] for source in own) / sum(source["megapixels"] for source in own)


def writing_time(variants, decoding, extension):
    """The line through the times of a format's variants of baseline sources, less those of their sources."""
    own = [one for one in variants if one["format"] == extension and not one["source"]["progressive"]]
    pixels = [one["megapixels"] for one in own]
    slope, intercept = linear_regression(pixels, [one["cpu_ms"] - decoding[one["source"]["name"]] for one in own])
    return {"file_ms": intercept, "megapixel_ms": slope}


def print_results(results):
    print(f"{'':12}{'MP':>7}{'CPU ms':>9}{'bytes':>9}   means over the photographs")
    for extension, width in product(FORMATS, WIDTHS):
        group = [one for one in results["variants"] if (one["format"], one["width"]) == (extension, width)]
        cells = (mean(one[field] for one in group) for field in ("megapixels", "cpu_ms", "bytes"))
        print("{:12}{:>7.2f}{:>9.1f}{:>9.0f}".format(f"{extension} {width}", *cells))
    for kind, ms in results["model"]["source_megapixel_ms"].items():
        print(f"A megapixel of a {kind} source: {ms:.1f} ms")
    for extension, line in results["model"]["formats"].items():
        print(f"Written as {extension}: {line['file_ms']:.1f} ms and {line['megapixel_ms']:.0f} ms a megapixel")
    for extension, figures in results["refined"].items():
        print(f"Refined {extension} 640: {figures['cpu_ms']:.0f} ms, {figures['bytes_ratio']:.2f} of the bytes")
    for tier, figures in results["hits"].items():
        print(f"Hit from {tier}: {figures['cpu_ms'] * 1000:.0f} µs for {figures['bytes']} bytes")


if __name__ == "__main__":
    main()
