// The two wires of socketio, with one interface: `on`, `emit`, `ask`, `close`. The server's handlers are the same.
//
// Besides the server's events there are `connect_error` (refused) and `offline` (the connection broke).

/// A connection of the plain wire: envelopes, acknowledgements, and a new attempt when it breaks.
export class PlainWire {
  #handlers = new Map();
  #pending = new Map();
  #lastId = 0;
  #attempt = 0;
  #socket;
  #url;

  constructor(name) {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.#url = `${scheme}://${location.host}/ws?name=${encodeURIComponent(name)}`;
    this.#open();
  }

  on(event, handler) {
    this.#handlers.set(event, handler);
    return this;
  }

  emit(event, data) {
    this.#socket.send(JSON.stringify({ event, data }));
  }

  /// Resolves to the server's answer; rejects with its error, or when the connection breaks.
  ask(event, data) {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      if (this.#socket.readyState !== WebSocket.OPEN) {
        reject({ code: "offline", message: "You are offline. Try again in a moment." });
        return;
      }
      this.#pending.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ event, data, id }));
    });
  }

  close() {
    this.#url = null;
    this.#socket.close();
  }

  #open() {
    const socket = new WebSocket(this.#url, "socketio.bus.v1");
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    socket.onclose = () => this.#closed();
  }

  #receive({ event, data, ack, error }) {
    if (ack !== undefined) {
      const waiting = this.#pending.get(ack);
      this.#pending.delete(ack);
      if (waiting && error) waiting.reject(error);
      else if (waiting) waiting.resolve(data);
      return;
    }
    if (event === "welcome") this.#attempt = 0;
    this.#handlers.get(event)?.(data);
  }

  #closed() {
    for (const { reject } of this.#pending.values()) {
      reject({ code: "offline", message: "The connection broke: the message may not have arrived." });
    }
    this.#pending.clear();
    if (this.#url === null) return;
    this.#handlers.get("offline")?.();
    // 0.25 s, doubled up to 8 s, and a random part, so that many pages do not reconnect at once
    const wait = Math.min(250 * 2 ** this.#attempt++, 8000);
    setTimeout(() => this.#url !== null && this.#open(), wait / 2 + (Math.random() * wait) / 2);
  }
}

/// The official client, which polls first and upgrades to a WebSocket.
export class SocketIoWire {
  #socket;

  constructor(io, name) {
    // a name is shown once: the socket of an old login is not used again
    this.#socket = io({ auth: { name }, forceNew: true });
  }

  on(event, handler) {
    if (event === "connect_error") {
      // `data` is there if the server has refused; else it could not be reached, and the client tries again
      this.#socket.on("connect_error", (error) => error.data && handler({ message: error.message }));
    } else if (event === "offline") {
      this.#socket.on("disconnect", handler);
      this.#socket.io.on("reconnect_error", handler);
    } else {
      this.#socket.on(event, handler);
    }
    return this;
  }

  emit(event, data) {
    this.#socket.emit(event, data);
  }

  /// Resolves to the server's answer; rejects with its error, or when the connection breaks.
  async ask(event, data) {
    if (!this.#socket.connected) throw { code: "offline", message: "You are offline. Try again in a moment." };
    let answer;
    try {
      answer = await this.#socket.timeout(10_000).emitWithAck(event, data);
    } catch {
      throw { code: "offline", message: "The connection broke: the message may not have arrived." };
    }
    if (answer?.error) throw answer.error;
    return answer;
  }

  close() {
    this.#socket.disconnect();
  }
}

/// The official client, if the server has its files.
export async function officialClient() {
  try {
    return (await import("/socket.io.js")).io;
  } catch {
    return null;
  }
}
