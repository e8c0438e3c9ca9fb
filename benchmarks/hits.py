"""Hits: bytes from memory, beside the same bytes from nginx and from Varnish, and while misses saturate the machine."""

import functools
import itertools
import threading
from contextlib import contextmanager
from statistics import median

import cold
from load import WrongAnswer, ask_in_turn, connect, get_image, wrk
from rounds import Round, Verdict, compare
from sources import PHOTOGRAPH
from variants import Variant

CONNECTIONS = 64
KIB = 1024
LENGTHS = (1 * KIB, 16 * KIB, 128 * KIB)
NARROWEST, WIDEST = 16, 1600
# Clients that ask for what is not there yet: twice as many as there is room for on two cores.
MISSES = 8


def variant_of(server, length):
    """Path and bytes of the variant whose length is near to the wanted one: bytes rise with the width."""
    connection = connect(server)
    low, high = NARROWEST, WIDEST
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if len(body_of(server, connection, middle)) < length else (low, middle)
    body = body_of(server, connection, low)
    connection.close()
    return path_of(server, low), body


def path_of(server, width):
    return server.path_of(Variant(PHOTOGRAPH.name, width, 0))


def body_of(server, connection, width):
    return get_image(connection, path_of(server, width)).body


def check_same_bytes(server, path, body):
    """What the peer serves must be our variant."""
    connection = connect(server)
    if get_image(connection, path).body != body:
        raise WrongAnswer(f"{server.name} serves other bytes")
    connection.close()


def beside(servers, paths, options):
    """The same bytes again and again. `paths` names them by server."""

    def one(server, _number):
        before = server.cpu_seconds()
        rate, p50_ms, p99_ms = wrk(server, paths[server.name], CONNECTIONS, options.seconds)
        spent = server.cpu_seconds() - before
        return Round(rate, p50_ms, p99_ms, spent * 1000 / (rate * options.seconds))

    return compare(one, servers, options.rounds)


def limit_of_the_generator(nginx, options):
    """Answers a second that the load generator takes where an answer is nothing: what is near that is not measured."""
    return wrk(nginx, "/nothing", CONNECTIONS, options.seconds)[0]


def verdicts(length, found):
    work = f"hits of {length // KIB} KiB, 64 connections"
    return [
        Verdict(work, found.ratio(peer), aim, remark=peer)
        for peer, aim in (("nginx", 1.0), ("varnish", 1.2))
        if peer in found.peers
    ]


def while_busy(server, path, options):
    """The slowest of hits in milliseconds, by round, on an idle server and while misses take all of its workers."""
    numbers = itertools.count()
    found = {"idle": [], "busy": []}
    for _ in range(options.rounds):
        found["idle"].append(slowest(server, path, options))
        with misses(server, numbers, options):
            found["busy"].append(slowest(server, path, options))
    return found


def slowest(server, path, options):
    """p99 over as many connections as clients of a page have."""
    return wrk(server, path, MISSES, options.seconds)[2]


@contextmanager
def misses(server, numbers, options):
    """Asks for new images for longer than the hits within take."""
    asks = cold.widths(server, numbers)
    ask = functools.partial(ask_in_turn, server, asks, MISSES, options.seconds + 1)
    asking = threading.Thread(target=ask)
    asking.start()
    yield
    asking.join()


def verdict_while_busy(found):
    figure = median(found["busy"]) / median(found["idle"])
    return [Verdict("hits while misses saturate the machine, p99", figure, 2.0, at_most=True, remark="idle")]
