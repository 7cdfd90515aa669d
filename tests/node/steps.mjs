// What every client does, whatever carries it: against tests/tests/clients.rs. Runs in Node and in a page.

// The arguments of an event that should come at once.
export function next(emitter, event) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${event}`)), 15_000);
    emitter.once(event, (...args) => {
      clearTimeout(timer);
      resolve(args);
    });
  });
}

const same = (one, other, what) => {
  if (JSON.stringify(one) !== JSON.stringify(other)) {
    throw new Error(`${what}: ${JSON.stringify(one)} is not ${JSON.stringify(other)}`);
  }
};

const ask = (socket, ...args) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer to ${args[0]}`)), 15_000);
    socket.emit(...args, (answer) => {
      clearTimeout(timer);
      resolve(answer);
    });
  });

// Connects by `transports`, does everything, leaves; what carried it at the end.
export async function everything(io, url, transports) {
  const socket = io(url, { transports, forceNew: true, reconnection: false });
  socket.on("connect_error", (error) => console.error(`connect_error: ${error.message} ${error.description?.message ?? ""}`));
  const welcome = next(socket, "welcome");
  await next(socket, "connect");
  same((await welcome).slice(0, 2), ["é", 2], "what the connect handler emits");
  if (transports.length > 1 && socket.io.engine.transport.name === "polling") await next(socket.io.engine, "upgrade");
  same(await ask(socket, "echo", { a: [1, "ä", null] }), { a: [1, "ä", null] }, "an acknowledgement");

  const back = next(socket, "bytes back");
  socket.emit("bytes", new Uint8Array([1, 2, 255]));
  same([...new Uint8Array((await back)[0])], [1, 2, 255], "bytes");

  // the server asks while its handler runs
  socket.once("question", (number, answer) => answer(number + 40));
  same(await ask(socket, "ask me"), 42, "an acknowledgement of ours");

  // several kilobytes, in order
  const said = [];
  socket.on("said", (text) => said.push(text.slice(0, 3)));
  for (let number = 100; number < 150; number++) socket.emit("say", number + "x".repeat(2000));
  while (said.length < 50) await next(socket, "said");
  same(said, Array.from({ length: 50 }, (_, at) => String(100 + at)), "the order");

  const other = socket.io.socket("/other");
  await next(other, "connect");
  same(await ask(other, "where"), "/other", "another namespace");

  const carrier = socket.io.engine.transport.name;
  const gone = next(socket, "disconnect");
  socket.disconnect();
  same((await gone)[0], "io client disconnect", "the end");
  other.disconnect();
  return carrier;
}
