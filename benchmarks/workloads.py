"""What is measured: images made anew beside ipx, hits beside nginx, and memory beside its budgets.

Two servers are compared in rounds, one after the other within each, and the verdict is the median of the rounds'
ratios: whatever else the machine does then meets both.
"""

import itertools
from dataclasses import dataclass
from statistics import median

from load import WrongAnswer, ask_at_once, ask_in_turn, connect, get_image, read_slowly, wrk
from sources import LARGE, PHOTOGRAPH

MIB = 1024 * 1024

COLD_CONNECTIONS = 4
NARROWEST, WIDEST = 300, 700
QUALITY = 80

HIT_CONNECTIONS = 64
HIT_BYTES = 16 * 1024

CROWD = 64
SLOW_READERS = 500
# Small budgets, so that a leak past them shows; more workers than cores, so that it is the budget that holds
# them back. The times are long because a slow machine must not look like a greedy one.
BUDGETS = {
    "PIXEL_MEMORY_BYTES": 256 * MIB,
    "TRANSFER_MEMORY_BYTES": 256 * MIB,
    "CACHE_MEMORY_BYTES": 64 * MIB,
}
MEMORY_SETTINGS = {**BUDGETS, "WORKERS": 8, "TIMEOUT": 120, "WRITE_RESPONSE_TIMEOUT": 120}
ALLOWANCE_BYTES = 100 * MIB


@dataclass(frozen=True)
class Round:
    """One server's part in one round."""

    rate: float
    p50_ms: float
    p99_ms: float
    # Processor time that an answer cost the server.
    cpu_ms: float


@dataclass(frozen=True)
class Comparison:
    """Rounds of Inkfish and of its peer, if there is one; pairs by position."""

    ours: list
    theirs: list

    def ratio(self):
        """How many times the peer's rate ours is: the median over rounds."""
        return median(ours.rate / theirs.rate for ours, theirs in zip(self.ours, self.theirs))

    def cpu_ratio(self):
        """How many times our processor time an answer the peer's is."""
        return median(theirs.cpu_ms / ours.cpu_ms for ours, theirs in zip(self.ours, self.theirs))

    def p99_ratio(self):
        """How many times the peer's slowest answers ours are: the median over rounds."""
        return median(ours.p99_ms / theirs.p99_ms for ours, theirs in zip(self.ours, self.theirs))


@dataclass(frozen=True)
class Memory:
    """What was resident at most beside what the settings allow, and what was going on."""

    idle_bytes: int
    peak_bytes: int
    bound_bytes: int
    remark: str


def cold_path(server, width, number):
    """The URL of a width that nobody has asked for before, thanks to its number."""
    if server.name == "ipx":
        return f"/w_{width},q_{QUALITY},f_jpeg,n_{number}/{PHOTOGRAPH.name}"
    return variant_path(PHOTOGRAPH.name, width, QUALITY, number)


def variant_path(source, width, quality, number):
    """A variant of Inkfish's that is no other number's."""
    return f"/unsafe/rs:fit:{width}:0/q:{quality}/f:jpg/cb:{number}/plain/local:///{source}"


def scaled(photograph, width):
    """The size of a photograph at some width, alone in a list."""
    return [(width, round(photograph.height * width / photograph.width))]


def cold_asks(server, numbers):
    """Every width between the bounds, in an order that mixes narrow and wide, with the sizes that are right."""
    for number in numbers:
        width = NARROWEST + number * 37 % (WIDEST - NARROWEST + 1)
        sizes = scaled(PHOTOGRAPH, width)
        if server.name == "ipx":
            # It scales the height of what its decoder has scaled, and so is a row short at some widths.
            sizes += [(width, height - 1) for _, height in sizes]
        yield cold_path(server, width, number), sizes


def cold(ours, theirs, rounds, seconds):
    """Images made anew, by each server for `seconds` in each round."""

    def one(server, number):
        asks = cold_asks(server, itertools.count(number * 1_000_000))
        before = server.cpu_seconds()
        answers, elapsed = ask_in_turn(server, asks, COLD_CONNECTIONS, seconds)
        spent = server.cpu_seconds() - before
        times = sorted(answer.seconds * 1000 for answer in answers)
        return Round(len(times) / elapsed, median(times), percentile(times, 99), spent * 1000 / len(times))

    return compare(one, ours, theirs, rounds)


def refining(on, off, rounds, seconds):
    """Images made anew, by a server that refines what it has made and by one that does not. Each stands still while it
    is not its turn, since refining would go on then."""

    def one(server, number):
        asks = cold_asks(server, itertools.count(number * 1_000_000))
        server.go_on()
        answers, elapsed = ask_in_turn(server, asks, COLD_CONNECTIONS, seconds)
        server.stand_still()
        times = sorted(answer.seconds * 1000 for answer in answers)
        return Round(len(times) / elapsed, median(times), percentile(times, 99), 0)

    for server in (on, off):
        server.stand_still()
    try:
        return compare(one, on, off, rounds)
    finally:
        for server in (on, off):
            server.go_on()


def hits(ours, theirs, path, rounds, seconds):
    """The same bytes again and again: ours from memory, theirs from a file. `path` names them by server."""

    def one(server, _number):
        before = server.cpu_seconds()
        rate, p50_ms, p99_ms = wrk(server, path[server.name], HIT_CONNECTIONS, seconds)
        spent = server.cpu_seconds() - before
        return Round(rate, p50_ms, p99_ms, spent * 1000 / (rate * seconds))

    return compare(one, ours, theirs, rounds)


def compare(one, ours, theirs, rounds):
    """A round to warm up, which does not count, and then rounds in which the servers take turns at going first."""
    peers = [peer for peer in (ours, theirs) if peer]
    found = {peer.name: [] for peer in peers}
    for number in range(rounds + 1):
        for peer in peers if number % 2 else reversed(peers):
            figures = one(peer, number)
            if number:
                found[peer.name].append(figures)
    return Comparison(found[ours.name], found[theirs.name] if theirs else [])


def percentile(ordered, percent):
    """The smallest of some ordered values that `percent` of them do not exceed."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def hit_variant(server):
    """Path and bytes of the variant whose length is nearest to the wanted one."""
    connection = connect(server)
    found = []
    for width in range(120, 401, 4):
        path = variant_path(PHOTOGRAPH.name, width, QUALITY, 0)
        found.append((path, get_image(connection, path, scaled(PHOTOGRAPH, width)).body))
    connection.close()
    return min(found, key=lambda variant: abs(len(variant[1]) - HIT_BYTES))


def check_same_bytes(server, path, body):
    """The file that the peer serves must be our variant."""
    connection = connect(server)
    if get_image(connection, path).body != body:
        raise WrongAnswer(f"{server.name} serves other bytes")
    connection.close()


def large_sources(start, names):
    """Memory while many large photographs are asked for at once, hardly reduced, so that all is decoded."""
    # Multiples of 4, so that no height lies between two pixels.
    widths = [2800 + number * 4 for number in range(len(names))]
    asks = [
        (variant_path(name, width, QUALITY, width), scaled(LARGE, width))
        for name, width in zip(names, widths)
    ]
    with start(**MEMORY_SETTINGS) as server:
        idle = server.resident_bytes()
        ask_at_once(server, asks)
        return memory(server, idle, f"{len(asks)} at once, all answered")


def slow_readers(start):
    """Memory while large variants, each another, are read by a trickle."""
    width, quality = 2400, 94
    paths = [variant_path(PHOTOGRAPH.name, width, quality, number) for number in range(SLOW_READERS)]
    with start(**MEMORY_SETTINGS) as server:
        idle = server.resident_bytes()
        connection = connect(server)
        length = len(get_image(connection, paths[0], scaled(PHOTOGRAPH, width)).body)
        connection.close()
        crowd = read_slowly(server, paths, hold_seconds=3)
        remark = f"{length / MIB:.2f} MiB each; {crowd.reading} read at once, {crowd.refused} were told 503"
        return memory(server, idle, remark)


def memory(server, idle_bytes, remark):
    """What a server has used so far beside what it was allowed."""
    bound = sum(BUDGETS.values()) + ALLOWANCE_BYTES
    return Memory(idle_bytes, server.peak_bytes(), bound, remark)
