// Ann loses her connection, and nothing else: `node client.mjs [PORT]`.
import { io } from "socket.io-client";

const url = `http://127.0.0.1:${process.argv[2] ?? 3000}`;
const [ann, bob] = ["Ann", "Bob"].map((name) => io(url, { auth: { name }, forceNew: true }));
const next = (socket, event) => new Promise((resolve) => socket.once(event, resolve));

await next(ann, "connect");
const id = ann.id;
ann.on("news", (text) => console.log("Ann reads:", text));
await bob.emitWithAck("publish", "one");
await ann.emitWithAck("whoami"); // recovery starts from the last event that was received

ann.io.engine.close(); // as a tunnel or a restarted router would do it
await bob.emitWithAck("publish", "two");
await bob.emitWithAck("publish", "three");
await next(ann, "connect"); // the client reconnects by itself
console.log("recovered:", ann.recovered, "with the same id:", ann.id === id);
console.log("she is still", await ann.emitWithAck("whoami"));
ann.close();
bob.close();
