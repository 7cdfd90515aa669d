// Drives the official Admin UI in Chromium: `node admin.mjs PROGRAM MODE`. PROGRAM is the example `admin`.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";
import { io } from "socket.io-client";

const [program, mode] = process.argv.slice(2);
const dist = new URL("./node_modules/@socket.io/admin-ui/ui/dist", import.meta.url).pathname;
const shots = new URL("../../target/admin/", import.meta.url).pathname;
mkdirSync(shots, { recursive: true });

const child = spawn(program, ["0", mode, dist], { stdio: ["ignore", "pipe", "inherit"] });
const urls = [];
for await (const line of createInterface({ input: child.stdout })) {
  const address = line.match(/on (http:\/\/.*)$/)?.[1];
  if (address) urls.push(address);
  if (urls.length === (mode === "cluster" ? 2 : 1)) break;
}
const [url, second] = urls;
assert(url, "the server did not start");

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const context = await browser.newContext({ viewport: { width: 1300, height: 900 } });
// fonts and icons of others
await context.route((address) => address.origin !== url, (route) => route.abort());
const page = await context.newPage();
page.setDefaultTimeout(15_000);
page.on("pageerror", (error) => {
  console.error("in the page:", error);
  process.exitCode = 1;
});

let step = 0;
const shot = (name) => page.screenshot({ path: `${shots}${mode}-${++step}-${name}.png` });
const has = (text) => page.getByText(text, { exact: false }).first().waitFor();
const at = async (name) => {
  await page.goto(`${url}/ui/#/${name}`);
};
const ann = io(url);
const ben = second && io(second);

try {
  await page.goto(`${url}/ui/`);
  const field = (label) => page.getByLabel(label, { exact: false }).first();
  await field("Server URL").fill(url);
  await field("Username").fill("admin");
  await field("Password").fill("wrong");
  await page.getByRole("button", { name: "Connect" }).click();
  await has("Invalid credentials");
  await shot("wrong-password");
  await field("Password").fill("secret");
  await page.getByRole("button", { name: "Connect" }).click();
  await has("Servers");
  await at("servers/");
  await has(`#${child.pid}`);
  if (second) await has(`#${child.pid}.1`);
  await has("HEALTHY");
  await shot("servers");

  if (mode === "production") {
    await at("");
    await has("/admin");
    await shot("dashboard");
    assert.equal(await page.getByText("Sockets", { exact: true }).count(), 0, "numbers only");
  } else {
    await at("sockets/");
    await has(ann.id);
    if (ben) await has(ben.id);
    await shot("sockets");
    ann.emit("say", "hello");
    await at("rooms/");
    await has("talkers");
    await shot("rooms");
    await at("events/");
    await has("Event received");
    // what the handler of `say` sends to everybody
    await page.waitForFunction(() => /Event sent\s+Event name: said/.test(document.body.innerText));
    await shot("events");
  }
  console.log("all seen");
} catch (error) {
  await shot("failed");
  console.error(await page.locator("body").innerText());
  console.error(error);
  process.exitCode = 1;
} finally {
  ann.close();
  ben?.close();
  await browser.close();
  child.kill("SIGINT");
  setTimeout(() => process.exit(), 3_000).unref();
}
