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

/** Bytes that a client sends. */
export type BytesSent = ArrayBuffer | Uint8Array;

/** Bytes that a client receives: an `ArrayBuffer` in browsers, a `Buffer` in Node.js. */
export type BytesReceived = ArrayBuffer | Uint8Array;

export interface Answer {
  because?: Answer | null;
  /** @default false */
  yes?: boolean;
}

export interface FilePartInput {
  part: PartInput;
}

export interface FilePartOutput {
  part: PartOutput;
}

export type Kicked = "All" | {
  /** format: uuid */
  User: string;
};

export interface Message {
  by: string[];
  text: string;
}

export interface PartInput {
  data: BytesSent;
  many: BytesSent[];
  maybe?: BytesSent | null;
  /** `uint64`: exact up to 2^53 only */
  offset: number;
}

export interface PartOutput {
  data: BytesReceived;
  many: BytesReceived[];
  maybe: BytesReceived | null;
  /** `uint64`: exact up to 2^53 only */
  offset: number;
}

export interface Receipt {
  /** `uint`: exact up to 2^53 only */
  length: number;
}

/** Says something to the room. */
export interface Send {
  /** `uint64`: exact up to 2^53 only */
  reply_to?: number | null;
  text: string;
}

/** What the server sends in every namespace. */
export interface CommonServerToClientEvents {
  "chat:message": (data: Message) => void;
  "file:part": (data: FilePartOutput, ack: (answer: BytesSent) => void) => void;
  "moved": (arg0: number, arg1: string, arg2: number | null) => void;
  /** Are you still there? */
  "question": (data: string, ack: (answer: Answer) => void) => void;
}

/** What clients send in the namespace `/`. */
export interface ClientToServerEvents {
  /** Says something to the room. */
  "chat:send": (data: Send, ack: (answer: Receipt | Failure) => void) => void;
  "file:part": (data: FilePartInput, ack: (answer: BytesReceived | Failure) => void) => void;
  "log": (...args: [level: number, ...rest: unknown[], ack: (...answer: unknown[]) => void]) => void;
  "move": (arg0: number, arg1?: number) => void;
  /** @deprecated use `pong!` */
  "ping!": () => void;
  /** The tuple itself has no schema: its fields have. */
  "search": (...args: [arg0: string, ack: (answer: Receipt[] | Failure) => void] | [arg0: string, arg1: number | null, ack: (answer: Receipt[] | Failure) => void] | [arg0: string, arg1: number | null, arg2: boolean, ack: (answer: Receipt[] | Failure) => void]) => void;
  "swap": (arg0: number, arg1: string, ack: (...answer: [string, number] | [failure: Failure, none1: undefined]) => void) => void;
}

/** What the server sends in the namespace `/`. */
export interface ServerToClientEvents extends CommonServerToClientEvents {
}

/** What clients send in the namespace `/admin`. */
export interface AdminClientToServerEvents {
  /** Removes somebody. */
  "kick": (...args: [user: string, ack: (answer: boolean | Failure) => void] | [user: string, reason: string | null, ack: (answer: boolean | Failure) => void]) => void;
}

/** What the server sends in the namespace `/admin`. */
export interface AdminServerToClientEvents extends CommonServerToClientEvents {
}

/** What clients send in the namespace `/org/{id}`. */
export interface OrgIdClientToServerEvents {
  "leave": () => void;
}

/** What the server sends in the namespace `/org/{id}`. */
export interface OrgIdServerToClientEvents extends CommonServerToClientEvents {
  "kicked": (data: Kicked) => void;
}

/** The events of each namespace: `Socket<Namespaces["/"]["serverToClient"], Namespaces["/"]["clientToServer"]>`. */
export interface Namespaces {
  "/": { clientToServer: ClientToServerEvents; serverToClient: ServerToClientEvents };
  "/admin": { clientToServer: AdminClientToServerEvents; serverToClient: AdminServerToClientEvents };
  "/org/{id}": { clientToServer: OrgIdClientToServerEvents; serverToClient: OrgIdServerToClientEvents };
}
