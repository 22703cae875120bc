// Opens each page in both colour schemes and at two widths: a screenshot, axe's rules, nothing wider than the screen, no error; then
// what a keyboard and a screen reader find: each control reached in order, seen to be, and named like no other button of its page.
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const out = process.argv[2];
const site = JSON.parse(readFileSync(`${out}/site.json`, "utf8"));
const axe = readFileSync(`${out}/node_modules/axe-core/axe.min.js`, "utf8");
const pages = { overview: "/", runs: "/runs", run: site.run, changes: site.changes, effects: "/effects?state=in_doubt", held: "/effects?state=held", rejected: "/effects?state=rejected", done: "/effects?state=done",
                effect: site.effect, conflicts: "/conflicts", quarantine: "/quarantine", record: site.record, sales: "/sales", search: "/search?q=ann%40example.com", nothing: "/search?q=nobody", notfound: "/nothing" };
const faults = [];
const fault = (text) => { if (!faults.includes(text)) faults.push(text); };
// A made-up browser folder, and nothing looked up outside this machine.
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: flags, timeout: 240_000 });

async function fits(page, name) {
    const wide = await page.evaluate(() => {
        const most = document.documentElement.clientWidth;
        const scrolls = [...document.querySelectorAll(".scroll, pre")].filter((box) => box.scrollWidth > box.clientWidth + 1);
        const broken = [...document.querySelectorAll("time, a[href^='/effect?'], a[href^='/run?']")].filter((e) => e.checkVisibility() && e.getClientRects().length > 1 && most > 350);
        return [Math.max(0, document.documentElement.scrollWidth - most), scrolls.map((box) => box.getAttribute("aria-label") ?? box.tagName).join(", "), broken.map((e) => e.textContent)[0]];
    });
    if (wide[0] > 0) fault(`${name}: ${wide[0]} px wider than the screen`);
    if (wide[1]) fault(`${name}: scrolls sideways: ${wide[1]}`);
    if (wide[2]) fault(`${name}: "${wide[2]}" goes over two lines`);
}

// Words of a form stand above its field, and nothing touches what is below it.
async function forms(page, name) {
    const tight = await page.evaluate(() => {
        const found = [];
        for (const label of document.querySelectorAll("label")) {
            const field = document.getElementById(label.htmlFor);
            if (field.getBoundingClientRect().top < label.getBoundingClientRect().bottom - 1) found.push(`the words of ${field.id} aren't above it`);
        }
        for (const form of document.querySelectorAll("form")) {
            const boxes = [...form.querySelectorAll("input:not([type=hidden]), button")].map((e) => e.getBoundingClientRect());
            boxes.forEach((box, i) => { if (i > 0 && box.top > boxes[i - 1].top && box.top < boxes[i - 1].bottom + 3) found.push("a button touches its field"); });
        }
        return found[0];
    });
    if (tight) fault(`${name}: ${tight}`);
}

async function look(page, name) {
    await page.evaluate(() => document.querySelectorAll("main details").forEach((box) => { box.open = true; }));  // what is folded away is looked at too
    await page.screenshot({ path: `${out}/${name}.png`, fullPage: true });
    await fits(page, name);
    await forms(page, name);
    if ((await page.locator("main").textContent()).includes("`")) fault(`${name}: a command stands in backticks`);
    // The content security policy lets no script in but one that the debugger brings.
    const found = await page.evaluate(`${axe}; axe.run(document, {resultTypes: ["violations"]})`);
    for (const violation of found.violations) fault(`${name}: ${violation.id} (${violation.impact}) at ${violation.nodes.map((n) => n.target.join(" ")).slice(0, 3).join("; ")}`);
}

// What a screen reader is told of: role and name of all that isn't ignored.
async function told(page) {
    const debug = await page.context().newCDPSession(page);
    const { nodes } = await debug.send("Accessibility.getFullAXTree");
    await debug.detach();
    return nodes.filter((node) => !node.ignored).map((node) => ({ role: node.role?.value, name: (node.name?.value ?? "").trim() }));
}

async function names(page, name) {
    const all = await told(page);
    const needName = ["button", "link", "textbox", "searchbox", "region", "image", "navigation", "table", "DisclosureTriangle"];
    for (const node of all) if (needName.includes(node.role) && !node.name) fault(`${name}: a ${node.role} without a name`);
    const buttons = all.filter((node) => node.role === "button").map((node) => node.name);
    for (const text of buttons) if (buttons.indexOf(text) !== buttons.lastIndexOf(text)) fault(`${name}: two buttons are called "${text}"`);
    if (all.filter((node) => node.role === "heading").length === 0) fault(`${name}: no heading`);
    const rows = await page.locator("tr").count();
    if (rows > 0 && all.filter((node) => node.role === "row").length < rows) fault(`${name}: its table is no table to a screen reader`);
}

// From the top by Tab alone: the skip link first, then each control once, in the order of the page, each with an outline.
async function keyboard(page, name) {
    const selector = "a[href], button, input:not([type=hidden]), summary, [tabindex='0']";
    const wanted = await page.evaluate((s) => [...document.querySelectorAll(s)].filter((e) => e.checkVisibility()).length, selector);
    await page.evaluate(() => document.activeElement?.blur());
    for (let i = 0; i < wanted; ++i) {
        await page.keyboard.press("Tab");
        const at = await page.evaluate((s) => {
            const all = [...document.querySelectorAll(s)].filter((e) => e.checkVisibility());
            const style = getComputedStyle(document.activeElement);
            return { index: all.indexOf(document.activeElement), outline: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2, text: document.activeElement.textContent.slice(0, 40) };
        }, selector);
        if (at.index !== i) return fault(`${name}: Tab number ${i + 1} leads to control ${at.index + 1} (${at.text})`);
        if (!at.outline) return fault(`${name}: no outline on ${at.text}`);
    }
}

async function decide(page) {
    await page.goto(site.base + "/conflicts");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    if ((await page.evaluate(() => document.activeElement.id)) !== "main") fault("conflicts: the skip link doesn't lead to the content");
    const value = page.getByLabel(/^Another value/).first();
    await value.focus();
    await page.keyboard.type("ann@new.example");
    await page.keyboard.press("Enter");
    await page.waitForURL(site.base + "/conflicts");
    if ((await page.getByRole("status").textContent()) !== "decided: ann@new.example") fault("conflicts: a value that was typed isn't told of");
    await page.getByRole("button", { name: /^Take theirs/ }).first().focus();
    await page.keyboard.press("Enter");
    await page.getByText("decided: theirs").waitFor();
    if (page.url().includes("told")) fault("conflicts: what came of a button is in the address");
    await page.goto(site.base + "/search");
    await page.getByRole("searchbox").fill("ann@example.com");
    await page.keyboard.press("Enter");
    await page.getByRole("table").first().waitFor();
    await page.getByRole("link", { name: "p1", exact: true }).first().click();
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.getByRole("button", { name: "Log out" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Logged out" }).waitFor();
    await page.goto(site.base + "/runs");
    if ((await page.title()).includes("Runs")) fault("after logging out a page still opens");
}

for (const scheme of ["light", "dark"]) {
    for (const width of [360, 1280]) {
        const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme });
        context.setDefaultTimeout(240_000);  // a busy machine is no fault of the pages
        const page = await context.newPage();
        page.on("console", (message) => message.type() === "error" && !/40[14]/.test(message.text()) && fault(`${width} ${scheme}: ${message.text()}`));
        page.on("pageerror", (error) => fault(`${width} ${scheme}: ${error}`));
        await page.goto(site.base + "/");
        await look(page, `stranger-${scheme}-${width}`);
        await page.goto(site.links.shift());
        await look(page, `login-${scheme}-${width}`);
        await page.getByRole("button").focus();
        await page.keyboard.press("Enter");
        await page.waitForURL(site.base + "/");
        for (const [name, path] of Object.entries(pages)) {
            await page.goto(site.base + path);
            await look(page, `${name}-${scheme}-${width}`);
            if (scheme === "dark") continue;
            await names(page, `${name}-${width}`);
            await keyboard(page, `${name}-${width}`);
            if (width > 400) continue;
            await page.setViewportSize({ width: 320, height: 600 });
            await fits(page, `${name}-320`);
            await page.setViewportSize({ width, height: 900 });
        }
        if (scheme === "light" && width === 1280) await decide(page);
        await context.close();
    }
}
await browser.close();
for (const text of faults) console.log(text);
console.log(faults.length === 0 ? "browser: all pages fine" : `browser: ${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);
