"""What many rooms of one node cost, and how long it takes until all of it is subscribed again."""

import json
import os
import socket
import struct
import time

ROOMS = 10_000


def measure(node_pid, node_port, redis_port):
    """Bytes of the node and of Redis for each room that one client joins; then the connections that hear are cut."""
    client = _Client(node_port)
    client.ask("join_many", 1)
    time.sleep(0.3)
    before, channels_before = (_resident(node_pid), _redis_memory(redis_port)), _subscribed(redis_port)
    client.ask("join_many", ROOMS)
    _settle(redis_port)
    after, channels = (_resident(node_pid), _redis_memory(redis_port)), _subscribed(redis_port)
    _command(redis_port, "CLIENT", "KILL", "TYPE", "PUBSUB")
    cut = time.monotonic()
    while _subscribed(redis_port) != channels:
        if time.monotonic() - cut > 20:
            return _figures(before, after, channels[0] - channels_before[0], None)
        time.sleep(0.001)
    return _figures(before, after, channels[0] - channels_before[0], (time.monotonic() - cut) * 1000)


def _figures(before, after, channels, back_ms):
    node, redis = ((end - start) / ROOMS for start, end in zip(before, after))
    return {"rooms": {"node_bytes": node, "redis_bytes": redis, "channels": channels, "back_ms": back_ms}}


def _settle(redis_port):
    """Until nothing else is subscribed for half a second."""
    known, since = _subscribed(redis_port), time.monotonic()
    while time.monotonic() - since < 0.5:
        now = _subscribed(redis_port)
        if now != known:
            known, since = now, time.monotonic()
        time.sleep(0.02)


def _resident(pid):
    with open(f"/proc/{pid}/smaps_rollup") as text:
        return next(int(line.split()[1]) * 1024 for line in text if line.startswith("Rss:"))


def _info(port, section):
    lines = _command(port, "INFO", section).decode().split("\r\n")
    return dict(line.split(":", 1) for line in lines if ":" in line)


def _redis_memory(port):
    return int(_info(port, "memory")["used_memory"])


def _subscribed(port):
    stats = _info(port, "stats")
    sharded = int(stats.get("pubsubshard_channels", 0)) if "pubsubshard_channels" in stats else 0
    return int(stats["pubsub_channels"]) + sharded, int(stats["pubsub_patterns"])


def _command(port, *words):
    with socket.create_connection(("127.0.0.1", port)) as stream:
        stream.sendall(f"*{len(words)}\r\n".encode() + b"".join(f"${len(word)}\r\n{word}\r\n".encode() for word in words))
        reader = stream.makefile("rb")
        head = reader.readline()
        return reader.read(int(head[1:]) + 2) if head.startswith(b"$") else head


class _Client:
    """Socket.IO over WebSocket, as much as is needed to ask something."""

    def __init__(self, port):
        self.stream = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.reader = self.stream.makefile("rb")
        self.stream.sendall(
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        while self.reader.readline() not in (b"\r\n", b""):
            pass
        self._read_until("0{")
        self._send("40")
        self._read_until("40{")

    def ask(self, event, value):
        self._send("421" + json.dumps([event, value]))
        return self._read_until("431")

    def _send(self, text):
        data, mask = text.encode(), os.urandom(4)
        masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))
        self.stream.sendall(struct.pack("!BB", 0x81, 0x80 | len(data)) + mask + masked)

    def _read_until(self, start):
        while True:
            _, length = self.reader.read(2)
            if length == 126:
                (length,) = struct.unpack("!H", self.reader.read(2))
            text = self.reader.read(length).decode()
            if text == "2":
                self._send("3")
            elif text.startswith(start):
                return text
