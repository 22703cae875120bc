// Opens each page in both colour schemes and at both widths: a screenshot, axe's rules, nothing wider than the screen, no error.
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const out = process.argv[2];
const site = JSON.parse(readFileSync(`${out}/site.json`, "utf8"));
const axe = readFileSync(`${out}/node_modules/axe-core/axe.min.js`, "utf8");
const pages = { overview: "/", runs: "/runs", run: site.run, effects: "/effects?state=in_doubt", effect: site.effect, conflicts: "/conflicts",
                quarantine: "/quarantine", record: site.record, search: "/search?q=ann%40example.com", notfound: "/nothing" };
const faults = [];
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"], timeout: 240_000 });

async function look(page, name) {
    await page.screenshot({ path: `${out}/${name}.png`, fullPage: true });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 0) faults.push(`${name}: ${wide} px wider than the screen`);
    // The content security policy lets no script in but one that the debugger brings.
    const found = await page.evaluate(`${axe}; axe.run(document, {resultTypes: ["violations"]})`);
    for (const violation of found.violations) faults.push(`${name}: ${violation.id} (${violation.impact}) at ${violation.nodes.map((n) => n.target.join(" ")).slice(0, 3).join("; ")}`);
}

for (const scheme of ["light", "dark"]) {
    for (const width of [320, 375, 1280]) {
        const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme });
        context.setDefaultTimeout(240_000);  // a busy machine is no fault of the pages
        const page = await context.newPage();
        page.on("console", (message) => message.type() === "error" && !message.text().includes("404") && !message.text().includes("401") && faults.push(`${width} ${scheme}: ${message.text()}`));
        await page.goto(site.base + "/");
        await look(page, `stranger-${scheme}-${width}`);
        const links = site.links;
        await page.goto(links.shift());
        await look(page, `login-${scheme}-${width}`);
        await page.keyboard.press("Tab");
        await page.keyboard.press("Tab");
        await page.keyboard.press("Enter");
        await page.waitForURL(site.base + "/");
        for (const [name, path] of Object.entries(pages)) {
            await page.goto(site.base + path);
            await look(page, `${name}-${scheme}-${width}`);
        }
        await context.close();
    }
}
await browser.close();
for (const fault of faults) console.log(fault);
console.log(faults.length === 0 ? "browser: all pages fine" : `browser: ${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);
