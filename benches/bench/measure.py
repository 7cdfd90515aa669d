"""Runs scenarios: a fresh server for every run, candidates in turn, each on its cores."""

import itertools
import json
import os
import pathlib
import resource
import socket
import subprocess
import sys
import time

from . import rooms, threads
from .scenarios import CLUSTER, CROWD, MICRO, ROOMS, SCALE, THREADS

HERE = pathlib.Path(__file__).resolve().parent.parent
BIN = HERE / "target/release"
OURS = os.environ.get("US", HERE / "../target/release/conformance")
OURS_NODE = os.environ.get("US_NODE", HERE / "../target/release/cluster_node")

# where it is not the last word of a command
PORT = "{port}"
SERVERS = {
    "us": [OURS, "load"],
    # the words after the port
    "us, deflate": [OURS, "load", PORT, "compression"],
    "us, layer": [OURS, "load", PORT, "layer"],
    "socket.io, deflate": ["node", HERE / "peers/node/socketio.js", PORT, "compression"],
    "hand": [BIN / "hand"],
    "tcp floor": [BIN / "tcp-floor"],
    "socketioxide": [BIN / "oxide"],
    "socket.io": ["node", HERE / "peers/node/socketio.js"],
    "ws": ["node", HERE / "peers/node/ws.js"],
    "uws": [BIN / "uws"],
}
# nodes of a cluster: PORT and the address of Redis follow
NODES = {
    "us": [OURS_NODE, "{port}", "{redis}"],
    "socketioxide-redis": [BIN / "oxide-cluster", "{port}", "{redis}"],
    "socket.io, redis-adapter": ["node", HERE / "peers/node/cluster.js", "{port}", "{redis}"],
}
# the crate with the sources of uWebSockets
UWS = "libuwebsockets-sys"
LOAD_CORE = 1
# as fast as the servers are built
CRITERION = ["cargo", "bench", "--quiet", "-j1", "--profile", "release", "--bench", "time"]
# events in one run of the benchmarks that a scenario names
EVENTS = 16
# 19 050 connections of the storm, and what a process needs besides
FILES = 19_500
# of the crowd
CONNECTIONS = 100_000


def build():
    cargo = ["cargo", "build", "--release", "--quiet", "-j1"]
    if "US" not in os.environ:
        subprocess.run([*cargo, "-p", "tests", "--bin", "conformance", "--bin", "cluster_node"], cwd=HERE / "..", check=True)
    subprocess.run(cargo, cwd=HERE, check=True)
    subprocess.run([*CRITERION, "--no-run"], cwd=HERE / "micro", stderr=subprocess.DEVNULL, check=True)
    subprocess.run([*cargo, "--bin", "scale", "--bin", "threads"], cwd=HERE / "micro", check=True)
    if not (HERE / "peers/node/node_modules").exists():
        subprocess.run(["npm", "ci", "--silent"], cwd=HERE / "peers/node", check=True)
    _build_uws()


def _build_uws():
    """The peer in C++, with the sources that a crate of its bindings carries, and the flags of its own Makefile."""
    main, built = HERE / "peers/uws/main.cpp", BIN / "uws"
    if built.exists() and built.stat().st_mtime > main.stat().st_mtime:
        return
    # this downloads what no target needs, too
    metadata = ["cargo", "metadata", "--locked", "--format-version", "1"]
    packages = json.loads(subprocess.run(metadata, cwd=HERE, check=True, capture_output=True).stdout)["packages"]
    crate = next(package["manifest_path"] for package in packages if package["name"] == UWS)
    sources = pathlib.Path(crate).parent / "uWebSockets"
    sockets = sources / "uSockets/src"
    flags = ["-O3", "-flto=auto", "-DLIBUS_NO_SSL", "-DUWS_NO_ZLIB", f"-I{sockets}"]
    objects = BIN.parent / "uws"
    objects.mkdir(parents=True, exist_ok=True)
    for name in ("bsd", "context", "loop", "socket", "udp", "eventing/epoll_kqueue"):
        output = objects / f"{pathlib.Path(name).name}.o"
        subprocess.run(["cc", *flags, "-c", sockets / f"{name}.c", "-o", output], check=True)
    compiler = ["c++", "-std=c++20", *flags, f"-I{sources / 'src'}"]
    subprocess.run([*compiler, main, *sorted(objects.glob("*.o")), "-o", built], check=True)


def prepare():
    """What servers and generator inherit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < FILES:
        raise SystemExit(f"{FILES} open files are needed, the hard limit is {hard} (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if not {0, LOAD_CORE} <= os.sched_getaffinity(0):
        raise SystemExit("cores 0 and 1 are needed: one for the server, one for the load")


def scenario(scenario, rounds, seconds):
    """All runs by the candidate's label, in the order of the rounds; `None` where a run failed."""
    runs = {candidate.label: [] for candidate in scenario.candidates}
    errors = []
    for number in range(rounds):
        # nobody is always first
        turn = number % len(scenario.candidates)
        for candidate in scenario.candidates[turn:] + scenario.candidates[:turn]:
            try:
                run = {MICRO: _micro, SCALE: _scale, THREADS: _threads, CROWD: _crowd, CLUSTER: _cluster, ROOMS: _cluster}.get(scenario.mode, _serve)
                runs[candidate.label].append(run(scenario, candidate, scenario.seconds or seconds))
            except RuntimeError as error:
                runs[candidate.label].append(None)
                errors.append(f"{candidate.label}: {error}")
                print(f"  {errors[-1]}", file=sys.stderr)
    return {"key": scenario.key, "rounds": rounds, "runs": runs, "errors": errors}


def _micro(_, candidate, seconds):
    """One benchmark of criterion's, on the core of the servers."""
    times = ["--warm-up-time", str(WARMUP), "--measurement-time", str(seconds)]
    done = subprocess.run(
        [*CRITERION, "--", "--noplot", *times, f"^{candidate.server}$"],
        cwd=HERE / "micro",
        env=os.environ | {"CRITERION_HOME": str(BIN.parent / "criterion")},
        preexec_fn=lambda: os.sched_setaffinity(0, candidate.cores),
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    found = BIN.parent / "criterion" / candidate.server / "new/estimates.json"
    return {"nanoseconds": json.loads(found.read_text())["median"]["point_estimate"] / EVENTS}


def _scale(_, candidate, __):
    """The operation that the candidate is called after, out of all of its kind."""
    done = subprocess.run(
        [BIN / "scale", candidate.server],
        preexec_fn=lambda: os.sched_setaffinity(0, candidate.cores),
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    points = {each["operation"]: each["points"] for each in map(json.loads, done.stdout.splitlines())}[candidate.label]
    least, *_, most = points.values()
    return {"points": points, "grown": most / least}


def _threads(_, candidate, __):
    done = subprocess.run([BIN / "threads", candidate.server], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return threads.figures(json.loads(done.stdout))


def _serve(scenario, candidate, seconds):
    port = _free_port()
    server = _start(candidate, port)
    try:
        _await_port(server, port)
        load = _load(server, port, candidate, candidate.mode or scenario.mode)
        load += ["--seconds", str(seconds), "--warmup", str(WARMUP)]
        load += scenario.options.split() + candidate.options.split()
        done = subprocess.run(
            load, preexec_fn=lambda: os.sched_setaffinity(0, {LOAD_CORE}), capture_output=True, text=True
        )
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(load[1:])}: {done.stderr.strip()}")
        return json.loads(done.stdout.splitlines()[0])
    finally:
        server.kill()
        server.wait()


def _start(candidate, port):
    command = [str(part) for part in SERVERS[candidate.server]]
    command = [str(port) if part == PORT else part for part in (command if PORT in command else [*command, PORT])]
    return subprocess.Popen(
        command,
        env=os.environ | candidate.env | {"TOKIO_WORKER_THREADS": str(candidate.workers)},
        preexec_fn=lambda: os.sched_setaffinity(0, candidate.cores),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _load(server, port, candidate, mode):
    load = [str(BIN / "loadgen"), "--addr", f"127.0.0.1:{port}", "--pid", str(server.pid)]
    return [*load, "--wire", candidate.wire, "--mode", mode]


def _crowd(scenario, candidate, _):
    """As many servers as the connections need, each with a generator of its own."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    each = min(CONNECTIONS, files - 500)
    counts = [min(each, CONNECTIONS - begun) for begun in range(0, CONNECTIONS, each)]
    started, loads = [], []
    try:
        for count in counts:
            port = _free_port()
            started.append(_start(candidate, port))
            _await_port(started[-1], port)
            load = [*_load(started[-1], port, candidate, "idle"), "--conns", str(count), "--timeout", "60", *scenario.options.split()]
            loads.append(
                subprocess.Popen(
                    load,
                    preexec_fn=lambda: os.sched_setaffinity(0, {LOAD_CORE}),
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
        outcomes = [load.communicate() for load in loads]
        failed = [errors.strip() for load, (_, errors) in zip(loads, outcomes) if load.returncode != 0]
        if failed:
            raise RuntimeError("; ".join(failed))
        runs = [json.loads(output.splitlines()[0]) for output, _ in outcomes]
    finally:
        for process in loads + started:
            process.kill()
            process.wait()

    def mean(figure):
        return sum(run[figure] * count for run, count in zip(runs, counts)) / CONNECTIONS

    return {
        "connections": CONNECTIONS,
        "processes": len(counts),
        "bytes_per_connection": mean("bytes_per_connection"),
        "rest_cpu_us_per_minute": mean("rest_cpu_us_per_minute"),
        # of the worst of the servers
        "paced_us": {share: max(run["paced_us"][share] for run in runs) for share in ("p50", "p99")},
    }


def _cluster(scenario, candidate, seconds):
    """Three nodes on the core of the servers, Redis on that of the load."""
    started = []

    def start(command, core):
        process = subprocess.Popen(
            list(map(str, command)),
            env=os.environ | candidate.env | {"TOKIO_WORKER_THREADS": "1", "RUST_LOG": "warn"},
            preexec_fn=lambda: os.sched_setaffinity(0, core),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        started.append(process)
        return process

    try:
        redis_port = _free_port()
        redis = start(["redis-server", "--port", redis_port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"], {LOAD_CORE})
        _await_port(redis, redis_port)
        ports = [_free_port() for _ in range(1 if scenario.mode == ROOMS else 3)]
        for port in ports:
            words = {"port": port, "redis": f"redis://127.0.0.1:{redis_port}"}
            node = start([str(part).format(**words) for part in NODES[candidate.server]], set(candidate.cores))
            _await_port(node, port)
        nodes = started[1:]
        if scenario.mode == ROOMS:
            return rooms.measure(nodes[0].pid, ports[0], redis_port)
        addresses = [f"127.0.0.1:{port}" for port in ports]
        load = [str(BIN / "loadgen"), "--wire", candidate.wire, "--mode", "cluster"]
        load += ["--addr", addresses[0], "--receiver", addresses[1], "--bystander", addresses[2]]
        load += ["--pid", nodes[0].pid, "--receiver-pid", nodes[1].pid, "--bystander-pid", nodes[2].pid]
        load += ["--redis-pid", redis.pid, "--seconds", seconds, "--warmup", WARMUP]
        load += scenario.options.split() + candidate.options.split()
        done = subprocess.run(
            list(map(str, load)),
            preexec_fn=lambda: os.sched_setaffinity(0, {LOAD_CORE}),
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, load[1:]))}: {done.stderr.strip()}")
        return json.loads(done.stdout.splitlines()[0])
    finally:
        for process in started:
            process.kill()
            process.wait()


def _free_port():
    """Below the ports of clients: one of their connections, closed a minute ago, may still keep a server from binding."""
    for port in _ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("0.0.0.0", port))
                return port
            except OSError:
                continue
    raise SystemExit("no free port")


def _await_port(server, port):
    for _ in range(1000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if server.poll() is not None:
            break
        time.sleep(0.01)
    raise RuntimeError("the server does not listen")


WARMUP = 0.5
_ports = itertools.islice(itertools.cycle(range(20_000, 32_000)), os.getpid() % 12_000, None)
