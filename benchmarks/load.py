"""Puts load on a server and checks every answer it can.

Images that are made anew come so slowly that a client of our own can look at each; hits come so fast that wrk
counts them.
"""

import asyncio
import http.client
import math
import re
import socket
import subprocess
import threading
import time
from dataclasses import dataclass

from images import image_size

ANSWER_SECONDS = 120


class WrongAnswer(Exception):
    """An answer that is not what was asked for: the run proves nothing."""


@dataclass(frozen=True)
class Answer:
    """One answer: its status, body, and the seconds from request to last byte."""

    status: int
    body: bytes
    seconds: float


def get(connection, path):
    """Asks for a path on a kept connection."""
    begun = time.perf_counter()
    connection.request("GET", path)
    response = connection.getresponse()
    body = response.read()
    return Answer(response.status, body, time.perf_counter() - begun)


def get_image(connection, path, sizes=()):
    """Asks for an image, which must come, be whole, and have one of the sizes that are given, if any."""
    answer = get(connection, path)
    if answer.status != 200:
        raise WrongAnswer(f"{answer.status} to {path}: {answer.body[:200]!r}")
    found = image_size(answer.body)
    if sizes and found not in sizes:
        raise WrongAnswer(f"{found} instead of {sizes} from {path}")
    return answer


def connect(server):
    """A connection to a server."""
    return http.client.HTTPConnection(server.host, server.port, timeout=ANSWER_SECONDS)


def ask_in_turn(server, asks, connections, seconds=math.inf):
    """Asks for images over some connections until the time is up or there are no more; returns the answers and the time
    it took.

    `asks` gives pairs of path and sizes, and is drawn from by all connections.
    """
    answers, failures, turn = [], [], threading.Lock()
    deadline = time.perf_counter() + seconds

    def client():
        connection = connect(server)
        try:
            while time.perf_counter() < deadline and not failures:
                with turn:
                    ask = next(asks, None)
                if ask is None:
                    return
                answers.append(get_image(connection, *ask))
        except Exception as failure:
            failures.append(failure)
        finally:
            connection.close()

    elapsed = at_once([client] * connections)
    if failures:
        raise failures[0]
    return answers, elapsed


def ask_at_once(server, asks):
    """Asks for all images at the same time, a connection each; returns the answers and the time it took."""
    answers, failures = [], []

    def client(path, sizes):
        connection = connect(server)
        try:
            answers.append(get_image(connection, path, sizes))
        except Exception as failure:
            failures.append(failure)
        finally:
            connection.close()

    elapsed = at_once([lambda ask=ask: client(*ask) for ask in asks])
    if failures:
        raise failures[0]
    return answers, elapsed


def at_once(tasks):
    """Runs every task on a thread of its own; returns the seconds until the last ended."""
    threads = [threading.Thread(target=task, daemon=True) for task in tasks]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begun


def wrk(server, path, connections, seconds):
    """Asks for one path as fast as it comes; returns answers a second and p50 and p99 in milliseconds."""
    url = f"http://{server.host}:{server.port}{path}"
    command = ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "--latency", url]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise WrongAnswer(f"{server.name} failed under load:\n{said}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])
    return rate, wrk_milliseconds(said, "50%"), wrk_milliseconds(said, "99%")


def wrk_milliseconds(said, percentile):
    """A percentile of wrk's latency table."""
    number, unit = re.search(rf"{percentile}\s+([\d.]+)(us|ms|s)\b", said).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


@dataclass
class Crowd:
    """What became of slow readers: how many were being served at once, and how many were turned away."""

    reading: int = 0
    refused: int = 0


def read_slowly(server, paths, hold_seconds, at_the_door=8):
    """Opens a connection for each path and reads a trickle from all of them until every one has its answer, and
    for `hold_seconds` more.

    Heads are waited for `at_the_door` at a time: the crowd is to be one of readers, not one of work that waits.
    A 503 is an answer too; whatever else is not 200 is an error.
    """
    return asyncio.run(Readers(server, at_the_door).read(paths, hold_seconds))


class Readers:
    """Clients that take a few bytes at a time."""

    # As small as the kernel lets them be, so that the answers wait in the server and not on their way.
    RECEIVE_BUFFER_BYTES = 4096
    SEGMENT_BYTES = 1400
    PAUSE_SECONDS = 0.5

    def __init__(self, server, at_the_door):
        self.server = server
        self.door = asyncio.Semaphore(at_the_door)
        self.everybody_in = asyncio.Event()
        self.crowd = Crowd()

    async def read(self, paths, hold_seconds):
        """Lets everybody in, holds them, and sends them away."""
        readers = [asyncio.create_task(self.reader(path)) for path in paths]
        try:
            while self.crowd.reading + self.crowd.refused < len(paths):
                ended = [reader for reader in readers if reader.done() and reader.exception()]
                for reader in ended:
                    reader.result()
                await asyncio.sleep(0.05)
            await asyncio.sleep(hold_seconds)
        finally:
            self.everybody_in.set()
        for outcome in await asyncio.gather(*readers, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome
        return self.crowd

    async def reader(self, path):
        """One client: waits for its head, then takes a trickle until everybody is in and was held."""
        loop = asyncio.get_running_loop()
        with self.socket() as client:
            async with self.door:
                await loop.sock_connect(client, ("127.0.0.1", self.server.port))
                await loop.sock_sendall(client, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
                status, left = await self.head(loop, client)
            if status == 503:
                self.crowd.refused += 1
                return
            if status != 200:
                raise WrongAnswer(f"{status} to {path}")
            self.crowd.reading += 1
            while not self.everybody_in.is_set():
                await asyncio.sleep(self.PAUSE_SECONDS)
                taken = await loop.sock_recv(client, 1024)
                left -= len(taken)
                if not taken or left <= 0:
                    raise WrongAnswer(f"a slow reader of {path} was left with {left} bytes to come")

    async def head(self, loop, client):
        """Status and bytes of the body still to come, once the head is there."""
        received = b""
        while b"\r\n\r\n" not in received:
            more = await asyncio.wait_for(loop.sock_recv(client, 1024), ANSWER_SECONDS)
            if not more:
                raise WrongAnswer("a connection was closed before its answer")
            received += more
        head, _, body = received.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        return int(head.split()[1]), int(length[1]) - len(body)

    def socket(self):
        """A socket with little room."""
        client = socket.socket()
        client.setblocking(False)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.RECEIVE_BUFFER_BYTES)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, self.SEGMENT_BYTES)
        return client
