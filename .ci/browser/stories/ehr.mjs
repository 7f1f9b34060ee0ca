// The practice's EHR launches an app for a doctor: fhirclient again, this time a confidential client with a key.
import assert from "node:assert/strict";

import { exportJWK, generateKeyPair } from "jose";

import { check, story, words } from "../check.mjs";
import { Visitor } from "../visitor.mjs";
import { serviceToken } from "./backend.mjs";

const scope = "launch launch/encounter openid fhirUser patient/*.rs user/Practitioner.r";

/** register makes the app known, with its public key. The app server gives the app the private one. */
export async function register(practice, app) {
  const { publicKey, privateKey } = await generateKeyPair("ES384", { extractable: true });
  const kid = "ehr-app-1";
  app.documents["/private-key.json"] = { ...(await exportJWK(privateKey)), kid, alg: "ES384", key_ops: ["sign"] };
  const query = new URLSearchParams({ app: "ehr-app", scope, key: "yes" });
  await practice.register("ehr-app", "--name", "Risk calculator", "--redirect", `${app.url}/after.html`, "--launch", `${app.url}/launch.html?${query}`,
    "--jwks", practice.keys("ehr-app", { ...(await exportJWK(publicKey)), kid, alg: "ES384", use: "sig" }), "--scope", scope);
}

/** ehr tells the story. */
export async function ehr({ browser, practice, app }) {
  story("fhirclient, EHR launch, confidential client with a key (ES384)");
  const okafor = await Visitor.arrive(browser, app.url, new URL(practice.base).origin);
  let launched;
  await check("L1 L2: the EHR makes a launch with patient, encounter, intent and more", async () => {
    launched = await launch(practice);
  });
  await check("D8 launch-ehr: the app opens at its launch URL, and the doctor signs in and allows it", async () => {
    await okafor.page.goto(launched.launch_url);
    await okafor.signIn("okafor");
    await okafor.accessible();
    await okafor.allow();
  });
  await check("C2 D8 client-confidential-asymmetric: the app gets its token by its key", async () => {
    assert.equal(await okafor.outcome(), "ready");
    assert.deepEqual(words((await okafor.token()).scope), words(scope));
  });
  await check("D8 context-ehr-patient, context-ehr-encounter, context-banner, context-style, L2: the token has the context", async () => {
    const token = await okafor.token();
    assert.equal(token.patient, "amina-hussain");
    assert.equal(token.encounter, "bp-review");
    assert.equal(token.need_patient_banner, false);
    assert.equal(token.intent, "reconcile-medications");
    assert.deepEqual(token.fhirContext, [{ reference: "Observation/bp-0211" }]);
    assert.ok(URL.canParse(token.smart_style_url), token.smart_style_url);
  });
  await check("D8 context-style: the app may fetch the style", async () => {
    const style = await okafor.page.evaluate(async () => (await fetch(window.client.state.tokenResponse.smart_style_url)).json());
    assert.match(style.color_background, /^#/);
  });
  await check("I2 S5: the app reads the encounter, and who the doctor is", async () => {
    assert.equal((await okafor.request("Encounter/bp-review")).id, "bp-review");
    const user = await okafor.page.evaluate(() => window.client.user.read());
    assert.equal(`${user.resourceType}/${user.id}`, "Practitioner/dr-okafor");
  });
  await check("A8: the launch works only once", async () => {
    await okafor.page.goto(launched.launch_url);
    assert.match(await okafor.outcome(), /^failed: .*[Ll]aunch/);
  });
  await check("nothing was wrong in the console, and nothing came from third parties", () => okafor.leave());
}

// launch is what the practice's EHR asks for, as a backend service.
async function launch(practice) {
  const answer = await fetch(`${practice.issuer}/launch`, {
    method: "POST", headers: { "content-type": "application/json", authorization: `Bearer ${await serviceToken("system/Patient.r system/Encounter.r system/Observation.r")}` },
    body: JSON.stringify({ client_id: "ehr-app", patient: "amina-hussain", encounter: "bp-review", intent: "reconcile-medications",
      need_patient_banner: false, fhirContext: [{ reference: "Observation/bp-0211" }] }),
  });
  const body = await answer.json();
  assert.equal(answer.status, 201, JSON.stringify(body));
  return body;
}
