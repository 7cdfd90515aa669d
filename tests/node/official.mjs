// The official client 4.8 against `conformance socket-client` and `socket-msgpack`: `node official.mjs URL CASE`.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { io } from "socket.io-client";
import msgpack from "socket.io-msgpack-parser";
import { chromium } from "playwright-core";

const [url, name] = process.argv.slice(2);
const PATIENCE = 10_000;

const open = (options = {}, namespace = "/") => io(url + namespace, { forceNew: true, ...options });

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

const transport = (socket) => socket.io.engine.transport.name;

async function upgraded(socket) {
  // the change may be over before the namespace is joined
  if (transport(socket) !== "websocket") await next(socket.io.engine, "upgrade");
}

// With recovery every event ends with its offset.
const args = async (socket, event) => (await next(socket, event)).slice(0, -1);

// What a client does on one connection; the same on every transport.
async function everything(socket) {
  assert.deepEqual(await socket.emitWithAck("echo", { a: [1, "ä", null, Buffer.from([1, 2])] }), { a: [1, "ä", null, Buffer.from([1, 2])] });
  socket.emit("doge");
  assert.deepEqual(await args(socket, "doge"), [Buffer.from("asdfasdf")]);
  socket.emit("getbin");
  assert.deepEqual(await args(socket, "takebin"), [Buffer.from("asdfasdf")]);
  socket.emit("buffa", Buffer.from([1, 2, 3]));
  await next(socket, "buffack");
  socket.emit("jsonbuff", { hello: "lol", message: Buffer.from([7]), goodbye: "gotcha" });
  await next(socket, "jsonbuff-ack");
  socket.emit("abuff1", Buffer.from("first"));
  socket.emit("abuff2", "second");
  await next(socket, "abuff2-ack");
  socket.once("ack", (answer) => answer(5, { test: true }));
  socket.emit("ack");
  await next(socket, "got it");
  socket.emit("false");
  assert.deepEqual(await args(socket, "false"), [false]);
  const texts = [];
  socket.on("takeUtf8", (text) => texts.push(text));
  socket.emit("getUtf8");
  while (texts.length < 5) await next(socket, "takeUtf8");
  assert.deepEqual(texts, ["てすと", "Я Б Г Д Ж Й", "Ä ä Ü ü ß", "utf8 — string", "utf8 — string"]);
  assert.equal(await socket.emitWithAck("getId"), socket.id);
  await assert.rejects(socket.timeout(200).emitWithAck("nobody listens"), "unknown events are not acknowledged here");
}

const cases = {
  async polling() {
    const socket = open({ transports: ["polling"] });
    await next(socket, "connect");
    await everything(socket);
    assert.equal(transport(socket), "polling");
  },
  async websocket() {
    const socket = open({ transports: ["websocket"] });
    await next(socket, "connect");
    await everything(socket);
    assert.equal(transport(socket), "websocket");
  },
  async upgrade() {
    const socket = open();
    await next(socket, "connect");
    // nothing is lost, duplicated or reordered while the transport changes
    const answers = [];
    const all = Array.from({ length: 300 }, (_, i) => socket.emitWithAck("echo", i).then((answer) => answers.push(answer)));
    await upgraded(socket);
    await Promise.all(all);
    assert.deepEqual(answers, Array.from({ length: 300 }, (_, i) => i));
    await everything(socket);
    assert.equal(transport(socket), "websocket");
  },
  async namespaces() {
    const socket = open({ auth: { token: "x" }, query: { q: "a b" } }, "/abc");
    const [shown] = await next(socket, "handshake");
    assert.deepEqual([shown.query.q, shown.auth], ["a b", { token: "x" }]);
    assert.equal(shown.query.token, undefined);
    const [foo, no, nowhere] = ["/foo", "/no", "/nowhere"].map((namespace) => socket.io.socket(namespace));
    const [, [refused], [unknown]] = await Promise.all([next(foo, "connect"), next(no, "connect_error"), next(nowhere, "connect_error")]);
    assert.equal(await foo.emitWithAck("getId"), foo.id);
    assert.equal(refused.message, "Auth failed (custom namespace)");
    assert.equal(unknown.message, "Invalid namespace");
    foo.disconnect();
    assert.ok(socket.connected, "one connection, several namespaces");
    const failing = open({ query: { fail: true } });
    assert.equal((await next(failing, "connect_error"))[0].message, "Auth failed (main namespace)");
  },
  async reconnect() {
    const socket = open({ transports: ["websocket"], reconnectionDelay: 10 });
    await next(socket, "connect");
    const id = socket.id;
    socket.disconnect().connect();
    await next(socket, "connect");
    assert.notEqual(socket.id, id, "a client that has left is a new one");
    assert.equal(socket.recovered, false);
  },
  async recovery() {
    for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
      const socket = open({ transports, reconnectionDelay: 10 });
      await next(socket, "connect");
      const id = socket.id;
      // without any event before, then with
      for (const event of [null, "hi", "false"]) {
        if (event) {
          socket.emit(event);
          await next(socket, event);
        }
        socket.io.engine.close();
        await next(socket, "connect");
        assert.deepEqual([socket.recovered, socket.id], [true, id], `${transports}`);
      }
      socket.disconnect();
    }
  },
  async msgpack() {
    for (const transports of [["polling"], ["websocket"]]) {
      const socket = open({ parser: msgpack, transports });
      const [auth] = await next(socket, "auth");
      assert.deepEqual(auth, {});
      const sent = [1, -5, 1.5, "ä", null, true, [Buffer.from([1, 2])], { a: { b: Buffer.from([3]) } }, 2 ** 40];
      socket.emit("message", ...sent);
      assert.deepEqual(await next(socket, "message-back"), sent);
      const answer = await new Promise((resolve) => socket.emit("message-with-ack", ...sent, (...all) => resolve(all)));
      assert.deepEqual(answer, sent);
      socket.emit("message", new Date(0), undefined);
      assert.deepEqual(await next(socket, "message-back"), ["1970-01-01T00:00:00.000Z", null]);
      socket.once("emit-with-ack", (x, ack) => ack(x, "more"));
      socket.emit("emit-with-ack", 7);
      await next(socket, "emit-with-ack");
      assert.deepEqual(await next(socket, "emit-with-ack"), [7, "more"]);
      socket.disconnect();
    }
  },
  async browser() {
    const dist = new URL("./node_modules/socket.io-client/dist/", import.meta.url);
    const server = createServer(async (request, response) => {
      if (request.url === "/") return response.setHeader("content-type", "text/html").end("<script src=/client.js></script>");
      if (request.url === "/client.js") return response.end(await readFile(new URL("socket.io.min.js", dist)));
      response.writeHead(404).end();
    });
    await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
    });
    try {
      const page = await browser.newPage();
      page.setDefaultTimeout(20_000);
      await page.goto(`http://127.0.0.1:${server.address().port}/`);
      for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
        const seen = await page.evaluate(async ([url, transports]) => {
          const socket = io(url, { transports, forceNew: true });
          const next = (emitter, event) => new Promise((resolve) => emitter.once(event, resolve));
          await next(socket, "connect");
          if (transports.length > 1 && socket.io.engine.transport.name !== "websocket") await next(socket.io.engine, "upgrade");
          const echo = await socket.emitWithAck("echo", { bytes: new Uint8Array([1, 2, 3]) });
          socket.emit("doge");
          const doge = await next(socket, "doge");
          const id = socket.id;
          socket.io.engine.close();
          await next(socket, "connect");
          const seen = {
            transport: socket.io.engine.transport.name,
            echo: [...new Uint8Array(echo.bytes)],
            doge: new TextDecoder().decode(doge),
            recovered: socket.recovered && socket.id === id,
          };
          socket.disconnect();
          return seen;
        }, [url, transports]);
        assert.equal(transports.includes(seen.transport), true);
        assert.deepEqual({ ...seen, transport: "" }, { transport: "", echo: [1, 2, 3], doge: "asdfasdf", recovered: true });
      }
    } finally {
      await browser.close();
      server.close();
    }
  },
};

await cases[name]();
console.log(`${name}: all seen`);
process.exit(0);
