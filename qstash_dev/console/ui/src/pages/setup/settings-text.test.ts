import assert from "node:assert/strict";
import { test } from "node:test";
import type { Setup } from "../../api/types";
import { limitSettings, mappingText, modeSettings, quotaSettings } from "./settings-text";

/** A part of the answer, with a limit that the console does not know. */
const SETUP = {
  version: "1.0",
  url: "",
  openapi: "",
  users: [],
  quota: { name: "pro", max_delay_s: null, max_retries: 20, max_message_bytes: 50 * 1024 * 1024, max_moons: 3 },
  limits: { maxInFlight: 1000, verifyTls: true },
  mappings: [],
  modes: { host: null, logPort: 8081, allowHosts: ["a", "b"], allowOrigins: ["http://a.test"], gate: true, ownCertificates: false, lazyFetchBytes: 1024, localOnly: true },
} as unknown as Setup;

test("limits are described in words, an unknown one by its own name", () => {
  assert.deepEqual(quotaSettings(SETUP), [
    ["Largest body", "50.0 MB"],
    ["Retries of a message", "20"],
    ["Longest delay", "no limit"],
    ["max_moons", "3"],
  ]);
  assert.deepEqual(limitSettings(SETUP), [["Calls at the same time", "1,000"]]);
});

test("modes are described in words", () => {
  const told = Object.fromEntries(modeSettings(SETUP));
  assert.equal(told["Listens on"], "both loopback addresses");
  assert.equal(told["Further host names"], "a, b");
  assert.equal(told["Further origins of web pages"], "http://a.test");
  assert.equal(told["TLS certificates of destinations"], "verified");
  assert.equal(told["Destinations off this machine"], "called only where a mapping says so");
  assert.equal(told["Log of a workflow run"], "fetched by the SDK above 1.0 KB");
  assert.equal(
    Object.fromEntries(modeSettings({ ...SETUP, limits: { ...SETUP.limits, verifyTls: false } }))["TLS certificates of destinations"],
    "not verified",
  );
});

test("a mapping tells what it does otherwise than by default", () => {
  const mapping = { pattern: "*", target: "http://localhost:3000" };
  assert.equal(mappingText({ ...mapping, host: "target", sign: "published" }), "");
  assert.equal(mappingText({ ...mapping, host: "published", sign: "target" }), "with the published host, signed for this URL");
});
