// Five namespaces over one connection: `node client.mjs [PORT]`.
import { Manager } from "socket.io-client";

const manager = new Manager(`http://127.0.0.1:${process.argv[2] ?? 3000}`);
const next = (socket, event) => new Promise((resolve) => socket.once(event, resolve));

const lobby = manager.socket("/");
console.log(await lobby.emitWithAck("where"));

const admin = manager.socket("/admin", { auth: { password: "secret" } });
const announcement = next(lobby, "announcement");
admin.emit("announce", "we close at six");
console.log("announced:", await announcement);

const [seven, eight, broken] = ["/org/7", "/org/8", "/org/x"].map((name) => manager.socket(name));
const [welcome, other, refusal] = await Promise.all([
  next(seven, "welcome"),
  next(eight, "welcome"),
  next(broken, "connect_error"),
]);
console.log(welcome, other, refusal.data.code);

eight.on("said", (text) => console.log("8 hears:", text));
seven.emit("say", "only for 7");
console.log("7 hears:", await next(seven, "said"));
// one connection, one order: had the 8 been sent it, it would be here before the answer to this
await lobby.emitWithAck("where");
for (const socket of [lobby, admin, seven, eight, broken]) socket.close();
