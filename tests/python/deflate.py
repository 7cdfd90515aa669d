"""python's `websockets`, which shares no code with the others, against `conformance load PORT deflate`: `deflate.py URL`."""

import sys

from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.sync.client import connect

with connect(sys.argv[1], compression="deflate", max_size=None) as client:
    [extension] = client.protocol.extensions
    assert isinstance(extension, PerMessageDeflate), extension
    assert extension.remote_no_context_takeover and extension.local_no_context_takeover
    words = lambda n: ",".join(f'{{"id":{i},"name":"user number {i * 7919 % 1000} é☃"}}' for i in range(n))
    for message in ["", "x", words(5), words(50), words(5000), b"", b"\x07" * 200_000, "", words(50)]:
        client.send(message)
        assert client.recv() == message
    # in parts, each of them compressed as the client likes
    client.send([words(50), words(20), "", "x"])
    assert client.recv() == words(50) + words(20) + "x"
    client.send("B" + words(300))
    assert client.recv() == "B" + words(300)
print("all seen")
