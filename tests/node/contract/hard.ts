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

export type Adjacent = {
  c: number;
  t: "A";
} | {
  c: {
    x: number;
  };
  t: "B";
} | {
  t: "C";
} | {
  c: [number, number];
  t: "D";
};

export type CelsiusInput = number;

export type CelsiusOutput = string;

export type Colour = "dark-red" | "light-blue";

export interface ContainerDefaultInput {
  /** @default 1 */
  a?: number;
  /** @default "x" */
  b?: string;
}

export interface ContainerDefaultOutput {
  /** @default 1 */
  a: number;
  /** @default "x" */
  b: string;
}

export interface Duration {
  nanos: number;
  /** `uint64`: exact up to 2^53 only */
  secs: number;
}

export interface Flat {
  deep: boolean;
  id: number;
  [key: string]: string | boolean | number;
}

export type FlatEnum = {
  id: number;
} & ({
  type: "go";
  x: number;
} | {
  type: "stop";
} | Inner & {
  type: "wrap";
});

export interface FlatOption {
  deep?: boolean;
  id: number;
}

export interface Inner {
  deep: boolean;
}

export type Internal = {
  type: "go";
  x: number;
} | {
  type: "stop";
} | Inner & {
  type: "wrap";
};

export type Key = string;

export interface Maps {
  bools: {
    [key: string]: number;
  };
  chars: {
    [key: string]: number;
  };
  keys: {
    [key: string]: number;
  };
  levels: {
    High?: number;
    Low?: number;
  };
  numbers: {
    [key: `${number}`]: boolean;
  };
  signed: {
    [key: `${number}`]: boolean;
  };
  uuids: {
    [key: string]: number;
  };
}

export interface MiscInput {
  any: unknown;
  converted: CelsiusInput;
  hex: string;
  hex_out: number;
  range: Range_of_uint8;
  result: Result_of_uint8_or_string;
  shared: string;
  twice?: number | null;
}

export interface MiscOutput {
  any: unknown;
  converted: CelsiusOutput;
  hex: string;
  hex_out: number;
  range: Range_of_uint8;
  result: Result_of_uint8_or_string;
  shared: string;
  twice: number | null;
}

export interface Named_of_Strict {
  of: Strict;
  text: string;
}

export interface Named_of_uint8 {
  of: number;
  text: string;
}

export type New = string;

export interface Numbers {
  /** `uint64`: exact up to 2^53 only */
  big: number;
  float: number;
  /** `uint128`: exact up to 2^53 only */
  huge: number;
  letter: string;
  nonzero: number;
  /** `int64`: exact up to 2^53 only */
  signed: number;
  /** `uint`: exact up to 2^53 only */
  size: number;
  small: number;
}

export type Other = "A" | "B" | "Unknown";

export type OtherTagged = {
  k: "A";
  x: number;
} | {
  k: "Unknown";
};

export interface Page2Input {
  items: Key[];
  next?: number | null;
}

export interface Page2Output {
  items: Key[];
  next: number | null;
}

export interface PageInput {
  items: Inner[];
  next?: number | null;
}

export interface PageOutput {
  items: Inner[];
  next: number | null;
}

export type Pair = [number, string, boolean | null];

export type PartlyUntagged = {
  A: number;
} | string;

export interface Range_of_uint8 {
  end: number;
  start: number;
}

export type Result_of_uint8_or_string = {
  Ok: number;
} | {
  Err: string;
};

/** A shape. */
export type ShapeInput = "Unit" | {
  New: number;
} | {
  Tuple: [number, string];
} | {
  Named: {
    a: number;
    b?: boolean | null;
  };
};

/** A shape. */
export type ShapeOutput = "Unit" | {
  New: number;
} | {
  Tuple: [number, string];
} | {
  Named: {
    a: number;
    b: boolean | null;
  };
};

/**
 * Attributes that make the two sides differ.
 *
 * With a second paragraph: *\/ and `code`.
 */
export interface SidesInput {
  aliased: boolean;
  /** Always there. */
  firstName: string;
  inName: boolean;
  leftOut?: string | null;
  nullable?: string | null;
  onlyIn?: number;
  type: string;
  "with-dash": string;
  /** @default 0 */
  withDefault?: number;
  /** @default 5 */
  withValue?: number;
}

/**
 * Attributes that make the two sides differ.
 *
 * With a second paragraph: *\/ and `code`.
 */
export interface SidesOutput {
  aliased: boolean;
  /** Always there. */
  firstName: string;
  leftOut?: string | null;
  nullable: string | null;
  /** @default 0 */
  onlyOut: number;
  outName: boolean;
  type: string;
  "with-dash": string;
  /** @default 0 */
  withDefault: number;
  /** @default 5 */
  withValue: number;
}

export type SkippedVariantInput = "A" | "In";

export type SkippedVariantOutput = "A" | "Out";

export interface Small {
  a: number;
  n: number;
}

export interface Strict {
  a: number;
}

export interface SystemTime {
  nanos_since_epoch: number;
  /** `uint64`: exact up to 2^53 only */
  secs_since_epoch: number;
}

export interface TaggedStruct {
  a: number;
}

export type Tail = [number, number];

export interface Times {
  /** format: date-time */
  at: string;
  /** format: date */
  day: string;
  /** format: uuid */
  id: string;
  /** format: partial-date-time */
  naive: string;
  system: SystemTime;
  took: Duration;
}

export interface TreeInput {
  /** @default [] */
  children?: TreeInput[];
  name: string;
  parent?: TreeInput | null;
}

export interface TreeOutput {
  /** @default [] */
  children: TreeOutput[];
  name: string;
  parent: TreeOutput | null;
}

export interface Tuples {
  anonymous: [number, boolean];
  array: [number, number, number];
  new: New;
  nothing: null;
  pair: Pair;
  set: number[];
  unit: Unit;
}

export interface TwoCasesInput {
  "some-name": number;
}

export interface TwoCasesOutput {
  someName: number;
}

export type Unit = null;

export type Untagged = number | string | [number, number] | {
  /** `uint64`: exact up to 2^53 only */
  id: number;
};

export interface WithOptionInput {
  a?: string | null;
}

export interface WithOptionOutput {
  a: string | null;
}

export interface Wrapper {
  ghost: null;
  /** `int128`: exact up to 2^53 only */
  i: number;
  named: Named_of_uint8;
  named2: Named_of_Strict;
  tail: Tail;
}

/** What clients send in the namespace `/`. */
export interface ClientToServerEvents {
  "adjacent": (data: Adjacent[]) => void;
  "colour": (data: Colour) => void;
  "flat": (data: Flat) => void;
  "flat-enum": (data: FlatEnum) => void;
  "flat-option": (data: FlatOption[]) => void;
  "internal": (data: Internal[]) => void;
  "m:container-default": (data: ContainerDefaultInput) => void;
  "m:date": (data: string) => void;
  "m:duration": (data: Duration) => void;
  "m:flat": (data: Flat) => void;
  "m:flat-option": (data: FlatOption) => void;
  "m:internal": (data: Internal) => void;
  "m:numbers": (data: {
    [key: `${number}`]: boolean;
  }) => void;
  "m:other": (data: Other) => void;
  "m:other-tagged": (data: OtherTagged) => void;
  "m:partly-untagged": (data: PartlyUntagged) => void;
  "m:sides": (data: SidesInput) => void;
  "m:skipped-variant": (data: SkippedVariantInput) => void;
  "m:small": (data: Small) => void;
  "m:strict": (data: Strict) => void;
  "m:tagged-struct": (data: TaggedStruct) => void;
  "m:tail": (data: Tail[]) => void;
  "m:transparent": (data: number[]) => void;
  "m:tree": (data: TreeInput) => void;
  "m:twice": (data: number | null) => void;
  "m:two-cases": (data: TwoCasesInput) => void;
  "m:unit": (data: null) => void;
  "m:untagged": (data: Untagged) => void;
  "m:with-option": (data: WithOptionInput) => void;
  "m:wrapper": (data: Wrapper) => void;
  "maps": (data: Maps) => void;
  "misc": (data: MiscInput) => void;
  "nan": (data: number) => void;
  "numbers": (data: Numbers) => void;
  "opaque": (data: unknown) => void;
  "opaque-list": (data: unknown) => void;
  "page": (data: PageInput) => void;
  "page-sides": (data: Page2Input) => void;
  "shape": (data: ShapeInput[]) => void;
  "sides": (data: SidesInput) => void;
  "times": (data: Times) => void;
  "tree": (data: TreeInput) => void;
  "tuples": (data: Tuples) => void;
  "untagged": (data: Untagged[]) => void;
}

/** What the server sends in the namespace `/`. */
export interface ServerToClientEvents {
  "adjacent": (data: Adjacent[]) => void;
  "colour": (data: Colour) => void;
  "flat": (data: Flat) => void;
  "flat-enum": (data: FlatEnum) => void;
  "flat-option": (data: FlatOption[]) => void;
  "internal": (data: Internal[]) => void;
  "m:container-default": (data: ContainerDefaultOutput) => void;
  "m:date": (data: string) => void;
  "m:duration": (data: Duration) => void;
  "m:flat": (data: Flat) => void;
  "m:flat-option": (data: FlatOption) => void;
  "m:internal": (data: Internal) => void;
  "m:numbers": (data: {
    [key: `${number}`]: boolean;
  }) => void;
  "m:other": (data: Other) => void;
  "m:other-tagged": (data: OtherTagged) => void;
  "m:partly-untagged": (data: PartlyUntagged) => void;
  "m:sides": (data: SidesOutput) => void;
  "m:skipped-variant": (data: SkippedVariantOutput) => void;
  "m:small": (data: Small) => void;
  "m:strict": (data: Strict) => void;
  "m:tagged-struct": (data: TaggedStruct) => void;
  "m:tail": (data: Tail[]) => void;
  "m:transparent": (data: number[]) => void;
  "m:tree": (data: TreeOutput) => void;
  "m:twice": (data: number | null) => void;
  "m:two-cases": (data: TwoCasesOutput) => void;
  "m:unit": (data: null) => void;
  "m:untagged": (data: Untagged) => void;
  "m:with-option": (data: WithOptionOutput) => void;
  "maps": (data: Maps) => void;
  "misc": (data: MiscOutput) => void;
  "nan": (data: number) => void;
  "numbers": (data: Numbers) => void;
  "opaque": (data: unknown) => void;
  "opaque-list": (data: unknown) => void;
  "page": (data: PageOutput) => void;
  "page-sides": (data: Page2Output) => void;
  "shape": (data: ShapeOutput[]) => void;
  "sides": (data: SidesOutput) => void;
  "times": (data: Times) => void;
  "tree": (data: TreeOutput) => void;
  "tuples": (data: Tuples) => void;
  "untagged": (data: Untagged[]) => void;
}

/** The events of each namespace: `Socket<Namespaces["/"]["serverToClient"], Namespaces["/"]["clientToServer"]>`. */
export interface Namespaces {
  "/": { clientToServer: ClientToServerEvents; serverToClient: ServerToClientEvents };
}
