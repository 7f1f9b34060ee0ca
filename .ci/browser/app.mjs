// The web server of somebody's app: the pages in app/, fhirclient, and the app's keys. It is another site than the practice's.
import { readFile } from "node:fs/promises";
import { createServer } from "node:https";
import { extname, join } from "node:path";

const pages = new URL("app/", import.meta.url).pathname;
const library = new URL("node_modules/fhirclient/build/fhir-client.js", import.meta.url).pathname;
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".json": "application/json" };

/** serveApp serves an app at an address of its own. What is put into its documents, by path, is served as JSON. */
export async function serveApp(work) {
  const documents = {};
  const server = createServer({ key: await readFile(join(work, "key.pem")), cert: await readFile(join(work, "certificate.pem")) }, async (request, answer) => {
    const path = new URL(request.url, "https://127.0.0.1").pathname;
    try {
      const body = documents[path] ? JSON.stringify(documents[path])
        : await readFile(path === "/fhir-client.js" ? library : join(pages, path.replaceAll("..", "")));
      answer.writeHead(200, { "content-type": types[extname(path)] }).end(body);
    } catch {
      answer.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `https://127.0.0.1:${server.address().port}`, documents, close: () => server.close() };
}
