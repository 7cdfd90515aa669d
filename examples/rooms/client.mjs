// Two people, two rooms: `node client.mjs [PORT]`.
import { io } from "socket.io-client";

const url = `http://127.0.0.1:${process.argv[2] ?? 3000}`;
const [ann, bob] = ["Ann", "Bob"].map((name) => {
  const socket = io(url, { forceNew: true });
  socket.on("said", ({ room, text }) => console.log(`${name} hears in the ${room}: ${text}`));
  socket.on("bell", () => console.log(`${name} hears the bell`));
  return socket;
});

await ann.emitWithAck("join", "kitchen");
await bob.emitWithAck("join", "garden");
console.log("cellar:", (await ann.emitWithAck("join", "cellar")).error.message);
console.log("not in the room:", (await ann.emitWithAck("say", { room: "garden", text: "Hi" })).error.code);
console.log("heard by", await ann.emitWithAck("say", { room: "kitchen", text: "Nobody is here." }));
await bob.emitWithAck("join", "kitchen");
console.log("heard by", await ann.emitWithAck("say", { room: "kitchen", text: "There you are." }));
await bob.emitWithAck("ring the bell"); // Bob is in the garden as well
await bob.emitWithAck("leave", "garden");
await bob.emitWithAck("ring the bell");
// an event of the server arrives before the answer to what is sent after it
await ann.emitWithAck("leave", "kitchen");
ann.close();
bob.close();
