// The two wires of socketio, with one interface: `on`, `emit`, `ask`, `close`. The server's handlers are the same.
//
// Besides the server's events there are `connect_error` (refused) and `offline` (the connection broke).

import type { Socket } from "socket.io-client";
import type { ClientToServerEvents, ErrorInfo, Failure, ServerToClientEvents } from "./events";

type Sent = keyof ClientToServerEvents;
type DataOf<K extends Sent> = Parameters<ClientToServerEvents[K]>[0];
type AnswerOf<K extends Sent> =
  Parameters<ClientToServerEvents[K]> extends [unknown, (answer: infer A) => void] ? Exclude<A, Failure> : never;

/// The events that the server acknowledges.
type Asked = { [K in Sent]: [AnswerOf<K>] extends [never] ? never : K }[Sent];

/// What can be listened to.
export type Heard = ServerToClientEvents & {
  connect_error: (error: { message: string }) => void;
  offline: () => void;
};

export interface Wire {
  on<K extends keyof Heard>(event: K, handler: Heard[K]): this;
  emit<K extends Exclude<Sent, Asked>>(event: K, data: DataOf<K>): void;
  /// Resolves to the server's answer; rejects with its error, or when the connection breaks.
  ask<K extends Asked>(event: K, data: DataOf<K>): Promise<AnswerOf<K>>;
  close(): void;
}

/// An envelope of the plain wire.
interface Envelope {
  event?: keyof Heard;
  data?: unknown;
  ack?: number;
  error?: ErrorInfo;
}

interface Waiting {
  resolve(data: unknown): void;
  reject(error: ErrorInfo): void;
}

/// A connection of the plain wire: envelopes, acknowledgements, and a new attempt when it breaks.
export class PlainWire implements Wire {
  #handlers = new Map<keyof Heard, (data: any) => void>();
  #pending = new Map<number, Waiting>();
  #lastId = 0;
  #attempt = 0;
  #socket!: WebSocket;
  #url: string | null;

  constructor(name: string) {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.#url = `${scheme}://${location.host}/ws?name=${encodeURIComponent(name)}`;
    this.#open(this.#url);
  }

  on<K extends keyof Heard>(event: K, handler: Heard[K]): this {
    this.#handlers.set(event, handler);
    return this;
  }

  emit<K extends Exclude<Sent, Asked>>(event: K, data: DataOf<K>): void {
    this.#socket.send(JSON.stringify({ event, data }));
  }

  ask<K extends Asked>(event: K, data: DataOf<K>): Promise<AnswerOf<K>> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      if (this.#socket.readyState !== WebSocket.OPEN) {
        reject({ code: "offline", message: "You are offline. Try again in a moment." });
        return;
      }
      this.#pending.set(id, { resolve: (data) => resolve(data as AnswerOf<K>), reject });
      this.#socket.send(JSON.stringify({ event, data, id }));
    });
  }

  close(): void {
    this.#url = null;
    this.#socket.close();
  }

  #open(url: string): void {
    const socket = new WebSocket(url, "socketio.bus.v1");
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    socket.onclose = () => this.#closed();
  }

  #receive({ event, data, ack, error }: Envelope): void {
    if (ack !== undefined) {
      const waiting = this.#pending.get(ack);
      this.#pending.delete(ack);
      if (waiting && error) waiting.reject(error);
      else if (waiting) waiting.resolve(data);
      return;
    }
    if (event === "welcome") this.#attempt = 0;
    if (event !== undefined) this.#handlers.get(event)?.(data);
  }

  #closed(): void {
    for (const { reject } of this.#pending.values()) {
      reject({ code: "offline", message: "The connection broke: the message may not have arrived." });
    }
    this.#pending.clear();
    if (this.#url === null) return;
    this.#handlers.get("offline")?.(undefined);
    // 0.25 s, doubled up to 8 s, and a random part, so that many pages do not reconnect at once
    const wait = Math.min(250 * 2 ** this.#attempt++, 8000);
    setTimeout(() => this.#url !== null && this.#open(this.#url), wait / 2 + (Math.random() * wait) / 2);
  }
}

/// The function of the official client that connects.
export type Connect = typeof import("socket.io-client").io;

/// The official client, which polls first and upgrades to a WebSocket.
export class SocketIoWire implements Wire {
  #socket: Socket<ServerToClientEvents, ClientToServerEvents>;

  constructor(io: Connect, name: string) {
    // a name is shown once: the socket of an old login is not used again
    this.#socket = io({ auth: { name }, forceNew: true });
  }

  // inside these functions the event is any of them, so that the types of the client cannot follow: their callers are checked
  get #any(): Socket {
    return this.#socket as unknown as Socket;
  }

  on<K extends keyof Heard>(event: K, handler: Heard[K]): this {
    if (event === "connect_error") {
      const refused = handler as Heard["connect_error"];
      // `data` is there if the server has refused; else it could not be reached, and the client tries again
      this.#socket.on("connect_error", (error: Error & { data?: ErrorInfo }) => {
        if (error.data) refused({ message: error.message });
      });
    } else if (event === "offline") {
      const offline = handler as Heard["offline"];
      this.#socket.on("disconnect", () => offline());
      this.#socket.io.on("reconnect_error", () => offline());
    } else {
      this.#any.on(event as string, handler);
    }
    return this;
  }

  emit<K extends Exclude<Sent, Asked>>(event: K, data: DataOf<K>): void {
    this.#any.emit(event, data);
  }

  async ask<K extends Asked>(event: K, data: DataOf<K>): Promise<AnswerOf<K>> {
    if (!this.#socket.connected) throw { code: "offline", message: "You are offline. Try again in a moment." };
    let answer: AnswerOf<K> | Failure;
    try {
      answer = await this.#any.timeout(10_000).emitWithAck(event, data);
    } catch {
      throw { code: "offline", message: "The connection broke: the message may not have arrived." };
    }
    const { error } = answer as Partial<Failure>;
    if (error) throw error;
    return answer as AnswerOf<K>;
  }

  close(): void {
    this.#socket.disconnect();
  }
}

/// The official client, if the server has its files.
export async function officialClient(): Promise<Connect | null> {
  const address = "/socket.io.js";
  try {
    return ((await import(address)) as typeof import("socket.io-client")).io;
  } catch {
    return null;
  }
}
