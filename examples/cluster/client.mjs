// Three people at three nodes, and all of them hear each: `node client.mjs [PORT]`.
import { io } from "socket.io-client";

const url = `http://127.0.0.1:${process.argv[2] ?? 3000}`;

function enter() {
  // a cookie of the balancer keeps the requests of a client at its node
  const socket = io(url, { forceNew: true, withCredentials: true });
  socket.heard = [];
  socket.on("said", ({ at, text }) => socket.heard.push(`${at}: ${text}`));
  return new Promise((resolve) => socket.on("welcome", ({ node }) => resolve({ socket, node })));
}

const people = [await enter(), await enter(), await enter()];
people.sort((a, b) => a.node.localeCompare(b.node));
console.log(`people are at ${people.map(({ node }) => node).join(", ")}`);
people.forEach(({ socket, node }) => socket.emit("say", { text: `hello from ${node}` }));
for (const { socket, node } of people) {
  while (socket.heard.length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
  console.log(`at ${node} is heard ${socket.heard.sort().join("; ")}`);
}
people.forEach(({ socket }) => socket.close());
