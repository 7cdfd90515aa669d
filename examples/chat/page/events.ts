// Generated from the events of the server (socketio's feature `contract`). Do not edit: run the test that checks this
// file with UPDATE_CONTRACT=1.

/** The codes of the framework's own errors, and any that the program sends. */
export type ErrorCode =
  | "auth_too_long"
  | "bad_payload"
  | "disconnected"
  | "expired"
  | "internal"
  | "invalid"
  | "overloaded"
  | "panicked"
  | "rate_limited"
  | "rejected"
  | "timeout"
  | "too_many_namespaces"
  | "unanswered"
  | "unknown_event"
  | (string & {});

/** Why something was refused: the `data` of a `connect_error`, the `error` of a `Failure`. */
export interface ErrorInfo {
  code: ErrorCode;
  message: string;
  data?: unknown;
}

/** What an event that the server refused is acknowledged with. */
export interface Failure {
  error: ErrorInfo;
}

/** Go to another room. Everybody is in exactly one. */
export interface Enter {
  room: string;
}

export interface IsTyping {
  name: string;
  now: boolean;
}

/** Who is online, and who has just arrived or left. */
export interface Online {
  came: string | null;
  names: string[];
  went: string | null;
}

/** The message was sent. */
export interface Receipt {
  /**
   * Milliseconds since 1970.
   * `uint64`: exact up to 2^53 only
   */
  at: number;
  /** `uint64`: exact up to 2^53 only */
  id: number;
}

/** The room that a person is in. */
export interface Room {
  room: string;
}

export interface Said {
  /** `uint64`: exact up to 2^53 only */
  at: number;
  /** `uint64`: exact up to 2^53 only */
  id: number;
  name: string;
  text: string;
}

/** A message to everyone in the room. */
export interface Say {
  text: string;
}

/** Somebody is typing, or has stopped. */
export interface Typing {
  now: boolean;
}

/** The first event that a newcomer receives. */
export interface Welcome {
  name: string;
  names: string[];
}

/** What clients send in the namespace `/`. */
export interface ClientToServerEvents {
  /** Go to another room. Everybody is in exactly one. */
  "enter": (data: Enter, ack: (answer: Room | Failure) => void) => void;
  /** A message to everyone in the room. */
  "say": (data: Say, ack: (answer: Receipt | Failure) => void) => void;
  /** Somebody is typing, or has stopped. */
  "typing": (data: Typing) => void;
}

/** What the server sends in the namespace `/`. */
export interface ServerToClientEvents {
  "is typing": (data: IsTyping) => void;
  /** Who is online, and who has just arrived or left. */
  "online": (data: Online) => void;
  "said": (data: Said) => void;
  /** The first event that a newcomer receives. */
  "welcome": (data: Welcome) => void;
}

/** The events of each namespace: `Socket<Namespaces["/"]["serverToClient"], Namespaces["/"]["clientToServer"]>`. */
export interface Namespaces {
  "/": { clientToServer: ClientToServerEvents; serverToClient: ServerToClientEvents };
}
