// Node's HTTP/2 client, with `ws` over its streams (RFC 8441), against tests/tests/clients.rs: `node http2.mjs URL`.
import assert from "node:assert/strict";
import http2 from "node:http2";
import WebSocket from "ws";

const url = process.argv[2];
const authority = new URL(url).host;
const session = http2.connect(url);
const [settings] = await new Promise((resolve) => session.once("remoteSettings", (...args) => resolve(args)));
assert.equal(settings.enableConnectProtocol, true);

// Status and body.
function request(headers, body) {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers);
    let status;
    let text = "";
    stream.on("response", (answer) => (status = answer[":status"]));
    stream.on("data", (data) => (text += data));
    stream.on("end", () => resolve([status, text]));
    stream.on("error", reject);
    stream.end(body);
  });
}

// A WebSocket of `ws` over a stream, or the status that refuses it.
function open(path, headers = {}) {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ":method": "CONNECT",
      ":protocol": "websocket",
      ":scheme": "http",
      ":authority": authority,
      ":path": path,
      "sec-websocket-version": "13",
      ...headers,
    });
    stream.on("error", reject);
    stream.on("response", (answer) => {
      if (answer[":status"] !== 200) {
        stream.close();
        return resolve(answer[":status"]);
      }
      stream.setNoDelay = stream.setKeepAlive = () => {};
      const ws = new WebSocket(null, undefined, { closeTimeout: 10_000 });
      ws._isServer = false;
      ws.setSocket(stream, Buffer.alloc(0), { allowSynchronousEvents: true, maxPayload: 1e7, skipUTF8Validation: false });
      // texts, in order
      const waiting = [];
      const arrived = [];
      ws.on("message", (data) => (waiting.length ? waiting.shift()(String(data)) : arrived.push(String(data))));
      ws.text = () => (arrived.length ? Promise.resolve(arrived.shift()) : new Promise((resolve) => waiting.push(resolve)));
      resolve(ws);
    });
  });
}

async function closes(ws) {
  const closed = new Promise((resolve) => ws.once("close", resolve));
  ws.close(1000);
  assert.equal(await closed, 1000);
}

const polling = "/socket.io/?EIO=4&transport=polling";
const websocket = "/socket.io/?EIO=4&transport=websocket";
const page = { origin: `http://${authority}` };

// other pages
for (const path of [websocket, "/ws", "/engine/?EIO=4&transport=websocket"]) {
  assert.equal(await open(path, { origin: "http://evil.example" }), 403, path);
}

// Socket.IO
let ws = await open(websocket, page);
assert.match(await ws.text(), /^0\{/);
ws.send("40");
assert.match(await ws.text(), /^40\{/);
assert.equal(await ws.text(), '42["welcome","é",2]');
ws.send('421["echo",{"a":"ä"}]');
assert.equal(await ws.text(), '431[{"a":"ä"}]');
await closes(ws);

// plain envelopes
ws = await open("/ws", page);
assert.equal(JSON.parse(await ws.text()).event, "welcome");
ws.send('{"event":"echo","data":"x","id":1}');
assert.deepEqual(JSON.parse(await ws.text()), { ack: 1, data: "x" });
await closes(ws);

// envelopes over Engine.IO
ws = await open("/engine/?EIO=4&transport=websocket", page);
assert.match(await ws.text(), /^0\{/);
assert.match(await ws.text(), /^4\{"event":"welcome"/);
ws.send('4{"event":"echo","data":"x","id":1}');
assert.deepEqual(JSON.parse((await ws.text()).slice(1)), { ack: 1, data: "x" });
await closes(ws);

// polling, and the change
const [status, first] = await request({ ":path": polling, ...page });
assert.equal(status, 200);
const { sid } = JSON.parse(first.slice(1));
const mine = `${polling}&sid=${sid}`;
// cookies in pieces
const pieces = { cookie: ["lang=en", "session=abc"], ...page };
assert.deepEqual(await request({ ":method": "POST", ":path": mine, ...pieces }, "40"), [200, "ok"]);
assert.match((await request({ ":path": mine, ...pieces }))[1], /^40\{/);
ws = await open(`${websocket}&sid=${sid}`, pieces);
ws.send("2probe");
assert.equal(await ws.text(), "3probe");
ws.send("5");
ws.send('422["echo","changed"]');
assert.equal(await ws.text(), '432["changed"]');
await closes(ws);

session.close();
console.log("all seen");
