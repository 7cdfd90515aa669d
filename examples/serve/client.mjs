// The official client, and half a request: `node client.mjs [PORT]`.
import { connect } from "node:net";
import { io } from "socket.io-client";

const port = process.argv[2] ?? 3000;
const socket = io(`http://127.0.0.1:${port}`);
console.log(await socket.emitWithAck("ping me"));

// half a request, and nothing more
const half = connect(port, "127.0.0.1");
half.write("GET / HTTP/1.1\r\nHost:");
half.resume();
half.on("error", () => {});
await new Promise((done) => half.on("close", done));
console.log("half a request is not waited for, and the socket is", socket.connected ? "still there" : "gone");
socket.close();
