// The official client in Chromium, over WebTransport: `node webtransport.mjs URL HASH`, HASH as an array of numbers. The page
// comes over TCP, WebTransport over UDP with the same port, with a certificate that the page knows by its hash.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { chromium } from "playwright-core";

const [url, hash] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const page = await browser.newPage();
page.on("console", (message) => console.error(`page: ${message.text()}`));
await page.goto(`${url}/page`);
await page.addScriptTag({ content: await readFile(new URL("./node_modules/socket.io-client/dist/socket.io.js", import.meta.url), "utf8") });
const steps = await readFile(new URL("./steps.mjs", import.meta.url), "utf8");
await page.addScriptTag({ content: steps.replaceAll(/^export /gm, "") });
await page.evaluate((hash) => {
  const webtransport = { serverCertificateHashes: [{ algorithm: "sha-256", value: new Uint8Array(hash) }] };
  window.known = (url, options) => io(url, { ...options, transportOptions: { webtransport } });
}, JSON.parse(hash));

for (const transports of [["webtransport"], ["polling", "webtransport"]]) {
  const carrier = await page.evaluate((transports) => everything(known, undefined, transports), transports);
  assert.equal(carrier, "webtransport", `${transports}`);
}

// with all of its transports: a WebSocket is tried later, and not needed
const usual = await page.evaluate(async () => {
  const socket = known(undefined, { forceNew: true, reconnection: false });
  await next(socket, "connect");
  await next(socket.io.engine, "upgrade");
  const carrier = socket.io.engine.transport.name;
  socket.disconnect();
  return carrier;
});
assert.equal(usual, "webtransport");

// long texts and bytes, and what the server says last
const last = await page.evaluate(async () => {
  const socket = known(undefined, { transports: ["webtransport"], forceNew: true, reconnection: false });
  await next(socket, "connect");
  const long = "é".repeat(100_000);
  socket.emit("say", long);
  const said = (await next(socket, "said"))[0] === long;
  const bytes = Uint8Array.from({ length: 300_000 }, (_, at) => at % 251);
  socket.emit("bytes", bytes);
  const back = new Uint8Array((await next(socket, "bytes back"))[0]);
  const same = back.length === bytes.length && back.every((byte, at) => byte === bytes[at]);
  const heard = next(socket, "bye");
  const gone = next(socket, "disconnect");
  socket.emit("leave");
  return [said, same, ...(await heard), (await gone)[0]];
});
assert.deepEqual(last, [true, true, "now", "io server disconnect"]);

// nothing is served elsewhere
const elsewhere = await page.evaluate(
  () =>
    new Promise((resolve) => {
      const socket = known(undefined, { path: "/elsewhere/", transports: ["webtransport"], forceNew: true, reconnection: false });
      socket.on("connect", () => resolve("connected"));
      socket.on("connect_error", (error) => resolve(error.message));
    }),
);
assert.equal(elsewhere, "webtransport error");
const version = browser.version();
await browser.close();
console.log(`Chromium ${version}: all seen`);
process.exit(0);
