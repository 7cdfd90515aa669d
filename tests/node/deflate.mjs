// Clients with permessage-deflate that are not Socket.IO's, against `conformance load PORT deflate`:
// `node deflate.mjs HOST:PORT CASE`.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { WebSocket as Ws } from "ws";
import { chromium } from "playwright-core";
import { startFirefox } from "./firefox.mjs";

const [address, name] = process.argv.slice(2);
const url = `ws://${address}/ws`;

// Every message is echoed, from an empty text to one that is sent in several reads; and bytes. The same function runs
// in Node and in a page.
async function echo(WebSocket, url) {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  const got = [];
  let arrived = () => {};
  socket.onmessage = ({ data }) => {
    got.push(data);
    arrived();
  };
  const next = async () => {
    while (!got.length) await new Promise((resolve) => (arrived = resolve));
    return got.shift();
  };
  const words = (length) => Array.from({ length }, (_, i) => `{"id":${i},"name":"user number ${(i * 7919) % 1000} é☃"}`).join();
  let same = 0;
  // the second round: a client that loses what follows the first message is noticed
  for (const text of ["", "x", "é", words(5), words(50), words(5000), "", words(50)]) {
    socket.send(text);
    same += (await next()) === text;
  }
  for (const length of [0, 1, 2000, 200_000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * i) % 251);
    socket.send(bytes);
    const back = new Uint8Array(await next());
    same += back.length === length && back.every((byte, i) => byte === bytes[i]);
  }
  // a broadcast: one frame for all
  const text = "B" + words(300);
  socket.send(text);
  same += (await next()) === text;
  const extensions = socket.extensions;
  socket.close();
  await new Promise((resolve) => (socket.onclose = resolve));
  return { same, extensions };
}

const expected = { same: 13, extensions: "permessage-deflate; server_no_context_takeover; client_no_context_takeover" };

const cases = {
  async ws() {
    // compressed in both directions, from the first byte on
    class Compressing extends Ws {
      constructor(url) {
        super(url, { perMessageDeflate: { threshold: 0 } });
      }
    }
    const seen = await echo(Compressing, url);
    // ws says it without parameters
    assert.deepEqual(seen, { ...expected, extensions: "permessage-deflate" });
    // and it is fewer bytes
    const socket = new Compressing(url);
    await new Promise((resolve) => socket.once("open", resolve));
    const { bytesRead, bytesWritten } = socket._socket;
    const text = JSON.stringify(Array.from({ length: 1000 }, (_, id) => ({ id, name: "somebody" })));
    socket.send(text);
    const [back] = await new Promise((resolve) => socket.once("message", (...args) => resolve(args)));
    assert.equal(back.toString(), text);
    const [read, written] = [socket._socket.bytesRead - bytesRead, socket._socket.bytesWritten - bytesWritten];
    assert.ok(read < text.length / 3 && written < text.length / 3, `${read} and ${written} of ${text.length} bytes`);
    socket.close();
  },
  async undici() {
    if (globalThis.WebSocket) {
      const { same, extensions } = await echo(globalThis.WebSocket, url);
      assert.deepEqual({ same, extensions }, expected);
      return;
    }
    // Node.js 20 has it with a flag
    process.stdout.write(execFileSync(process.execPath, ["--experimental-websocket", "--no-warnings", process.argv[1], address, name]));
    process.exit(0);
  },
  async chromium() {
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
    });
    try {
      const page = await browser.newPage();
      // a page of the server's own host
      await page.goto(`http://${address}/socket.io/`);
      const seen = await page.evaluate(`(${echo})(WebSocket, ${JSON.stringify(url)})`);
      assert.deepEqual(seen, expected);
    } finally {
      await browser.close();
    }
  },
  async firefox() {
    const firefox = await startFirefox();
    try {
      // a page of the server's own host; JSON would be shown by a page of the browser that may load nothing
      await firefox.goto(`http://${address}/ws`);
      const seen = await firefox.evaluate(`(${echo})(WebSocket, ${JSON.stringify(url)})`);
      // Firefox says it without parameters
      assert.deepEqual(seen, { ...expected, extensions: "permessage-deflate" });
    } finally {
      await firefox.close();
    }
  },
};

await cases[name]();
console.log(`${name}: all seen`);
process.exit(0);
