// A patient without an app: she books, changes and cancels on the practice's own pages, with scripts off and by keyboard.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { check, story } from "../check.mjs";
import { Visitor } from "../visitor.mjs";

const day = 24 * 3600 * 1000;

/** register opens a few free times, from tomorrow on. */
export async function register(practice) {
  for (let hour = 9; hour < 12; hour++) {
    const start = new Date(Math.floor(Date.now() / day) * day + 2 * day + hour * 3600 * 1000);
    const slot = { resourceType: "Slot", id: `page-${hour}`, schedule: { reference: "Schedule/okafor-march" }, status: "free",
      start: start.toISOString(), end: new Date(start.getTime() + 600_000).toISOString() };
    const file = join(practice.work, `slot-${hour}.json`);
    writeFileSync(file, JSON.stringify(slot));
    await practice.command("", "import", file);
  }
}

/** record tells the story. */
export async function record({ browser, practice }) {
  story("a patient at the practice's own pages, without scripts");
  const site = practice.base.replace(/\/fhir$/, "");
  const amina = await Visitor.arrive(browser, new URL(practice.base).origin);
  const { page } = amina;
  await page.goto(`${site}/record`);
  await amina.signIn("amina");
  for (const path of ["", "/appointments", "/appointments/free", "/appointments/book?slot=page-9", "/prescriptions", "/results",
    "/health", "/health/problems", "/health/measurements", "/health/letters"]) {
    await check(`axe finds no fault in /record${path}`, async () => {
      await page.goto(`${site}/record${path}`);
      await amina.accessible();
    });
  }
  await page.setJavaScriptEnabled(false);
  await check("P2: she books a time", async () => {
    await page.goto(`${site}/record/appointments/free`);
    await follow(page, "main ul a");
    await page.type("#about", "My knee");
    await send(page, "main form button");
    assert.match(await amina.text(), /Your appointment is booked/);
  });
  await check("P3: she changes it to another, by one form", async () => {
    await follow(page, ".tasks a");
    await follow(page, "main .button");
    await follow(page, "main .times a");
    assert.match(await amina.text(), /Instead of/);
    await send(page, "main form button");
    assert.match(await amina.text(), /changed to the new time/);
  });
  await check("P3: she cancels it, and says why", async () => {
    await follow(page, ".tasks a");
    await follow(page, "main .buttons a:not(.button)");
    await page.type("#reason", "I am better");
    await send(page, "main form button");
    assert.match(await amina.text(), /Your appointment is cancelled/);
  });
  await amina.leave();
}

// follow goes where a link leads, and send where a form does, by the keyboard.
async function follow(page, link) {
  await page.focus(link);
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
}
const send = follow; // both by Enter
