// Bundles the page: `npm run chat` writes `client.js`; with `--print` the bundle is printed instead.

import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const at = (name) => fileURLToPath(new URL(name, import.meta.url));
const print = process.argv.includes("--print");

const { outputFiles } = await build({
  entryPoints: [at("client.ts")],
  outfile: at("client.js"),
  absWorkingDir: at("."),
  bundle: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  banner: { js: "// The bundle of client.ts. Do not edit: `npm run chat` writes it." },
  write: !print,
});
if (print) process.stdout.write(outputFiles[0].text);
