"""What one lock for each namespace means for more cores than the machine has: a simulation with what two threads measured."""

import heapq
import random

# CPU of a delivery besides what a broadcast does under the lock, in ns: mostly writing it. As the scenarios `broadcast` (many
# messages in one write) and `broadcast-apart` (a write for each) find it.
JOINED, APART = 500, 4_000
CORES = (2, 4, 8, 16, 32)
BROADCASTS = 20_000


def simulate(cores, outside, alone, contended):
    """How many times as many broadcasts as one core does.

    Each core works `outside` of the lock, for a time that is exponentially distributed, and then queues for it. A core that had to wait for
    it holds it for `contended`, because what it guards is in the cache of another core.
    """
    chance = random.Random(cores)
    ready = [(chance.expovariate(1 / outside), core) for core in range(cores)]
    heapq.heapify(ready)
    free_at = 0
    for _ in range(BROADCASTS):
        at, core = heapq.heappop(ready)
        held = contended if at < free_at else alone
        free_at = max(at, free_at) + held
        heapq.heappush(ready, (free_at + chance.expovariate(1 / outside), core))
    return BROADCASTS / free_at * (outside + alone)


def figures(measured):
    """What the program `threads` prints for a room, with what follows of it."""
    members, alone, same, apart = (measured[key] for key in ("members", "alone", "same", "apart"))
    # of two threads that do nothing but broadcast one waits all the time: what is not under the lock is done meanwhile
    contended = same / 2
    found = measured | {
        "two_in_one": 2 * alone / same,
        "two_apart": 2 * alone / apart,
        "at_most": 1e9 / contended,
        "deliveries_at_most": 1e9 / contended * members,
    }
    for name, each in (("joined", JOINED), ("written_apart", APART)):
        found[name] = {str(cores): simulate(cores, each * members, alone, contended) for cores in CORES}
    return found
