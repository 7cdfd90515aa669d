"""What is measured: one scenario per line of the table, with its candidates and its targets."""

from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Candidate:
    """One server and what it is asked, besides what the whole scenario asks; or, as `server`, the name of a micro-benchmark."""

    label: str
    server: str
    wire: str | None = None
    mode: str | None = None
    options: str = ""
    workers: int = 1
    cores: tuple[int, ...] = (0,)
    env: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Figure:
    """A number of a run: its path in the generator's line of JSON, what it is called, and how it is shown."""

    path: str
    name: str
    unit: str
    digits: int = 2
    divisor: float = 1

    def of(self, run):
        value = run
        for key in self.path.split("."):
            value = value[key]
        return None if value is None else value / self.divisor


@dataclass(frozen=True)
class Target:
    """`figure` of `ours` is at most (at least) `bound`, or `bound` times that of `peer`."""

    figure: Figure
    sign: str
    bound: float
    peer: str | None = None
    ours: str = "us"

    def text(self):
        bound = f"{self.bound:.2f} ×" if self.peer else f"{self.bound:,.{self.figure.digits}f}".replace(",", " ")
        rest = self.peer or self.figure.unit
        return f"{self.figure.name} {'≤' if self.sign == '<=' else '≥'} {bound} {rest}"

    def is_met(self, value):
        return value <= self.bound if self.sign == "<=" else value >= self.bound


@dataclass(frozen=True)
class Scenario:
    key: str
    title: str
    candidates: list[Candidate]
    figure: Figure
    targets: list[Target]
    mode: str
    options: str = "--conns 50"
    rounds: int = 5
    seconds: float | None = None
    notes: str = ""
    # what stands between us and the targets: for the report, where one is not reached
    limit: str = ""
    columns: list[Figure] = field(default_factory=lambda: TRAFFIC)


CPU = Figure("server_cpu_us", "CPU per message", "µs")
DELIVERY = Figure("server_cpu_us", "CPU per delivery", "µs")
SESSION = Figure("server_cpu_us", "CPU per connect", "µs", 1)
RATE = Figure("per_second", "messages/s", "1/s", 0)
EVENT = Figure("nanoseconds", "time per event", "ns", 0)
P99 = Figure("latency_us.p99", "p99", "µs", 0)
IDLE = Figure("bytes_per_connection", "resident each", "bytes", 0)
AFTER = Figure("bytes_per_connection_after_large", "after 300 kB each", "bytes", 0)
BACK = Figure("seconds_until_back", "back after 300 kB each", "s", 1)
PEAK = Figure("peak_growth", "growth of resident memory, at most", "KiB", 0, 1024)

TRAFFIC = [
    Figure("server_cpu_us", "CPU each, µs", "µs"),
    Figure("per_second", "per second", "1/s", 0),
    Figure("latency_us.p50", "p50, µs", "µs", 0),
    Figure("latency_us.p99", "p99, µs", "µs", 0),
    Figure("latency_us.p999", "p99.9, µs", "µs", 0),
    Figure("server_busy", "server busy", "%", 0, 0.01),
    Figure("generator_busy", "load busy", "%", 0, 0.01),
]
MEMORY = [
    Figure("bytes_per_connection", "bytes each, idle", "bytes", 0),
    Figure("bytes_per_connection_after_echo", "after one echo", "bytes", 0),
    AFTER,
    Figure("bytes_per_connection_peak", "peak of that", "bytes", 0),
    BACK,
]
GROWTH = [PEAK, Figure("resident_growth", "at the end", "KiB", 0, 1024), Figure("sleepers_dropped", "dropped", "", 0)]

REST = Figure("rest_cpu_us_per_minute", "CPU a connection and minute", "µs", 1)
CROWD_OF = [
    Figure("connections", "connections", "", 0),
    Figure("processes", "servers", "", 0),
    Figure("bytes_per_connection", "bytes each", "bytes", 0),
    Figure("rest_cpu_us_per_minute", "CPU a connection and minute, µs", "µs", 1),
    Figure("paced_us.p50", "echo next to them, p50, µs", "µs", 0),
    Figure("paced_us.p99", "p99, µs", "µs", 0),
]
STORM_OF = [
    Figure("storm.back", "reconnected", "", 0),
    Figure("server_cpu_us", "CPU each, µs", "µs", 1),
    Figure("latency_us.p50", "connect p50, µs", "µs", 0),
    Figure("latency_us.p99", "p99, µs", "µs", 0),
    Figure("storm.echo_calm_us.p99", "echo of those that stay, before, p99, µs", "µs", 0),
    Figure("storm.echo_us.p50", "in it, p50, µs", "µs", 0),
    Figure("storm.echo_us.p99", "p99, µs", "µs", 0),
]

AT_MOST = Figure("deliveries_at_most", "deliveries of a namespace, at most", "1/s", 0)
OF_THREADS = [
    Figure("alone", "a broadcast alone, ns", "ns", 0),
    Figure("same", "two threads, one namespace", "ns", 0),
    Figure("apart", "two servers", "ns", 0),
    Figure("two_in_one", "rate of the two in one, to one", "×"),
    Figure("two_apart", "of two servers", "×"),
    Figure("at_most", "broadcasts a second, at most", "1/s", 0),
    *(Figure(f"joined.{cores}", f"{cores} cores, written together", "×", 1) for cores in (4, 16, 32)),
    *(Figure(f"written_apart.{cores}", f"{cores} cores, a write each", "×", 1) for cores in (4, 16, 32)),
]

RECEIVER = Figure("nodes.receiver", "CPU per delivery on the receiving node", "µs")
NODES = [
    Figure("nodes.sender", "sending node, µs a message", "µs"),
    Figure("nodes.receiver", "receiving node, µs a delivery", "µs"),
    Figure("nodes.bystander", "node without members, µs a message", "µs"),
    Figure("nodes.redis", "Redis, µs a message", "µs"),
    Figure("per_second", "deliveries per second", "1/s", 0),
    Figure("latency_us.p50", "p50, µs", "µs", 0),
    Figure("latency_us.p99", "p99, µs", "µs", 0),
]

BYTES_OF_ROOM = Figure("rooms.node_bytes", "resident bytes of a node for each room", "bytes", 0)
OF_ROOMS = [
    Figure("rooms.node_bytes", "node, bytes a room", "bytes", 0),
    Figure("rooms.redis_bytes", "Redis, bytes a room", "bytes", 0),
    Figure("rooms.channels", "channels for them", "", 0),
    Figure("rooms.back_ms", "subscribed again after, ms", "ms", 0),
]

# --- compression: what is sent is JSON, and the load generator compresses all of it, as a browser does ---
COMPRESSED = "us, deflate"
NODE_COMPRESSED = "socket.io, deflate"
WIRE = Figure("wire_bytes", "bytes on the wire per message", "bytes", 0)
OF_COMPRESSION = [
    Figure("server_cpu_us", "CPU each, µs", "µs"),
    Figure("wire_bytes", "bytes on the wire each", "bytes", 0),
    Figure("per_second", "per second", "1/s", 0),
    Figure("latency_us.p50", "p50, µs", "µs", 0),
    Figure("latency_us.p99", "p99, µs", "µs", 0),
    Figure("server_busy", "server busy", "%", 0, 0.01),
    Figure("generator_busy", "load busy", "%", 0, 0.01),
]
BESIDE_NODE = [
    Candidate(COMPRESSED, COMPRESSED, "sio", options="--deflate"),
    Candidate("us", "us", "sio"),
    Candidate(NODE_COMPRESSED, NODE_COMPRESSED, "sio", options="--deflate"),
    Candidate("socket.io", "socket.io", "sio"),
]
COMPRESSION = [
    Scenario(
        "deflate-broadcast",
        "Compression: 1 KiB of JSON to 1 000",
        [*BESIDE_NODE, Candidate("socketioxide", "socketioxide", "sio")],
        DELIVERY,
        [
            Target(DELIVERY, "<=", 0.05, NODE_COMPRESSED, ours=COMPRESSED),
            Target(WIRE, "<=", 0.60, "us", ours=COMPRESSED),
        ],
        "broadcast",
        "--conns 1000 --overlap --json --size 1024",
        notes="Ours compresses each broadcast once (`a_broadcast_is_compressed_once` counts it); Node's `perMessageDeflate` once for each "
        "receiver, with a window for each, which is why it sends fewer bytes. socketioxide has no compression.",
        columns=OF_COMPRESSION,
    ),
    Scenario(
        "deflate-echo",
        "Compression: echo of 1 KiB of JSON, one in flight",
        BESIDE_NODE,
        CPU,
        [Target(CPU, "<=", 0.50, NODE_COMPRESSED, ours=COMPRESSED)],
        "echo",
        "--conns 50 --json --size 1024",
        rounds=3,
        notes="An echo is inflated and compressed again: nothing of it is shared.",
        columns=OF_COMPRESSION,
    ),
    Scenario(
        "deflate-small",
        "Compression: echo of 128 bytes, one in flight",
        BESIDE_NODE,
        CPU,
        [],
        "echo",
        "--conns 50 --json --size 128",
        rounds=3,
        notes="What a client sends is compressed, the answers are too short to be. No target.",
        columns=OF_COMPRESSION,
    ),
    Scenario(
        "deflate-idle",
        "Compression: idle connection, at 1 000",
        BESIDE_NODE,
        IDLE,
        [Target(IDLE, "<=", 1.05, "us", ours=COMPRESSED)],
        "idle",
        "--conns 1000 --json --size 1024",
        rounds=3,
        seconds=2,
        notes="Then one echo of 1 KiB of JSON on each: what a connection holds that has used compression.",
        columns=[
            Figure("bytes_per_connection", "bytes each, idle", "bytes", 0),
            Figure("bytes_per_connection_after_echo", "after one echo", "bytes", 0),
        ],
    ),
]

FLOOR = Candidate("bare TCP echo", "tcp floor", "tcp", mode="echo")
# glibc gives memory back as it says in its manual, instead of raising these by what it has seen
FIXED = {"MALLOC_TRIM_THRESHOLD_": "131072", "MALLOC_MMAP_THRESHOLD_": "131072"}

# the mode of a scenario without servers
MICRO = "micro"
# one with three nodes of a cluster
CLUSTER = "cluster"
# one whose connections are more than a process may have
CROWD = "crowd"
# one with one node of a cluster, and many rooms
ROOMS = "rooms"
# operations of the program `scale`, as the number of something grows
SCALE = "scale"
# two threads that broadcast at once
THREADS = "threads"
US = Candidate("us", "us", "sio")
OXIDE = Candidate("socketioxide", "socketioxide", "sio")
NODE = Candidate("socket.io", "socket.io", "sio")
HAND = Candidate("hand-written", "hand", "plain")
UWS = Candidate("uWebSockets", "uws", "plain")
# the floor: what echoes small frames, can be reached by others and has a time limit, and nothing else
LEAST = Candidate("the least on tokio", "hand", "plain", options="--path /least")
PLAIN = [Candidate("us", "us", "plain"), HAND, UWS, Candidate("ws", "ws", "plain")]
BESIDE_UWS = Target(CPU, "<=", 1.10, "uWebSockets")
OXIDE_CLUSTER = "socketioxide-redis"
NODES_OF_CLUSTERS = [
    US,
    Candidate(OXIDE_CLUSTER, OXIDE_CLUSTER, "sio", options="--any-order"),
    Candidate("socket.io, redis-adapter", "socket.io, redis-adapter", "sio"),
]
NOT_SLOWER = [Target(CPU, "<=", 1.00, "hand-written"), Target(RATE, ">=", 1.00, "hand-written")]
UWS_LIMIT = (
    "Of uWebSockets' time 80 % are the kernel's, of ours 56 %, which is as much: what is ours is 0.2 µs to its 0.08. Seven atomic "
    "operations of each message are in that, which a server of one thread without tasks does not have: docs/speed.md has the list. `the least on "
    "tokio`, which reads, unmasks, writes back and does nothing else, is as fast as uWebSockets: what is between is what a message costs that "
    "is checked and counted, has a handler, and is in order with what others send."
)
LEVEL = "The system calls are the same, and the two are as fast within what the machine's noise lets be seen."
IDLE_LIMIT = (
    "`the least on tokio`, which echoes small frames, can be reached by others and has a time limit, and does nothing else, keeps 1 033 bytes with "
    "this allocator. docs/speed.md has ours allocation by allocation, and with other allocators (jemalloc: 1 986 and 1 971)."
)
OUTBOX_KIB = 16 * 1024

GROWN = Figure("grown", "cost with the most, to that with the least", "×", 2)


def growing(key, of, operations, counts, notes=""):
    """A thousand times as many of something; the cost of none of the operations may follow. A cache miss more is all that grows."""
    return Scenario(
        f"scale-{key}",
        f"As numbers grow: {of}",
        [Candidate(operation, key) for operation in operations],
        GROWN,
        [Target(replace(GROWN, name=f"{operation}, with the most to that with the least"), "<=", 3, ours=operation) for operation in operations],
        SCALE,
        "",
        rounds=3,
        notes=notes,
        columns=[*(Figure(f"points.{count}", f"{count:_}, ns".replace("_", " "), "ns", 0) for count in counts), GROWN],
    )


CLUSTERED = (
    "Three nodes of one kind on core 0, Redis and the load on core 1. A client of the first sends; all members of the room are at "
    "the second; the third has one client, which is not in the room. Latency is from the sender's client to the receivers'. "
    "socketioxide does not keep the order of what a client sends; its broadcasts are accepted in any order."
)

SCENARIOS = [
    Scenario(
        "echo-1",
        "Echo, one in flight",
        [US, FLOOR, HAND, OXIDE],
        CPU,
        [Target(CPU, "<=", 1.20, "bare TCP echo")],
        "echo",
        rounds=9,
        limit="perf: three quarters of our CPU time are the kernel's, for the same three system calls for each message that bare TCP "
        "needs. What is ours above bare TCP is mostly code that is cold "
        "after each system call. Tried: reading without tungstenite (kept), one executable optimized across crates (kept), fewer wake-ups "
        "(there is one).",
    ),
    Scenario(
        "echo-16",
        "Echo, sixteen in flight",
        [US, Candidate("socketioxide", "socketioxide", "sio", options="--any-order"), NODE],
        RATE,
        [Target(RATE, ">=", 5, "socketioxide"), Target(RATE, ">=", 12, "socket.io")],
        "echo",
        "--conns 50 --depth 16",
        notes="socketioxide handles each message in a task of its own and answers in another order than it was asked; its "
        "replies are accepted in any order.",
        limit="perf: half of our CPU time is the kernel's, for one read and one write per batch of sixteen; the rest is flat: the largest "
        "function has 5 %. socketioxide's own rate differs by a fifth between runs on the same machine, and it is built with the same profile "
        "(optimized across crates), which made it faster, too. Tried: everything in docs/speed.md.",
    ),
    Scenario(
        "ack",
        "Ack round trip, one in flight",
        [US, FLOOR],
        CPU,
        [Target(CPU, "<=", 1.25, "bare TCP echo")],
        "ack",
        rounds=9,
        limit="As for one echo in flight: the kernel's share is the same as that of bare TCP.",
    ),
    Scenario(
        "broadcast",
        "Broadcast to 1 000",
        [US, OXIDE, NODE],
        DELIVERY,
        [Target(DELIVERY, "<=", 0.15, "socketioxide"), Target(DELIVERY, "<=", 0.12, "socket.io")],
        "broadcast",
        "--conns 1000 --overlap",
        notes="The next broadcast is sent as soon as the sender has its own copy, so that a server may write several of "
        "them to a receiver at once. How early that is depends on the sender's place in the server's order of delivery; "
        "with socketioxide it seems to be by chance, hence its range. The next scenario does not depend on it.",
    ),
    Scenario(
        "broadcast-apart",
        "Broadcast to 1 000, one at a time",
        [US, OXIDE, NODE],
        DELIVERY,
        [],
        "broadcast",
        "--conns 1000",
        rounds=3,
        notes="The next broadcast is sent when the last receiver has the one before: a write for each delivery, which costs "
        "every server the same. No target.",
    ),
    Scenario(
        "room",
        "Broadcast to a room of 1 000 in a namespace of 10 000",
        [
            Candidate("room in 10 000", "us", "sio", options="--open 9000"),
            Candidate("those 1 000 alone", "us", "sio"),
        ],
        DELIVERY,
        [Target(DELIVERY, "<=", 1.20, "those 1 000 alone", ours="room in 10 000")],
        "broadcast",
        "--conns 1000 --room --overlap",
        notes="All 1 000 have joined the room in both cases; the other 9 000 are connected to the namespace and silent.",
    ),
    Scenario(
        "idle",
        "Idle connection, at 8 000",
        [Candidate("us", "us", "sio", options="--large 300000", env=FIXED), OXIDE, NODE],
        IDLE,
        [Target(IDLE, "<=", 1843), Target(BACK, "<=", 60)],
        "idle",
        "--conns 8000",
        rounds=2,
        seconds=2,
        notes="Socket.IO over WebSocket, one namespace joined. Then, on our server only (socketioxide takes no message of "
        "300 kB as it is configured), an echo of 300 000 bytes on every connection, 100 under way, and memory is read "
        "twice a second until it is back at 3 KiB each, or at what it was if that was more, for at most a minute. Our server runs "
        "with `MALLOC_TRIM_THRESHOLD_=131072` and `MALLOC_MMAP_THRESHOLD_=131072`, glibc's own defaults: otherwise glibc raises "
        "them when it first frees a large block, and keeps a part of what it was given back (then: 3.5 KiB each).",
        limit=IDLE_LIMIT,
        columns=MEMORY,
    ),
    Scenario(
        "idle-plain",
        "Plain wire: idle connection, at 8 000",
        [Candidate("us", "us", "plain", env=FIXED), replace(LEAST, env=FIXED), HAND, UWS],
        IDLE,
        [Target(IDLE, "<=", 1536)],
        "idle",
        "--conns 8000",
        rounds=2,
        seconds=2,
        limit=IDLE_LIMIT,
        columns=MEMORY[:2],
    ),
    Scenario(
        "connect",
        "Connect",
        [US, Candidate("hand-written, handshake only", "hand", "plain"), OXIDE],
        SESSION,
        [Target(SESSION, "<=", 0.70, "socketioxide")],
        "connect",
        notes="50 at a time; latency is from the first SYN to the CONNECT reply. The CPU time holds the orderly close, too. The "
        "hand-written server speaks the plain wire: it has neither Engine.IO's OPEN nor CONNECT and its reply.",
        limit="perf: two thirds of our CPU time are the kernel's (accept, TCP's own handshake and end, epoll), 23 % ours, 10 % the "
        "allocator's. strace: the same system calls as socketioxide's, but for one that it makes to wake a task. A server that does nothing "
        "but axum's handshake stands at 0.6 times socketioxide already; Socket.IO adds three system calls to that (OPEN, reading CONNECT, its "
        "reply). Tried without a difference: a layer instead of a router, one task instead of two for handover and "
        "session. OPEN cannot go out with the answer to the handshake: that is written by hyper.",
    ),
    Scenario(
        "connect-plain",
        "Plain wire: connect",
        [Candidate("us", "us", "plain"), HAND, UWS],
        SESSION,
        [Target(SESSION, "<=", 100)],
        "connect",
        notes="50 at a time, orderly closed as soon as they are open.",
    ),
    Scenario(
        "crowd",
        "A hundred thousand silent connections",
        [US],
        REST,
        [],
        CROWD,
        "--paced 10 --seconds 50 --warmup 10",
        rounds=1,
        notes="Socket.IO over WebSocket, one namespace joined, from 64 loopback addresses; they rest for 50 s, in which each answers two pings. "
        "Then ten of them for each server echo ten times a second for 10 s. A process may have as many connections as it may have "
        "files: where that is less than a hundred thousand, they are spread over several servers, all on one core. No target.",
        columns=CROWD_OF,
    ),
    Scenario(
        "storm",
        "Storm: all reconnect within five seconds",
        [US, OXIDE],
        SESSION,
        [Target(SESSION, "<=", 0.90, "socketioxide")],
        "storm",
        "--open 50 --conns 19000",
        rounds=3,
        notes="19 000 of 19 050 connections end at once, without a word, and reconnect evenly over five seconds; a client that was refused, or is "
        "not back ten seconds after the last one, fails the run. The 50 who stay echo ten times a second. "
        "Those 19 050 are as many as the files of this machine allow.",
        columns=STORM_OF,
    ),
    Scenario(
        "growth",
        "Growth: 50 active among 14 950 silent connections",
        [
            Candidate("15 000 open", "us", "sio", options="--open 14950"),
            Candidate("50 open", "us", "sio"),
        ],
        CPU,
        [Target(CPU, "<=", 1.15, "50 open", ours="15 000 open")],
        "echo",
    ),
    Scenario(
        "stalled",
        "One stalled reader among 1 000 in a broadcast",
        [
            Candidate("one stalled", "us", "sio", mode="stalled", options="--stalled 1"),
            Candidate("none stalled", "us", "sio"),
        ],
        P99,
        [Target(P99, "<=", 1.20, "none stalled", ours="one stalled")],
        "broadcast",
        "--conns 999",
        notes="Latency of the 999 others. Before it begins, echoes fill what the kernel holds for the stalled reader, so that "
        "the whole backlog is the server's.",
    ),
    Scenario(
        "stalled-memory",
        "Memory for one stalled reader",
        [Candidate("us", "us", "sio")],
        PEAK,
        [Target(PEAK, "<=", OUTBOX_KIB * 1.1)],
        "stalled",
        "--conns 99 --stalled 1 --size 16000",
        rounds=3,
        notes="Each message has 16 000 bytes, enough to fill the outbox during the run (16 MiB by default; a reader that lets it "
        "overflow is dropped). The bound is that ceiling and a tenth for everything else in the process. The peak is the kernel's own "
        "(`VmHWM`).",
        columns=GROWTH,
    ),
    Scenario(
        "polling",
        "Echo over HTTP long polling",
        [
            Candidate("us", "us", "poll"),
            Candidate("us, a layer around the router", "us, layer", "poll"),
            Candidate("bare axum", "hand", "poll"),
            Candidate("socketioxide", "socketioxide", "poll"),
        ],
        RATE,
        [
            Target(RATE, ">=", 1.2, "socketioxide"),
            Target(RATE, ">=", 1.2, "socketioxide", ours="us, a layer around the router"),
        ],
        "echo",
        notes="`bare axum` answers a GET with what the POSTs of the same session held, and does nothing else: no packets, no "
        "limits, no heartbeat.",
        limit="An echo is two HTTP requests. Without any protocol axum and hyper alone reach 1.3 times socketioxide's rate: twice it is "
        "out of reach for any server on axum, and 1.2 leaves a session 6 %. perf: over half of the time is the kernel's, hyper's and axum's is "
        "most of the rest; we execute 45 400 instructions for each echo, in a layer around the router 39 700, socketioxide 48 700, bare "
        "axum 30 400: docs/speed.md. Rejected: answering a POST before its packets are taken (a client would no longer "
        "be slowed down by a full inbox); answering a GET without waking the owner (3 %, and a second way through the session).",
    ),
    Scenario(
        "workers",
        "Two worker threads instead of one",
        [
            Candidate("two workers", "us", "sio", workers=2, cores=(0, 1)),
            Candidate("one worker", "us", "sio", cores=(0, 1)),
            Candidate("bare TCP echo, two", "tcp floor", "tcp", workers=2, cores=(0, 1)),
            Candidate("bare TCP echo, one", "tcp floor", "tcp", cores=(0, 1)),
        ],
        CPU,
        [Target(CPU, "<=", 1.15, "one worker", ours="two workers")],
        "echo",
        notes="The server may use both cores in both cases, and shares core 1 with the load.",
        limit="Bare TCP on tokio becomes dearer by the same share: the price of a second worker is tokio's and the kernel's (stealing, and "
        "a load generator on the same core), not a lock of ours.",
    ),
    Scenario(
        "threads",
        "Threads that broadcast in one namespace",
        [Candidate(f"{members} member{'s' if members > 1 else ''}", str(members)) for members in (1, 10, 100, 1_000)],
        AT_MOST,
        [],
        THREADS,
        "",
        rounds=3,
        notes="A namespace is one lock. A broadcast is encoded before it is taken, and written after it is given back, by the tasks of the "
        "members: under it are the walk over the members and a push to each outbox. Two threads do nothing but that, on both cores; nobody "
        "writes. The last columns are a simulation (`bench/threads.py`) of cores that do so and write what they have sent: how many times as "
        "much as one core they do, where the messages of a member are written together, and where each has a write of its own. docs/speed.md says "
        "what would shard the lock.",
        columns=OF_THREADS,
    ),
    Scenario(
        "event",
        "An event, from the frame to the outbox",
        [
            Candidate("us", "steps_to_outbox"),
            Candidate("without an answer", "steps_to_handlers"),
            Candidate("serde_json alone", "serde_alone"),
        ],
        EVENT,
        [Target(EVENT, "<=", 400)],
        MICRO,
        notes="Sixteen masked frames in one read, each an event with a text and two numbers, whose handler emits the same to its socket.",
        limit="A third of the time is serde_json's, which reads the three fields and writes them again. The rest is flat: the check that "
        "the packet is JSON takes a tenth of the instructions.",
        columns=[EVENT],
    ),
    Scenario("plain-1", "Plain wire: echo, one in flight", PLAIN, CPU, NOT_SLOWER, "echo", limit=LEVEL),
    Scenario(
        "plain-16",
        "Plain wire: echo, sixteen in flight",
        [*PLAIN, LEAST],
        CPU,
        [*NOT_SLOWER, BESIDE_UWS],
        "echo",
        "--conns 50 --depth 16",
        limit=f"{LEVEL} {UWS_LIMIT}",
    ),
    Scenario(
        "cluster-1000",
        "Cluster: a room of 1 000 at another node, sixty-four broadcasts under way",
        NODES_OF_CLUSTERS,
        RECEIVER,
        [Target(RECEIVER, "<=", 0.34, OXIDE_CLUSTER)],
        CLUSTER,
        "--conns 1000 --depth 64",
        rounds=3,
        notes=CLUSTERED,
        columns=NODES,
    ),
    Scenario(
        "cluster-1000-apart",
        "Cluster: a room of 1 000 at another node, one broadcast at a time",
        NODES_OF_CLUSTERS,
        RECEIVER,
        [],
        CLUSTER,
        "--conns 1000",
        rounds=3,
        notes=CLUSTERED + " A write for each delivery costs every server the same. No target.",
        columns=NODES,
    ),
    Scenario(
        "cluster-1",
        "Cluster: a room of one client at another node, sixteen broadcasts under way",
        NODES_OF_CLUSTERS,
        RECEIVER,
        [Target(RECEIVER, "<=", 1.00, OXIDE_CLUSTER)],
        CLUSTER,
        "--conns 1 --depth 16",
        rounds=3,
        notes=CLUSTERED,
        columns=NODES,
    ),
    Scenario(
        "cluster-apart",
        "Cluster: a room of one client at another node, one broadcast at a time",
        NODES_OF_CLUSTERS,
        RECEIVER,
        [Target(RECEIVER, "<=", 1.00, OXIDE_CLUSTER)],
        CLUSTER,
        "--conns 1",
        rounds=3,
        notes=CLUSTERED,
        columns=NODES,
    ),
    Scenario(
        "cluster-rooms",
        "Cluster: 10 000 rooms of one client",
        NODES_OF_CLUSTERS,
        BYTES_OF_ROOM,
        [],
        ROOMS,
        "",
        rounds=3,
        notes="One node. A client joins 10 000 rooms; then Redis cuts the connections that hear, and all is subscribed again. Classic adapters have "
        "one pattern for all rooms of a namespace. No target.",
        columns=OF_ROOMS,
    ),
    Scenario(
        "plain-broadcast",
        "Plain wire: broadcast to 1 000",
        PLAIN,
        DELIVERY,
        [],
        "broadcast",
        "--conns 1000 --overlap",
        rounds=3,
        notes="The next broadcast is sent as soon as the sender has its own copy: ours and the hand-written server join what waits "
        "for a receiver into one write, uWebSockets (`publish`) writes each to each. No target.",
    ),
    growing(
        "rooms",
        "rooms with one member each",
        ["join", "leave", "emit to one", "connect", "disconnect"],
        [100, 1_000, 10_000, 100_000],
        "In one namespace. A socket joins one room more, and leaves it; a broadcast to one of them, which has one member; a connection comes and goes.",
    ),
    growing(
        "members",
        "members of one room",
        ["join", "leave", "emit, for each member", "connect", "disconnect"],
        [50, 500, 5_000, 50_000],
        "A broadcast ends at the outboxes: nothing is written. `disconnect` is that of a member.",
    ),
    growing(
        "rooms-of-one",
        "rooms that one socket is in",
        ["join", "emit to one", "disconnect, for each room"],
        [1, 10, 100, 900],
        "At most 1 024 are allowed by default (`Config::max_rooms`).",
    ),
    growing(
        "namespaces",
        "namespaces by a pattern",
        ["connect to a new one", "disconnect", "find and emit"],
        [10, 100, 1_000, 9_000],
        "One client in each. At most 10 000 are allowed by default (`Config::max_dynamic_namespaces`).",
    ),
    growing("events", "events in the table", ["dispatch"], [2, 20, 200, 2_000], "Each event has a handler with one number."),
    *COMPRESSION,
]
