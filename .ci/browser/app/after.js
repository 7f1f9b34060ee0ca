// Where people come back to. The suite finds the client as window.client, or why there is none as the text of #outcome.
FHIR.oauth2.ready()
  .then((client) => { window.client = client; return "ready"; }, (error) => "failed: " + error.message)
  .then((text) => { document.getElementById("outcome").textContent = text; });
