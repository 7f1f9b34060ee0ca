// An app as its maker would write it: everything is left to fhirclient, which takes iss and launch from the address by itself.
const wish = new URLSearchParams(location.search);

// A key in a web page is no secret. It's here to see that fhirclient's way of using one is understood.
async function key() {
  return wish.has("key") ? (await fetch("/private-key.json")).json() : undefined;
}

key().then((clientPrivateJwk) => FHIR.oauth2.authorize({
  clientId: wish.get("app"), scope: wish.get("scope"), redirectUri: "/after.html", pkceMode: "required", clientPrivateJwk,
}));
