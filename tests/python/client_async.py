"""python-socketio's asyncio client against tests/tests/clients.rs: `client_async.py URL`."""

import asyncio
import sys

import socketio

url = sys.argv[1]
PATIENCE = 15


async def everything(transports):
    client = socketio.AsyncClient(reconnection=False)
    seen = {name: asyncio.Queue() for name in ["welcome", "bytes back", "said", "disconnect"]}
    for name, queue in seen.items():
        client.on(name, lambda *args, queue=queue: queue.put_nowait(args))
    client.on("question", lambda number: number + 40)

    async def of(name):
        return await asyncio.wait_for(seen[name].get(), PATIENCE)

    async def ask(name, *data, namespace="/"):
        return await client.call(name, data, namespace=namespace, timeout=PATIENCE)

    await client.connect(url, transports=transports, namespaces=["/", "/other"], wait_timeout=PATIENCE)
    assert await of("welcome") == ("é", 2)
    value = {"a": [1, "ä", None, b"\x01\xff"]}
    assert await ask("echo", value) == value
    await client.emit("bytes", b"\x01\x02\xff")
    assert await of("bytes back") == (b"\x01\x02\xff",)
    assert await ask("ask me") == 42
    # not more: an answer with more than 16 packets is too much for its polling (`Payload.max_decode_packets`)
    for number in range(12):
        await client.emit("say", str(number))
    assert [(await of("said"))[0] for _ in range(12)] == [str(number) for number in range(12)]
    assert await ask("where", namespace="/other") == "/other"
    assert client.transport() == transports[-1], client.transport()
    await client.disconnect()
    await of("disconnect")


async def main():
    for transports in [["polling"], ["websocket"], ["polling", "websocket"]]:
        await everything(transports)


asyncio.run(main())
print("all seen")
