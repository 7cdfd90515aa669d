// The official client in Chromium, over TLS and one HTTP/2 connection: `node http2_chromium.mjs URL CERTIFICATE KEY`.
// TLS ends here, with ALPN `h2`, and its bytes go on to the server as they are.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import net from "node:net";
import tls from "node:tls";
import { chromium } from "playwright-core";

const [url, certificate, key] = process.argv.slice(2);
const server = new URL(url);
const protocols = [];
const terminator = tls.createServer(
  { cert: await readFile(certificate), key: await readFile(key), ALPNProtocols: ["h2"] },
  (client) => {
    protocols.push(client.alpnProtocol);
    const upstream = net.connect(server.port, server.hostname);
    client.pipe(upstream).pipe(client);
    client.on("error", () => upstream.destroy());
    upstream.on("error", () => client.destroy());
  },
);
terminator.listen(0, "127.0.0.1");
await new Promise((resolve) => terminator.once("listening", resolve));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const context = await browser.newContext({ ignoreHTTPSErrors: true });
const page = await context.newPage();
const handshakes = [];
const devtools = await context.newCDPSession(page);
await devtools.send("Network.enable");
devtools.on("Network.webSocketHandshakeResponseReceived", ({ response }) => {
  handshakes.push(response.status);
  const extensions = Object.entries(response.headers).find(([name]) => name.toLowerCase() === "sec-websocket-extensions");
  assert.match(extensions?.[1] ?? "", /^permessage-deflate/);
});

const origin = `https://127.0.0.1:${terminator.address().port}`;
await page.goto(`${origin}/page`);
await page.addScriptTag({ content: await readFile(new URL("./node_modules/socket.io-client/dist/socket.io.js", import.meta.url), "utf8") });
const steps = await readFile(new URL("./steps.mjs", import.meta.url), "utf8");
await page.addScriptTag({ content: steps.replaceAll(/^export /gm, "") });
for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
  const carrier = await page.evaluate((transports) => everything(io, undefined, transports), transports);
  assert.equal(carrier, transports.at(-1), `${transports}`);
}
// a bare WebSocket of the page
const answer = await page.evaluate(
  () =>
    new Promise((resolve, reject) => {
      const ws = new WebSocket(`wss://${location.host}/ws`);
      ws.onerror = () => reject(new Error("not opened"));
      ws.onopen = () => ws.send('{"event":"echo","data":"x","id":1}');
      ws.onmessage = ({ data }) => {
        const message = JSON.parse(data);
        if (message.ack === 1) resolve(message.data);
      };
    }),
);
assert.equal(answer, "x");
const version = browser.version();
await browser.close();
// over HTTP/1.1 they would be 101, each on a connection of its own
assert.deepEqual(handshakes, [200, 200, 200]);
assert.deepEqual([...new Set(protocols)], ["h2"]);
console.log(`Chromium ${version}: ${handshakes.length} WebSockets over ${protocols.length} connections`);
process.exit(0);
