// Logs in four times: `node client.mjs [PORT]`.
import { io } from "socket.io-client";

const url = `http://127.0.0.1:${process.argv[2] ?? 3000}`;

for (const auth of [{ token: "ann's token" }, { token: "bob's token" }, { token: "guessed" }, {}]) {
  const socket = io(url, { auth, forceNew: true });
  await new Promise((done) => {
    socket.on("connect", async () => {
      const name = await socket.emitWithAck("whoami");
      const { error } = (await socket.emitWithAck("shut down")) ?? {};
      console.log(`${name}: ${error?.code ?? "allowed"}`);
      done();
    });
    // the message is for people, `data.code` for programs
    socket.on("connect_error", ({ message, data }) => {
      console.log(`${data.code}: ${message}`);
      done();
    });
  });
  socket.close();
}
