"""Times purges of one key in a Varnish that holds a million objects, by the files of vcl/. See README.md."""

import argparse
import http.client
import shutil
import socket
import statistics
import subprocess
import time
from pathlib import Path

import report

HERE = Path(__file__).parent
BATCH = 200
# About 1.1 KiB an object with its keys; the bound is far above, so that nothing is evicted.
STORAGE = "malloc,4g"


def main():
    options = arguments()
    facts = report.machine(options.target / "release/inkfish")
    report.print_machine(facts)
    with Varnish(options.target.resolve() / "bench/varnish") as varnish:
        results = measure(varnish, options.objects)
    show(results)
    if options.keep:
        print(f"\nKept as {report.keep(HERE / 'runs', facts, {'varnish': results}).relative_to(HERE.parent)}")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", type=Path, default=Path("target"), help="folder of what was built")
    parser.add_argument("--objects", type=int, default=1_000_000, help="objects that Varnish holds")
    parser.add_argument("--keep", action="store_true", help="keep the raw figures in benchmarks/runs")
    return parser.parse_args()


def measure(varnish, objects):
    """Fills Varnish, then purges sources of ten objects each and tags of a thousand, half of them softly."""
    sources, tags, middle = min(1000, objects // 100), min(100, objects // 4000), objects // 2000
    results = {"objects": objects, "varnish": report.said(["varnishd", "-V"]), "fill_seconds": varnish.fill(objects)}
    results["memory_bytes"] = varnish.memory_bytes()
    rounds = [
        ("a source, 10 objects", "xkey-purge", keys("s", 0, sources), 10),
        ("the same, softly", "xkey-softpurge", keys("s", sources, sources), 10),
        ("a tag, 1,000 objects", "xkey-purge", keys("tag", middle, tags), 1000),
        ("the same, softly", "xkey-softpurge", keys("tag", middle + tags, tags), 1000),
        ("a key that nothing has", "xkey-purge", keys("none", 0, sources), 0),
    ]
    results["purges"] = [time_purges(varnish, *turn) for turn in rounds]
    return results


def keys(kind, first, count):
    return [f"{kind}-{number}" for number in range(first, first + count)]


def time_purges(varnish, name, header, names, purged):
    """The times of purges, one after the other; each has to have met as many objects as its key has."""
    times = []
    for key in names:
        start = time.perf_counter()
        reason = varnish.purge(header, key)
        times.append((time.perf_counter() - start) * 1000)
        assert reason.endswith(f" {purged}"), f"{key}: {reason}"
    times.sort()
    return {
        "what": name,
        "purges": len(times),
        "median_ms": statistics.median(times),
        "p99_ms": times[int(len(times) * 0.99)],
        "longest_ms": times[-1],
    }


def show(results):
    gib = results["memory_bytes"] / 2**30
    print(f"\nVarnish {results['varnish']}: {results['objects']:,} objects in {gib:.2f} GiB of memory")
    for turn in results["purges"]:
        print(
            f"  {turn['what']:24} {turn['purges']:5} purges: median {turn['median_ms']:.2f} ms, "
            f"99 in 100 below {turn['p99_ms']:.2f} ms, longest {turn['longest_ms']:.2f} ms"
        )


class Varnish:
    """A Varnish of our own, on a port that the system gives, which ends with the block."""

    def __init__(self, folder):
        self.folder = folder

    def __enter__(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        path = f"{HERE / 'varnish'}:{HERE.parent / 'vcl'}"
        self.process = subprocess.Popen(
            ["varnishd", "-F", "-n", self.folder / "run", "-a", "127.0.0.1:0", "-f", HERE.parent / "vcl/inkfish.vcl"]
            + ["-p", f"vcl_path={path}", "-s", STORAGE, "-s", "Transient=malloc,256m"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.port = self.wait_for_port()
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def wait_for_port(self):
        for _ in range(200):
            said = subprocess.run(
                ["varnishadm", "-n", self.folder / "run", "debug.listen_address"], capture_output=True, text=True
            )
            words = said.stdout.split()
            if said.returncode == 0 and len(words) >= 3:
                return int(words[2])
            time.sleep(0.1)
        raise SystemExit("varnishd does not start")

    def fill(self, objects):
        """Has it make so many objects, by requests that do not wait for each other's answers; how long that took."""
        start = time.perf_counter()
        with socket.create_connection(("127.0.0.1", self.port)) as stream:
            for first in range(0, objects, BATCH):
                numbers = range(first, min(first + BATCH, objects))
                stream.sendall("".join(map(ask, numbers)).encode())
                await_answers(stream, len(numbers))
        return time.perf_counter() - start

    def purge(self, header, key):
        """What it says to a purge."""
        self.connection.request("PURGE", "/", headers={header: key})
        reply = self.connection.getresponse()
        reply.read()
        return reply.reason

    def memory_bytes(self):
        """What its process with the objects takes."""
        pids = subprocess.run(["pgrep", "-P", str(self.process.pid)], check=True, stdout=subprocess.PIPE, text=True)
        status = Path(f"/proc/{pids.stdout.split()[0]}/status").read_text()
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS"))


def ask(number):
    return f"HEAD /x/w:{number}/plain/{number} HTTP/1.1\r\nHost: bench\r\n\r\n"


def await_answers(stream, count):
    """Reads until so many answers have come, each a 200."""
    seen = b""
    while seen.count(b"\r\n\r\n") < count:
        piece = stream.recv(1 << 20)
        assert piece, "varnishd closed the connection"
        seen += piece
    assert seen.count(b"HTTP/1.1 200 ") == count, seen[:200]


if __name__ == "__main__":
    main()
