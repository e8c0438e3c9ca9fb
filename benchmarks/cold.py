"""Images made anew, by Inkfish and by what a user would pick instead: every server keeps nothing but the burst's."""

import itertools
from dataclasses import dataclass, replace

from load import ask_at_once, ask_in_turn, connect, get_image
from rounds import Verdict, compare, of_answers
from sources import PHOTOGRAPH
from variants import Variant, with_quality

CONNECTIONS = 4
NARROWEST, WIDEST = 300, 700
# The widths of a page's srcset.
BURST = (320, 480, 640, 768, 960, 1280, 1600, 1920)
# Of this width all servers agree on the height.
JUDGED_WIDTH = 545
QUALITIES = range(60, 96)
# By how many points of SSIMULACRA2 a peer may look worse than Inkfish at its quality of 80.
ALLOWED_POINTS = 2


@dataclass(frozen=True)
class Level:
    """The quality at which a server's files look as good as ours."""

    server: str
    quality: int
    score: float


def levelled(servers, judge, format):
    """Has every server write files of a format that look alike: the first, ours, at a quality of 80, the others at the least
    one whose score is within two points of it. Each is judged beside what it writes without losses, or nearly so."""
    levels = []
    for server in servers:
        scores = Scores(server, judge, format)
        wanted = levels[0].score - ALLOWED_POINTS if levels else 0
        quality = 80 if not levels else scores.least_quality(wanted)
        server.path_of = with_quality(server.path_of, quality) if levels else server.path_of
        levels.append(Level(server.name, quality, scores.of(quality)))
    return levels


class Scores:
    """SSIMULACRA2 of the files of one server, by quality."""

    def __init__(self, server, judge, format):
        self.server = server
        self.judge = judge
        self.format = format
        lossless = Variant(PHOTOGRAPH.name, JUDGED_WIDTH, 0, "png", 100)
        # What writes no PNG writes its best JPEG.
        nearly = replace(lossless, format="jpeg")
        self.reference = self.file(lossless if server.path_of(lossless) else nearly)

    def of(self, quality):
        variant = Variant(PHOTOGRAPH.name, JUDGED_WIDTH, quality, self.format, quality)
        return self.judge.score(self.reference, self.file(variant))

    def least_quality(self, wanted):
        """The least quality that scores so much; the highest where none does."""
        low, high = QUALITIES.start, QUALITIES.stop - 1
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self.of(middle) >= wanted else (middle + 1, high)
        return low

    def file(self, variant):
        connection = connect(self.server)
        body = get_image(connection, self.server.path_of(variant)).body
        connection.close()
        path = self.judge.folder / f"{self.server.name}-{variant.format}-{variant.quality}"
        path.write_bytes(body)
        return path


def one_photograph(servers, options):
    """One photograph at every width between the bounds, in an order that mixes narrow and wide."""

    def one(server, number):
        asks = widths(server, itertools.count(number * 1_000_000))
        return timed(server, lambda: ask_in_turn(server, asks, CONNECTIONS, options.seconds))

    return compare(one, servers, options.rounds)


def widths(server, numbers):
    for number in numbers:
        width = NARROWEST + number * 37 % (WIDEST - NARROWEST + 1)
        yield server.path_of(Variant(PHOTOGRAPH.name, width, number)), PHOTOGRAPH.sizes_at(width)


def each_once(servers, sources, options, width, format):
    """Each of some sources once in every round."""

    def one(server, number):
        variants = [(source, Variant(source.name, width, number * 1_000 + at, format)) for at, source in enumerate(sources)]
        asks = ((server.path_of(variant), source.sizes_at(width)) for source, variant in variants)
        return timed(server, lambda: ask_in_turn(server, asks, CONNECTIONS))

    return compare(one, servers, options.rounds)


def bursts(servers, sources, options):
    """All widths of a srcset at once, in each round of a source that is new."""

    def one(server, number):
        source = sources[number % len(sources)]
        asks = [(server.path_of(Variant(source, width, number)), PHOTOGRAPH.sizes_at(width)) for width in BURST]
        return timed(server, lambda: ask_at_once(server, asks))

    return compare(one, servers, min(options.rounds, len(sources) - 1))


def timed(server, ask):
    """The round that a way of asking makes, with the processor time that the server spent on it."""
    before = server.cpu_seconds()
    answers, elapsed = ask()
    spent = None if before is None else server.cpu_seconds() - before
    return of_answers(answers, elapsed, spent)


def verdicts_of_one_photograph(found):
    """Beside ipx and thumbor, each with an aim of its own."""
    work = "cold: a photograph to widths of 300 to 700"
    verdicts = [
        Verdict(f"{work}, throughput", found.ratio(peer), aim, remark=peer)
        for peer, aim in (("ipx", 2.0), ("thumbor", 4.0))
        if peer in found.peers
    ]
    best = found.best()
    if best:
        verdicts.append(Verdict(f"{work}, p99", found.p99_ratio(best), 0.6, at_most=True, remark=best))
    return verdicts


def verdicts_of_bursts(found):
    """The time of the whole burst."""
    best = found.best()
    figure = best and found.paired(best, lambda ours, theirs: theirs.rate / ours.rate)
    return [Verdict("srcset burst: 8 widths at once, time", figure, 0.35, at_most=True, remark=best)] if best else []

