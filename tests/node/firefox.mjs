// Debian's Firefox, by WebDriver BiDi: playwright's own wants a Firefox of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { WebSocket } from "ws";

// A headless browser with one page.
export async function startFirefox() {
  const home = mkdtempSync(join(tmpdir(), "firefox-"));
  const args = ["--headless", "--no-remote", "--profile", home, "--remote-debugging-port", "0"];
  const env = { ...process.env, HOME: home };
  const browser = spawn(process.env.FIREFOX ?? "firefox-esr", args, { stdio: ["ignore", "ignore", "pipe"], detached: true, env });
  let address;
  for await (const line of createInterface({ input: browser.stderr })) {
    address = /WebDriver BiDi listening on (ws:\S+)/.exec(line)?.[1];
    if (address) break;
  }
  // what it says later is not read, and must not block it
  browser.stderr.resume();
  const socket = new WebSocket(`${address}/session`, { perMessageDeflate: false });
  await once(socket, "open");
  const waiting = new Map();
  socket.on("message", (data) => {
    const answer = JSON.parse(data);
    const done = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (answer.type === "error") done?.reject(new Error(`${answer.error}: ${answer.message}`));
    else done?.resolve(answer.result);
  });
  let last = 0;
  const call = (method, params) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      socket.send(JSON.stringify({ id: last, method, params }));
    });
  await call("session.new", { capabilities: {} });
  const { contexts } = await call("browsingContext.getTree", {});
  const context = contexts[0].context;
  return {
    goto: (url) => call("browsingContext.navigate", { context, url, wait: "complete" }),
    // an expression, of which a promise is waited for; its value goes through JSON
    async evaluate(expression) {
      const wrapped = `Promise.resolve(${expression}).then((value) => JSON.stringify(value))`;
      const { result, exceptionDetails } = await call("script.evaluate", { expression: wrapped, target: { context }, awaitPromise: true });
      if (exceptionDetails) throw new Error(exceptionDetails.text);
      return JSON.parse(result.value);
    },
    async close() {
      const gone = once(browser, "exit");
      socket.terminate();
      process.kill(-browser.pid, "SIGKILL");
      await gone;
      rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}
