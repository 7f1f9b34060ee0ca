// Backend services: no person, a key, and system/ scopes (SMART App Launch 2.2, backend services). By openid-client.
import assert from "node:assert/strict";

import { exportJWK, generateKeyPair } from "jose";
import * as openid from "openid-client";

import { check, story } from "../check.mjs";

const services = {}; // by alg: client_id, key, and the practice they work for

/** register makes two services known: one that gives its keys to the practice, one that serves them itself. */
export async function register(practice, app) {
  for (const alg of ["RS384", "ES384"]) {
    const { publicKey, privateKey } = await generateKeyPair(alg);
    const id = `service-${alg.toLowerCase()}`;
    services[alg] = { id, practice, key: { key: privateKey, kid: id } };
    const jwk = { ...(await exportJWK(publicKey)), kid: id, alg, use: "sig" };
    app.documents[`/${id}-jwks.json`] = { keys: [jwk] };
    const how = alg === "RS384" ? ["--jwks", practice.keys(id, jwk)] : ["--jwks-url", `${app.url}/${id}-jwks.json`];
    await practice.register(id, ...how, "--scope", "system/*.rs");
  }
}

/** assertion has openid-client sign for the token URL and with a typ, as SMART has it. By itself it signs for the issuer, without one. */
export function assertion(practice, change = () => {}) {
  return { [openid.modifyAssertion]: (header, claims) => {
    Object.assign(header, { typ: "JWT" });
    claims.aud = `${practice.issuer}/token`;
    change(header, claims);
  } };
}

/** asItComes asks for a token as openid-client does, without being told of SMART. */
async function asItComes(alg) {
  const { id, practice, key } = services[alg];
  const client = await openid.discovery(new URL(practice.issuer), id, undefined, openid.PrivateKeyJwt(key));
  return openid.clientCredentialsGrant(client, { scope: "system/*.rs" });
}

// service is one of the two, ready to ask for tokens.
function service(alg, change) {
  const { id, practice, key } = services[alg];
  return openid.discovery(new URL(practice.issuer), id, undefined, openid.PrivateKeyJwt(key, assertion(practice, change)));
}

/** serviceToken is an access token for a backend service. */
export async function serviceToken(scope) {
  return (await openid.clientCredentialsGrant(await service("RS384"), { scope })).access_token;
}

/** backend tells the story. */
export async function backend({ practice }) {
  story("openid-client, backend services");
  await check("C2 C6: openid-client as it comes isn't taken: its assertion has no typ, which SMART asks for", async () => {
    await assert.rejects(asItComes("RS384"), { error: "invalid_client" });
  });
  for (const [alg, how] of [["RS384", "keys registered"], ["ES384", "keys at a URL"]]) {
    await check(`C1 C2 B1 B3: private_key_jwt by ${alg}, ${how}, and the service reads`, async () => {
      const token = await openid.clientCredentialsGrant(await service(alg), { scope: "system/*.rs" });
      assert.ok(token.expires_in > 0 && token.expires_in <= 300, token.expires_in);
      assert.equal(token.refresh_token, undefined);
      assert.equal(token.scope, "system/*.rs");
      const { status, body } = await practice.get("Observation?_summary=count", token.access_token);
      assert.equal(status, 200);
      assert.ok(body.total > 0);
    });
  }
  await check("B2: what wasn't agreed beforehand isn't given", async () => {
    const config = await service("ES384");
    const token = await openid.clientCredentialsGrant(config, { scope: "system/*.cruds" });
    assert.equal(token.scope, "system/*.rs");
    await assert.rejects(openid.clientCredentialsGrant(config, { scope: "patient/*.rs" }), { error: "invalid_scope" });
  });
  await check("C3 C6: an assertion works once", async () => {
    const config = await service("ES384", (_, claims) => Object.assign(claims, { jti: "the same twice" }));
    await openid.clientCredentialsGrant(config, { scope: "system/*.rs" });
    await assert.rejects(openid.clientCredentialsGrant(config, { scope: "system/*.rs" }), { error: "invalid_client" });
  });
  await check("C2 C6: an assertion for somebody else isn't taken", async () => {
    const config = await service("RS384", (_, claims) => Object.assign(claims, { aud: "https://another.example/token" }));
    await assert.rejects(openid.clientCredentialsGrant(config, { scope: "system/*.rs" }), { error: "invalid_client" });
  });
}
