// Sends two megabytes: `node client.mjs [PORT]`. In a page, send a `File`, an `ArrayBuffer` or a `Uint8Array`.
import { io } from "socket.io-client";

const url = `http://127.0.0.1:${process.argv[2] ?? 3000}`;
const [sender, other] = [io(url, { forceNew: true }), io(url, { forceNew: true })];

console.log("reversed:", await other.emitWithAck("reverse", Buffer.from("abc")));
const preview = new Promise((resolve) => other.once("preview", resolve));
const { size } = await sender.emitWithAck("upload", { name: "film", content: Buffer.alloc(2_000_000, "abcd") });
console.log("stored:", size);
const { name, start } = await preview;
console.log(`preview of ${name}:`, start);
sender.close();
other.close();
