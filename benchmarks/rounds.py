"""Rounds: servers asked in turns, so that whatever else the machine does meets all of them."""

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Round:
    """One server's part in one round."""

    # Answers a second.
    rate: float
    p50_ms: float
    p99_ms: float
    # Processor time that an answer cost the server; None where it is not on this machine.
    cpu_ms: float | None


@dataclass(frozen=True)
class Comparison:
    """Rounds of Inkfish and of its peers by name; rounds pair by position."""

    ours: list
    peers: dict

    def best(self):
        """The name of the fastest peer, by the median of its rates; None without peers."""
        if not self.peers:
            return None
        return max(self.peers, key=lambda name: median(one.rate for one in self.peers[name]))

    def ratio(self, peer):
        """How many times a peer's rate ours is: the median over rounds."""
        return self.paired(peer, lambda ours, theirs: ours.rate / theirs.rate)

    def cpu_ratio(self, peer):
        """How many times our processor time an answer the peer's is; None where either is not known."""
        if any(one.cpu_ms is None for one in [*self.ours, *self.peers[peer]]):
            return None
        return self.paired(peer, lambda ours, theirs: theirs.cpu_ms / ours.cpu_ms)

    def p99_ratio(self, peer):
        """How many times the peer's slowest answers ours are: the median over rounds."""
        return self.paired(peer, lambda ours, theirs: ours.p99_ms / theirs.p99_ms)

    def paired(self, peer, figure):
        """The median over rounds of what a round of ours is beside that of a peer."""
        return median(figure(ours, theirs) for ours, theirs in zip(self.ours, self.peers[peer]))


@dataclass(frozen=True)
class Verdict:
    """A figure beside its aim: at least that, or at most."""

    work: str
    figure: float
    aim: float
    at_most: bool = False
    remark: str = ""

    def is_met(self):
        return self.figure <= self.aim if self.at_most else self.figure >= self.aim


def compare(one, servers, rounds):
    """A round to warm up, which does not count, and then rounds in which the servers take turns at going first. The
    first of the servers is ours."""
    found = {server.name: [] for server in servers}
    for number in range(rounds + 1):
        first = number % len(servers)
        for server in [*servers[first:], *servers[:first]]:
            figures = one(server, number)
            if number:
                found[server.name].append(figures)
    return Comparison(found.pop(servers[0].name), found)


def beside_the_best(work, comparison, aim):
    """Our rate beside that of the fastest peer, alone in a list; nothing without peers."""
    best = comparison.best()
    return [Verdict(work, comparison.ratio(best), aim, remark=best)] if best else []


def of_answers(answers, elapsed, cpu_seconds):
    """A round of answers that were looked at one by one."""
    times = sorted(answer.seconds * 1000 for answer in answers)
    cpu_ms = None if cpu_seconds is None else cpu_seconds * 1000 / len(times)
    return Round(len(times) / elapsed, median(times), percentile(times, 99), cpu_ms)


def percentile(ordered, percent):
    """The smallest of some ordered values that `percent` of them do not exceed."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
