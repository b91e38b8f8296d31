// Builds the browser's files: every .js and .css directly in ui/src is an entry of its own, what
// lies in its sub-folders is imported. Names carry a hash of the content, so that browsers may
// keep a file for ever; manifest.json says which name is in force; .br spares compressing later.

import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const source = join(here, "src");
const target = join(here, "static", "dist");
const draft = join(here, "..", "var", "bundle");
const compressible = new Set([".css", ".js", ".json", ".svg"]);
const compress = promisify(brotliCompress);

async function entries() {
  const names = await readdir(source).catch(() => []);
  return names.filter((name) => [".js", ".css"].includes(extname(name))).sort();
}

async function bundle(names) {
  const result = await build({
    entryPoints: names.map((name) => join(source, name)),
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
    basename(output.entryPoint ?? Object.keys(output.inputs)[0]),
    relative(draft, join(here, "..", path)),
  ]);
  return Object.fromEntries(pairs.sort());
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
