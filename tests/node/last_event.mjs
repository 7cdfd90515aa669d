// The last event before the server ends a connection: `node last_event.mjs PORT TRANSPORT`, prints what arrived.

import { io } from "socket.io-client";

const [port, transport] = process.argv.slice(2);
const seen = [];
for (const how of ["leave", "end"]) {
    const socket = io(`http://127.0.0.1:${port}`, { transports: [transport], reconnection: false, forceNew: true });
    socket.onAny((event, ...args) => seen.push(`${how}: ${event} ${args.join(" ")}`));
    await new Promise((resolve) => {
        socket.on("connect", () => socket.emit(how));
        socket.on("disconnect", (reason) => {
            seen.push(`${how}: ${reason}`);
            resolve();
        });
    });
    socket.close();
}
console.log(seen.join("\n"));
