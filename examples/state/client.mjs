// Votes by events, counts by HTTP: `node client.mjs [PORT]`.
import { io } from "socket.io-client";

const url = `http://127.0.0.1:${process.argv[2] ?? 3000}`;
const [ann, bob] = [io(url, { forceNew: true }), io(url, { forceNew: true })];

ann.on("count", (choice, count) => console.log(`${choice}: ${count}`));
await ann.emitWithAck("vote", "coffee");
await bob.emitWithAck("vote", "tea");
await ann.emitWithAck("vote", "tea");
console.log("GET /votes:", await (await fetch(`${url}/votes`)).text());
const reset = new Promise((resolve) => ann.once("reset", resolve));
await fetch(`${url}/reset`, { method: "POST" });
await reset;
console.log("after the reset:", await (await fetch(`${url}/votes`)).text());
ann.close();
bob.close();
