// Checks one after another, each told as it passes. The first that fails ends the suite.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let browser;
let done = 0;

/** photograph says of which browser pictures are taken when a check fails. */
export function photograph(of) {
  browser = of;
}

/** story announces what the next checks are about. */
export function story(title) {
  console.log(`\n${title}`);
}

/** check runs one check. Its title begins with the lines of the SMART checklist it shows, if any. */
export async function check(title, run) {
  const began = Date.now();
  try {
    await run();
  } catch (error) {
    console.log(`  FAILED ${title}`);
    await pictures();
    throw error;
  }
  done++;
  console.log(`  ok     ${title} (${Date.now() - began} ms)`);
}

/** count is how many checks have passed. */
export function count() {
  return done;
}

// pictures takes one of every page that is open.
async function pictures() {
  if (!browser) return;
  const folder = mkdtempSync(join(tmpdir(), "frontdesk-browser-"));
  for (const [number, page] of (await browser.pages()).entries()) {
    const file = join(folder, `page-${number}.png`);
    await page.screenshot({ path: file, fullPage: true }).then(
      () => console.log(`         ${page.url()}\n         is pictured in ${file}`),
      (error) => console.log(`         ${page.url()} can't be pictured: ${error.message}`));
  }
}

/** words are a scope's, in an order of their own: the one they are given in means nothing (RFC 6749 3.3). */
export function words(scope) {
  return scope.split(" ").toSorted();
}
