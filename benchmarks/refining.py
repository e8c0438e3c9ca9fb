"""What refining takes from those who wait for an image."""

import itertools

import cold
from load import ask_in_turn
from rounds import Verdict, compare, of_answers


def refining(on, off, options):
    """Images made anew, by a server that refines what it has made and by one that does not. Each stands still while it
    is not its turn, since refining would go on then."""

    def one(server, number):
        asks = cold.widths(server, itertools.count(number * 1_000_000))
        server.go_on()
        answers, elapsed = ask_in_turn(server, asks, cold.CONNECTIONS, options.seconds)
        server.stand_still()
        return of_answers(answers, elapsed, None)

    for server in (on, off):
        server.stand_still()
    try:
        return compare(one, [on, off], options.rounds)
    finally:
        for server in (on, off):
            server.go_on()


def verdicts(found):
    return [
        Verdict("refining: answers beside a server that does not", found.ratio("not"), 1.0),
        Verdict("refining: p99 beside a server that does not", found.p99_ratio("not"), 1.0, at_most=True),
    ]
