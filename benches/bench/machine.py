"""What has to be known about the machine and the programs to read the figures."""

import json
import os
import pathlib
import platform
import re
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent.parent


class Watch:
    """Notes how quiet the machine was from here to `facts`."""

    def __init__(self):
        self.began = time.monotonic()
        self.load = os.getloadavg()[0]
        self.ticks = _ticks()

    def facts(self):
        ticks = [after - before for before, after in zip(self.ticks, _ticks())]
        stolen = 100 * ticks[STEAL] / max(sum(ticks), 1)
        minutes = (time.monotonic() - self.began) / 60
        return {
            "processor": f"{_field('/proc/cpuinfo', 'model name')}, {os.cpu_count()} cores{_hypervisor()}",
            "memory": f"{int(_field('/proc/meminfo', 'MemTotal').split()[0]) / 2**20:.0f} GiB",
            "system": f"{platform.system()} {platform.release()}",
            "socketio": _commit(),
            "Rust": _output("rustc", "--version"),
            "peers": _peers(),
            "Node.js": _output("node", "--version"),
            "C++": _output("c++", "--version").partition("\n")[0],
            "measured": f"{time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}, in {minutes:.1f} minutes",
            "quiet": f"load average {self.load:.2f} at the start; {stolen:.1f} % of the time was taken by the hypervisor",
        }


def _ticks():
    with open("/proc/stat") as stat:
        # user, nice, system, idle, iowait, irq, softirq, steal
        return [int(word) for word in stat.readline().split()[1:9]]


def _field(path, name):
    for line in pathlib.Path(path).read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return "0 unknown"


def _hypervisor():
    return ", virtual" if " hypervisor" in _field("/proc/cpuinfo", "flags") else ""


def _commit():
    commit = _output("git", "rev-parse", "--short", "HEAD")
    # what this very run writes does not count
    changed = _output("git", "status", "--porcelain", "--untracked-files=no", "--", "..", ":!../docs")
    return f"`{commit}`{' with changes' if changed else ''}"


def _peers():
    lock = (HERE / "Cargo.lock").read_text()
    crates = dict(re.findall(r'name = "([^"]+)"\nversion = "([^"]+)"', lock))
    node = json.loads((HERE / "peers/node/package-lock.json").read_text())["packages"]
    versions = [f"{name} {crates[name]}" for name in ("socketioxide", "tokio-tungstenite", "axum", "tokio")]
    versions.append(f"uWebSockets of libuwebsockets-sys {crates['libuwebsockets-sys']}")
    versions += [f"{name} {node[f'node_modules/{name}']['version']} (npm)" for name in ("socket.io", "ws")]
    return ", ".join(versions)


def _output(*command):
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else "unknown"


STEAL = 7
