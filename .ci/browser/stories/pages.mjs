// What people see who use the practice's own pages: with a browser that runs scripts, and with one that doesn't.
import assert from "node:assert/strict";

import { check, story } from "../check.mjs";
import { Visitor } from "../visitor.mjs";

/** pages tells the story. */
export async function pages({ browser, practice }) {
  story("the practice's own pages");
  const root = new URL(practice.base).origin;
  const amina = await Visitor.arrive(browser, root);
  await check("the start page has no fault that axe finds, and says where the API is", async () => {
    await amina.page.goto(root);
    await amina.accessible();
    assert.match(await amina.text(), new RegExp(practice.base));
  });
  await check("who signs in there comes home, by real name, and the page has no fault", async () => {
    await amina.press("main a.button");
    await amina.signIn("amina");
    assert.equal(amina.page.url(), `${root}/record`);
    assert.match(await amina.text(), /Signed in as .*Hussain/);
    await amina.accessible();
  });
  await check("the record's JSON is a page in a browser, for who may see it", async () => {
    await amina.page.goto(`${practice.base}/Patient/amina-hussain`);
    await amina.accessible();
    assert.match(await amina.text(), /Signed in as/);
    await amina.page.goto(`${practice.base}/Observation`);
    await amina.accessible();
    assert.match(await amina.text(), /Observation\/bp-0211/);
  });
  await check("what the server can do is a page for auditors, which a script filters", async () => {
    await amina.page.goto(`${practice.base}/metadata`);
    await amina.accessible();
    await amina.page.type("#filter", "immun");
    const shown = await amina.page.$$eval("tbody tr", (rows) => rows.filter((row) => !row.hidden).length);
    assert.ok(shown > 1 && shown < 10, `${shown} types have "immun" in their names`);
    await amina.page.goto(`${root}/capabilities/Immunization`);
    await amina.accessible();
  });
  await check("nothing was wrong in the console, and nothing came from third parties", () => amina.leave());
  await check("all of it works without scripts, and a session that ended is told", () => withoutScripts(browser, root));
  await check("leaving in a hurry ends the session and leads away", () => away(browser, root));
}

// withoutScripts signs a member of staff in, forgets the session, and is led back to where it was.
async function withoutScripts(browser, root) {
  const okafor = await Visitor.arrive(browser, root);
  await okafor.page.setJavaScriptEnabled(false);
  await okafor.page.goto(`${root}/desk`);
  await okafor.page.type("#name", "okafor");
  await okafor.signInWithoutScripts();
  assert.equal(okafor.page.url(), `${root}/desk`);
  const cookies = await okafor.context.cookies();
  const session = cookies.find((cookie) => cookie.name.endsWith("frontdesk-session"));
  await okafor.context.setCookie({ ...session, value: "of a session that ended" });
  await okafor.page.goto(`${root}/desk`);
  assert.equal(new URL(okafor.page.url()).pathname, "/auth/sign-in");
  assert.match(await okafor.page.content(), /Your session ended/);
  await okafor.page.type("#name", "okafor");
  await okafor.signInWithoutScripts();
  assert.equal(okafor.page.url(), `${root}/desk`);
  await okafor.leave();
}

// away presses the button. The site it leads to needn't be there.
async function away(browser, root) {
  const amina = await Visitor.arrive(browser, root);
  await amina.page.goto(`${root}/record`);
  await amina.signIn("amina");
  const [led] = await Promise.all([
    amina.page.waitForRequest((request) => !request.url().startsWith(root)), amina.page.click("button.leave"),
  ]);
  assert.equal(led.url(), "https://www.bbc.co.uk/weather");
  await amina.page.goto(`${root}/record`);
  assert.equal(new URL(amina.page.url()).pathname, "/auth/sign-in");
  await amina.context.close();
}
