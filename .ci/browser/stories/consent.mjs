// What a person decides counts: sections switched off, no, and taking it back. And all of it without a mouse.
import assert from "node:assert/strict";

import { check, story } from "../check.mjs";
import { password } from "../practice.mjs";
import { Visitor } from "../visitor.mjs";
import { launch } from "./standalone.mjs";

/** consent tells the story. */
export async function consent({ browser, practice, app }) {
  story("what the person decides");
  const amina = await Visitor.arrive(browser, app.url, new URL(practice.base).origin);
  await check("S6: a section that was switched off is not in the scope, and the API hides it", async () => {
    await launch(amina, practice, app);
    await amina.signIn("amina");
    await amina.allow("results");
    assert.equal(await amina.outcome(), "ready");
    const { scope, access_token: token } = await amina.token();
    assert.ok(!/patient\/(\*|DiagnosticReport)\./.test(scope), scope);
    assert.match(scope, /patient\/MedicationRequest\.rs/);
    assert.equal((await practice.get("DiagnosticReport/bloods", token)).status, 403);
    assert.equal((await practice.get("Observation/hba1c", token)).status, 404);
    assert.equal((await amina.request("Observation/bp-0211")).id, "bp-0211");
    const found = await amina.request("Observation?patient=amina-hussain");
    assert.deepEqual(found.entry.map((one) => one.resource.id), ["bp-0211"]);
  });
  await check("whoever is signed in need not sign in again; A6: a person who says no sends the app an error", async () => {
    await launch(amina, practice, app);
    await amina.page.waitForSelector("button[value=deny]");
    await amina.press("button[value=deny]");
    assert.match(await amina.outcome(), /^failed: access_denied: .*said no/);
  });
  await check("D6: the page of the apps with access has no fault that axe finds, and stops one at once", () => stops(amina, practice, app));
  await check("nothing was wrong in the console, and nothing came from third parties", () => amina.leave());
  await check("signing in and allowing need no mouse", () => byKeyboard(browser, practice, app));
}

// stops revokes while the app is open in another tab.
async function stops(amina, practice, app) {
  await launch(amina, practice, app);
  await amina.allow();
  assert.equal(await amina.outcome(), "ready");
  const { access_token } = await amina.token();
  assert.equal((await practice.get("Patient/amina-hussain", access_token)).status, 200);
  await amina.page.goto(`${practice.issuer}/manage`);
  await amina.accessible();
  assert.match(await amina.text(), /Health diary/);
  for (let left = await amina.page.$$("button.warning"); left.length > 0; left = await amina.page.$$("button.warning")) {
    await amina.press("button.warning");
  }
  assert.match(await amina.text(), /No app has access now/);
  assert.equal((await practice.get("Patient/amina-hussain", access_token)).status, 401);
}

// byKeyboard signs in and allows by Tab, Space and Enter alone.
async function byKeyboard(browser, practice, app) {
  const amina = await Visitor.arrive(browser, app.url, new URL(practice.base).origin);
  const { keyboard } = amina.page;
  await launch(amina, practice, app);
  await amina.page.waitForSelector("#password");
  await tab(amina, "#name");
  await keyboard.type("amina");
  await tab(amina, "#password");
  await keyboard.type(password);
  await Promise.all([amina.page.waitForNavigation(), keyboard.press("Enter")]);
  await tab(amina, "#section-messages");
  await keyboard.press("Space");
  await tab(amina, "button[value=allow]");
  await Promise.all([amina.page.waitForNavigation(), keyboard.press("Enter")]);
  assert.equal(await amina.outcome(), "ready");
  assert.equal((await amina.request("Patient/amina-hussain")).id, "amina-hussain");
  const { access_token } = await amina.token();
  assert.equal((await practice.get("Communication/question-1", access_token)).status, 403);
  await amina.leave();
}

// tab goes on by the Tab key till an element has the focus, which must show.
async function tab(visitor, selector) {
  for (let presses = 0; presses < 40; presses++) {
    await visitor.page.keyboard.press("Tab");
    const focus = await visitor.page.evaluate((wanted) => {
      const style = getComputedStyle(document.activeElement);
      return { there: document.activeElement.matches(wanted), shown: style.outlineStyle !== "none" || style.boxShadow !== "none" };
    }, selector);
    if (focus.there) {
      assert.ok(focus.shown, `${selector} has the focus, and nothing shows it`);
      return;
    }
  }
  assert.fail(`Tab doesn't reach ${selector}`);
}
