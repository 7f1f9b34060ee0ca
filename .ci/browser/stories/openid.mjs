// Apps with a server of their own, by openid-client: the authorization code with PKCE, by secret and by key.
import assert from "node:assert/strict";

import { exportJWK, generateKeyPair } from "jose";
import * as openid from "openid-client";

import { check, story, words } from "../check.mjs";
import { Visitor } from "../visitor.mjs";
import { assertion } from "./backend.mjs";

const scope = "openid fhirUser launch/patient patient/Patient.rs patient/Observation.rs offline_access";
const authentication = {};

/** register makes the two apps known. */
export async function register(practice, app) {
  const common = ["--name", "Care planner", "--redirect", `${app.url}/blank.html`, "--scope", scope];
  const secret = await practice.register("secret-app", "--secret", ...common);
  authentication["secret-app"] = () => openid.ClientSecretBasic(secret);
  const { publicKey, privateKey } = await generateKeyPair("RS384");
  const jwk = { ...(await exportJWK(publicKey)), kid: "key-app-1", alg: "RS384", use: "sig" };
  await practice.register("key-app", "--jwks", practice.keys("key-app", jwk), ...common);
  // What is signed names the token URL, which is known once the practice serves.
  authentication["key-app"] = () => openid.PrivateKeyJwt({ key: privateKey, kid: jwk.kid }, assertion(practice));
}

/** confidential tells the story of each. */
export async function confidential(world) {
  for (const [id, kind] of [["secret-app", "client-confidential-symmetric"], ["key-app", "client-confidential-asymmetric"]]) {
    story(`openid-client, ${kind}`);
    await app(world, id, kind);
  }
}

async function app({ browser, practice, app }, id, kind) {
  let config, token;
  await check("D3 D4 D5: openid-client finds all it needs by discovery", async () => {
    config = await openid.discovery(new URL(practice.issuer), id, undefined, authentication[id]());
    assert.ok(config.serverMetadata().supportsPKCE());
  });
  await check(`A2 A3 A5 T5 D8 ${kind}: code with PKCE, state and nonce`, async () => {
    token = await authorized(browser, practice, app, config);
    assert.deepEqual(words(token.scope), words(scope));
    assert.equal(token.patient, "amina-hussain");
  });
  await check("I1 I2: the id_token is valid, and agrees with userinfo", async () => {
    const claims = token.claims();
    assert.equal(claims.fhirUser, `${practice.base}/Patient/amina-hussain`);
    const info = await openid.fetchUserInfo(config, token.access_token, claims.sub);
    assert.equal(info.fhirUser, claims.fhirUser);
  });
  await check("N1: introspection tells of the token", async () => {
    const told = await openid.tokenIntrospection(config, token.access_token);
    assert.equal(told.active, true);
    assert.deepEqual(words(told.scope), words(scope));
    assert.deepEqual([told.client_id, told.patient, told.iss], [id, "amina-hussain", practice.issuer]);
  });
  let fresh;
  await check("R2: a refresh, narrower as it was asked", async () => {
    fresh = await openid.refreshTokenGrant(config, token.refresh_token, { scope: "patient/Patient.rs" });
    assert.equal(fresh.scope, "patient/Patient.rs");
    assert.equal((await practice.get("Patient/amina-hussain", fresh.access_token)).status, 200);
    assert.equal((await practice.get("Observation?patient=amina-hussain", fresh.access_token)).status, 403);
  });
  if (kind === "client-confidential-symmetric") {
    await check("revocation: the next request is refused, and introspection says no more than that", async () => {
      await openid.tokenRevocation(config, fresh.refresh_token);
      assert.equal((await practice.get("Patient/amina-hussain", fresh.access_token)).status, 401);
      assert.deepEqual(await openid.tokenIntrospection(config, fresh.access_token), { active: false });
    });
  } else {
    await check("R4: a refresh token that was used before is good once more at once, for two refreshes side by side, and then ends all access", async () => {
      await openid.refreshTokenGrant(config, token.refresh_token);
      await assert.rejects(openid.refreshTokenGrant(config, token.refresh_token), { error: "invalid_grant" });
      assert.equal((await practice.get("Patient/amina-hussain", fresh.access_token)).status, 401);
      await assert.rejects(openid.refreshTokenGrant(config, fresh.refresh_token), { error: "invalid_grant" });
    });
  }
}

// authorized has the person sign in and allow, and fetches the token for the code.
async function authorized(browser, practice, app, config) {
  const amina = await Visitor.arrive(browser, app.url, new URL(practice.base).origin);
  const checks = { pkceCodeVerifier: openid.randomPKCECodeVerifier(), expectedState: openid.randomState(), expectedNonce: openid.randomNonce() };
  const to = openid.buildAuthorizationUrl(config, {
    redirect_uri: `${app.url}/blank.html`, scope, aud: practice.base, state: checks.expectedState, nonce: checks.expectedNonce,
    code_challenge: await openid.calculatePKCECodeChallenge(checks.pkceCodeVerifier), code_challenge_method: "S256",
  });
  await amina.page.goto(to.href);
  await amina.signIn("amina");
  await amina.allow();
  const back = new URL(amina.page.url());
  await amina.leave();
  return openid.authorizationCodeGrant(config, back, checks);
}
