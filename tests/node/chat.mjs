// Drives the chat in Chromium: `node chat.mjs PROGRAM WIRE`. What counts is what the second tab shows.
//
// WIRE is what the first tab speaks; the second tab always speaks the plain wire: they are in one chat.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const [program, wire] = process.argv.slice(2);
const client = new URL("./node_modules/socket.io-client/dist/", import.meta.url).pathname;
const shots = new URL("../../target/chat/", import.meta.url).pathname;
mkdirSync(shots, { recursive: true });

/// Starts the server; resolves when it listens.
async function start(port) {
  const child = spawn(program, [String(port), client], { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    const address = line.match(/on (http:\/\/.*)$/);
    if (address) return { child, url: address[1] };
  }
  throw new Error("the server did not start");
}

async function stop({ child }, signal) {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await ended;
}

let server = await start(0);
const port = new URL(server.url).port;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

async function tab(options = {}) {
  const context = await browser.newContext({ viewport: { width: 900, height: 640 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on("pageerror", (error) => {
    console.error("in the page:", error);
    process.exitCode = 1;
  });
  await page.goto(server.url);
  return page;
}

async function enter(page, name, wire = "plain") {
  await page.locator("#wires").waitFor();
  await page.check(`#wire-${wire}`);
  await page.fill("#name", name);
  await page.click("#login button");
}

const has = (page, selector, text) => page.locator(selector, { hasText: text }).first().waitFor();
const say = async (page, text) => {
  await page.fill("#text", text);
  await page.press("#text", "Enter");
};
const names = (page) => page.locator("#online li").allTextContents();

try {
  const ann = await tab();
  await enter(ann, "Ann", wire);
  await has(ann, ".note", "Welcome, Ann.");
  await has(ann, "#via", wire === "plain" ? "plain WebSocket" : "Socket.IO");

  // a name that is taken, then one that is not
  const bob = await tab();
  await enter(bob, "ann");
  await has(bob, "#refusal", "ann is in the chat already.");
  await enter(bob, "x".repeat(25));
  await has(bob, "#refusal", "at most 24 characters");
  await enter(bob, "Bob");
  await has(bob, ".note", "Welcome, Bob.");
  await has(ann, ".note", "Bob has joined.");
  assert.deepEqual(await names(ann), ["Ann", "Bob"]);
  assert.deepEqual(await names(bob), ["Ann", "Bob"]);
  assert.equal(await bob.textContent("#count"), "2");
  assert.equal(await bob.textContent("#online .me"), "Bob");

  // the first tab types, the second one shows it
  await ann.locator("#text").pressSequentially("Hello Bob");
  await has(bob, "#typing", "Ann is typing…");
  await ann.press("#text", "Enter");
  await has(bob, ".message .text", "Hello Bob");
  await has(bob, ".message .name", "Ann");
  await bob.locator("#typing", { hasText: "typing" }).waitFor({ state: "detached" });
  await ann.locator(".message.mine.sent", { hasText: "Hello Bob" }).waitFor();

  await say(bob, "Hello Ann, how are you?");
  await has(ann, ".message .text", "Hello Ann, how are you?");

  // markup stays text
  const markup = `<img src=x onerror="document.title='owned'"> <b>bold</b>`;
  await say(ann, markup);
  await has(bob, ".message .text", markup);
  assert.equal(await bob.locator("#messages img, #messages b").count(), 0);
  assert.equal(await bob.title(), "socketio chat");

  // a refusal is shown, and the text is not lost
  await say(ann, "   ");
  await has(ann, "#toasts", "A message needs some text.");
  const long = "word ".repeat(120);
  await say(ann, long);
  await has(ann, "#toasts", "A message has at most 500 characters.");
  assert.equal(await ann.inputValue("#text"), long);
  await ann.fill("#text", "");
  await ann.screenshot({ path: `${shots}ann-${wire}.png` });
  await bob.screenshot({ path: `${shots}bob.png` });

  // rooms: people in another room receive nothing
  const go = async (page, room) => {
    await page.fill("#room", room);
    await page.press("#room", "Enter");
  };
  await go(ann, "  Kitchen ");
  await has(ann, ".note", "You are in the room kitchen.");
  await say(ann, "Is anybody here?");
  await ann.locator(".message.mine.sent", { hasText: "Is anybody here?" }).waitFor();
  await go(bob, "x".repeat(30));
  await has(bob, "#toasts", "A room's name has 1 to 24 characters.");
  assert.equal(await bob.inputValue("#room"), "lobby");
  await go(bob, "kitchen");
  await has(bob, ".note", "You are in the room kitchen.");
  await say(ann, "There you are.");
  await has(bob, ".message .text", "There you are.");
  assert.equal(await bob.locator(".message .text", { hasText: "Is anybody here?" }).count(), 0);
  await go(ann, "lobby");
  await go(bob, "lobby");
  await bob.locator(".note", { hasText: "You are in the room lobby." }).waitFor();
  await ann.locator(".note", { hasText: "You are in the room lobby." }).waitFor();

  // a third person arrives and leaves
  const eve = await tab({ viewport: { width: 380, height: 640 }, colorScheme: "dark" });
  await eve.screenshot({ path: `${shots}login-dark.png` });
  await enter(eve, "Eve");
  await has(bob, ".note", "Eve has joined.");
  await say(bob, "Hi Eve, this is a longer message that has to wrap on a narrow screen.");
  await has(eve, ".message .text", "Hi Eve");
  await say(eve, "It does.");
  await has(bob, ".message .text", "It does.");
  await eve.screenshot({ path: `${shots}eve-narrow-dark.png` });
  await eve.close();
  await has(bob, ".note", "Eve has left.");
  assert.deepEqual(await names(bob), ["Ann", "Bob"]);

  // the server dies and is started again: the pages reconnect by themselves
  await stop(server, "SIGKILL");
  await has(bob, "#state", "reconnecting…");
  await say(bob, "into the void");
  await has(bob, "#toasts", "You are offline.");
  server = await start(port);
  await has(bob, ".note", "You are back.");
  await has(ann, ".note", "You are back.");
  await has(bob, "#state", "online");
  await bob.locator("#online li").nth(1).waitFor();
  await say(ann, "Are you still there?");
  await has(bob, ".message .text", "Are you still there?");

  // an orderly stop ends within its time although two tabs are open
  await stop(server, "SIGINT");
  await has(bob, "#state", "reconnecting…");
  console.log("all seen");
} finally {
  await browser.close();
  server.child.kill("SIGKILL");
}
