// The official client of Socket.IO 2 against `conformance socket-client PORT v3`: `node v2.mjs URL CASE`.
import assert from "node:assert/strict";
import io from "socket.io-client-2";
import { io as io4 } from "socket.io-client";

const [url, name] = process.argv.slice(2);
const PATIENCE = 10_000;

function next(emitter, event) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${event}`)), PATIENCE);
    emitter.once(event, (...args) => {
      clearTimeout(timer);
      resolve(args);
    });
  });
}

const ask = (socket, event, ...args) =>
  new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`${event} is not answered`)), PATIENCE).unref();
    socket.emit(event, ...args, resolve);
  });

const transport = (socket) => socket.io.engine.transport.name;

async function everything(socket) {
  const sent = { a: [1, "ä€😀", null, Buffer.from([1, 2])] };
  assert.deepEqual(await ask(socket, "echo", sent), sent);
  socket.emit("doge");
  assert.deepEqual((await next(socket, "doge"))[0], Buffer.from("asdfasdf"));
  socket.emit("buffa", Buffer.from([1, 2, 3]));
  await next(socket, "buffack");
  socket.emit("jsonbuff", { hello: "lol", message: Buffer.from([7]), goodbye: "gotcha" });
  await next(socket, "jsonbuff-ack");
  socket.once("ack", (answer) => answer(5, { test: true }));
  socket.emit("ack");
  await next(socket, "got it");
  const texts = [];
  socket.on("takeUtf8", (text) => texts.push(text));
  socket.emit("getUtf8");
  while (texts.length < 5) await next(socket, "takeUtf8");
  assert.deepEqual(texts, ["てすと", "Я Б Г Д Ж Й", "Ä ä Ü ü ß", "utf8 — string", "utf8 — string"]);
}

async function lives(transports) {
  const socket = io(url, { transports, forceNew: true });
  await next(socket, "connect");
  if (transports.length > 1) {
    // nothing is lost, duplicated or reordered while the transport changes
    const answers = [];
    const all = Array.from({ length: 100 }, (_, i) => ask(socket, "echo", i).then((answer) => answers.push(answer)));
    if (transport(socket) !== "websocket") await next(socket.io.engine, "upgrade");
    await Promise.all(all);
    assert.deepEqual(answers, Array.from({ length: 100 }, (_, i) => i));
  }
  await everything(socket);
  assert.equal(transport(socket), transports.at(-1));
  const other = socket.io.socket("/foo", { query: "token=x" });
  await next(other, "connect");
  assert.equal(typeof (await ask(other, "getId")), "string");
  const no = socket.io.socket("/no");
  assert.equal(typeof (await next(no, "error"))[0], "string");
  // a client of today on the same server at the same time
  const today = io4(url, { transports, forceNew: true });
  await next(today, "connect");
  assert.equal(await today.emitWithAck("echo", "x"), "x");
  today.disconnect();
  socket.disconnect();
}

const cases = {
  polling: () => lives(["polling"]),
  websocket: () => lives(["websocket"]),
  upgrade: () => lives(["polling", "websocket"]),
};

await cases[name]();
console.log(`${name}: all seen`);
process.exit(0);
