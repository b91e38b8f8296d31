// Builds the browser's files: every .js and .css directly in ui/src is an entry of its own, what
// lies in its sub-folders is imported. A helpdesk's bridge.js becomes a small file of its own,
// bridge-<helpdesk>.js, which the document of its installs loads first. Names carry a hash of the content, so that browsers may
// keep a file for ever; manifest.json says which name is in force; .br spares compressing later.

import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const source = join(here, "src");
const helpdesks = join(here, "..", "integrations", "helpdesks");
const target = join(here, "static", "dist");
const draft = join(here, "..", "var", "bundle");
const compressible = new Set([".css", ".js", ".json", ".svg"]);
const compress = promisify(brotliCompress);

async function entries() {
  const names = await readdir(source).catch(() => []);
  return names.filter((name) => [".js", ".css"].includes(extname(name))).sort();
}

async function bridges() {
  const folders = await readdir(helpdesks, { withFileTypes: true });
  const names = folders.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return names.filter((name) => existsSync(join(helpdesks, name, "bridge.js"))).sort();
}

// Hands a bridge to the panel, which does not know any by name.
const handing = {
  name: "bridges",
  setup(building) {
    building.onResolve({ filter: /^bridge:/ }, ({ path }) => ({ path: path.slice(7), namespace: "bridge" }));
    building.onLoad({ filter: /.*/, namespace: "bridge" }, ({ path }) => ({
      contents: 'import { connect } from "./bridge.js"; globalThis.mostradorBridge = { connect };',
      resolveDir: join(helpdesks, path),
    }));
  },
};

async function bundle(names) {
  const own = names.map((name) => ({ in: join(source, name), out: basename(name, extname(name)) }));
  const theirs = (await bridges()).map((name) => ({ in: `bridge:${name}`, out: `bridge-${name}` }));
  const result = await build({
    entryPoints: [...own, ...theirs],
    plugins: [handing],
    absWorkingDir: join(here, ".."),
    outdir: draft,
    outbase: source,
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    charset: "utf8",
    entryNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    loader: { ".png": "file", ".svg": "file", ".webp": "file", ".woff2": "file" },
    metafile: true,
    logLevel: "warning",
  });
  return result.metafile.outputs;
}

// "panel.js" -> "panel-5XK2J7QA.js", also for pictures and fonts.
function manifest(outputs) {
  const pairs = Object.entries(outputs).map(([path, output]) => [
    entryName(output),
    relative(draft, join(here, "..", path)),
  ]);
  return Object.fromEntries(pairs.sort());
}

function entryName({ entryPoint, inputs }) {
  if (entryPoint?.startsWith("bridge:")) return `bridge-${entryPoint.slice(7)}.js`;
  return basename(entryPoint ?? Object.keys(inputs)[0]);
}

async function writeCompressed(name) {
  const plain = await readFile(join(draft, name));
  const packed = await compress(plain, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
    },
  });
  await writeFile(join(draft, `${name}.br`), packed);
}

const names = await entries();
if (names.length === 0) {
  console.error("ui/src holds no .js or .css to build.");
  process.exit(1);
}
await rm(draft, { recursive: true, force: true });
await mkdir(draft, { recursive: true });
const files = manifest(await bundle(names));
const texts = Object.values(files).filter((name) => compressible.has(extname(name)));
await Promise.all(texts.map(writeCompressed));
await writeFile(join(draft, "manifest.json"), `${JSON.stringify(files, null, 2)}\n`);
await rm(target, { recursive: true, force: true });
await mkdir(join(target, ".."), { recursive: true });
await rename(draft, target);
