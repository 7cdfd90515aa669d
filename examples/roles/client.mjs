// Roles, limits, an audit: `node client.mjs [PORT]`.
import { io } from "socket.io-client";

const address = `http://127.0.0.1:${process.argv[2] ?? 3000}`;

const connect = (namespace, token) =>
  new Promise((resolve, reject) => {
    const socket = io(address + namespace, { auth: { token }, forceNew: true, reconnection: false });
    socket.once("connect", () => resolve(socket)).once("connect_error", reject);
  });
const show = (answer) => answer?.error?.code ?? answer;

const ann = await connect("/", "ann's token");
const bob = await connect("/", "bob's token");
console.log(show(await ann.emitWithAck("door:open", 1)));
console.log(show(await bob.emitWithAck("door:open", 1)));
console.log(show(await ann.emitWithAck("door:open", 2)));

// the third look of a second is one too many: the error says when to try again
const looks = [];
for (let i = 0; i < 3; i++) looks.push(await bob.emitWithAck("look"));
const { code, data } = looks[2].error;
await new Promise((resolve) => setTimeout(resolve, data.retry_after_ms));
console.log(code, await bob.emitWithAck("look"));

const admin = await connect("/admin", "ann's token");
console.log((await admin.emitWithAck("audit")).length);
await connect("/admin", "bob's token").catch((error) => console.log(error.data.code));
for (const socket of [ann, bob, admin]) socket.disconnect();
