"""Measures the cache at a million entries and prints what was found beside its aims. See README.md."""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

import report

HERE = Path(__file__).parent


def main():
    options = arguments()
    examples = options.target.resolve() / "release/examples"
    folder = options.target.resolve() / "bench/cache"
    facts = report.machine(options.target / "release/inkfish")
    report.print_machine(facts)
    results = {"folder": large_folder(examples, folder, options.entries), "traces": traces(examples)}
    print_folder(results["folder"])
    print_traces(results["traces"])
    if options.keep:
        print(f"\nKept as {report.keep(HERE / 'runs', facts, results).relative_to(HERE.parent)}")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", type=Path, default=Path("target"), help="folder of what was built")
    parser.add_argument("--entries", type=int, default=1_000_000, help="entries of the folder")
    parser.add_argument("--keep", action="store_true", help="keep the raw figures in benchmarks/runs")
    return parser.parse_args()


def large_folder(examples, folder, entries):
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    return json.loads(run([examples / "bench_cache", folder, str(entries)]))


def traces(examples):
    *ratios, cost = map(json.loads, run([examples / "cache_traces"]).splitlines())
    return {"ratios": ratios, "cost": cost}


def run(command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def print_folder(found):
    print(f"\nA folder of {found['entries']:,} entries, of which {found['expired']:,} have expired")
    for name, aim in (("cold", 80), ("warm", 140)):
        turn = found[name]
        if isinstance(turn, str):
            print(f"  {name}: {turn}")
            continue
        print(
            f"  sweep, {name}: {turn['sweep_seconds']:.3f} s; find -mmin -delete: {turn['find_seconds']:.1f} s; "
            f"{turn['ratio']:.0f} times less (aim: {aim}); pass over folders: {turn['folder_pass_seconds']:.2f} s"
        )
    start = found["start"]
    opening = start["open_seconds"] + start["first_entry_seconds"]
    print(f"  start, to the first entry: {opening * 1e3:.0f} ms (aim: 1000); the whole journal: {start['journal_seconds']:.2f} s")
    looks = found["lookups"]
    print_looks("memory", looks["memory"])
    print_looks("disk", looks["disk"])
    print_looks("disk, while sweeping", looks["disk_while_sweeping"]["looks"])
    tags, everything = looks["disk_while_purging_tags"], looks["disk_while_purging_all"]
    print_looks("disk, while purging tags", tags["looks"])
    print_looks("disk, while purging all", everything["looks"])
    print(
        f"  purge of a tag, until acknowledged: {tags['acknowledged_ms_median']:.2f} ms, "
        f"p99 {tags['acknowledged_ms_p99']:.2f} ms (aim: 10); of all: {everything['acknowledged_ms']:.2f} ms"
    )


def print_looks(name, looks):
    print(f"  look-ups, {name}: {looks['per_second']:,.0f}/s, p50 {looks['p50_us']:.1f} us, p99 {looks['p99_us']:.1f} us")


def print_traces(found):
    print("\nHit ratio against exact LRU, by trace (aim: at least 0.97 of it)")
    worst = {}
    for line in found["ratios"]:
        ours, exact = line["inkfish"]["asks"], line["exact_lru"]["asks"]
        ratio = ours / exact if exact else 1.0
        worst[line["trace"]] = min(worst.get(line["trace"], ratio), ratio)
    for trace, ratio in worst.items():
        print(f"  {trace}: at worst {ratio:.3f}")
    cost = found["cost"]
    print(
        f"  its table: {cost['bytes_per_entry']:.1f} bytes an entry (aim: 64), {cost['used_ns']:.0f} ns a use, "
        f"read from its snapshot in {cost['load_ms']:.0f} ms"
    )


if __name__ == "__main__":
    try:
        main()
    except (subprocess.CalledProcessError, OSError, KeyError) as failure:
        sys.exit(f"benchmarks: {failure}")
