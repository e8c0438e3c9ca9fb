"""Says what was found: tables for a reader, one file of raw figures for the record."""

import json
import os
import platform
import re
import subprocess
from dataclasses import asdict, is_dataclass
from datetime import date
from pathlib import Path
from statistics import median

import servers

MIB = 1024 * 1024


def machine(binary):
    """What the figures depend on, and nothing that tells whose machine it is."""
    return hardware() | {
        "python": platform.python_version(),
        "inkfish": said([binary, "--version"]),
        "nginx": said([servers.nginx_program() or "nginx", "-v"]),
        "wrk": said(["wrk", "-v"]),
        "node": said(["node", "--version"]),
        "ipx": ipx_versions(),
    }


def hardware():
    """The machine by itself."""
    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3),
        "kernel": re.match(r"[\d.]+", platform.release())[0],
    }


def cpu_model():
    """The processor's name as the kernel knows it, or the architecture."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def said(command):
    """The version number in the first line that a program says of itself."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=10)
    except OSError:
        return None
    number = re.search(r"\d+\.\d+(\.\d+)?", done.stdout)
    return number and number[0]


def ipx_versions():
    """The versions that are pinned here."""
    pinned = json.loads((Path(__file__).parent / "ipx/package.json").read_text())["dependencies"]
    return ", ".join(f"{name} {version}" for name, version in pinned.items())


def print_machine(facts):
    """The machine in a line or two."""
    print(f"{facts['cpu']}, {facts['cores']} cores, {facts['memory_gib']} GiB, Linux {facts['kernel']}")
    tools = ("inkfish", "nginx", "wrk", "node", "python")
    print(", ".join(f"{tool} {facts[tool] or 'missing'}" for tool in tools) + f"; {facts['ipx']}")


def print_comparison(title, comparison, peer, aim):
    """Both sides' medians, and the ratio beside its aim."""
    print(f"\n{title}")
    print(f"  {'':9}{'answers/s':>11}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms each':>13}")
    for name, rounds in (("inkfish", comparison.ours), (peer, comparison.theirs)):
        if rounds:
            print(f"  {name:9}{row(rounds)}")
    if comparison.theirs:
        ratio = comparison.ratio()
        print(f"  {ratio:.2f} times {peer}, aim at least {aim:.2f}: {verdict(ratio >= aim)}")
        print(f"  {comparison.cpu_ratio():.2f} times {peer} for the same processor time")
    else:
        print(f"  {peer} was not there to compare with")


def print_refining(title, comparison):
    """Both ways, and how much refining takes from those who wait."""
    print(f"\n{title}")
    print(f"  {'':9}{'answers/s':>11}{'p50 ms':>9}{'p99 ms':>9}")
    for name, rounds in (("refining", comparison.ours), ("not", comparison.theirs)):
        rate, p50, p99 = (median(getattr(one, field) for one in rounds) for field in ("rate", "p50_ms", "p99_ms"))
        print(f"  {name:9}{rate:>11.1f}{p50:>9.2f}{p99:>9.2f}")
    print(f"  {comparison.ratio():.2f} of the answers, {comparison.p99_ratio():.2f} of the slowest times; aim: 1.00")


def row(rounds):
    """The medians of some rounds as cells of a table."""
    rate, p50, p99, cpu = (
        median(getattr(one, field) for one in rounds) for field in ("rate", "p50_ms", "p99_ms", "cpu_ms")
    )
    return f"{rate:>11.1f}{p50:>9.2f}{p99:>9.2f}{cpu:>13.3f}"


def print_formats(title, found):
    """Formats beside sharp: aims are 0.7 of its time, 1.02 of its bytes, and AVIF at most twice our WebP."""
    print(f"\n{title}")
    print(f"{'':14}{'ours':>28}{'sharp':>24}{'time':>8}{'work':>8}{'bytes':>8}")
    for one in found:
        ours = f"{median(one.ours.ms):.1f} ms {one.ours.bytes} B q{one.ours.quality} {one.ours.score:.1f}"
        theirs = f"{median(one.theirs.ms):.1f} ms {one.theirs.bytes} B {one.theirs.score:.1f}"
        print(f"{one.name:14}{ours:>28}{theirs:>24}{one.time_ratio():>8.2f}{one.work_ratio():>8.2f}{one.bytes_ratio():>8.2f}")
    ours = {one.name: median(one.ours.ms) for one in found}
    print(f"AVIF takes {ours['avif'] / ours['webp']:.2f} times the time of WebP (aim: at most 2)")


def print_memory(title, memory):
    """The peak beside its bound."""
    peak, bound, idle = (value / MIB for value in (memory.peak_bytes, memory.bound_bytes, memory.idle_bytes))
    print(f"\n{title}\n  {memory.remark}")
    print(f"  peak {peak:.0f} MiB (idle {idle:.0f}), aim at most {bound:.0f} MiB: {verdict(peak <= bound)}")


def verdict(is_met):
    """Met or missed."""
    return "met" if is_met else "MISSED"


def keep(folder, facts, results, suffix=""):
    """Writes the raw figures under the date and the kind of machine, and returns where."""
    slug = re.sub(r"[^a-z0-9]+", "-", facts["cpu"].lower()).strip("-")
    target = folder / f"{date.today().isoformat()}-{slug}-{facts['cores']}-cores"
    target.mkdir(parents=True, exist_ok=True)
    number = 1 + sum(1 for _ in target.glob("*.json"))
    path = target / f"{number}{suffix}.json"
    figures = {name: raw(result) for name, result in results.items()}
    path.write_text(json.dumps({"machine": facts, **figures}, indent=2) + "\n")
    return path


def raw(result):
    """What was measured, as plain values."""
    if isinstance(result, list):
        return [raw(one) for one in result]
    return asdict(result) if is_dataclass(result) else result
