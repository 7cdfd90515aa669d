// What the tools of a client's author say of a contract:
//
//   node contract.mjs tsc               the errors of `tsc --strict` in contract/*.ts: file, line, code, the text in question
//   node contract.mjs asyncapi FILE..   the diagnostics of AsyncAPI's parser, and the operations that it finds

import { readFileSync, readdirSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

const [tool, ...files] = process.argv.slice(2);
const at = (name) => fileURLToPath(new URL(name, import.meta.url));

async function tsc() {
  const { default: ts } = await import("typescript");
  const names = readdirSync(at("contract")).filter((name) => name.endsWith(".ts"));
  const program = ts.createProgram(names.map((name) => at(`contract/${name}`)), {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
    module: ts.ModuleKind.Preserve,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: [],
    skipLibCheck: true,
  });
  for (const { file, start, length, code } of ts.getPreEmitDiagnostics(program)) {
    const line = file.getLineAndCharacterOfPosition(start).line + 1;
    console.log([basename(file.fileName), line, `TS${code}`, file.text.slice(start, start + length).split("\n")[0]].join("\t"));
  }
}

async function asyncapi(name) {
  const { Parser } = await import("@asyncapi/parser");
  const { document, diagnostics } = await new Parser().parse(readFileSync(at(name), "utf8"));
  console.log(`${name}: ${diagnostics.length || "no"} diagnostics`);
  for (const { severity, code, message, path } of diagnostics) console.log(" ", severity, code, message, path.join("/"));
  for (const operation of document?.operations().all() ?? []) {
    const address = operation.channels().all().map((channel) => channel.address()).join();
    const reply = operation.reply()?.messages().all().map((message) => message.id()).join();
    console.log(`  ${operation.id()}: ${operation.action()} ${address}${reply ? `, reply ${reply}` : ""}`);
  }
}

if (tool === "tsc") await tsc();
else for (const file of files) await asyncapi(file);
