// The official client, WebSocket only, against tests/tests/socketio_client.rs: `node socketio_client.mjs URL`.
import assert from "node:assert/strict";
import { io } from "socket.io-client";

const url = process.argv[2];
const PATIENCE = 10_000;

function connect(namespace = "/", options = {}) {
  return io(url + namespace, {
    transports: ["websocket"],
    auth: { token: "open sesame" },
    forceNew: true,
    ...options,
  });
}

// The arguments of an event that should come at once.
function next(emitter, event) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${event}`)), PATIENCE);
    emitter.once(event, (...args) => {
      clearTimeout(timer);
      resolve(args);
    });
  });
}

async function step(name, check) {
  console.log(name);
  await check();
}

await step("a refused connection says why", async () => {
  for (const auth of [{ token: "wrong" }, undefined]) {
    const socket = connect("/", { auth });
    const [error] = await next(socket, "connect_error");
    if (auth) {
      assert.equal(error.message, "who are you?");
      assert.deepEqual(error.data, { code: "unauthorized" });
    } else {
      assert.equal(error.data.code, "bad_payload");
    }
    assert.equal(socket.active, false, "a refused client does not try again");
    socket.close();
  }
});

await step("an unknown namespace is refused", async () => {
  const socket = connect("/nowhere");
  const [error] = await next(socket, "connect_error");
  assert.equal(error.message, "Invalid namespace");
  socket.close();
});

await step("events and acknowledgements both ways", async () => {
  const socket = connect();
  const welcome = next(socket, "welcome");
  await next(socket, "connect");
  assert.equal(socket.id.length, 20);
  assert.deepEqual(await welcome, ["first", 2]);

  const echo = next(socket, "note");
  const receipt = await socket.timeout(PATIENCE).emitWithAck("note", { text: "héllo", stars: 3 });
  assert.deepEqual(receipt, { length: 6 });
  assert.deepEqual(await echo, [{ text: "héllo", stars: 3 }]);

  // the server asks while its handler runs
  socket.once("note", (note, answer) => answer({ length: note.text.length }));
  assert.equal(await socket.timeout(PATIENCE).emitWithAck("interview"), "how long?".length);
  // an answer that is not a receipt
  socket.once("note", (note, answer) => answer("nine"));
  const wrong = await socket.timeout(PATIENCE).emitWithAck("interview");
  assert.equal(wrong.error.code, "no_answer");

  // an acknowledgement that was asked for arrives, whatever happened
  const unknown = await socket.timeout(PATIENCE).emitWithAck("nobody");
  assert.deepEqual(unknown, {
    error: { code: "unknown_event", message: 'no handler for event "nobody"' },
  });
  const bad = await socket.timeout(PATIENCE).emitWithAck("note", { text: "x", stars: 300 });
  assert.equal(bad.error.code, "bad_payload");
  assert.match(bad.error.message, /stars/);

  const gone = next(socket, "disconnect");
  socket.disconnect();
  assert.equal((await gone)[0], "io client disconnect");
});

await step("namespaces share a connection", async () => {
  const socket = connect("/admin");
  await next(socket, "connect");
  assert.equal(await socket.timeout(PATIENCE).emitWithAck("where"), "/admin");
  const root = socket.io.socket("/", { auth: { token: "open sesame" } });
  await next(root, "connect");
  assert.notEqual(root.id, socket.id);
  const gone = next(root, "disconnect");
  root.emit("kick me");
  assert.equal((await gone)[0], "io server disconnect");
  assert.equal(root.active, false, "a client that the server disconnected does not reconnect");
  // the other namespace stays
  assert.equal(await socket.timeout(PATIENCE).emitWithAck("where"), "/admin");
  socket.disconnect();
});

await step("a client that leaves while its handler asks", async () => {
  const socket = connect();
  await next(socket, "welcome");
  const asked = next(socket, "note");
  socket.emit("interview");
  await asked;
  socket.disconnect();
});

await step("a server that shuts down closes the transport: clients reconnect", async () => {
  const socket = connect("/", { reconnectionDelay: 1, reconnectionDelayMax: 1 });
  await next(socket, "connect");
  const gone = next(socket, "disconnect");
  const again = next(socket.io, "reconnect_attempt");
  const refused = next(socket.io, "reconnect_error");
  socket.emit("shut down");
  assert.equal((await gone)[0], "transport close");
  assert.equal(socket.active, true);
  await again;
  // 503
  await refused;
  socket.close();
});

console.log("done");
process.exit(0);
