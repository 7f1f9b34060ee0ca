// A person at a browser: a profile of its own, watched for errors in the console and for requests to third parties.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { password } from "./practice.mjs";

const axe = await readFile(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

/** Visitor is one person at one page. */
export class Visitor {
  /** arrive opens a browser window that shares nothing with others. sites are the origins it may get things from. */
  static async arrive(browser, ...sites) {
    const visitor = new Visitor();
    visitor.context = await browser.createBrowserContext();
    visitor.page = await visitor.context.newPage();
    visitor.complaints = [];
    visitor.page.setDefaultTimeout(20_000);
    visitor.page.on("console", (said) => {
      if (["error", "warn"].includes(said.type())) visitor.complaints.push(`console: ${said.text()}`);
    });
    visitor.page.on("pageerror", (error) => visitor.complaints.push(`page: ${error.message}`));
    visitor.page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.protocol !== "data:" && !sites.includes(url.origin)) visitor.complaints.push(`third party: ${url}`);
    });
    return visitor;
  }

  /** leave closes the window. Nothing may have been wrong in it. */
  async leave() {
    await this.context.close();
    assert.deepEqual(this.complaints, []);
  }

  /** press submits by a button and waits for what it leads to. */
  async press(button) {
    await Promise.all([this.page.waitForNavigation(), this.page.click(button)]);
  }

  /** signIn fills the sign-in page in. */
  async signIn(name, secret = password) {
    await this.page.waitForSelector("#password");
    await this.page.$eval("#name", (field) => field.value = "");
    await this.page.type("#name", name);
    await this.page.type("#password", secret);
    await this.press("form button:not([type=button])");
  }

  /** signInWithoutScripts gives the password of the name that is typed already, where no script runs. */
  async signInWithoutScripts() {
    await this.page.type("#password", password);
    await this.press("form button");
  }

  /** allow answers the consent page, with some sections switched off. */
  async allow(...without) {
    await this.page.waitForSelector("button[value=allow]");
    for (const section of without) await this.page.click(`#section-${section}`);
    await this.press("button[value=allow]");
  }

  /** text is what the page says. */
  async text() {
    return this.page.$eval("body", (body) => body.innerText);
  }

  /** outcome is what became of a launch of the app: "ready" or why it failed. */
  async outcome() {
    await this.page.waitForFunction(() => document.getElementById("outcome")?.textContent);
    return this.page.$eval("#outcome", (shown) => shown.textContent);
  }

  /** request has the app ask for something by fhirclient. A refusal would be an error in the console too. */
  async request(path) {
    return this.page.evaluate((path) => window.client.request(path), path);
  }

  /** token is what the app was given. */
  async token() {
    return this.page.evaluate(() => window.client.state.tokenResponse);
  }

  /** accessible holds the page to WCAG 2.2 AA, as far as axe can tell, in light and dark, on small and large screens (1.4.10). */
  async accessible() {
    await this.page.evaluate(axe);
    for (const width of [320, 640, 1280]) {
      await this.page.setViewport({ width, height: 768 });
      for (const value of ["dark", "light"]) {
        await this.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
        const found = await this.page.evaluate(() => window.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
        assert.deepEqual(found.violations.map((fault) => `${width} ${value}: ${fault.id}: ${fault.nodes.map((node) => node.html)}`), []);
      }
      assert.ok(await this.page.evaluate(() => document.documentElement.scrollWidth) <= width, `the page is wider than ${width} pixels`);
    }
    await this.page.setViewport({ width: 1024, height: 768 });
  }
}
