"""Memory beside what the settings allow, and beside what peers take."""

from contextlib import ExitStack
from dataclasses import dataclass

import peers
from load import ask_at_once, connect, get_image, read_slowly
from rounds import Verdict
from sources import LARGE, PHOTOGRAPH
from variants import Variant

MIB = 1024 * 1024
CROWD = 64
SLOW_READERS = 500
# Small budgets, so that a leak past them shows; more workers than cores, so that it is the budget that holds
# them back. The times are long because a slow machine must not look like a greedy one.
BUDGETS = {
    "PIXEL_MEMORY_BYTES": 256 * MIB,
    "TRANSFER_MEMORY_BYTES": 256 * MIB,
    "CACHE_MEMORY_BYTES": 64 * MIB,
}
SETTINGS = {**BUDGETS, "WORKERS": 8, "TIMEOUT": 120, "WRITE_RESPONSE_TIMEOUT": 120}
ALLOWANCE_BYTES = 100 * MIB
BOUND_BYTES = sum(BUDGETS.values()) + ALLOWANCE_BYTES
# What a peer's memory may be at most before ours is beside it.
AIMS = {"ipx": 0.25, "thumbor": 1.0}


@dataclass(frozen=True)
class Memory:
    """What was resident at most beside what the settings allow, and what was going on."""

    idle_bytes: int
    peak_bytes: int
    bound_bytes: int
    remark: str

    def verdicts(self, work):
        part = self.peak_bytes / self.bound_bytes
        return [Verdict(f"memory: {work}", part, 1.0, at_most=True, remark="the budget")]


def large_sources(start, names):
    """Memory while many large photographs are asked for at once, hardly reduced, so that all is decoded."""
    with start(**SETTINGS) as server:
        idle = server.resident_bytes()
        ask_at_once(server, large(server, names))
        return Memory(idle, server.peak_bytes(), BOUND_BYTES, f"{len(names)} at once, all answered")


def beside_peers(start, names, folder, sources):
    """The peaks of the same, by server, each as it comes but for its patience."""
    with start(TIMEOUT=120, WRITE_RESPONSE_TIMEOUT=120) as server:
        ask_at_once(server, large(server, names))
        ours = server.peak_bytes()
    return {"inkfish": ours, **dict(taken_by(names, folder, sources))}


def verdicts(peaks):
    return [
        Verdict("memory: 64 photographs of 12 megapixels at once", peaks["inkfish"] / taken, AIMS[peer], True, peer)
        for peer, taken in peaks.items()
        if peer in AIMS
    ]


def taken_by(names, folder, sources):
    """The peaks of peers that are asked for the same, by name."""
    for name in AIMS:
        with ExitStack() as running:
            for server in peers.started(running, folder, sources, [name]):
                ask_at_once(server, large(server, names))
                yield name, server.peak_bytes()


def large(server, names):
    """Asks of a width for each source; multiples of 4, so that no height lies between two pixels."""
    for number, name in enumerate(names):
        width = 2800 + number * 4
        yield server.path_of(Variant(name, width, width)), LARGE.sizes_at(width)


def slow_readers(start):
    """Memory while large variants, each another, are read by a trickle."""
    width, quality = 2400, 94
    with start(**SETTINGS) as server:
        paths = [server.path_of(Variant(PHOTOGRAPH.name, width, number, quality=quality)) for number in range(SLOW_READERS)]
        idle = server.resident_bytes()
        connection = connect(server)
        length = len(get_image(connection, paths[0], PHOTOGRAPH.sizes_at(width)).body)
        connection.close()
        crowd = read_slowly(server, paths, hold_seconds=3)
        remark = f"{length / MIB:.2f} MiB each; {crowd.reading} read at once, {crowd.refused} were told 503"
        return Memory(idle, server.peak_bytes(), BOUND_BYTES, remark)
