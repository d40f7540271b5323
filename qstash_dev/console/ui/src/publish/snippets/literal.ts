/** Values as literals of the languages that snippets are written in. */

export type Literal = string | number | boolean | null | Literal[] | { [name: string]: Literal };

interface LanguageWords {
  true: string;
  false: string;
  null: string;
  /** Whether names of fields are written without quotes where possible. */
  bare: boolean;
}

const PYTHON: LanguageWords = { true: "True", false: "False", null: "None", bare: false };
const SCRIPT: LanguageWords = { true: "true", false: "false", null: "null", bare: true };

export const python = (value: Literal): string => literal(value, PYTHON);
export const javaScript = (value: Literal): string => literal(value, SCRIPT);

/** The literal of a value. Every JSON string is a string of Python and of JavaScript as well. */
function literal(value: Literal, words: LanguageWords): string {
  if (value === null) return words.null;
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number") return String(value);
  if (typeof value === "boolean") return value ? words.true : words.false;
  if (Array.isArray(value)) return `[${value.map((one) => literal(one, words)).join(", ")}]`;
  const fields = Object.entries(value).map(([name, field]) => `${fieldName(name, words)}: ${literal(field, words)}`);
  return fields.length > 0 ? (words.bare ? `{ ${fields.join(", ")} }` : `{${fields.join(", ")}}`) : "{}";
}

function fieldName(name: string, { bare }: LanguageWords): string {
  return bare && /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}

/** A quoted text, with line separators escaped, which end a line in old JavaScript, and without lone surrogates. */
function quoted(text: string): string {
  return JSON.stringify(text.toWellFormed())
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029")
    .replaceAll("\u007f", "\\u007f");
}
