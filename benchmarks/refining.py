"""What refining takes from those who wait for an image."""

import itertools
import time

import cold
from load import ask_in_turn, connect, get_image
from rounds import Comparison, Verdict, compare

# Long enough that refining goes on between two requests, and is under way when the next one comes.
PAUSE_SECONDS = 0.25
# Of requests without a pause the first meet what a job had in hand: a file that it ends with what time they leave.
LEAD_IN_SECONDS = 2


def without_a_pause(servers, options):
    """Images made anew on some connections, each of which asks for the next one at once."""

    def ask(asks, server):
        return ask_in_turn(server, asks, cold.CONNECTIONS, options.seconds)

    def lead_in(asks, server):
        ask_in_turn(server, asks, cold.CONNECTIONS, LEAD_IN_SECONDS)

    return refining(servers, (lead_in, ask), options.rounds)


def with_pauses(servers, options):
    """Images made anew, one at a time, while a job is under way."""

    def ask(asks, server):
        connection, answers = connect(server), []
        deadline = time.perf_counter() + options.seconds
        while time.perf_counter() < deadline:
            time.sleep(PAUSE_SECONDS)
            answers.append(get_image(connection, *next(asks)))
        connection.close()
        # The time that somebody waited.
        return answers, sum(answer.seconds for answer in answers)

    return refining(servers, (lambda asks, server: None, ask), options.rounds)


def refining(servers, ways, rounds):
    """Two ways of asking, of which the second counts, of a server that refines what it has made, and of others that do not.
    Each stands still while it is not its turn, since refining would go on then."""
    lead_in, ask = ways

    def one(server, number):
        asks = cold.widths(server, itertools.count(number * 1_000_000))
        server.go_on()
        lead_in(asks, server)
        found = cold.timed(server, lambda: ask(asks, server))
        server.stand_still()
        return found

    for server in servers:
        server.stand_still()
    try:
        return compare(one, servers, rounds)
    finally:
        for server in servers:
            server.go_on()


def verdicts(work, found):
    """Beside what two servers that do not refine differ by."""
    others = Comparison(found.peers["nor"], {"not": found.peers["not"]})
    rate, p99 = (f"another such: {figure:.2f}" for figure in (others.ratio("not"), others.p99_ratio("not")))
    beside = f"beside a server that does not, {work}"
    return [
        Verdict(f"refining: answers {beside}", found.ratio("not"), 1.0, remark=rate),
        Verdict(f"refining: p99 {beside}", found.p99_ratio("not"), 1.0, at_most=True, remark=p99),
    ]
