"""Ten times as many requests for new images as there is capacity for: what is still answered, and how."""

import asyncio
import itertools
import time
from collections import Counter
from dataclasses import dataclass

import cold
from images import image_size
from load import ask_in_turn
from rounds import Verdict

TIMES_THE_CAPACITY = 10
# Connections that a server is known to answer fully; the most answers a second are found with these.
CONNECTIONS = (4, 8)
# Beyond this many under way the generator would measure itself.
MOST_AT_ONCE = 2000
ANSWER_SECONDS = 30


@dataclass(frozen=True)
class Overload:
    """What became of requests that came faster than they can be answered."""

    # Images a second with as many clients as suit the server, and under overload.
    peak: float
    goodput: float
    # The same of a second of the server's processor time, which the generator shares the processors with.
    peak_cpu: float
    goodput_cpu: float
    # Requests a second that came, and what they were told.
    offered: float
    answers: dict
    # How long refusals took in milliseconds: the median.
    refused_ms: float
    peak_bytes: int
    bound_bytes: int

    def verdicts(self):
        others = sum(count for status, count in self.answers.items() if status not in (200, 429, 503))
        return [
            Verdict("overload tenfold: goodput", self.goodput / self.peak, 0.95, remark="its own peak"),
            Verdict(
                "overload tenfold: goodput of the processor time that the generator leaves",
                self.goodput_cpu / self.peak_cpu,
                0.95,
                remark="its own peak",
            ),
            Verdict("overload tenfold: answers but images and refusals", others, 0, at_most=True),
            Verdict("overload tenfold: memory", self.peak_bytes / self.bound_bytes, 1.0, at_most=True, remark="the budget"),
        ]


def overload(server, bound_bytes, options):
    """Finds the peak, then offers ten times that."""
    asks = cold.widths(server, itertools.count())
    peaks = [
        cold.timed(server, lambda: ask_in_turn(server, asks, connections, options.seconds)) for connections in CONNECTIONS
    ]
    peak = max(peaks, key=lambda one: one.rate)
    offered = peak.rate * TIMES_THE_CAPACITY
    flood = Flood(server, (path for path, _ in asks))
    before = server.cpu_seconds()
    sending, elapsed = asyncio.run(flood.run(offered, options.overload_seconds))
    spent = server.cpu_seconds() - before
    refusals = sorted(flood.refused_ms) or [0.0]
    return Overload(
        peak=peak.rate,
        goodput=flood.answers[200] / elapsed,
        peak_cpu=1000 / peak.cpu_ms,
        goodput_cpu=flood.answers[200] / spent,
        offered=sum(flood.answers.values()) / sending,
        answers=dict(flood.answers),
        refused_ms=refusals[len(refusals) // 2],
        peak_bytes=server.peak_bytes(),
        bound_bytes=bound_bytes,
    )


class Flood:
    """Requests at a rate that does not fall where answers are late, each on a connection of its own."""

    def __init__(self, server, paths):
        self.server = server
        self.paths = paths
        self.answers = Counter()
        self.refused_ms = []

    async def run(self, rate, seconds):
        """Asks for so long, waits for what is under way, and returns the seconds until the last request and answer."""
        begun = time.perf_counter()
        under_way = set()
        for number in itertools.count():
            due = begun + number / rate
            if due - begun >= seconds:
                break
            await asyncio.sleep(max(0, due - time.perf_counter()))
            if len(under_way) >= MOST_AT_ONCE:
                raise RuntimeError(f"{MOST_AT_ONCE} requests wait: neither answered nor refused")
            task = asyncio.create_task(self.ask(next(self.paths)))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        sending = time.perf_counter() - begun
        if under_way:
            await asyncio.wait(under_way)
        return sending, time.perf_counter() - begun

    async def ask(self, path):
        begun = time.perf_counter()
        try:
            status = await asyncio.wait_for(self.status(path), ANSWER_SECONDS)
        except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError, ValueError) as failure:
            status = type(failure).__name__
        self.answers[status] += 1
        if status in (429, 503):
            self.refused_ms.append((time.perf_counter() - begun) * 1000)

    async def status(self, path):
        """Asks, reads all of the answer, which is a whole image if it is one, and returns its status."""
        reader, writer = await asyncio.open_connection(self.server.host, self.server.port)
        try:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".encode())
            head, body = await reader.readuntil(b"\r\n\r\n"), await reader.read(-1)
            status = int(head.split()[1])
            if status == 200:
                image_size(body)
            return status
        finally:
            writer.close()
