"""One photograph to 720 pixels as JPEG, WebP and AVIF, beside sharp: time, and bytes at equal quality.

sharp writes at its own defaults. Each side is judged by SSIMULACRA2 against its own uncompressed result, and ours is
written at the least quality whose score is sharp's or better: then times and bytes can be compared.
"""

import http.client
import json
import re
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

from load import WrongAnswer
from rounds import Verdict
from sources import PHOTOGRAPH

WIDTH = 720
DEFAULTS = {"jpeg": {}, "webp": {}, "avif": {}}
# sharp's effort is libaom's speed counted from the other end: its default of 4 is speed 5, and 1 is our speed 8.
EQUAL_SPEEDS = {"avif speed 8": (8, {"effort": 1}), "avif speed 5": (5, {"effort": 4})}
LEAST, MOST = 1, 100


@dataclass
class Found:
    """What one side came to."""

    bytes: int
    score: float
    quality: int | None = None
    ms: list = field(default_factory=list)
    # Of that, what the server counts as work on pixels; sharp, called in its own process, has nothing else.
    work_ms: list = field(default_factory=list)


@dataclass
class Comparison:
    """Both sides of one format; times pair by position."""

    name: str
    ours: Found
    theirs: Found

    def time_ratio(self):
        """How many times sharp's time ours is: the median over rounds."""
        return median(ours / theirs for ours, theirs in zip(self.ours.ms, self.theirs.ms))

    def work_ratio(self):
        """How many times sharp's time ours is without the request around it."""
        return median(ours / theirs for ours, theirs in zip(self.ours.work_ms, self.theirs.work_ms))

    def bytes_ratio(self):
        """How many times sharp's bytes ours are."""
        return self.ours.bytes / self.theirs.bytes


class Sharp:
    """sharp, in a process of its own."""

    def __init__(self, process, source):
        self.process = process
        self.source = source

    def encode(self, format, options, target):
        """Writes `target`; returns milliseconds and bytes."""
        job = {"source": str(self.source), "width": WIDTH, "format": format, "options": options, "target": str(target)}
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return answer["ms"], answer["bytes"]


@contextmanager
def sharp(folder, source):
    """sharp as it was installed in `folder`."""
    command = ["node", folder / "encode.mjs"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Sharp(process, source)
        process.stdin.close()


class Inkfish:
    """A running server, asked for each variant once."""

    def __init__(self, server):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port)
        self.asked = 0

    def encode(self, format, quality, target):
        """Writes `target`; returns milliseconds, with and without the way there and back, and bytes."""
        self.asked += 1
        path = f"/_/w:{WIDTH}/f:{format}/q:{quality}/cb:{self.asked}/plain/local:///{PHOTOGRAPH.name}"
        begun = time.perf_counter()
        self.connection.request("GET", path)
        response = self.connection.getresponse()
        body = response.read()
        ms = (time.perf_counter() - begun) * 1000
        if response.status != 200:
            raise WrongAnswer(f"{response.status} for {path}")
        target.write_bytes(body)
        return ms, work_ms(response), len(body)


def work_ms(response):
    """What an answer says of the time that its pixels took."""
    return float(re.search(r"\bwork;dur=([\d.]+)", response.headers["Server-Timing"])[1])


def compare(start, peer, judge, rounds):
    """Every format at sharp's defaults, then AVIF at equal speeds of libaom."""
    with start() as server:
        sides = (Inkfish(server), peer, judge)
        found = [one(format, format, options, sides, rounds) for format, options in DEFAULTS.items()]
    for name, (speed, options) in EQUAL_SPEEDS.items():
        with start(AVIF_SPEED=speed) as server:
            sides = (Inkfish(server), peer, judge)
            found.append(one(name, "avif", {**options, "chromaSubsampling": "4:2:0"}, sides, rounds))
    return found


def verdicts(found):
    """Times beside sharp's, by format, and bytes."""
    aims = {"avif": 3.0, "webp": 1.5}
    times = [
        Verdict(f"{one.name} at 720 px: speed", 1 / one.time_ratio(), aims[one.name], remark="sharp")
        for one in found
        if one.name in aims
    ]
    return times + [
        Verdict(f"{one.name} at 720 px: bytes at equal score", one.bytes_ratio(), 1.02, at_most=True, remark="sharp")
        for one in found
    ]


class Judge:
    """Tells scores, against the uncompressed result of each side."""

    def __init__(self, program, folder):
        self.program = program
        self.folder = folder

    def score(self, reference, file):
        """SSIMULACRA2 of a file."""
        command = [self.program, reference, file]
        return float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def one(name, format, options, sides, rounds):
    """One format: sharp once for its score, ours at the quality that meets it, then both in turns."""
    inkfish, peer, judge = sides
    ours, theirs = judge.folder / "ours", judge.folder / "theirs"
    peer.encode("png", {}, judge.folder / "theirs.png")
    inkfish.encode("png", LEAST, judge.folder / "ours.png")
    _, their_bytes = peer.encode(format, options, theirs)
    target = judge.score(judge.folder / "theirs.png", theirs)
    quality, score, our_bytes = least_quality(inkfish, judge, format, target)
    comparison = Comparison(name, Found(our_bytes, score, quality), Found(their_bytes, target))
    for _ in range(rounds):
        comparison.theirs.ms.append(peer.encode(format, options, theirs)[0])
        ms, work, _ = inkfish.encode(format, quality, ours)
        comparison.ours.ms.append(ms)
        comparison.ours.work_ms.append(work)
    comparison.theirs.work_ms = comparison.theirs.ms
    return comparison


def least_quality(inkfish, judge, format, target):
    """The least quality whose score is the target or better, with that score and its bytes."""
    low, high = LEAST, MOST
    while low < high:
        middle = (low + high) // 2
        if tried(inkfish, judge, format, middle)[0] >= target:
            high = middle
        else:
            low = middle + 1
    return low, *tried(inkfish, judge, format, low)


def tried(inkfish, judge, format, quality):
    """Score and bytes at a quality."""
    file = judge.folder / "tried"
    *_, size = inkfish.encode(format, quality, file)
    return judge.score(judge.folder / "ours.png", file), size
