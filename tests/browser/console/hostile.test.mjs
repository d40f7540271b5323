// Payloads are hostile: whatever they are made of, they are only shown.

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually, idle, open, openMessage, panel, publish, row, setUp, visit } from "./support.mjs";

const it = setUp();

const MARKUP = [
  "<script>window.pwned = 1; alert(1)</script>",
  '<img src="x" onerror="window.pwned = 1; alert(1)">',
  '<svg onload="window.pwned = 1"><a xlink:href="javascript:alert(1)">x</a></svg>',
  '"><iframe srcdoc="<script>parent.pwned = 1</script>"></iframe>',
  "</pre></code></table><h1 id='title'>taken over</h1><style>body{display:none}</style>",
  '<link rel="stylesheet" href="http://127.0.0.1:9/x.css"><meta http-equiv="refresh" content="0;url=http://127.0.0.1:9/">',
  "{{constructor.constructor('window.pwned = 1')()}} ${window.pwned = 1}",
];
// Each piece of markup ends before the next one begins, so together they do what each of them does.
const PAYLOADS = [
  MARKUP.join("\n"),
  '{"__proto__":{"pwned":1},"constructor":{"prototype":{"pwned":1}}}',
  "\u202Egnp.exe\u202C \u0000 \uFEFF \u001b[31m",
];

const untouched = async (page) => {
  assert.equal(await page.evaluate(() => window.pwned ?? {}.pwned), undefined);
  assert.equal(await page.locator("iframe, #app script, #app style, #app img, #app link, main h1#title ~ h1").count(), 0);
};

const oneLine = (payload) => payload.replaceAll(/[\u0000-\u001f\u007f]/g, " ").trim();
/** As the bytes of a header, which are not text to fetch. */
const inHeader = (payload) => Buffer.from(oneLine(payload)).toString("latin1");
/** What is left of it in labels and keys, which are refused with anything else in them. */
const asName = (payload) => payload.replaceAll(/[^A-Za-z0-9._-]+/g, "-").slice(0, 200);

async function published(payload) {
  const { destination } = it;
  destination.answers({
    status: 500,
    body: payload,
    headers: { "X-Answer": inHeader(payload), "Content-Type": "text/html" },
  });
  const path = encodeURIComponent(oneLine(payload));
  const id = await publish(`${destination.url}/${path}?q=${path}`, payload, {
    "Content-Type": "text/html",
    "Forward-X-Request": inHeader(payload),
    Label: asName(payload),
    Retries: "0",
    "Flow-Control-Key": asName(payload),
    "Flow-Control-Value": "parallelism=1",
  });
  await idle();
  return id;
}

const same = (shown, payload) => shown === payload || JSON.stringify(JSON.parse(shown)) === JSON.stringify(JSON.parse(payload));

test("whatever a message is made of is shown as text", async () => {
  const { page } = it;
  const ids = [];
  for (const payload of PAYLOADS) ids.push(await published(payload));
  await open(page);
  await row(page, ids[0]).waitFor();
  await untouched(page);
  for (const [number, id] of ids.entries()) {
    await row(page, id).click();
    const shown = panel(page);
    await shown.getByRole("heading", { name: id }).waitFor();
    await shown.getByRole("tab", { name: "Attempts" }).click();
    const sent = await shown.getByLabel("Request body").textContent();
    assert.ok(same(sent, PAYLOADS[number]), sent);
    assert.ok(same(await shown.getByLabel("Response body").textContent(), PAYLOADS[number]));
    const answer = await shown.getByRole("row", { name: /^X-Answer/ }).locator("td").textContent();
    assert.equal(answer, oneLine(PAYLOADS[number]));
    for (const tab of ["Timeline", "Signature", "Raw"]) await shown.getByRole("tab", { name: tab }).click();
    await untouched(page);
  }
});

test("whatever an address is made of is shown as text", async () => {
  const { page } = it;
  const addresses = PAYLOADS.map((payload) => {
    const text = encodeURIComponent(payload);
    return { page: `#/${text}`, message: `#/messages/${text}?search=${text}&queueName=${text}&user=${text}&tab=${text}&state=${text}` };
  });
  for (const address of addresses) {
    await visit(page, address.message);
    await panel(page).getByRole("alert").waitFor();
    await untouched(page);
    await visit(page, address.page);
    await page.getByText("There is no such page").waitFor();
    await untouched(page);
  }
  // A page that begins there reads its address by the same code.
  await visit(page, addresses[0].message);
  await page.reload();
  await panel(page).getByRole("alert").waitFor();
  await untouched(page);
  it.expect(/status of (404|400)/);
});

test("markup cannot be made from text, whoever tries", async () => {
  const { page } = it;
  await open(page);
  it.kept = true;
  const attempt = (code) => page.evaluate(code).then(() => "done", (error) => error.message);
  assert.match(await attempt(() => (document.body.innerHTML = "<b>x</b>")), /TrustedHTML/);
  assert.match(await attempt(() => document.write("<b>x</b>")), /TrustedHTML/);
  it.expect(/Trusted/);
});

test("scripts that are not the page's own do not run, and nothing leads elsewhere", async () => {
  const { page } = it;
  await open(page);
  it.kept = true;
  const pwned = await page.evaluate(async () => {
    window.refused = [];
    document.addEventListener("securitypolicyviolation", (event) => window.refused.push(event.effectiveDirective));
    const tries = [
      () => new Promise((resolve) => {
        const script = Object.assign(document.createElement("script"), { onload: resolve, onerror: resolve });
        script.setAttribute("src", "data:text/javascript,window.pwned=1");
        document.head.append(script);
      }),
      () => fetch("http://127.0.0.1:9/leak", { mode: "no-cors" }),
      () => new Promise((resolve) => {
        const frame = Object.assign(document.createElement("iframe"), { onload: resolve, onerror: resolve });
        frame.setAttribute("src", "http://127.0.0.1:9/");
        document.body.append(frame);
      }),
    ];
    for (const run of tries) await Promise.resolve().then(run).catch(() => undefined);
    return window.pwned;
  });
  assert.equal(pwned, undefined);
  // Some browsers report a moment after the refusal.
  for (const directive of ["connect-src", "frame-src"]) {
    await eventually(() => page.evaluate((name) => window.refused.includes(name), directive), `${directive} is reported`);
  }
  it.expect(/Content Security Policy/);
  it.expect(/TrustedScriptURL/);
});

test("an id that is a path asks for nothing but a message", async () => {
  const { page } = it;
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await open(page, `#/messages/${encodeURIComponent("../../v2/keys")}`);
  await panel(page).getByRole("alert").waitFor();
  assert.ok(!asked.includes("/v2/keys"));
  it.expect(/status of 404/);
});

test("a huge header and a huge line do not break the page", async () => {
  const { page, destination } = it;
  const id = await publish(destination.url, "y".repeat(60_000), { "Forward-X-Long": "x".repeat(20_000) });
  await idle();
  const shown = await openMessage(page, id);
  await shown.getByRole("table", { name: "Request headers" }).waitFor();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `the page is ${wide} px too wide`);
});
