// What browsers keep from pages that aren't the app's: CORS, framing, cookies.
import assert from "node:assert/strict";

import { check, story } from "../check.mjs";
import { Visitor } from "../visitor.mjs";
import { serviceToken } from "./backend.mjs";

/** fences tells the story. */
export async function fences({ browser, practice, app, stranger }) {
  story("what the browser keeps out");
  const token = await serviceToken("system/Patient.rs");
  const calls = {
    discovery: { url: `${practice.base}/.well-known/smart-configuration` },
    metadata: { url: `${practice.base}/metadata` },
    patient: { url: `${practice.base}/Patient/amina-hussain`, headers: { authorization: `Bearer ${token}` } },
    token: { url: `${practice.issuer}/token`, method: "POST", body: "grant_type=none", headers: { "content-type": "application/x-www-form-urlencoded" } },
  };
  for (const [who, from, expected] of [
    ["a registered app", app, { discovery: 200, metadata: 200, patient: 200, token: 400 }],
    ["any other page", stranger, { discovery: 200, metadata: 200, patient: "kept out", token: "kept out" }],
  ]) {
    await check(`X1 X2: ${who} may read ${Object.entries(expected).filter(([, got]) => got !== "kept out").map(([name]) => name).join(", ")}`, async () => {
      const somebody = await at(browser, from);
      const got = await somebody.page.evaluate(read, calls);
      assert.deepEqual(got, expected);
      await somebody.context.close();
    });
  }
  await check("clickjacking: no page of the practice shows in a frame", () => unframed(browser, practice, stranger));
  await check("the session's cookie is out of reach of scripts and of other sites", () => cookies(browser, practice));
}

// at is somebody looking at a page of a site. What the browser reports in the console is what these checks ask for.
async function at(browser, site) {
  const visitor = await Visitor.arrive(browser);
  await visitor.page.goto(`${site.url}/blank.html`);
  return visitor;
}

// read runs in the page: the status of each call, as far as the browser tells.
async function read(calls) {
  const got = {};
  for (const [name, { url, ...how }] of Object.entries(calls)) {
    got[name] = await fetch(url, how).then((answer) => answer.status, () => "kept out");
  }
  return got;
}

async function unframed(browser, practice, stranger) {
  const somebody = await at(browser, stranger);
  for (const page of ["sign-in", "manage", "consent"]) {
    somebody.complaints = [];
    await somebody.page.evaluate((url) => new Promise((loaded) => {
      const frame = document.createElement("iframe");
      frame.onload = loaded;
      frame.src = url;
      document.body.replaceChildren(frame);
    }), `${practice.issuer}/${page}`);
    const shown = await somebody.page.frames().at(-1).evaluate(() => document.body.innerText).catch((error) => String(error));
    assert.doesNotMatch(shown, /Sign in|password|Apps with access/i);
    assert.ok(somebody.complaints.some((text) => text.includes("frame-ancestors")), `${page}: ${somebody.complaints.join("\n")}`);
  }
  await somebody.context.close();
}

async function cookies(browser, practice) {
  const amina = await Visitor.arrive(browser, new URL(practice.base).origin);
  await amina.page.goto(`${practice.issuer}/manage`);
  await amina.signIn("amina");
  assert.equal(await amina.page.evaluate(() => document.cookie), "");
  const set = await amina.context.cookies();
  assert.ok(set.length > 0);
  for (const cookie of set) {
    assert.ok(cookie.httpOnly && cookie.secure && ["Lax", "Strict"].includes(cookie.sameSite), JSON.stringify({ ...cookie, value: "" }));
  }
  await amina.leave();
}
