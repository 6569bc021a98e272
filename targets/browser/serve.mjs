// Serves the page as plain files, on loopback only: `node serve.mjs [port]`.

import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, sep } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";

const here = new URL("./", import.meta.url);
const TYPES = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".svg": "image/svg+xml",
  ".ts": "text/plain",
  ".wasm": "application/wasm",
};

/** By the beginning of the path, where it lies. A name that ends in `/` is a folder. */
const MOUNTS = {
  "/": new URL("index.html", here),
  "/index.html": new URL("index.html", here),
  "/page.css": new URL("page.css", here),
  "/icon.svg": new URL("icon.svg", here),
  "/src/": new URL("src/", here),
  "/agentid/": new URL("../../wasm/dist/", here),
};

/** The policy that the page states; as a header it holds from the first byte on. */
export const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(
  readFileSync(new URL("index.html", here), "utf8"),
)[1];

/** Port 0 is any free one. `extra` adds mounts. Resolves to `{ url, close }`. */
export async function serve({ port = 0, extra = {} } = {}) {
  const mounts = { ...MOUNTS, ...extra };
  const server = createServer(async (request, response) => {
    const file = fileOf(mounts, request);
    const content = file === undefined ? undefined : await readFile(file).catch(() => undefined);
    response.setHeader("Content-Security-Policy", policy);
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.setHeader("Cache-Control", "no-store");
    response.setHeader("Content-Type", `${content === undefined ? "text/plain" : TYPES[extname(file)]}; charset=utf-8`);
    response.writeHead(content === undefined ? 404 : 200);
    response.end(content ?? "not found\n");
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const close = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${server.address().port}/`, close };
}

/** The file that is asked for, or `undefined` where it is none that is served. */
function fileOf(mounts, request) {
  if (request.method !== "GET" && request.method !== "HEAD") return undefined;
  const path = request.url.split("?")[0];
  if (Object.hasOwn(mounts, path)) return path.endsWith("/") && path !== "/" ? undefined : fileURLToPath(mounts[path]);
  const folder = Object.keys(mounts).find((name) => name !== "/" && name.endsWith("/") && path.startsWith(name));
  const name = folder === undefined ? "" : path.slice(folder.length);
  // Plain names only, so that nothing outside of the folder can be named.
  if (!/^[\w-]+(\.[\w-]+)+$/.test(name) || TYPES[extname(name)] === undefined || name.includes(sep)) return undefined;
  return fileURLToPath(new URL(name, mounts[folder]));
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await serve({ port: Number(argv[2] ?? 8710) });
  console.log(url);
}
