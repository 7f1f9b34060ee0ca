// A patient uses an app in her browser: launched by itself, built with fhirclient, a public client.
import assert from "node:assert/strict";

import { check, story, words } from "../check.mjs";
import { Visitor } from "../visitor.mjs";

const scope = "openid fhirUser launch/patient patient/*.rs offline_access";

/** register makes the app known. */
export async function register(practice, app) {
  await practice.register("web-app", "--public", "--name", "Health diary", "--redirect", `${app.url}/after.html`, "--scope", scope);
}

/** launch opens the app, and is sent to the practice. */
export async function launch(visitor, practice, app, more = {}) {
  const query = new URLSearchParams({ iss: practice.base, app: "web-app", scope, ...more });
  await visitor.page.goto(`${app.url}/launch.html?${query}`);
}

/** standalone tells the story. */
export async function standalone({ browser, practice, app }) {
  story("fhirclient, standalone launch, public client");
  const amina = await Visitor.arrive(browser, app.url, new URL(practice.base).origin);
  const { page } = amina;
  const asked = page.waitForRequest((request) => request.url().startsWith(`${practice.issuer}/authorize`));

  await check("D1 X1: the app finds the practice by discovery, and sends the person there to sign in", async () => {
    await launch(amina, practice, app);
    await page.waitForSelector("#password");
    assert.ok(page.url().startsWith(`${practice.issuer}/sign-in`), page.url());
    assert.match(await amina.text(), /Health diary sent you here/);
  });
  await check("A5: it used PKCE with S256", async () => {
    const query = new URL((await asked).url()).searchParams;
    assert.equal(query.get("code_challenge_method"), "S256");
    assert.equal(query.get("aud"), practice.base);
  });
  await check("the sign-in page has no fault that axe finds", () => amina.accessible());
  await check("whether the name or the password is wrong isn't told", () => wrong(browser, practice, app));
  await check("the consent page shows what is asked for, by section, and has no fault that axe finds", async () => {
    await amina.signIn("amina");
    const text = await amina.text();
    for (const words of ["Health diary", "Test results: view", "Prescriptions: view", "For how long?"]) {
      assert.ok(text.includes(words), `no ${words} in ${text}`);
    }
    await amina.accessible();
  });
  await check("A3 A5 T1 T2: the person allows it, and the app has its token", async () => {
    await amina.allow();
    assert.equal(await amina.outcome(), "ready");
    const token = await amina.token();
    assert.equal(token.token_type, "Bearer");
    assert.deepEqual(words(token.scope), words(scope));
    assert.ok(token.expires_in > 0 && token.expires_in <= 3600, token.expires_in);
  });
  await check("L1 D8 context-standalone-patient: the token names the patient", async () => {
    assert.equal(await page.evaluate(() => window.client.patient.id), "amina-hussain");
  });
  await check("I1 I2: the id_token names who signed in", async () => {
    assert.equal(await page.evaluate(() => window.client.user.fhirUser), "Patient/amina-hussain");
  });
  await check("X2 S10: the app reads the patient and her observations", () => reads(amina));
  await check("R2: fhirclient refreshes as it does by itself, and reads again", async () => {
    const before = await amina.token();
    await page.evaluate(() => window.client.refresh());
    const after = await amina.token();
    assert.notEqual(after.access_token, before.access_token);
    assert.notEqual(after.refresh_token, before.refresh_token);
    await reads(amina);
  });
  await check("after a reload the app goes on where it was", async () => {
    await page.reload();
    assert.equal(await amina.outcome(), "ready");
    await reads(amina);
  });
  await check("nothing was wrong in the console, and nothing came from third parties", () => amina.leave());
}

// reads looks at the record as the app does.
async function reads(visitor) {
  const patient = await visitor.request("Patient/amina-hussain");
  assert.equal(patient.id, "amina-hussain");
  const found = await visitor.request("Observation?patient=amina-hussain");
  assert.ok(found.entry?.length > 0, JSON.stringify(found));
  assert.ok(found.entry.every((one) => one.resource.subject.reference === "Patient/amina-hussain"));
}

// wrong signs in wrongly in two ways. Chromium notes in the console that the answer isn't 200, so this visitor isn't asked.
async function wrong(browser, practice, app) {
  const somebody = await Visitor.arrive(browser);
  await launch(somebody, practice, app);
  const told = [];
  for (const name of ["amina", "nobody"]) {
    await somebody.signIn(name, "not the password");
    told.push(await somebody.page.$eval("[role=alert]", (shown) => shown.innerText));
    await somebody.accessible();
  }
  assert.equal(told[0], told[1]);
  await somebody.context.close();
}
