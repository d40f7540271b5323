import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../api/http";
import {
  answerOfFields,
  answersOfFields,
  fieldsOfAnswer,
  moved,
  parseScript,
  PRESETS,
  ScriptError,
  scriptError,
  scriptText,
} from "./script";

const same: unknown[] = [
  500,
  { status: 503, body: "busy" },
  { status: 200, json: { a: [1, null] } },
  { status: 200, bodyBase64: "/w==" },
  { status: 429, headers: { "Retry-After": "60", "X-Colon": "a:b" } },
  { status: 200, delay: "500ms" },
  { drop: true },
  { drop: true, delay: "1s" },
];

for (const answer of same) {
  test(`${JSON.stringify(answer)} comes out of the form as it went in`, () => {
    assert.deepEqual(answerOfFields(fieldsOfAnswer(answer), 0), answer);
  });
}

test("every form in which an answer may be written is understood", () => {
  assert.deepEqual(answerOfFields(fieldsOfAnswer([503, "busy"]), 0), { status: 503, body: "busy" });
  assert.deepEqual(answerOfFields(fieldsOfAnswer({}), 0), 200);
  assert.deepEqual(answerOfFields(fieldsOfAnswer({ body: "" }), 0), 200);
  assert.deepEqual(answerOfFields(fieldsOfAnswer({ status: 200, delay: 1.5 }), 0), { status: 200, delay: "1.5s" });
});

test("a delay without a unit is seconds", () => {
  assert.deepEqual(answerOfFields({ ...fieldsOfAnswer(200), delay: " 2 " }, 0), { status: 200, delay: 2 });
});

test("what is no number is left for the server to judge", () => {
  assert.equal(answerOfFields({ ...fieldsOfAnswer(200), status: "abc" }, 0), "abc");
  assert.equal(answerOfFields(fieldsOfAnswer(null), 0), "null");
});

test("what cannot be sent names the answer", () => {
  const wrong = [
    { ...fieldsOfAnswer(200), headers: "no colon" },
    { ...fieldsOfAnswer(200), kind: "json" as const, body: "{" },
    fieldsOfAnswer({ function: "decide" }),
  ];
  for (const entry of wrong) {
    assert.throws(
      () => answersOfFields([fieldsOfAnswer(200), entry]),
      (error) => error instanceof ScriptError && error.index === 1 && error.message !== "",
    );
  }
});

test("the server's word leads to its answer", () => {
  const reason = "99 is not a status: use a number from 200 to 599";
  const error = scriptError(new ApiError(400, `invalid field script[12]: ${reason}`, { field: "script[12]", reason }));
  assert.deepEqual([error.index, error.message], [12, reason]);
  const whole = scriptError(new ApiError(400, "invalid field script: use an array", { field: "script", reason: "use an array" }));
  assert.deepEqual([whole.index, whole.message], [-1, "invalid field script: use an array"]);
  assert.deepEqual(scriptError(new ScriptError(3, "no JSON")), new ScriptError(3, "no JSON"));
});

test("the text of a script is the script", () => {
  const answers = [500, { status: 200, body: "x".repeat(100) }];
  assert.deepEqual(parseScript(scriptText(answers)), answers);
  assert.equal(scriptText([500, 200]), "[\n  500,\n  200\n]");
  assert.throws(() => parseScript("[1,"), /no JSON/);
  assert.throws(() => parseScript('{"a":1}'), /array of answers/);
});

test("answers can be moved, but not out of the script", () => {
  assert.deepEqual(moved(["a", "b", "c"], 0, 1), ["b", "a", "c"]);
  assert.deepEqual(moved(["a", "b", "c"], 2, -1), ["a", "c", "b"]);
  assert.deepEqual(moved(["a", "b", "c"], 0, -1), ["a", "b", "c"]);
});

test("every preset can be sent", () => {
  for (const [, answer] of PRESETS) answerOfFields(fieldsOfAnswer(answer), 0);
});
