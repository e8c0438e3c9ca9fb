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
        "varnish": said([servers.varnish_program() or "varnishd", "-V"]),
        "ipx": ipx_versions(),
        "thumbor": thumbor_version(),
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


def thumbor_version():
    """The version that is pinned here."""
    pinned = (Path(__file__).parent / "thumbor/requirements.txt").read_text()
    return re.search(r"^thumbor==(.+)$", pinned, re.MULTILINE)[1]


def print_machine(facts):
    """The machine in a line or two."""
    print(f"{facts['cpu']}, {facts['cores']} cores, {facts['memory_gib']} GiB, Linux {facts['kernel']}")
    tools = ("inkfish", "nginx", "varnish", "wrk", "node", "python", "thumbor")
    print(", ".join(f"{tool} {facts[tool] or 'missing'}" for tool in tools) + f"; {facts['ipx']}")


def print_levels(levels):
    """The qualities at which files look alike."""
    told = ", ".join(f"{level.server} q{level.quality} {level.score:.1f}" for level in levels)
    print(f"\nSSIMULACRA2 of the photograph at 545x445: {told}")


def print_comparison(title, comparison):
    """The medians of every side, and ours beside each."""
    print(f"\n{title}")
    print(f"  {'':13}{'answers/s':>11}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms each':>13}   ours is")
    print(f"  {'inkfish':13}{row(comparison.ours)}")
    for name, rounds in comparison.peers.items():
        cpu = comparison.cpu_ratio(name)
        for_cpu = "" if cpu is None else f", {cpu:.2f} for the same processor time"
        print(f"  {name:13}{row(rounds)}   {comparison.ratio(name):.2f} times{for_cpu}")


def row(rounds):
    """The medians of some rounds as cells of a table."""
    rate, p50, p99 = (median(getattr(one, field) for one in rounds) for field in ("rate", "p50_ms", "p99_ms"))
    known = [one.cpu_ms for one in rounds if one.cpu_ms is not None]
    cpu = f"{median(known):>13.3f}" if known else f"{'':13}"
    return f"{rate:>11.1f}{p50:>9.2f}{p99:>9.2f}{cpu}"


def print_crowded(title, found):
    """Medians of the slowest."""
    print(f"\n{title}\n  idle {median(found['idle']):.2f}, busy {median(found['busy']):.2f}")


def print_overload(title, found):
    """What came, what it was told, and what that took."""
    told = ", ".join(f"{count} {status}" for status, count in sorted(found.answers.items(), key=str))
    print(f"\n{title}")
    print(f"  at best {found.peak:.1f} images/s; offered {found.offered:.0f}/s: {found.goodput:.1f} images/s")
    print(f"  of a second of processor time {found.peak_cpu:.1f} at best, {found.goodput_cpu:.1f} then")
    print(f"  {told}; refused after {found.refused_ms:.1f} ms; peak {found.peak_bytes / MIB:.0f} MiB")


def print_identify(title, found):
    print(f"\n{title}")
    print(f"  {found['files']} files, {found['known']} known by their first bytes; a JPEG in {found['jpeg_us']:.2f} us")


def print_verdicts(verdicts):
    """Every figure beside its aim."""
    print(f"\n{'':68}{'figure':>9}{'aim':>14}")
    for verdict in verdicts:
        of = f" / {verdict.remark}" if verdict.remark else ""
        aim = f"{'at most' if verdict.at_most else 'at least'} {verdict.aim:.2f}"
        print(f"{verdict.work + of:68}{verdict.figure:>9.2f}{aim:>14}  {'met' if verdict.is_met() else 'MISSED'}")


def print_formats(title, found):
    """Formats beside sharp."""
    print(f"\n{title}")
    print(f"{'':14}{'ours':>28}{'sharp':>24}{'time':>8}{'work':>8}{'bytes':>8}")
    for one in found:
        ours = f"{median(one.ours.ms):.1f} ms {one.ours.bytes} B q{one.ours.quality} {one.ours.score:.1f}"
        theirs = f"{median(one.theirs.ms):.1f} ms {one.theirs.bytes} B {one.theirs.score:.1f}"
        print(f"{one.name:14}{ours:>28}{theirs:>24}{one.time_ratio():>8.2f}{one.work_ratio():>8.2f}{one.bytes_ratio():>8.2f}")
    ours = {one.name: median(one.ours.ms) for one in found}
    print(f"AVIF takes {ours['avif'] / ours['webp']:.2f} times the time of WebP")


def print_memory(title, memory):
    """The peak beside its bound."""
    peak, bound, idle = (value / MIB for value in (memory.peak_bytes, memory.bound_bytes, memory.idle_bytes))
    print(f"\n{title}\n  {memory.remark}")
    print(f"  peak {peak:.0f} MiB (idle {idle:.0f}) of {bound:.0f} MiB")


def print_peaks(title, peaks):
    """The peaks by server."""
    told = ", ".join(f"{name} {taken / MIB:.0f} MiB" for name, taken in peaks.items())
    print(f"\n{title}\n  {told}")


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
    if isinstance(result, dict):
        return {str(name): raw(value) for name, value in result.items()}
    if isinstance(result, (list, tuple)):
        return [raw(one) for one in result]
    return asdict(result) if is_dataclass(result) else result
