// The practice: the program itself, set up by its commands as README says, and served over https.
import { execFile, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const records = new URL("../../testdata/r4/", import.meta.url).pathname;

/** password opens every account. */
export const password = "willow lane 1984";

/** Practice is a running server, and the commands on its store. */
export class Practice {
  constructor(work) {
    this.work = work;
    this.store = "sqlite:" + join(work, "records");
  }

  /** command runs the program on the store and gives what it prints. */
  async command(input, ...args) {
    const running = promisify(execFile)(process.env.FRONTDESK, [...args, "--store", this.store]);
    running.child.stdin.end(input);
    return (await running).stdout;
  }

  /** open imports the records and makes the accounts. */
  async open() {
    const files = (await readdir(records)).filter((name) => !name.startsWith("Bundle-")).map((name) => join(records, name));
    await this.command("", "import", ...files);
    await this.command(password, "account", "add", "amina", "--patient", "amina-hussain");
    await this.command(password, "account", "add", "okafor", "--practitioner", "dr-okafor");
  }

  /** register adds a client by the flags of `client add`, and gives its secret if it has one. */
  async register(id, ...flags) {
    const said = await this.command("", "client", "add", "--id", id, ...flags);
    return /isn't shown again: (\S+)/.exec(said)?.[1];
  }

  /** keys writes a client's public keys to a file, and gives its name. */
  keys(id, ...keys) {
    const file = join(this.work, id + ".json");
    writeFileSync(file, JSON.stringify({ keys }));
    return file;
  }

  /** serve starts the server. base is the FHIR base URL from then on, issuer the authorization server's. */
  async serve() {
    const certificate = join(this.work, "certificate.pem");
    this.process = spawn(process.env.FRONTDESK, ["serve", "--store", this.store, "--listen", "localhost:0", "--tls-cert", certificate,
      "--tls-key", join(this.work, "key.pem"), "--log-level", "warn", "--staff-mfa", "off"], {
      stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, SSL_CERT_FILE: certificate }, // by which it fetches apps' keys
    });
    this.ended = new Promise((resolve) => this.process.once("exit", resolve));
    for await (const line of createInterface({ input: this.process.stdout })) {
      this.base = /^Serving FHIR R4 at (\S+)/.exec(line)?.[1];
      if (this.base) break;
    }
    if (!this.base) throw new Error("the program ended before it served");
    this.issuer = this.base.replace(/fhir$/, "auth");
  }

  /** close stops the server as an operator would. */
  async close() {
    this.process?.kill("SIGTERM");
    return this.ended;
  }

  /** get is a FHIR request with a token: its status, and its body. */
  async get(path, token) {
    const answer = await fetch(`${this.base}/${path}`, { headers: { authorization: `Bearer ${token}` } });
    return { status: answer.status, body: await answer.json() };
  }
}
