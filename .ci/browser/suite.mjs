// The stories, one after another. The first check that fails ends them.
import puppeteer from "puppeteer-core";

import { serveApp } from "./app.mjs";
import { check, count, photograph } from "./check.mjs";
import { Practice } from "./practice.mjs";
import * as backend from "./stories/backend.mjs";
import { consent } from "./stories/consent.mjs";
import * as ehr from "./stories/ehr.mjs";
import { fences } from "./stories/fences.mjs";
import { pages } from "./stories/pages.mjs";
import * as confidential from "./stories/openid.mjs";
import * as record from "./stories/record.mjs";
import * as standalone from "./stories/standalone.mjs";

const began = Date.now();
const [, , work] = process.argv;
const practice = new Practice(work);
const app = await serveApp(work);
const stranger = await serveApp(work); // another port, so another origin, of nobody who is registered
let browser;

process.on("exit", () => practice.process?.kill("SIGKILL")); // nothing is left, however this ends
process.on("SIGTERM", () => process.exit(1));

try {
  await check("the practice is set up by command", async () => {
    await practice.open();
    for (const { register } of [standalone, ehr, confidential, backend, record]) await register(practice, app);
  });
  await check("the program serves it over https", () => practice.serve());
  browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM, acceptInsecureCerts: true,
    // Chromium's own sandbox doesn't work for root, and containers have little shared memory.
    args: [...(process.getuid() === 0 ? ["--no-sandbox"] : []), "--disable-dev-shm-usage"],
  });
  photograph(browser);
  const world = { browser, practice, app, stranger };
  for (const tell of [standalone.standalone, ehr.ehr, confidential.confidential, backend.backend, consent, record.record, pages, fences]) await tell(world);
  console.log(`\n${count()} checks in ${await browser.version()}, ${Math.round((Date.now() - began) / 1000)} s`);
} catch (error) {
  console.log(`\n${error.stack}`);
  process.exitCode = 1;
} finally {
  await browser?.close();
  await practice.close();
  app.close();
  stranger.close();
}
