// A form, right and wrong: `node client.mjs [PORT]`.
import { io } from "socket.io-client";

const socket = io(`http://127.0.0.1:${process.argv[2] ?? 3000}`);

console.log(await socket.emitWithAck("order", { name: "Ann", items: [{ count: 3 }] }));
const { error } = await socket.emitWithAck("order", { name: "", items: [{ count: 1 }, { count: 11 }] });
for (const [field, texts] of Object.entries(error.data.fields)) console.log(`${field}: ${texts.join(", ")}`);
socket.disconnect();
