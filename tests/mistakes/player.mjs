// Plays mistakes with the real npm packages: reads parts as lines of JSON, and writes what each returns.
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { buffer } from "node:stream/consumers";

const require = createRequire(new URL("../sdk/node/package.json", import.meta.url));
const workflowRequire = createRequire(new URL("../workflow/node/package.json", import.meta.url));
const { Client } = require("@upstash/qstash");
const { verifySignatureAppRouter } = require("@upstash/qstash/nextjs");
const workflow = workflowRequire("workflow-1.3");
const { serve, serveMany } = workflowRequire("workflow-1.3/cloudflare");

// The SDKs tell the terminal of each error; that of this program is the answer.
console.log = console.warn = console.error = () => {};
// As Next.js 16 answers what a route handler throws.
const OF_NEXT = { vary: "rsc, next-router-state-tree, next-router-prefetch" };
const open = new Set();

/** Serve a handler that takes a Request and returns a Response; its address. */
async function app(handler) {
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const { method, headers } = request;
    try {
      const answer = await handler(new Request(`http://${headers.host}${request.url}`, { method, headers, body }));
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      response.end(Buffer.from(await answer.arrayBuffer()));
    } catch {
      response.writeHead(500, OF_NEXT).end();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.add(server);
  return `http://127.0.0.1:${server.address().port}`;
}

const swallowed = async (call) => {
  try {
    return await call;
  } catch {
    return null;
  }
};

const ROUTES = {
  fails: async (context) => {
    await context.run("first", () => 1);
    await context.run("charge", () => {
      throw new Error("Stripe: card_declined");
    });
  },
  sleeps: async (context) => {
    await context.run("first", () => 1);
    await context.sleep("nap", "400d");
  },
  waits: async (context) => {
    await context.waitForEvent("wait for payment", "paid", { timeout: "2h" });
  },
  returns: async () => {},
  invokes: async (context, { gone }) => {
    await context.invoke("ask", { workflow: gone, body: 1 });
  },
};

const PARTS = {
  /** A client of which the token is undefined, as with a variable that is not set. */
  async publishes({ url, token, with_token: given = token, delay }) {
    const client = new Client({ baseUrl: url, token: given ?? undefined, retry: false });
    await swallowed(client.publish({ url: "http://localhost:3000/api", delay }));
  },
  verifies: ({ keys }) => app((request) => verifySignatureAppRouter(async () => new Response("ok"), keys)(request, {})),
  /** An app with a workflow, with a token and keys of its own. */
  async serves({ url, token, keys, route }) {
    const env = {
      QSTASH_URL: url,
      QSTASH_TOKEN: token,
      QSTASH_CURRENT_SIGNING_KEY: keys?.currentSigningKey,
      QSTASH_NEXT_SIGNING_KEY: keys?.nextSigningKey,
    };
    const qstashClient = new workflow.Client({ baseUrl: url, token }).client;
    if (route !== "invokes") {
      const { fetch } = serve(ROUTES[route], { env, qstashClient, ...(keys ? {} : { receiver: null }) });
      return app((request) => fetch(request, env));
    }
    const { createWorkflow } = workflowRequire("workflow-1.3/cloudflare");
    const gone = createWorkflow(async () => {});
    gone.workflowId = "gone";
    const main = createWorkflow((context) => ROUTES.invokes(context, { gone }));
    const { fetch } = serveMany({ main }, { env, qstashClient });
    return `${await app((request) => fetch(request, env))}/main`;
  },
  async triggers({ url, token, workflow: address }) {
    const client = new workflow.Client({ baseUrl: url, token });
    return (await swallowed(client.trigger({ url: address, retries: 0 })))?.workflowRunId ?? null;
  },
  async notifies({ url, token, event }) {
    return swallowed(new workflow.Client({ baseUrl: url, token }).notify({ eventId: event, eventData: 1 }));
  },
  async cancels({ url, token, run }) {
    return swallowed(new workflow.Client({ baseUrl: url, token }).cancel({ ids: [run] }));
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { part, ...given } = JSON.parse(line);
  let answer;
  try {
    answer = { result: (await PARTS[part](given)) ?? null };
  } catch (error) {
    answer = { error: String(error.stack) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
