"""An independent client, python-socketio, against `conformance socket-client`: `client.py URL TRANSPORT[,TRANSPORT]`."""

import sys
import threading

import socketio

url, transports = sys.argv[1], sys.argv[2].split(",")
PATIENCE = 10

client = socketio.Client(reconnection=False)
seen = {}
arrived = threading.Condition()


def note(event, *args):
    with arrived:
        seen.setdefault(event, []).append(args)
        arrived.notify_all()


def next_of(event):
    with arrived:
        if not arrived.wait_for(lambda: seen.get(event), PATIENCE):
            raise TimeoutError(event)
        return seen[event].pop(0)


def ask(event, data=None, namespace="/"):
    return client.call(event, data, namespace=namespace, timeout=PATIENCE)


for event in ["takebin", "takeUtf8", "buffack", "jsonbuff-ack", "got it", "false"]:
    client.on(event, lambda *args, event=event: note(event, *args))
client.on("ack", lambda *_: (5, {"test": True}))
client.on("disconnect", lambda *_: note("disconnect"))

client.connect(url, transports=transports, namespaces=["/", "/foo"], wait_timeout=PATIENCE)

# the last argument of an event is its offset: recovery is on
assert ask("echo", {"a": [1, "ä", None, b"\x01\x02"]}) == {"a": [1, "ä", None, b"\x01\x02"]}
client.emit("getbin")
assert next_of("takebin")[0] == b"asdfasdf"
client.emit("buffa", b"\x01")
next_of("buffack")
client.emit("jsonbuff", {"hello": "lol", "message": b"\x07", "goodbye": "gotcha"})
next_of("jsonbuff-ack")
client.emit("getUtf8")
assert [next_of("takeUtf8")[0] for _ in range(5)] == ["てすと", "Я Б Г Д Ж Й", "Ä ä Ü ü ß", "utf8 — string", "utf8 — string"]
client.emit("ack")
next_of("got it")
assert ask("getId") == client.get_sid("/")
assert ask("getId", namespace="/foo") == client.get_sid("/foo")
assert client.transport() == transports[-1], client.transport()
client.disconnect()
next_of("disconnect")
print("all seen")
